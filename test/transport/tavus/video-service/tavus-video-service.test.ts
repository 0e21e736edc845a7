import { describe, expect, it } from "vitest";

import {
  AvatarStateFrame,
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  ErrorFrame,
  InterruptionFrame,
  LLMFullResponseEndFrame,
  LLMFullResponseStartFrame,
  MetricsFrame,
  OutputAudioRawFrame,
  OutputImageRawFrame,
  OutputTransportMessageFrame,
  SpeechOutputAudioRawFrame,
  TTSAudioRawFrame,
  TTSStartedFrame,
  TTSStoppedFrame,
  TTSTextFrame,
} from "../../../../src/frames/index.ts";
import { TavusApiError } from "../../../../src/api/errors.ts";
import { pcm } from "../../frames.ts";
import { TavusVideoService } from "../../../../src/transport/tavus/video-service/tavus-video-service.ts";
import { VideoServiceHarness } from "./video-service-harness.ts";

const WORDS = ["one", "two", "three"];
const WHOLE = [
  { level: 1000, ms: 300 },
  { level: 2000, ms: 300 },
  { level: 3000, ms: 300 },
];

function apiError(code: "outOfCredits" | "serverError"): TavusApiError {
  return new TavusApiError(code, `Scripted: ${code}.`);
}

describe("a bot with a pal as its video service", () => {
  it.each(["track", "messages"] as const)(
    "is heard through the pal, once, and its words leave when they are heard (%s)",
    async (audioDelivery) => {
      const h = await new VideoServiceHarness({ options: { params: { audioDelivery } } }).start();
      expect(h.service.avatar.is).toBe("speaking");
      const sentMs = h.clock.nowMs();
      await h.send(...h.utterance(WORDS));
      await h.clock.advance(5000);
      expect(h.heard()).toEqual(WHOLE);
      expect(h.words).toEqual(WORDS);
      const wordMs = h.downstream.atMs(TTSTextFrame).map((ms) => ms - sentMs);
      for (const [index, ms] of wordMs.entries()) {
        expect(ms).toBeGreaterThanOrEqual(300 + index * 400);
        expect(ms).toBeLessThanOrEqual(440 + index * 400);
      }
      expect(h.pushed(TTSAudioRawFrame)).toHaveLength(0);
      expect(h.downstream.atMs(BotStartedSpeakingFrame)).toHaveLength(1);
      expect(h.downstream.atMs(BotStoppedSpeakingFrame)).toHaveLength(1);
      expect(h.upstream.atMs(BotStartedSpeakingFrame)).toHaveLength(1);
      expect(h.service.palLatencyMs).toBeGreaterThanOrEqual(0);
      expect(h.service.palLatencyMs).toBeLessThanOrEqual(340);
    },
  );

  it("passes on the frames around speech in their order, and others at once", async () => {
    const h = await new VideoServiceHarness().start();
    await h.send(
      new LLMFullResponseStartFrame(),
      ...h.utterance(["one"]),
      new LLMFullResponseEndFrame(),
      new OutputTransportMessageFrame("after"),
    );
    const aside = new OutputAudioRawFrame({ audio: pcm(20), sampleRate: 24_000 });
    aside.transportDestination = "music";
    await h.send(aside);
    expect(h.middle.of(OutputAudioRawFrame).includes(aside)).toBe(true);
    expect(h.middle.of(LLMFullResponseStartFrame)).toHaveLength(1);
    expect(h.middle.of(LLMFullResponseEndFrame)).toHaveLength(0);
    await h.clock.advance(3000);
    const order = h.middle.seen
      .map(({ frame }) => frame)
      .filter((frame) => !(frame instanceof OutputAudioRawFrame || frame instanceof OutputImageRawFrame))
      .map(({ kind }) => kind)
      .filter((kind) => /^(LLM|TTS|OutputTransportMessage)/.test(kind));
    expect(order).toEqual([
      "LLMFullResponseStartFrame",
      "TTSStartedFrame",
      "TTSTextFrame",
      "TTSStoppedFrame",
      "LLMFullResponseEndFrame",
      "OutputTransportMessageFrame",
    ]);
  });

  it("reports the time to the first sound that returned", async () => {
    const h = await new VideoServiceHarness({ latencyMs: 500 }).start();
    await h.send(...h.utterance(WORDS));
    await h.clock.advance(3000);
    const values = h.downstream
      .of(MetricsFrame)
      .flatMap(({ data }) => data)
      .filter((data) => data.kind === "ttfb")
      .map((data) => (data.kind === "ttfb" ? data.valueMs : NaN));
    expect(values).toHaveLength(1);
    expect(values[0]).toBeGreaterThanOrEqual(500);
    expect(values[0]).toBeLessThanOrEqual(560);
  });

  it("shows the pal's pictures as they are, from the same clock as its sound", async () => {
    const h = await new VideoServiceHarness({ options: { params: { videoDelayMs: 100, videoFps: 25 } } }).start();
    const sinceMs = h.clock.nowMs() + 300;
    await h.clock.advance(1500);
    const [image] = h.pushed(OutputImageRawFrame);
    expect(image).toMatchObject({ width: 16, height: 16, format: "I420", transportSource: "camera" });
    const withSound = h.screen.writes.filter(({ atMs }) => atMs > sinceMs);
    const late = withSound.map(({ atMs, image: { capturedAtMs = 0 } }) => atMs - (capturedAtMs - 100));
    // 100 ms later than they arrived, and as much later as sound waits in the output.
    expect(Math.min(...late)).toBeGreaterThanOrEqual(100);
    expect(Math.max(...late)).toBeLessThanOrEqual(160);
    expect(h.pushed(SpeechOutputAudioRawFrame)[0]).toMatchObject({ transportSource: "microphone", sampleRate: 24_000 });
  });

  it("pushes no media before the output is ready, and speech waits for it", async () => {
    const h = await new VideoServiceHarness({ outputIsReady: false }).start();
    await h.send(...h.utterance(WORDS));
    await h.clock.advance(2000);
    expect(h.pushed(OutputAudioRawFrame)).toHaveLength(0);
    expect(h.pushed(OutputImageRawFrame)).toHaveLength(0);
    h.output.makeReady();
    await h.clock.advance(4000);
    expect(h.heard()).toEqual(WHOLE);
  });

  it("says everything before it ends, and ends the conversation once", async () => {
    const h = await new VideoServiceHarness({ latencyMs: 900 }).start();
    await h.send(...h.utterance(WORDS));
    h.task.end();
    await h.finish();
    expect(h.heard()).toEqual(WHOLE);
    expect(h.words).toEqual(WORDS);
    expect(h.api.ends).toEqual(["c1"]);
    expect(h.calls.map(({ leaves, closes }) => [leaves, closes])).toEqual([[1, 1]]);
  });

  it("ends at once when the task is cancelled", async () => {
    const h = await new VideoServiceHarness().start();
    await h.send(...h.utterance(WORDS));
    await h.clock.advance(500);
    const atMs = h.clock.nowMs();
    h.task.cancel();
    await h.finish().catch(() => undefined);
    expect(h.clock.nowMs() - atMs).toBeLessThan(1000);
    expect(h.api.ends).toEqual(["c1"]);
  });

  it("does not wait forever for a pal that does not finish", async () => {
    const h = await new VideoServiceHarness({ options: { params: { palSilenceTimeoutMs: 0 } } }).start();
    h.pal.latencyMs = 1_000_000;
    await h.send(...h.utterance(WORDS));
    h.task.end();
    await h.finish();
    expect(h.clock.nowMs()).toBeLessThan(30_000);
    expect(h.api.ends).toEqual(["c1"]);
  });
});

describe("an interruption", () => {
  it("silences the pal at once; nothing old returns, and the words are those that were heard", async () => {
    const h = await new VideoServiceHarness({ latencyMs: 300 }).start();
    await h.send(...h.utterance(["one", "two", "three", "four"]));
    await h.clock.advance(1000);
    await h.send(new InterruptionFrame());
    const interruptedMs = h.clock.nowMs();
    expect(
      h.call.sent.filter(({ data }) => (data as { event_type: string }).event_type === "conversation.interrupt"),
    ).toMatchObject([{ atMs: interruptedMs }]);
    const before = h.heard();
    await h.send(...h.utterance(["five"], 5000));
    await h.clock.advance(3000);
    expect(h.heard()).toEqual([...before, { level: 5000, ms: 300 }]);
    expect(before.map(({ level }) => level)).toEqual([1000, 2000]);
    expect(h.words).toEqual(["one", "two", "five"]);
    expect(h.pal.interrupts).toBe(1);
  });

  it("holds off old sound that a slow pal still sends", async () => {
    const h = await new VideoServiceHarness({ latencyMs: 300 }).start();
    await h.send(...h.utterance(["one", "two", "three", "four"]));
    await h.clock.advance(800);
    h.pal.obeysAfterMs = 400;
    await h.send(new InterruptionFrame());
    const before = h.heard();
    await h.send(...h.utterance(["five"], 5000));
    await h.clock.advance(4000);
    expect(h.heard()).toEqual([...before, { level: 5000, ms: 300 }]);
  });

  it("lets speech go on that must be heard to its end", async () => {
    const h = await new VideoServiceHarness().start();
    const [, ...rest] = h.utterance(WORDS);
    await h.send(new TTSStartedFrame("c1", { interruptible: false }), ...rest);
    await h.clock.advance(700);
    await h.send(new InterruptionFrame());
    await h.clock.advance(4000);
    expect(h.heard()).toEqual(WHOLE);
    expect(h.pal.interrupts).toBe(0);
  });
});

describe("without an avatar", () => {
  it.each([
    ["no API key", {}, {}],
    ["neither face nor PAL", { apiKey: "k" }, {}],
    ["neither, by an environment with empty variables", { apiKey: "k" }, { TAVUS_FACE_ID: " ", TAVUS_PAL_ID: "" }],
  ])("the voice passes as it is, which is said once: %s", async (_what, options, env) => {
    const service = new TavusVideoService(options, { env });
    expect(service.avatar).toEqual({ is: "none", reason: "notConfigured" });
    const h = await new VideoServiceHarness({ service, palJoins: false }).start();
    const frames = h.utterance(WORDS);
    await h.send(...frames);
    await h.clock.advance(3000);
    expect(h.middle.seen.map(({ frame }) => frame)).toEqual(expect.arrayContaining(frames));
    expect(h.heard()).toEqual(WHOLE);
    expect(h.words).toEqual(WORDS);
    expect(h.logger.warnings().filter((line) => line.startsWith("There is no avatar"))).toHaveLength(1);
    expect(h.calls).toHaveLength(0);
    expect(h.downstream.of(AvatarStateFrame).map(({ state }) => state.is)).toEqual(["none"]);
  });

  it("wrong values are errors all the same", () => {
    const create = (): unknown =>
      new TavusVideoService({ params: { audioDelivery: "smoke" as "track", videoFps: 0 } }, { env: {} });
    expect(create).toThrow(/params\.videoFps[\s\S]*params\.audioDelivery/);
    expect(() => new TavusVideoService({ required: true }, { env: {} })).toThrow(/apiKey/);
  });
});

describe("when the avatar fails", () => {
  it("at its creation, for good, the bot speaks without it", async () => {
    const h = new VideoServiceHarness({ palJoins: false });
    h.api.createError = apiError("outOfCredits");
    await h.start();
    expect(h.service.avatar).toMatchObject({ is: "failed", reason: "outOfCredits", retryAtMs: undefined });
    await h.send(...h.utterance(WORDS));
    await h.clock.advance(200_000);
    expect(h.heard()).toEqual(WHOLE);
    expect(h.words).toEqual(WORDS);
    expect(h.api.creationsAsked).toBe(1);
  });

  it("for a time, another conversation is tried, and the pal speaks from the next utterance on", async () => {
    const h = new VideoServiceHarness({ palJoins: false });
    h.api.createError = apiError("serverError");
    await h.start();
    expect(h.service.avatar).toMatchObject({ is: "failed", reason: "serverError", retryAtMs: 1000 });
    h.api.createError = undefined;
    await h.send(...h.utterance(["one", "two", "three", "four", "five", "six", "seven", "eight"]));
    await h.clock.advance(1100);
    await h.palJoins();
    expect(h.service.avatar.is).toBe("speaking");
    await h.clock.advance(1000);
    expect(h.pushed(SpeechOutputAudioRawFrame)).toHaveLength(0);
    await h.clock.advance(1000);
    await h.send(...h.utterance(["nine"], 9000));
    await h.clock.advance(3000);
    expect(h.heard().map(({ level }) => level / 1000)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(h.pushed(SpeechOutputAudioRawFrame).length).toBeGreaterThan(0);
  });

  it("attempts are bounded", async () => {
    const h = new VideoServiceHarness({ palJoins: false });
    h.api.createError = apiError("serverError");
    await h.start();
    await h.clock.advance(1_000_000);
    expect(h.api.creationsAsked).toBe(6);
  });

  it("a pal that does not come in time does not hold the bot's voice any longer", async () => {
    const options = { params: { palReadyTimeoutMs: 2000 } };
    const h = await new VideoServiceHarness({ options, palJoins: false }).start();
    await h.send(...h.utterance(WORDS));
    await h.clock.advance(1900);
    expect(h.heard()).toEqual([]);
    await h.clock.advance(2000);
    expect(h.heard()).toEqual(WHOLE);
    expect(h.words).toEqual(WORDS);
  });

  it("in mid-sentence, the bot says the rest from the last word on, in its own voice, at once", async () => {
    const h = await new VideoServiceHarness({ latencyMs: 300 }).start();
    await h.send(...h.utterance(["one", "two", "three", "four"]));
    await h.clock.advance(1300);
    const failedMs = h.clock.nowMs();
    h.pal.leave();
    await h.clock.advance(4000);
    const heard = h.heard();
    expect(heard.map(({ level }) => level / 1000)).toEqual([1, 2, 3, 4]);
    // What the pal said of the third word, and then the whole word.
    expect(heard.map(({ ms }) => ms)).toEqual([300, 300, expect.closeTo(500, -2), 300]);
    expect(h.words).toEqual(["one", "two", "three", "four"]);
    expect((h.middle.atMs(TTSAudioRawFrame)[0] ?? Infinity) - failedMs).toBeLessThan(50);
    expect(h.downstream.of(AvatarStateFrame).at(-1)?.state).toEqual({ is: "absent", reason: "left" });
    expect(h.downstream.atMs(BotStartedSpeakingFrame)).toHaveLength(1);
    expect(h.downstream.of(TTSStoppedFrame)).toHaveLength(1);
    // The pal returns: the next utterance is its own.
    await h.palJoins();
    await h.send(...h.utterance(["five"], 5000));
    await h.clock.advance(2000);
    expect(h.middle.atMs(TTSAudioRawFrame).every((ms) => ms < h.clock.nowMs() - 2500)).toBe(true);
    expect(h.heard().at(-1)).toEqual({ level: 5000, ms: 300 });
  });

  it("an account that runs out of credits gets no other conversation", async () => {
    const h = await new VideoServiceHarness().start();
    const properties = { shutdown_reason: "out of credits" };
    const event = { message_type: "system", event_type: "system.shutdown", conversation_id: "c1", properties };
    h.call.receive(event, h.pal.sessionId);
    await h.clock.advance(100_000);
    expect(h.service.avatar).toMatchObject({ is: "failed", reason: "outOfCredits" });
    expect([h.api.creationsAsked, h.api.ends]).toEqual([1, ["c1"]]);
  });

  it("a required avatar ends the task", async () => {
    const h = await new VideoServiceHarness({ options: { required: true } }).start();
    h.call.endFromOutside("roomEnded");
    await expect(h.finish()).rejects.toThrow();
    expect(h.upstream.of(ErrorFrame).some(({ fatal }) => fatal)).toBe(true);
    expect(h.api.ends).toEqual(["c1"]);
  });

  it("a required avatar that cannot be had fails the setup", async () => {
    const h = new VideoServiceHarness({ options: { required: true }, palJoins: false });
    h.api.createError = apiError("serverError");
    await h.start();
    await expect(h.finish()).rejects.toThrow(/serverError/);
  });
});
