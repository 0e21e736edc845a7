import { afterEach, describe, expect, it } from "vitest";

import { TTSAudioRawFrame, TTSStartedFrame, TTSStoppedFrame, UserAudioRawFrame } from "../../../src/frames/index.ts";
import { DailyCallError } from "../../../src/transport/daily/daily-errors.ts";
import type { SubscriptionUpdate } from "../../../src/transport/room/index.ts";
import { TavusTransport } from "../../../src/transport/tavus/index.ts";
import { PAL, TavusHarness, type TavusHarnessOptions, USER } from "./tavus-harness.ts";

let harness: TavusHarness;

afterEach(async () => {
  harness.task.cancel();
  await harness.finish();
});

/** A bot, a pal and a user in a room. */
async function stage(params: NonNullable<TavusHarnessOptions["options"]>["params"] = {}) {
  harness = new TavusHarness({ options: { params } });
  await harness.start();
  const pal = harness.call.addParticipant(PAL);
  const user = harness.call.addParticipant({ ...USER, userId: "grace" });
  await harness.clock.advance(10);
  const { call, clock, transport, task } = harness;
  return { call, clock, transport, task, pal, user };
}

const heard = (): UserAudioRawFrame[] => harness.middle.of(UserAudioRawFrame);
const second = (value: number): Int16Array => new Int16Array(16_000).fill(value);

async function speaks(sessionId: string, trackName: string): Promise<void> {
  const speaking = harness.call.speak(sessionId, second(1000), { trackName });
  await harness.clock.advance(1000);
  await speaking;
}

describe("captureParticipantAudio()", () => {
  it("pushes a track into the pipeline, with its user and its name", async () => {
    const { transport, user } = await stage();
    await speaks(user.sessionId, "screenAudio");
    expect(heard()).toEqual([]);
    const capture = await transport.captureParticipantAudio(user, { source: "screenAudio" });
    await speaks(user.sessionId, "screenAudio");
    expect(heard()).toHaveLength(50);
    expect(heard()[0]).toMatchObject({ userId: "grace", transportSource: "screenAudio", sampleRate: 16_000 });
    capture.close();
    await speaks(user.sessionId, "screenAudio");
    expect(heard()).toHaveLength(50);
  });

  it("captures a microphone at another rate, once, until that capture is closed", async () => {
    const { call, transport, user } = await stage();
    const capture = await transport.captureParticipantAudio(user.sessionId, { sampleRate: 24_000 });
    expect(call.capturesOf(user.sessionId)).toEqual(["microphone"]);
    await speaks(user.sessionId, "microphone");
    expect(heard()).toHaveLength(50);
    expect(new Set(heard().map(({ sampleRate }) => sampleRate))).toEqual(new Set([24_000]));
    capture.close();
    expect(call.capturesOf(user.sessionId)).toEqual([]);
    capture.close();
  });

  it("keeps the old capture of a track when the new one fails", async () => {
    const { call, transport, user } = await stage();
    call.failNext("captureAudio", new DailyCallError("trackFailed", "no"));
    await expect(transport.captureParticipantAudio(user, { sampleRate: 8000 })).rejects.toMatchObject({
      code: "trackFailed",
    });
    await speaks(user.sessionId, "microphone");
    expect(heard()).toHaveLength(50);
  });

  it("ends when the user leaves", async () => {
    const { call, transport, user } = await stage();
    await transport.captureParticipantAudio(user, { source: "music" });
    expect(call.capturesOf(user.sessionId)).toEqual(["microphone", "music"]);
    call.removeParticipant(user.sessionId);
    expect(call.capturesOf(user.sessionId)).toEqual([]);
  });

  it("never captures the pal, nor a participant that turned out to be the pal", async () => {
    const { call, transport, pal } = await stage();
    await expect(transport.captureParticipantAudio(pal)).rejects.toMatchObject({
      code: "invalidOption",
      message: expect.stringContaining("never reaches the pipeline") as string,
    });
    // Listened to for its loudness alone.
    expect(call.capturesOf(pal.sessionId)).toEqual(["microphone"]);
    await speaks(pal.sessionId, "microphone");
    expect(heard()).toEqual([]);
  });

  it("names the rule that an argument breaks", async () => {
    const { transport, user } = await stage();
    for (const sampleRate of [0, 7999, 48_001, 16_000.5, Number.NaN]) {
      await expect(transport.captureParticipantAudio(user, { sampleRate })).rejects.toThrow(
        /sampleRate.*8000 to 48000/,
      );
    }
    await expect(transport.captureParticipantAudio("nobody")).rejects.toMatchObject({ code: "unknownParticipant" });
  });

  it("needs audioInEnabled", async () => {
    const { transport, user } = await stage({ audioInEnabled: false });
    await expect(transport.captureParticipantAudio(user)).rejects.toThrow(/audioInEnabled/);
  });
});

describe("subscriptions", () => {
  it("are changed for each named participant", async () => {
    const { call, transport, pal, user } = await stage();
    const before = call.subscriptions.length;
    await transport.updateSubscriptions({
      [pal.sessionId]: { camera: true },
      [user.sessionId]: { microphone: false, custom: { music: true } },
    });
    expect(call.subscriptions.slice(before)).toEqual([
      { sessionId: pal.sessionId, subscription: { camera: true } },
      { sessionId: user.sessionId, subscription: { microphone: false, custom: { music: true } } },
    ]);
  });

  it("to the pal's microphone push nothing into the pipeline", async () => {
    const { transport, pal } = await stage();
    await transport.updateSubscriptions({ [pal.sessionId]: { microphone: true } });
    await speaks(pal.sessionId, "microphone");
    expect(heard()).toEqual([]);
  });

  it("that are malformed are rejected with every problem, before any is changed", async () => {
    const { call, transport, user } = await stage();
    const before = call.subscriptions.length;
    const bad = { [user.sessionId]: { microphone: "unsubscribed", audio: true } } as unknown as SubscriptionUpdate;
    await expect(transport.updateSubscriptions(bad)).rejects.toMatchObject({
      code: "invalidOption",
      message: expect.stringMatching(/microphone.*\n.*audio/s) as string,
    });
    expect(call.subscriptions).toHaveLength(before);
  });

  it("of an unknown participant, or outside of a call, are rejected", async () => {
    const { transport } = await stage();
    await expect(transport.updateSubscriptions({ nobody: { camera: true } })).rejects.toMatchObject({
      code: "unknownParticipant",
    });
    harness.task.cancel();
    await harness.finish();
    await expect(transport.updateSubscriptions({})).rejects.toMatchObject({ code: "notJoined" });
  });
});

describe("sample rates", () => {
  it("in and out are those of the params where they are given", async () => {
    const { call, user } = await stage({ audioInSampleRate: 24_000, audioOutSampleRate: 48_000 });
    await speaks(user.sessionId, "microphone");
    expect(heard()[0]?.sampleRate).toBe(24_000);
    expect(call.sinks.get("stream")?.sampleRate).toBe(48_000);
  });

  it("out must be one that can be published; the error lists them", () => {
    const options = { roomUrl: "https://tavus.daily.co/c1", params: { audioOutSampleRate: 22_050 } };
    expect(() => new TavusTransport(options, { env: {} })).toThrow(
      "params.audioOutSampleRate: must be one of 8000, 16000, 24000, 32000, 44100, 48000 Hz.",
    );
    const messages = { ...options, params: { ...options.params, audioDelivery: "messages" as const } };
    expect(() => new TavusTransport(messages, { env: {} })).not.toThrow();
  });
});

describe("the bot's own microphone", () => {
  const spoken = (destination?: string) => {
    const audio = new TTSAudioRawFrame({ audio: new Int16Array(24_000).fill(500), sampleRate: 24_000 });
    const frames = [new TTSStartedFrame(), audio, new TTSStoppedFrame()];
    for (const frame of frames) frame.transportDestination = destination;
    return frames;
  };

  it("is not published by default", async () => {
    const { call } = await stage();
    expect([...call.sinks.keys()]).toEqual(["stream"]);
  });

  it.each(["track", "messages"] as const)(
    "is published if microphoneOutEnabled (%s) and gets the frames that choose it, while all others go to the pal",
    async (audioDelivery) => {
      const { call, clock, task } = await stage({ microphoneOutEnabled: true, audioDelivery });
      const writes = (): readonly { pcm: Int16Array }[] => call.sinks.get("microphone")?.writes ?? [];
      const loud = (): number =>
        writes()
          .flatMap(({ pcm }) => [...pcm])
          .filter((sample) => sample !== 0).length;
      task.queueFrames(spoken());
      await clock.advance(3000);
      expect(loud()).toBe(0);
      task.queueFrames(spoken("microphone"));
      await clock.advance(3000);
      expect(loud()).toBe(24_000);
    },
  );
});
