import { describe, expect, it } from "vitest";

import {
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  EndFrame,
  InterruptionFrame,
  TTSAudioRawFrame,
  TTSStartedFrame,
  TTSStoppedFrame,
  TTSTextFrame,
} from "../../../src/frames/index.ts";
import { speech } from "../frames.ts";
import { OutputHarness } from "./output-harness.ts";

const LATENCY_MS = 300;

function timed(text: string, ptsMs: number): TTSTextFrame {
  const frame = new TTSTextFrame(text);
  frame.ptsMs = ptsMs;
  return frame;
}

function texts(h: OutputHarness): string[] {
  return h.downstream.of(TTSTextFrame).map(({ text }) => text);
}

/** Both ways to deliver differ only in how early audio is written, never in what is reported. */
describe.each([
  ["paced, as a track", undefined, 200],
  ["ahead of real time, as messages", 10_000, 2000],
] as const)("delivery %s", (_name, sinkLeadMs, writtenAtOnceMs) => {
  const start = (): Promise<OutputHarness> =>
    new OutputHarness({ sinkLatencyMs: LATENCY_MS, ...(sinkLeadMs === undefined ? {} : { sinkLeadMs }) }).start();

  it("writes as far ahead as the sink prefers", async () => {
    const h = await start();
    await h.send(speech(2000), new TTSStoppedFrame());
    expect(h.sink.writtenSamples).toBe(24 * writtenAtOnceMs);
    expect(h.output.stats.audio).toEqual([
      {
        destination: undefined,
        queuedMs: 2000 - writtenAtOnceMs,
        queuedFrames: 51,
        leadMs: writtenAtOnceMs,
        writtenMs: writtenAtOnceMs,
        refusedChunks: 0,
      },
    ]);
  });

  it("reports speaking, and passes audio on, by what was heard", async () => {
    const h = await start();
    const t0 = h.clock.nowMs();
    await h.send(speech(2000), new TTSStoppedFrame());
    await h.clock.advance(4000);
    const at = (type: Parameters<typeof h.downstream.atMs>[0]): number[] =>
      h.downstream.atMs(type).map((ms) => Math.round(ms - t0));
    expect(at(BotStartedSpeakingFrame)).toEqual([LATENCY_MS]);
    expect(at(BotStoppedSpeakingFrame)).toEqual([LATENCY_MS + 2000]);
    expect(at(TTSAudioRawFrame)).toEqual(Array.from({ length: 50 }, (_, index) => LATENCY_MS + (index + 1) * 40));
  });

  it("releases words when they are heard: timed ones by their time in the utterance, others after the audio before", async () => {
    const h = await start();
    const t0 = h.clock.nowMs();
    await h.send(new TTSStartedFrame(), timed("one", t0), timed("two", t0 + 500), speech(800));
    await h.send(new TTSTextFrame("three"), speech(200), new TTSStoppedFrame());
    await h.clock.advance(3000);
    expect(h.downstream.atMs(TTSTextFrame).map((ms) => Math.round(ms - t0))).toEqual([
      LATENCY_MS,
      LATENCY_MS + 500,
      LATENCY_MS + 800,
    ]);
    const kinds = h.downstream.kinds();
    expect(kinds.indexOf("BotStartedSpeakingFrame")).toBeLessThan(kinds.indexOf("TTSTextFrame"));
    expect(kinds.lastIndexOf("TTSTextFrame")).toBeLessThan(kinds.indexOf("BotStoppedSpeakingFrame"));
  });

  it("at an interruption, releases the words heard by then before the frame, and flushes the rest", async () => {
    const h = await start();
    const t0 = h.clock.nowMs();
    await h.send(
      new TTSStartedFrame(),
      timed("heard", t0 + 100),
      timed("just heard", t0 + 500),
      timed("never", t0 + 900),
      speech(400),
      new TTSTextFrame("between"),
      speech(1600),
      new TTSTextFrame("last"),
      new TTSStoppedFrame(),
    );
    await h.clock.advance(LATENCY_MS + 400);
    // The clock advances to 510 ms of the utterance, but no timer has fired yet.
    const nowMs = h.clock.nowMs.bind(h.clock);
    const jumpedMs = nowMs() + 110;
    h.clock.nowMs = () => Math.max(nowMs(), jumpedMs);
    await h.send(new InterruptionFrame());
    await h.clock.advance(5000);
    expect(texts(h)).toEqual(["heard", "between", "just heard"]);
    const kinds = h.downstream.kinds();
    expect(kinds.lastIndexOf("TTSTextFrame")).toBeLessThan(kinds.indexOf("InterruptionFrame"));
    expect(kinds.indexOf("BotStoppedSpeakingFrame")).toBeLessThan(kinds.indexOf("InterruptionFrame"));
    expect(h.sink.playedSamples).toBe(24 * 510);
    expect(h.downstream.of(TTSAudioRawFrame)).toHaveLength(12);
  });

  it("the bot has not spoken when it is interrupted before anything was heard", async () => {
    const h = await start();
    await h.send(new TTSStartedFrame(), timed("word", h.clock.nowMs()), speech(1000), new TTSStoppedFrame());
    await h.clock.advance(LATENCY_MS - 50);
    await h.send(new InterruptionFrame());
    await h.clock.advance(3000);
    expect(h.downstream.kinds().filter((kind) => kind.startsWith("Bot"))).toEqual([]);
    expect(texts(h)).toEqual([]);
    expect(h.downstream.of(TTSAudioRawFrame)).toEqual([]);
  });

  it("the end waits for what is heard, not for what is written", async () => {
    const h = await start();
    const t0 = h.clock.nowMs();
    await h.send(speech(1000), new EndFrame());
    await h.finish();
    expect(h.downstream.atMs(EndFrame)[0]! - t0).toBeCloseTo(LATENCY_MS + 1000 + 2000, 0);
  });
});
