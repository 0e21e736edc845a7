import { describe, expect, it } from "vitest";

import {
  BotSpeakingFrame,
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  EndFrame,
  ErrorFrame,
  InterruptionFrame,
  MixerEnableFrame,
  MixerUpdateSettingsFrame,
  OutputAudioRawFrame,
  SpeechOutputAudioRawFrame,
  TTSAudioRawFrame,
  TTSStoppedFrame,
  TTSTextFrame,
} from "../../../src/frames/index.ts";
import { AudioStageError } from "../../../src/transport/base/audio-hook.ts";
import { InvalidOptionError } from "../../../src/util/errors.ts";
import { deferred } from "../../../src/util/deadline.ts";
import { pcm, speech } from "../frames.ts";
import { OutputHarness, type OutputHarnessOptions } from "./output-harness.ts";
import { SteadyMixer } from "./test-stages.ts";

async function withMixer(options: OutputHarnessOptions = {}, mixer = new SteadyMixer()) {
  const h = new OutputHarness({ ...options, params: { audioOutMixer: mixer, ...options.params } });
  await h.start();
  return { h, mixer };
}

/** The level in the middle of every 40 ms heard, in multiples of 100. */
function levels(h: OutputHarness): number[] {
  const heard = h.sink.heard();
  return Array.from({ length: Math.floor(heard.length / 960) }, (_, chunk) => (heard[chunk * 960 + 480] ?? 0) / 100);
}

describe("background sound", () => {
  it("goes on without a gap while the bot is silent, and never far ahead of what is played", async () => {
    const { h } = await withMixer();
    let mostAheadMs = 0;
    for (let step = 0; step < 100; step++) {
      await h.clock.advance(10);
      mostAheadMs = Math.max(mostAheadMs, (h.sink.writtenSamples - h.sink.playedSamples) / 24);
    }
    expect(h.sink.heard()).toHaveLength(24_000);
    expect(new Set(h.sink.heard())).toEqual(new Set([100]));
    expect(mostAheadMs).toBeLessThanOrEqual(120 + 40);
    expect(mostAheadMs).toBeGreaterThanOrEqual(80);
  });

  it("is plain audio: passed on as it is heard, without making the bot a speaker", async () => {
    const { h } = await withMixer();
    await h.clock.advance(400);
    expect(h.downstream.of(OutputAudioRawFrame)).toHaveLength(10);
    expect(h.downstream.of(TTSAudioRawFrame)).toHaveLength(0);
    expect(h.downstream.of(BotStartedSpeakingFrame)).toHaveLength(0);
    expect(h.downstream.of(BotSpeakingFrame)).toHaveLength(0);
  });

  it("keeps speech short ahead of what is played, however much the sink would take: what is mixed cannot be changed", async () => {
    const { h } = await withMixer({ sinkLeadMs: 30_000 });
    await h.send(speech(10_000), new TTSStoppedFrame());
    const { leadMs = 0, queuedMs = 0 } = h.output.stats.audio[0] ?? {};
    expect(leadMs).toBeGreaterThan(1000);
    expect(leadMs).toBeLessThanOrEqual(1300 + 40);
    expect(queuedMs).toBeGreaterThan(8000);
  });

  it("is mixed under speech, which waits only for the little that was written ahead", async () => {
    const { h } = await withMixer();
    await h.clock.advance(1000);
    const t0 = h.clock.nowMs();
    await h.send(speech(200), new TTSStoppedFrame());
    await h.clock.advance(1000);
    expect(levels(h).filter((level) => level === 11)).toHaveLength(5);
    expect(levels(h).slice(-5)).toEqual([1, 1, 1, 1, 1]);
    expect(h.downstream.atMs(BotStartedSpeakingFrame)[0]! - t0).toBeLessThanOrEqual(160);
    expect(h.downstream.of(BotStoppedSpeakingFrame)).toHaveLength(1);
    expect(h.downstream.of(TTSAudioRawFrame).every(({ audio }) => audio[0] === 1100)).toBe(true);
  });

  it("never writes into a frame, since frames share their audio", async () => {
    const { h } = await withMixer();
    const frame = speech(80);
    await h.send(frame, new TTSStoppedFrame());
    await h.clock.advance(500);
    expect(levels(h)).toContain(11);
    expect(new Set(frame.audio)).toEqual(new Set([1000]));
  });

  it("with a mixer, an interruption flushes what the bot had to say, and the background goes on without a gap", async () => {
    const { h } = await withMixer();
    await h.send(speech(5000), new TTSStoppedFrame());
    await h.clock.advance(500);
    const writesBefore = h.sink.writes.length;
    const interruptedMs = h.clock.nowMs();
    await h.send(new InterruptionFrame());
    expect(h.sink.flushes).toHaveLength(1);
    expect(h.sink.writes[writesBefore]?.atMs).toBe(interruptedMs);
    await h.clock.advance(1000);
    const heard = h.sink.heard();
    expect(heard).toHaveLength(24 * 1500);
    expect(new Set(heard.subarray(24 * 500))).toEqual(new Set([100]));
    expect(h.downstream.of(BotStoppedSpeakingFrame)).toHaveLength(1);
    expect(h.sink.utteranceEnds).toHaveLength(0);
  });

  it("mixes and reports the utterance after an interruption like the first", async () => {
    const { h } = await withMixer();
    await h.send(speech(1000));
    await h.clock.advance(300);
    await h.send(new InterruptionFrame());
    await h.send(speech(200), new TTSStoppedFrame());
    await h.clock.advance(5000);
    expect(h.downstream.of(BotStartedSpeakingFrame)).toHaveLength(2);
    expect(h.downstream.of(BotStoppedSpeakingFrame)).toHaveLength(2);
    expect(h.sink.utteranceEnds).toHaveLength(1);
  });

  it("background heard while the interruption is in progress does not start the end of an utterance", async () => {
    const { h } = await withMixer();
    await h.send(speech(200), new TTSTextFrame("just heard"), speech(400));
    await h.clock.advance(250);
    // The clock reaches the word but no timer has fired: it is released, and gets a turn of the event loop.
    const nowMs = h.clock.nowMs.bind(h.clock);
    const jumpedMs = nowMs() + 151;
    h.clock.nowMs = () => Math.max(nowMs(), jumpedMs);
    const whenPlayed = h.sink.whenPlayed.bind(h.sink);
    h.sink.whenPlayed = () => {
      h.sink.whenPlayed = whenPlayed;
      return Promise.resolve("played");
    };
    await h.send(new InterruptionFrame());
    expect(h.downstream.of(TTSTextFrame)).toHaveLength(1);
    await h.clock.advance(5000);
    expect(h.sink.utteranceEnds).toEqual([]);
  });

  it("without a mixer, an interruption leaves silence, and the sender takes the next utterance", async () => {
    const h = await new OutputHarness().start();
    await h.send(speech(1000));
    await h.clock.advance(300);
    await h.send(new InterruptionFrame());
    const written = h.sink.writes.length;
    await h.clock.advance(1000);
    expect(h.sink.writes).toHaveLength(written);
    await h.send(speech(200), new TTSStoppedFrame());
    await h.clock.advance(1000);
    expect(h.sink.playedSamples).toBe(24 * 500);
    expect(h.downstream.of(BotStoppedSpeakingFrame)).toHaveLength(2);
  });

  it("3 s without speech end the bot's turn, although the background never stops", async () => {
    const { h } = await withMixer();
    await h.send(speech(400));
    await h.clock.advance(3200);
    expect(h.downstream.of(BotStoppedSpeakingFrame)).toHaveLength(0);
    await h.clock.advance(600);
    expect(h.downstream.of(BotStoppedSpeakingFrame)).toHaveLength(1);
  });

  it("does not hide the silence that ends a speech stream", async () => {
    const { h } = await withMixer();
    const stream = (ms: number, level: number): SpeechOutputAudioRawFrame =>
      new SpeechOutputAudioRawFrame({ audio: pcm(ms, 24_000, level), sampleRate: 24_000 });
    await h.send(stream(200, 900), stream(480, 0));
    await h.clock.advance(1000);
    expect(h.downstream.of(BotStoppedSpeakingFrame)).toHaveLength(1);
  });

  it("takes settings in order with the speech, and does not pass them on", async () => {
    const { h } = await withMixer();
    await h.send(
      speech(400),
      new MixerUpdateSettingsFrame({ level: 300 }),
      speech(400),
      new MixerEnableFrame(false),
      speech(400),
      new TTSStoppedFrame(),
    );
    await h.clock.advance(3000);
    const spoken = levels(h).filter((level) => level >= 10);
    expect(spoken).toEqual([
      ...Array<number>(10).fill(11),
      ...Array<number>(10).fill(13),
      ...Array<number>(10).fill(10),
    ]);
    expect(h.downstream.kinds().filter((kind) => kind.startsWith("Mixer"))).toEqual([]);
    const written = h.sink.writes.length;
    await h.clock.advance(1000);
    expect(h.sink.writes).toHaveLength(written);
    await h.send(new MixerEnableFrame(true));
    await h.clock.advance(400);
    expect(levels(h).at(-1)).toBe(3);
  });

  it("settings that wait behind speech survive an interruption of the speech", async () => {
    const { h } = await withMixer();
    await h.send(speech(5000), new MixerUpdateSettingsFrame({ level: 300 }));
    await h.clock.advance(200);
    await h.send(new InterruptionFrame());
    await h.clock.advance(400);
    expect(levels(h).at(-1)).toBe(3);
  });

  it("reports settings that the mixer rejects, and changes nothing", async () => {
    const { h } = await withMixer();
    await h.send(new MixerUpdateSettingsFrame({ level: "loud" }));
    await h.clock.advance(400);
    expect(h.upstream.of(ErrorFrame).map(({ error }) => error.message)).toEqual([
      "audioOutMixer: it did not take the new settings (level must be a number).",
    ]);
    expect(levels(h).at(-1)).toBe(1);
  });

  it("passes on settings for a destination without a mixer, in order", async () => {
    const h = await new OutputHarness().start();
    await h.send(speech(400), new MixerEnableFrame(true));
    expect(h.downstream.of(MixerEnableFrame)).toHaveLength(0);
    await h.clock.advance(500);
    expect(h.downstream.of(MixerEnableFrame)).toHaveLength(1);
  });

  it.each(["while it plays alone", "under speech"])(
    "a mixer that throws %s is left out and reported once, and its half-written chunk is not heard",
    async (when) => {
      const { h, mixer } = await withMixer();
      if (when === "under speech") {
        mixer.on = false;
        await h.clock.advance(500);
        mixer.on = true;
      }
      mixer.failure = new Error("broken");
      await h.send(speech(400), new TTSStoppedFrame());
      await h.clock.advance(2000);
      const errors = h.upstream.of(ErrorFrame).map(({ error }) => error);
      expect(errors).toHaveLength(1);
      expect(errors[0]).toBeInstanceOf(AudioStageError);
      expect(h.downstream.of(BotStoppedSpeakingFrame)).toHaveLength(1);
      expect(h.sink.heard().filter((sample) => sample === 1000)).toHaveLength(9600);
      expect([...h.sink.heard()].filter((sample) => sample > 1000)).toEqual([]);
    },
  );

  it.each([
    ["fails to start", "it could not start and is left out (no file)"],
    ["never starts", "took longer than 5000 ms"],
  ])("a mixer that %s is left out, and the voice does not wait for it", async (how, message) => {
    const mixer = new SteadyMixer();
    if (how === "fails to start") mixer.startFailure = new Error("no file");
    else mixer.starting = deferred<undefined>().promise;
    const { h } = await withMixer({}, mixer);
    await h.send(speech(400), new TTSStoppedFrame());
    await h.clock.advance(500);
    expect(h.downstream.of(BotStoppedSpeakingFrame)).toHaveLength(1);
    await h.clock.advance(6000);
    expect(h.upstream.of(ErrorFrame).map(({ error }) => error.message)).toEqual([expect.stringContaining(message)]);
    expect(mixer.mixedSamples).toBe(0);
  });

  it("a mixer that starts late joins in, and one that starts after the end is stopped", async () => {
    const late = new SteadyMixer();
    const started = deferred<undefined>();
    late.starting = started.promise;
    const { h } = await withMixer({}, late);
    await h.clock.advance(1000);
    expect(h.sink.writes).toHaveLength(0);
    started.resolve(undefined);
    await h.clock.advance(400);
    expect(levels(h).at(-1)).toBe(1);

    const tooLate = new SteadyMixer();
    const after = deferred<undefined>();
    tooLate.starting = after.promise;
    const second = await withMixer({}, tooLate);
    second.h.task.cancel();
    await second.h.clock.advance(0);
    after.resolve(undefined);
    await second.h.clock.advance(0);
    expect(tooLate.stops).toBe(1);
    expect(second.h.sink.writes).toHaveLength(0);
  });

  it.each(["end", "cancel"] as const)("is stopped once at %s, and nothing plays afterwards", async (how) => {
    const { h, mixer } = await withMixer();
    await h.send(speech(200));
    await h.clock.advance(400);
    if (how === "end") h.task.queueFrame(new EndFrame());
    else h.task.cancel();
    await h.finish();
    const written = h.sink.writes.length;
    await h.clock.advance(5000);
    expect(mixer.starts).toEqual([24_000]);
    expect(mixer.stops).toBe(1);
    expect(h.sink.writes).toHaveLength(written);
    expect(h.clock.pendingTimers).toBe(0);
  });

  it("does not delay the end, and plays through the end silence", async () => {
    const { h } = await withMixer();
    await h.clock.advance(500);
    const t0 = h.clock.nowMs();
    await h.send(speech(400), new EndFrame());
    await h.finish();
    const tookMs = h.downstream.atMs(EndFrame)[0]! - t0;
    expect(tookMs).toBeGreaterThanOrEqual(2400);
    expect(tookMs).toBeLessThanOrEqual(2400 + 160);
    expect(levels(h).slice(-10)).toEqual(Array(10).fill(1));
  });

  it("starts when the transport is ready, not before", async () => {
    const h = new OutputHarness({ ready: false, params: { audioOutMixer: new SteadyMixer() } });
    await h.start();
    await h.output.openOnly();
    await h.clock.advance(500);
    expect(h.sink.writes).toHaveLength(0);
    h.output.makeReady();
    await h.clock.advance(100);
    expect(h.sink.writes.length).toBeGreaterThan(0);
  });

  it("each destination may have a mixer of its own", async () => {
    const ambience = new SteadyMixer(200);
    const h = await new OutputHarness({
      params: { audioOutDestinations: ["ambience"], audioOutMixer: { ambience } },
    }).start();
    await h.clock.advance(400);
    expect(h.sinks.get("ambience")!.playedSamples).toBe(24 * 400);
    expect(h.sinks.get(undefined)!.writes).toHaveLength(0);
    expect(h.downstream.of(OutputAudioRawFrame).every((frame) => frame.transportDestination === "ambience")).toBe(true);
    const byDefault = await new OutputHarness({ params: { audioOutMixer: { default: new SteadyMixer() } } }).start();
    await byDefault.clock.advance(400);
    expect(byDefault.sink.playedSamples).toBe(24 * 400);
  });

  it("rejects a mixer for an unknown destination, and a value that is no mixer", () => {
    expect(() => new OutputHarness({ params: { audioOutMixer: { elsewhere: new SteadyMixer() } } })).toThrow(
      "audioOutMixer: there is no destination elsewhere; there are default.",
    );
    const wrong = { audioOutMixer: "music.wav" as unknown as SteadyMixer };
    expect(() => new OutputHarness({ params: wrong })).toThrow(InvalidOptionError);
  });
});
