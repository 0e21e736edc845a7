import { describe, expect, it, vi } from "vitest";

import {
  BotSpeakingFrame,
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  EndFrame,
  ErrorFrame,
  HeartbeatFrame,
  InterruptionFrame,
  LLMFullResponseEndFrame,
  OutputAudioRawFrame,
  OutputTransportMessageFrame,
  OutputTransportMessageUrgentFrame,
  OutputTransportReadyFrame,
  SpeechOutputAudioRawFrame,
  TTSAudioRawFrame,
  TTSStartedFrame,
  TTSStoppedFrame,
  TTSTextFrame,
  type Frame,
} from "../../../src/frames/index.ts";
import type { StreamResampler } from "../../../src/audio/index.ts";
import { SinkWriteError } from "../../../src/transport/playout/sink-errors.ts";
import { deferred } from "../../../src/util/deadline.ts";
import { pcm, speech } from "../frames.ts";
import { OutputHarness } from "./output-harness.ts";

type FrameType = new () => Frame;

function timed(text: string, ptsMs: number): TTSTextFrame {
  const frame = new TTSTextFrame(text);
  frame.ptsMs = ptsMs;
  return frame;
}

function texts(harness: OutputHarness): string[] {
  return harness.downstream.of(TTSTextFrame).map(({ text }) => text);
}

describe("speech", () => {
  it("TTSStopped releases the rest as a zero-padded chunk of the same class before itself", async () => {
    const h = await new OutputHarness().start();
    await h.send(speech(50), new TTSStoppedFrame());
    await h.clock.advance(200);
    const chunks = h.downstream.of(TTSAudioRawFrame);
    expect(chunks.map(({ numFrames }) => numFrames)).toEqual([960, 960]);
    expect(chunks[1]?.audio.slice(0, 240).every((sample) => sample === 1000)).toBe(true);
    expect(chunks[1]?.audio.slice(240).every((sample) => sample === 0)).toBe(true);
    const kinds = h.downstream.kinds();
    expect(kinds.lastIndexOf("TTSAudioRawFrame")).toBeLessThan(kinds.indexOf("TTSStoppedFrame"));
    expect(h.sink.utteranceEnds).toHaveLength(1);
  });

  it("an utterance shorter than one chunk still emits BotStarted and BotStopped, in both directions, as siblings", async () => {
    const h = await new OutputHarness().start();
    await h.send(speech(5), new TTSStoppedFrame());
    await h.clock.advance(100);
    for (const type of [BotStartedSpeakingFrame, BotStoppedSpeakingFrame] as FrameType[]) {
      const [down] = h.downstream.of(type);
      const [up] = h.upstream.of(type);
      expect(down?.broadcastSiblingId).toBe(up?.id);
      expect(up?.broadcastSiblingId).toBe(down?.id);
      expect(h.downstream.of(type)).toHaveLength(1);
    }
  });

  it("BotStarted follows the first sample played and BotStopped the last, not the writing", async () => {
    const h = await new OutputHarness({ sinkLatencyMs: 300 }).start();
    const t0 = h.clock.nowMs();
    await h.send(speech(400), new TTSStoppedFrame());
    await h.clock.advance(2000);
    expect(h.downstream.atMs(BotStartedSpeakingFrame)[0]! - t0).toBeCloseTo(300, 0);
    expect(h.downstream.atMs(BotStoppedSpeakingFrame)[0]! - t0).toBeCloseTo(700, 0);
  });

  it("BotSpeaking repeats about every 200 ms while audio plays", async () => {
    const h = await new OutputHarness().start();
    await h.send(speech(1000), new TTSStoppedFrame());
    await h.clock.advance(2000);
    expect(h.downstream.of(BotSpeakingFrame)).toHaveLength(5);
  });

  it("audio is written at most 200 ms ahead of what is played, and passed on when it was played", async () => {
    const h = await new OutputHarness().start();
    const t0 = h.clock.nowMs();
    await h.send(speech(1000));
    expect(h.sink.writtenSamples).toBe((24_000 * 200) / 1000);
    expect(h.downstream.of(TTSAudioRawFrame)).toHaveLength(0);
    await h.clock.advance(100);
    expect(h.downstream.atMs(TTSAudioRawFrame).map((ms) => Math.round(ms - t0))).toEqual([40, 80]);
    await h.clock.advance(2000);
    expect(h.sink.writtenSamples).toBe(24_000);
    expect(h.downstream.of(TTSAudioRawFrame)).toHaveLength(25);
  });

  it("silence inside TTS audio does not end the bot's turn", async () => {
    const h = await new OutputHarness().start();
    await h.send(speech(200), speech(1500, 24_000, 0), speech(200));
    await h.clock.advance(2000);
    expect(h.downstream.of(BotStoppedSpeakingFrame)).toHaveLength(0);
    expect(h.downstream.of(BotStartedSpeakingFrame)).toHaveLength(1);
  });

  it("3 s without audio end an utterance that never got its TTSStopped", async () => {
    const h = await new OutputHarness().start();
    const t0 = h.clock.nowMs();
    await h.send(speech(400));
    await h.clock.advance(3300);
    expect(h.downstream.of(BotStoppedSpeakingFrame)).toHaveLength(0);
    await h.clock.advance(3000);
    expect(h.downstream.atMs(BotStoppedSpeakingFrame).map((ms) => Math.round(ms - t0))).toEqual([3400]);
    expect(h.sink.utteranceEnds).toHaveLength(1);
  });

  it("350 ms of silence end the turn of a speech stream, and its next sound starts another", async () => {
    const h = await new OutputHarness().start();
    const stream = (ms: number, level: number): SpeechOutputAudioRawFrame =>
      new SpeechOutputAudioRawFrame({ audio: pcm(ms, 24_000, level), sampleRate: 24_000 });
    await h.send(stream(400, 0));
    await h.clock.advance(500);
    expect(h.downstream.of(BotStartedSpeakingFrame)).toHaveLength(0);
    await h.send(stream(200, 900), stream(320, 10), stream(200, 900));
    await h.clock.advance(1000);
    expect(h.downstream.of(BotStoppedSpeakingFrame)).toHaveLength(0);
    await h.send(stream(480, 10));
    await h.clock.advance(600);
    expect(h.downstream.of(BotStoppedSpeakingFrame)).toHaveLength(1);
    await h.send(stream(200, -900));
    await h.clock.advance(300);
    expect(h.downstream.of(BotStartedSpeakingFrame)).toHaveLength(2);
  });

  it("plain audio plays without making the bot a speaker", async () => {
    const h = await new OutputHarness().start();
    await h.send(new OutputAudioRawFrame({ audio: pcm(100), sampleRate: 24_000 }));
    await h.clock.advance(4000);
    expect(h.sink.playedSamples).toBe(2880);
    expect(h.downstream.of(BotStartedSpeakingFrame)).toHaveLength(0);
  });

  it("does not pass on audio that was not written, and reports a sink that closes by itself", async () => {
    const h = await new OutputHarness().start();
    await h.send(speech(1000), new TTSStoppedFrame());
    await h.clock.advance(100);
    await h.sink.close();
    await h.clock.advance(2000);
    expect(h.downstream.of(TTSAudioRawFrame)).toHaveLength(2);
    expect(h.upstream.of(ErrorFrame).map(({ error }) => error.message)).toEqual([
      expect.stringContaining("closed by itself"),
    ]);
    expect(h.downstream.of(BotStoppedSpeakingFrame)).toHaveLength(1);
  });

  it.each([true, new Error("socket closed")])(
    "reports audio that the sink does not take once, then counts it, and does not pass it on (%s)",
    async (how) => {
      const h = await new OutputHarness().start();
      h.sink.refuseWrites(how);
      await h.send(speech(200), new TTSTextFrame("goes on"), new TTSStoppedFrame());
      await h.clock.advance(500);
      const errors = h.upstream.of(ErrorFrame).map(({ error }) => error);
      expect(errors).toHaveLength(1);
      expect(errors[0]).toBeInstanceOf(SinkWriteError);
      expect(errors[0]?.cause).toBe(how === true ? undefined : how);
      expect(h.output.stats.audio[0]).toMatchObject({ refusedChunks: 5, queuedMs: 0, writtenMs: 0 });
      expect(h.downstream.of(TTSAudioRawFrame)).toHaveLength(0);
      expect(h.downstream.of(BotStartedSpeakingFrame)).toHaveLength(0);
      expect(texts(h)).toEqual(["goes on"]);
      h.sink.refuseWrites(false);
      await h.send(speech(200), new TTSStoppedFrame());
      await h.clock.advance(500);
      expect(h.downstream.of(TTSAudioRawFrame)).toHaveLength(5);
    },
  );

  it("writes the rest later when the sink is full for a while, and loses nothing", async () => {
    const h = await new OutputHarness().start();
    await h.send(speech(1000), new TTSStoppedFrame());
    h.sink.refuseWrites();
    await h.clock.advance(150);
    h.sink.refuseWrites(false);
    await h.clock.advance(2000);
    expect(h.upstream.of(ErrorFrame)).toHaveLength(0);
    expect(h.downstream.of(TTSAudioRawFrame)).toHaveLength(25);
  });

  it("loses nothing and keeps the order when the rate changes within an utterance", async () => {
    const made: string[] = [];
    const h = await new OutputHarness({
      createResampler: (from, to) => {
        let held = 0;
        made.push(`${from}>${to}`);
        return Promise.resolve({
          // Holds the last 100 samples back, as a filter does.
          process: (audio) => {
            const out = new Int16Array((audio.length * to) / from - (held === 0 ? 100 : 0)).fill(audio[0] ?? 0);
            held = audio[0] ?? 0;
            return out;
          },
          flush: () => new Int16Array(held === 0 ? 0 : 100).fill(held),
          reset: () => (held = 0),
          close: () => made.push(`close ${from}`),
        });
      },
    }).start();
    await h.send(
      speech(100, 16_000, 111),
      speech(100, 24_000, 222),
      speech(100, 16_000, 333),
      speech(100, 8000, 444),
      new TTSStoppedFrame(),
    );
    await h.clock.advance(1000);
    const heard = [...h.sink.heard()];
    const runs = heard.filter((sample, index) => sample !== heard[index - 1]);
    expect(runs).toEqual([111, 222, 333, 444]);
    for (const level of runs) expect(heard.filter((sample) => sample === level)).toHaveLength(2400);
    expect(made).toEqual(["16000>24000", "8000>24000", "close 16000"]);
    h.task.cancel();
    await h.finish();
    expect(made.at(-1)).toBe("close 8000");
  });

  it("an interruption empties the resampler: no sound of the old words precedes the new", async () => {
    const h = await new OutputHarness().start();
    await h.send(speech(100, 16_000, 20_000));
    await vi.waitFor(async () => {
      await h.clock.advance(10);
      expect(h.sink.writtenSamples).toBeGreaterThan(0);
    });
    await h.send(new InterruptionFrame());
    const position = h.sink.playedSamples;
    // A late TTSStopped of what was interrupted makes no sound.
    await h.send(new TTSStoppedFrame());
    await h.clock.advance(100);
    expect(h.sink.writtenSamples).toBe(position);
    await h.send(speech(400, 16_000, 100), new TTSStoppedFrame());
    await h.clock.advance(1000);
    expect(Math.max(...h.sink.heard().subarray(position))).toBeLessThan(150);
  });

  it("closes a resampler that is ready only after the transport has ended", async () => {
    let closes = 0;
    const made = deferred<StreamResampler>();
    const h = await new OutputHarness({ createResampler: () => made.promise }).start();
    await h.send(speech(100, 16_000));
    h.task.cancel();
    await h.finish();
    made.resolve({
      process: (audio) => audio,
      flush: () => new Int16Array(0),
      reset: () => undefined,
      close: () => closes++,
    });
    await h.clock.advance(0);
    expect(closes).toBe(1);
  });

  it("resamples audio at another rate as one stream, including its tail", async () => {
    const calls: string[] = [];
    const h = await new OutputHarness({
      createResampler: (from, to) => {
        calls.push(`${from}>${to}`);
        return Promise.resolve({
          process: (audio) => new Int16Array(Math.max(0, audio.length * 1.5 - 100)).fill(7),
          flush: () => new Int16Array(100).fill(9),
          reset: () => calls.push("reset"),
          close: () => undefined,
        });
      },
    }).start();
    await h.send(speech(100, 16_000), new TTSStoppedFrame());
    await h.clock.advance(300);
    expect(calls).toEqual(["16000>24000", "reset"]);
    const written = h.sink.writes.flatMap(({ pcm: block }) => [...block]);
    expect(written.filter((sample) => sample === 7)).toHaveLength(2300);
    expect(written.filter((sample) => sample === 9)).toHaveLength(100);
  });

  it("uses the library's own resampler by default, which keeps the duration", async () => {
    const h = await new OutputHarness().start();
    await h.send(speech(200, 16_000), speech(200, 16_000), new TTSStoppedFrame());
    // Its WebAssembly takes a moment of real time to load.
    await vi.waitFor(async () => {
      await h.clock.advance(100);
      expect(h.downstream.of(TTSStoppedFrame)).toHaveLength(1);
    });
    expect(h.sink.playedSamples).toBeGreaterThanOrEqual(24 * 400 - 24);
    expect(h.sink.playedSamples).toBeLessThanOrEqual(24 * 440);
    expect(h.sink.heard().filter((sample) => Math.abs(sample - 1000) < 50).length).toBeGreaterThan(24 * 380);
  });

  it("makes a producer that is far ahead wait, instead of losing audio", async () => {
    const h = await new OutputHarness({ params: { audioOutQueueMs: 1000 } }).start();
    await h.send(...Array.from({ length: 30 }, () => speech(200)), new TTSStoppedFrame());
    expect(h.output.stats.audio[0]?.queuedMs).toBeLessThanOrEqual(1200);
    await h.clock.advance(7000);
    expect(h.sink.playedSamples).toBe(24_000 * 6);
    expect(h.output.refusedFrames).toBe(0);
  });
});

describe("order", () => {
  it("a frame without a time leaves after the audio queued before it was heard", async () => {
    const h = await new OutputHarness().start();
    const t0 = h.clock.nowMs();
    await h.send(speech(400), new TTSTextFrame("hello"), new LLMFullResponseEndFrame());
    await h.clock.advance(1000);
    expect(h.downstream.atMs(TTSTextFrame)[0]! - t0).toBeCloseTo(400, 0);
    expect(h.downstream.atMs(LLMFullResponseEndFrame)[0]! - t0).toBeCloseTo(400, 0);
  });

  it("a heartbeat does not wait for what is left to say", async () => {
    const h = await new OutputHarness().start();
    await h.send(speech(400), new HeartbeatFrame(0));
    expect(h.downstream.of(HeartbeatFrame)).toHaveLength(1);
  });

  it("timed frames with equal times keep their order, and 0 is a valid time", async () => {
    const h = await new OutputHarness().start();
    await h.send(timed("b", h.clock.nowMs() + 50), timed("c", h.clock.nowMs() + 50), timed("a", 0));
    expect(texts(h)).toEqual(["a"]);
    await h.clock.advance(60);
    expect(texts(h)).toEqual(["a", "b", "c"]);
  });

  it("words that know their place in the audio leave when that is heard, however unevenly the audio came", async () => {
    const h = await new OutputHarness().start();
    const part = (ms: number, contextId: string): TTSAudioRawFrame =>
      new TTSAudioRawFrame({ audio: pcm(ms), sampleRate: 24_000, contextId });
    await h.send(part(1000, "a"), new TTSStoppedFrame("a"));
    for (const [at, text] of ["one", "two", "three"].entries()) {
      const word = timed(text, h.clock.nowMs());
      word.audioOffsetMs = at * 240;
      await h.send(part(240, "b"), word);
      await h.clock.advance(400);
    }
    await h.send(new TTSStoppedFrame("b"));
    await h.clock.advance(1000);
    const seen = h.downstream.seen.filter(({ frame }) => frame instanceof TTSTextFrame);
    // The pauses in which the audio was made were over before it was heard.
    expect(seen.map(({ atMs }) => Math.round(atMs))).toEqual([1000, 1240, 1480]);
  });

  it("does not say the rest of an utterance whose beginning the far end has flushed", async () => {
    const h = await new OutputHarness().start();
    const part = (contextId: string): TTSAudioRawFrame =>
      new TTSAudioRawFrame({ audio: pcm(400), sampleRate: 24_000, contextId });
    await h.send(part("a"));
    await h.clock.advance(100);
    h.sink.flushFromFarEnd();
    await h.clock.advance(0);
    await h.send(part("a"), new TTSTextFrame("Not heard whole.", { contextId: "a" }), new TTSStoppedFrame("a"));
    await h.send(part("b"), new TTSTextFrame("Heard.", { contextId: "b" }), new TTSStoppedFrame("b"));
    await h.clock.advance(2000);
    expect(texts(h)).toEqual(["Heard."]);
  });

  it("words with equal times keep their order in speech, even with a time in the past", async () => {
    const h = await new OutputHarness({ sinkLatencyMs: 100 }).start();
    await h.clock.advance(1000);
    const t0 = h.clock.nowMs();
    const words = [timed("a", t0 + 80), timed("b", 0), timed("c", t0 + 80), timed("d", 0), timed("e", t0 + 80)];
    await h.send(new TTSStartedFrame(), ...words, speech(400), new TTSStoppedFrame());
    await h.clock.advance(2000);
    expect(texts(h)).toEqual(["b", "d", "a", "c", "e"]);
    expect(
      h.downstream
        .atMs(TTSTextFrame)
        .slice(2)
        .map((ms) => Math.round(ms - t0)),
    ).toEqual([180, 180, 180]);
  });

  it("with audio off, messages are still sent and other frames pass", async () => {
    const h = await new OutputHarness({ params: { audioOutEnabled: false } }).start();
    await h.send(
      new OutputTransportMessageFrame("normal"),
      new OutputTransportMessageUrgentFrame("urgent"),
      new TTSTextFrame("word"),
      speech(40),
    );
    expect(h.messages.map(({ message }) => message).sort()).toEqual(["normal", "urgent"]);
    expect(texts(h)).toEqual(["word"]);
    expect(h.logger.warnings()).toEqual([expect.stringContaining("audioOutEnabled")]);
  });

  it("makes a sender of endless frames wait, instead of filling the memory", async () => {
    const h = await new OutputHarness().start();
    await h.send(speech(400), ...Array.from({ length: 12_000 }, (_, index) => new TTSTextFrame(String(index))));
    // The speech is ten chunks of the ten thousand. So many frames take several slices of the event loop.
    const when = (condition: () => void): Promise<void> =>
      vi.waitFor(async () => {
        await h.clock.advance(0);
        condition();
      });
    await when(() => expect(h.output.stats.queuedOrderedFrames).toBe(12_000 - 9990));
    expect(h.output.stats.audio[0]?.queuedFrames).toBe(10_000);
    await h.clock.advance(1000);
    await when(() => expect(texts(h)).toHaveLength(12_000));
    expect(texts(h)).toEqual(Array.from({ length: 12_000 }, (_, index) => String(index)));
  });

  it("bounds the timed frames that wait: the earliest leaves before its time", async () => {
    const h = await new OutputHarness().start();
    const dueMs = h.clock.nowMs() + 60_000;
    await h.send(...Array.from({ length: 2003 }, (_, index) => timed(String(index), dueMs + index)));
    await vi.waitFor(async () => {
      await h.clock.advance(0);
      expect(texts(h)).toEqual(["0", "1", "2"]);
    });
  });

  it("timed words shift with their utterance: they leave when it is heard, not when it was made", async () => {
    const h = await new OutputHarness({ sinkLatencyMs: 500 }).start();
    const t0 = h.clock.nowMs();
    await h.send(new TTSStartedFrame(), timed("one", t0), timed("two", t0 + 200), speech(400), new TTSStoppedFrame());
    await h.clock.advance(450);
    expect(texts(h)).toEqual([]);
    await h.clock.advance(1000);
    expect(h.downstream.atMs(TTSTextFrame).map((ms) => Math.round(ms - t0))).toEqual([500, 700]);
    expect(h.downstream.kinds().indexOf("BotStartedSpeakingFrame")).toBeLessThan(
      h.downstream.kinds().indexOf("TTSTextFrame"),
    );
  });

  it("the last words leave before BotStopped, even those timed after the end of the audio", async () => {
    const h = await new OutputHarness().start();
    await h.send(speech(200), timed("late", h.clock.nowMs() + 5000), new TTSStoppedFrame());
    await h.clock.advance(300);
    const kinds = h.downstream.kinds();
    expect(kinds).toContain("BotStoppedSpeakingFrame");
    expect(kinds.indexOf("TTSTextFrame")).toBeLessThan(kinds.indexOf("BotStoppedSpeakingFrame"));
  });

  it("a word after the last audio leaves before BotStopped, although that is a system frame", async () => {
    const h = await new OutputHarness().start();
    await h.send(speech(200), new TTSTextFrame("last"), new TTSStoppedFrame());
    await h.clock.advance(300);
    const kinds = h.downstream.kinds();
    expect(kinds.indexOf("TTSTextFrame")).toBeLessThan(kinds.indexOf("BotStoppedSpeakingFrame"));
    expect(kinds.indexOf("BotStoppedSpeakingFrame")).toBeLessThan(kinds.indexOf("TTSStoppedFrame"));
  });

  it("an urgent message overtakes queued audio, a normal one does not, and neither is passed on", async () => {
    const h = await new OutputHarness().start();
    const t0 = h.clock.nowMs();
    await h.send(
      speech(400),
      new OutputTransportMessageFrame("normal"),
      new OutputTransportMessageUrgentFrame("urgent"),
    );
    await h.clock.advance(1000);
    expect(h.messages.map(({ message, atMs }) => [message, Math.round(atMs - t0)])).toEqual([
      ["urgent", 0],
      ["normal", 400],
    ]);
    expect(h.downstream.kinds().filter((kind) => kind.includes("Message"))).toEqual([]);
  });

  it("reports a message that cannot be sent upstream, and continues", async () => {
    const h = await new OutputHarness().start();
    await h.send(new OutputTransportMessageUrgentFrame("fails"), speech(100));
    await h.clock.advance(500);
    expect(h.upstream.of(ErrorFrame).map(({ error }) => error.message)).toEqual(["no way"]);
    expect(h.sink.playedSamples).toBe(1920);
  });
});

/** What a sink played after its last flush, as "sample value: duration in ms". */
function heardAfterFlush({ sink }: OutputHarness): string[] {
  const spans: { sample: number; samples: number }[] = [];
  for (const sample of sink.heard().subarray(sink.flushes.at(-1)?.position)) {
    const last = spans.at(-1);
    if (last?.sample === sample) last.samples++;
    else spans.push({ sample, samples: 1 });
  }
  return spans.map(({ sample, samples }) => `${sample}: ${samples / 24}`);
}

describe("the silence after an interruption of which the listener is notified", () => {
  const sent = Promise.resolve();

  it("is played between the interruption and the speech that follows at once, none of which is lost", async () => {
    const h = await new OutputHarness({ notice: () => ({ sent, silenceMs: 160 }) }).start();
    await h.send(speech(1000, 24_000, 111));
    await h.clock.advance(300);
    await h.send(new InterruptionFrame(), speech(400, 24_000, 222), new TTSStoppedFrame());
    await h.clock.advance(2000);
    expect(heardAfterFlush(h)).toEqual(["0: 160", "222: 400"]);
  });

  it("begins when the notice has been sent, however long that takes", async () => {
    const sent = deferred<undefined>();
    const h = await new OutputHarness({ notice: () => ({ sent: sent.promise, silenceMs: 160 }) }).start();
    await h.send(new InterruptionFrame(), speech(400, 24_000, 222), new TTSStoppedFrame());
    await h.clock.advance(700);
    expect(h.sink.writtenSamples).toBe(0);
    const toldMs = h.clock.nowMs();
    sent.resolve(undefined);
    await h.clock.advance(2000);
    expect(heardAfterFlush(h)).toEqual(["0: 160", "222: 400"]);
    expect(h.downstream.atMs(BotStartedSpeakingFrame)[0]! - toldMs).toBeGreaterThanOrEqual(160);
  });

  it("does not hold speech for more than five seconds when the notice hangs, nor when it fails", async () => {
    const hangs = new Promise<void>(() => undefined);
    const h = await new OutputHarness({ notice: () => ({ sent: hangs, silenceMs: 160 }) }).start();
    await h.send(new InterruptionFrame(), speech(400, 24_000, 222), new TTSStoppedFrame());
    await h.clock.advance(6000);
    expect(heardAfterFlush(h)).toEqual(["0: 160", "222: 400"]);
    const fails = () => ({ sent: Promise.reject(new Error("no way")), silenceMs: 160 });
    const other = await new OutputHarness({ notice: fails }).start();
    await other.send(new InterruptionFrame(), speech(400, 24_000, 222), new TTSStoppedFrame());
    await other.clock.advance(700);
    expect(heardAfterFlush(other)).toEqual(["0: 160", "222: 400"]);
  });

  it("is complete for the last of several interruptions, whichever notice is sent first", async () => {
    const messages = [deferred<undefined>(), deferred<undefined>()];
    let interruptions = 0;
    const notice = () => ({ sent: messages[interruptions++]!.promise, silenceMs: 160 });
    const h = await new OutputHarness({ notice }).start();
    await h.send(speech(1000, 24_000, 111));
    await h.clock.advance(300);
    await h.send(new InterruptionFrame(), speech(1000, 24_000, 222));
    await h.clock.advance(50);
    await h.send(new InterruptionFrame(), speech(400, 24_000, 333), new TTSStoppedFrame());
    messages[0]?.resolve(undefined);
    await h.clock.advance(300);
    expect(h.sink.writtenSamples).toBe(h.sink.playedSamples);
    messages[1]?.resolve(undefined);
    await h.clock.advance(2000);
    expect(heardAfterFlush(h)).toEqual(["0: 160", "333: 400"]);
  });

  it("begins again with an interruption in the middle of it", async () => {
    const h = await new OutputHarness({ notice: () => ({ sent, silenceMs: 160 }) }).start();
    await h.send(new InterruptionFrame(), speech(400, 24_000, 111));
    await h.clock.advance(100);
    await h.send(new InterruptionFrame(), speech(400, 24_000, 222), new TTSStoppedFrame());
    await h.clock.advance(2000);
    expect(heardAfterFlush(h)).toEqual(["0: 160", "222: 400"]);
  });

  it("causes no delay once it is over", async () => {
    const h = await new OutputHarness({ notice: () => ({ sent, silenceMs: 160 }) }).start();
    await h.send(new InterruptionFrame());
    await h.clock.advance(500);
    const atMs = h.clock.nowMs();
    await h.send(speech(400, 24_000, 222), new TTSStoppedFrame());
    await h.clock.advance(2000);
    expect(h.downstream.atMs(BotStartedSpeakingFrame)[0]! - atMs).toBeLessThan(10);
  });

  it("is not speech: nothing counts as heard in it, and an end does not wait for it", async () => {
    const h = await new OutputHarness({ notice: () => ({ sent, silenceMs: 1000 }) }).start();
    await h.send(new InterruptionFrame(), speech(400), new TTSTextFrame("not heard"), new TTSStoppedFrame());
    await h.clock.advance(900);
    await h.send(new InterruptionFrame());
    expect(h.downstream.kinds()).toEqual(["StartFrame", "InterruptionFrame", "InterruptionFrame"]);
    const atMs = h.clock.nowMs();
    await h.send(new EndFrame());
    expect(h.downstream.atMs(EndFrame)[0]! - atMs).toBeLessThan(10);
  });

  it("words follow what is heard after it", async () => {
    const h = await new OutputHarness({ notice: () => ({ sent, silenceMs: 160 }) }).start();
    await h.send(new InterruptionFrame(), speech(200), new TTSTextFrame("heard"), speech(400), new TTSStoppedFrame());
    await h.clock.advance(350);
    expect(texts(h)).toEqual([]);
    await h.clock.advance(50);
    expect(texts(h)).toEqual(["heard"]);
  });
});

describe("interruption", () => {
  it("flushes the sink, then notifies the far end, before anything is reported", async () => {
    const h = await new OutputHarness().start();
    await h.send(speech(1000));
    await h.clock.advance(100);
    h.order.length = 0;
    await h.send(new InterruptionFrame());
    expect(h.order).toEqual(["flush", "interrupt"]);
    const written = h.sink.writes.length;
    await h.clock.advance(1000);
    expect(h.sink.writes).toHaveLength(written);
    const kinds = h.downstream.kinds();
    expect(kinds.indexOf("BotStoppedSpeakingFrame")).toBeLessThan(kinds.indexOf("InterruptionFrame"));
  });

  it("releases the words that were heard before the InterruptionFrame, and flushes the rest", async () => {
    const h = await new OutputHarness({ sinkLatencyMs: 10 }).start();
    await h.send(
      speech(200),
      new TTSTextFrame("heard"),
      speech(200),
      new TTSTextFrame("not heard"),
      new TTSStoppedFrame(),
    );
    await h.clock.advance(300);
    await h.send(new InterruptionFrame());
    await h.clock.advance(1000);
    expect(texts(h)).toEqual(["heard"]);
    const kinds = h.downstream.kinds();
    expect(kinds.indexOf("TTSTextFrame")).toBeLessThan(kinds.indexOf("InterruptionFrame"));
  });

  it("words that are due at the moment of the interruption still reach the next processors", async () => {
    const h = await new OutputHarness().start();
    await h.send(speech(200), new TTSTextFrame("just heard"), speech(400));
    // The clock reaches the end of the first 200 ms, but no timer has fired yet.
    const nowMs = h.clock.nowMs.bind(h.clock);
    const jumpedMs = nowMs() + 201;
    h.clock.nowMs = () => Math.max(nowMs(), jumpedMs);
    await h.send(new InterruptionFrame());
    expect(texts(h)).toEqual(["just heard"]);
    // The interruption may overtake them at a slow processor; their playoutIndex says that they were first.
    const [word] = h.downstream.of(TTSTextFrame);
    const [interruption] = h.downstream.of(InterruptionFrame);
    expect([word?.playoutIndex, interruption?.playoutIndex]).toEqual([1, 1]);
  });

  it("a first chunk of which only a little was heard still makes a turn: BotStarted and BotStopped", async () => {
    const h = await new OutputHarness().start();
    await h.send(speech(400));
    const nowMs = h.clock.nowMs.bind(h.clock);
    const jumpedMs = nowMs() + 10;
    h.clock.nowMs = () => Math.max(nowMs(), jumpedMs);
    await h.send(new InterruptionFrame());
    expect(h.downstream.kinds().filter((kind) => kind.startsWith("Bot"))).toEqual([
      "BotStartedSpeakingFrame",
      "BotStoppedSpeakingFrame",
    ]);
  });

  it("ignores the late answer of a slow sink to a wait from before the interruption", async () => {
    const h = await new OutputHarness({ sinkLatencyMs: 100 }).start();
    const whenPlayed = h.sink.whenPlayed.bind(h.sink);
    h.sink.whenPlayed = async (position) => {
      const outcome = await whenPlayed(position);
      if (outcome === "flushed") await new Promise<void>((resolve) => h.clock.setTimeout(resolve, 50));
      return outcome;
    };
    await h.send(speech(400));
    await h.send(new InterruptionFrame(), speech(400), new TTSStoppedFrame());
    await h.clock.advance(1000);
    expect(h.sink.playedSamples).toBe(24 * 400);
    expect(h.downstream.of(TTSAudioRawFrame)).toHaveLength(10);
  });

  it("starts the next utterance clean: without the rest of the old chunk, with a BotStarted of its own", async () => {
    const h = await new OutputHarness().start();
    await h.send(speech(90, 24_000, 111));
    await h.clock.advance(10);
    await h.send(new InterruptionFrame(), speech(50, 24_000, 222), new TTSStoppedFrame());
    await h.clock.advance(500);
    const after = h.sink.writes.filter(({ position }) => position >= h.sink.flushes[0]!.position);
    const late = after.filter(({ atMs }) => atMs >= h.sink.flushes[0]!.atMs).flatMap(({ pcm: block }) => [...block]);
    expect(new Set(late)).toEqual(new Set([222, 0]));
    expect(h.downstream.of(BotStartedSpeakingFrame)).toHaveLength(2);
    expect(h.downstream.of(BotStoppedSpeakingFrame)).toHaveLength(2);
  });

  it("an interruption from down the pipeline silences the output too", async () => {
    const h = await new OutputHarness().start();
    await h.send(speech(1000));
    await h.sendFrom("upstream", new InterruptionFrame());
    expect(h.sink.flushes).toHaveLength(1);
    expect(h.upstream.of(InterruptionFrame)).toHaveLength(1);
  });

  it("interrupts every destination, or the one the frame names", async () => {
    const h = await new OutputHarness({ params: { audioOutDestinations: ["music"] } }).start();
    const music = speech(1000);
    music.transportDestination = "music";
    await h.send(speech(1000), music);
    const named = new InterruptionFrame();
    named.transportDestination = "music";
    await h.send(named);
    expect([h.sinks.get(undefined)!.flushes.length, h.sinks.get("music")!.flushes.length]).toEqual([0, 1]);
    await h.send(new InterruptionFrame());
    expect([h.sinks.get(undefined)!.flushes.length, h.sinks.get("music")!.flushes.length]).toEqual([1, 2]);
  });

  it("flushes all destinations first, then notifies the far end, and only then releases what was heard", async () => {
    const h = await new OutputHarness({ params: { audioOutDestinations: ["music"] } }).start();
    const toMusic = (frame: Frame): Frame => {
      frame.transportDestination = "music";
      return frame;
    };
    await h.send(speech(200), new TTSTextFrame("voice"), speech(400));
    await h.send(toMusic(speech(200)), toMusic(new TTSTextFrame("music")), toMusic(speech(400)));
    h.order.length = 0;
    const push = h.output.push.bind(h.output);
    h.output.push = (frame, direction) => {
      if (frame instanceof TTSTextFrame) h.order.push(frame.text);
      else if (frame instanceof BotStoppedSpeakingFrame || frame instanceof InterruptionFrame) h.order.push(frame.kind);
      push(frame, direction);
    };
    // The clock reaches both words, but no timer has fired yet.
    const nowMs = h.clock.nowMs.bind(h.clock);
    const jumpedMs = nowMs() + 201;
    h.clock.nowMs = () => Math.max(nowMs(), jumpedMs);
    await h.send(new InterruptionFrame());
    const stopped = Array<string>(4).fill("BotStoppedSpeakingFrame");
    expect(h.order).toEqual(["flush", "flush", "interrupt", "voice", "music", ...stopped, "InterruptionFrame"]);
  });

  it("does not notify the far end of an interruption of another destination", async () => {
    const h = await new OutputHarness({ params: { audioOutDestinations: ["music"] } }).start();
    const named = new InterruptionFrame();
    named.transportDestination = "music";
    await h.send(named);
    expect(h.order).toEqual(["flush"]);
    expect(h.downstream.of(InterruptionFrame)).toHaveLength(1);
  });

  it("a far end that flushes by itself ends the turn like an interruption of ours", async () => {
    const h = await new OutputHarness().start();
    await h.send(speech(1000), new TTSTextFrame("unheard"), new TTSStoppedFrame());
    await h.clock.advance(100);
    h.sink.flushFromFarEnd();
    await h.clock.advance(2000);
    expect(h.downstream.of(BotStoppedSpeakingFrame)).toHaveLength(1);
    expect(texts(h)).toEqual([]);
  });
});

describe("start and end", () => {
  it("refuses audio before it is ready with one warning, and reports readiness upstream", async () => {
    const h = await new OutputHarness({ ready: false }).start();
    await h.send(speech(40), speech(40));
    const warnings = h.logger.warnings().filter((line) => line.includes("was refused"));
    expect(warnings).toEqual([expect.stringMatching(/TTSAudioRawFrame for the default destination .*not ready/)]);
    expect(h.output.refusedFrames).toBe(2);
    const ready = await new OutputHarness().start();
    expect(ready.upstream.of(OutputTransportReadyFrame)).toHaveLength(1);
  });

  it("refuses an unknown destination with a warning that names it", async () => {
    const h = await new OutputHarness().start();
    const lost = speech(40);
    lost.transportDestination = "nowhere";
    await h.send(lost, speech(40), new TTSStoppedFrame());
    await h.clock.advance(100);
    expect(h.logger.warnings()).toEqual([expect.stringContaining('"nowhere"')]);
    expect(h.sink.playedSamples).toBe(960);
  });

  it("the end waits for audio, timed frames and the end silence", async () => {
    const h = await new OutputHarness().start();
    const t0 = h.clock.nowMs();
    await h.send(speech(410), timed("word", t0 + 300), new EndFrame());
    const result = await h.finish();
    expect(result.outcome).toBe("ended");
    expect(h.sink.playedSamples).toBe((24_000 * 440) / 1000);
    expect(texts(h)).toEqual(["word"]);
    expect(h.downstream.atMs(EndFrame)[0]! - t0).toBeCloseTo(2440, 0);
    expect(h.output.stops).toBe(1);
    expect(h.sink.closed).toBe(true);
  });

  it("a cancel waits for nothing", async () => {
    const h = await new OutputHarness().start();
    await h.send(speech(5000));
    h.task.cancel();
    await h.clock.advance(0);
    expect(h.sink.closed).toBe(true);
    await expect(h.task.run()).resolves.toMatchObject({ outcome: "cancelled" });
    expect(h.output.cancels).toBe(1);
    expect(h.clock.pendingTimers).toBe(0);
  });

  it("an interruption during the end flushes what is left to say, and the end arrives", async () => {
    const h = await new OutputHarness().start();
    const t0 = h.clock.nowMs();
    await h.send(speech(10_000), new EndFrame());
    await h.clock.advance(500);
    await h.send(new InterruptionFrame());
    await h.finish();
    expect(h.downstream.atMs(EndFrame)[0]! - t0).toBeLessThan(3000);
  });

  it("the end does not wait for a last word when nobody can listen any more", async () => {
    const h = await new OutputHarness().start();
    await h.send(speech(400));
    await h.clock.advance(200);
    await h.sink.close();
    const t0 = h.clock.nowMs();
    await h.send(new EndFrame());
    await h.clock.advance(1);
    expect(h.downstream.atMs(EndFrame)).toEqual([t0]);
  });

  it("closes a sink that closed by itself, once, with all its resources", async () => {
    const h = await new OutputHarness().start();
    let closes = 0;
    const close = h.sink.close.bind(h.sink);
    await h.send(speech(400));
    await h.sink.close();
    h.sink.close = () => {
      closes++;
      return close();
    };
    await h.clock.advance(100);
    h.task.cancel();
    await h.finish();
    expect(closes).toBe(1);
  });

  it("the end takes no time when nothing was said", async () => {
    const h = await new OutputHarness().start();
    await h.send(new EndFrame());
    await expect(h.task.run()).resolves.toMatchObject({ outcome: "ended" });
  });
});
