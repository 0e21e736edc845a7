import { describe, expect, it } from "vitest";

import {
  ErrorFrame,
  type Frame,
  InputAudioRawFrame,
  SpeechControlParamsFrame,
  UserSpeakingFrame,
  VADParamsUpdateFrame,
  VADUserStartedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../../../src/frames/index.ts";
import { type VADAnalyzer, VADProcessor } from "../../../src/processors/index.ts";
import { runProcessor, VirtualClock } from "../../../src/testing/index.ts";
import { block, blocks } from "../audio-blocks.ts";

/** An analyzer with scripted results that records its input. */
class ScriptedAnalyzer implements VADAnalyzer {
  readonly sampleRates = [16_000, 8000];
  readonly heard: { readonly samples: number; readonly sampleRate: number }[] = [];
  prepared = 0;
  resets = 0;
  closed = 0;
  answer: (pcm: Int16Array) => number | Promise<number> = (pcm) => (pcm.some((sample) => sample !== 0) ? 1 : 0);

  frameSamples(sampleRate: number): number {
    return sampleRate === 8000 ? 256 : 512;
  }

  async prepare(): Promise<void> {
    this.prepared++;
  }

  confidence(pcm: Int16Array, sampleRate: number): number | Promise<number> {
    this.heard.push({ samples: pcm.length, sampleRate });
    return this.answer(pcm);
  }

  reset(): void {
    this.resets++;
  }

  close(): void {
    this.closed++;
  }
}

function reported(frames: readonly Frame[]): string[] {
  return frames.map(({ kind }) => kind).filter((kind) => kind.startsWith("VADUser"));
}

describe("VADProcessor", () => {
  it("broadcasts when speech starts and stops, with the delays of its decisions", async () => {
    const processor = new VADProcessor({ analyzer: new ScriptedAnalyzer() });
    const audio = [...blocks(8000, 500), ...blocks(0, 500)];
    const { downstream, upstream } = await runProcessor(processor, audio);
    expect(reported(downstream)).toEqual(["VADUserStartedSpeakingFrame", "VADUserStoppedSpeakingFrame"]);
    expect(reported(upstream)).toEqual(reported(downstream));
    const [start] = downstream.filter((frame) => frame instanceof VADUserStartedSpeakingFrame);
    const [stop] = downstream.filter((frame) => frame instanceof VADUserStoppedSpeakingFrame);
    expect(start).toMatchObject({ startDelayMs: 200, timestampMs: Date.UTC(2026, 0, 1) });
    expect(stop).toMatchObject({ stopDelayMs: 200 });
  });

  it("repeats UserSpeakingFrame every 200 ms of speech", async () => {
    const processor = new VADProcessor({ analyzer: new ScriptedAnalyzer() });
    const { downstream } = await runProcessor(processor, blocks(8000, 1280));
    // 224 ms until it counts as speech, then 1056 ms in blocks of 32.
    expect(downstream.filter((frame) => frame instanceof UserSpeakingFrame)).toHaveLength(4);
  });

  it("passes whole blocks to the analyzer without losing audio between them", async () => {
    const analyzer = new ScriptedAnalyzer();
    const seen: number[] = [];
    analyzer.answer = (pcm) => {
      seen.push(...pcm);
      return 0;
    };
    const samples = Int16Array.from({ length: 4096 }, (_, i) => i);
    const cuts = [0, 100, 612, 613, 2000, 4096];
    const frames = cuts
      .slice(1)
      .map((end, i) => new InputAudioRawFrame({ audio: samples.slice(cuts[i], end), sampleRate: 16_000 }));
    await runProcessor(new VADProcessor({ analyzer }), frames);
    expect(analyzer.heard.every(({ samples }) => samples === 512)).toBe(true);
    expect(seen).toEqual([...samples]);
  });

  it("keeps a rate that the analyzer supports, and resamples others to its best", async () => {
    for (const [rate, heard] of [
      [8000, 8000],
      [48_000, 16_000],
      [44_100, 16_000],
    ] as const) {
      const analyzer = new ScriptedAnalyzer();
      const audio = blocks(8000, 1010, rate);
      await runProcessor(new VADProcessor({ analyzer }), audio, { audioInSampleRate: rate });
      expect(new Set(analyzer.heard.map(({ sampleRate }) => sampleRate))).toEqual(new Set([heard]));
      expect(analyzer.heard).toHaveLength(31);
    }
  });

  it("follows a stream that changes its rate", async () => {
    const analyzer = new ScriptedAnalyzer();
    const steps = [...blocks(8000, 320), ...blocks(8000, 320, 8000), { waitMs: 0 }];
    await runProcessor(new VADProcessor({ analyzer }), steps);
    expect(analyzer.heard.map(({ sampleRate }) => sampleRate)).toEqual([
      ...Array<number>(10).fill(16_000),
      ...Array<number>(10).fill(8000),
    ]);
  });

  it("analyzes all channels", async () => {
    const analyzer = new ScriptedAnalyzer();
    const right = new InputAudioRawFrame({
      audio: Int16Array.from({ length: 2 * 8000 }, (_, i) => (i % 2 === 0 ? 0 : 8000)),
      sampleRate: 16_000,
      numChannels: 2,
    });
    const { downstream } = await runProcessor(new VADProcessor({ analyzer }), [right]);
    expect(reported(downstream)).toEqual(["VADUserStartedSpeakingFrame"]);
  });

  it("broadcasts its parameters after the start and after every change", async () => {
    const processor = new VADProcessor({ analyzer: new ScriptedAnalyzer(), params: { stopMs: 800 } });
    const { downstream, upstream } = await runProcessor(processor, [new VADParamsUpdateFrame({ startMs: 40 })]);
    const params = (frames: readonly Frame[]) =>
      frames.filter((frame) => frame instanceof SpeechControlParamsFrame).map(({ vadParams }) => vadParams);
    const first = { confidence: 0.7, startMs: 200, stopMs: 800, minVolume: 0.6 };
    expect(params(downstream)).toEqual([first, { ...first, startMs: 40 }]);
    expect(params(upstream)).toEqual(params(downstream));
  });

  it("ends speech and resets the stream a second after the microphone was muted", async () => {
    const analyzer = new ScriptedAnalyzer();
    const steps = [...blocks(8000, 500), { waitMs: 1100 }];
    const { downstream } = await runProcessor(new VADProcessor({ analyzer }), steps, { end: false });
    expect(reported(downstream)).toEqual(["VADUserStartedSpeakingFrame", "VADUserStoppedSpeakingFrame"]);
    expect(downstream.find((frame) => frame instanceof VADUserStoppedSpeakingFrame)).toMatchObject({
      stopDelayMs: 1000,
    });
    expect(analyzer.resets).toBe(1);
  });

  it("reports a failing analyzer once, and still forwards the audio", async () => {
    const analyzer = new ScriptedAnalyzer();
    analyzer.answer = () => Promise.reject(new Error("broken"));
    const { downstream, upstream } = await runProcessor(new VADProcessor({ analyzer }), blocks(8000, 500));
    expect(upstream.filter((frame) => frame instanceof ErrorFrame)).toHaveLength(1);
    expect(downstream.filter((frame) => frame instanceof InputAudioRawFrame)).toHaveLength(50);
  });

  it("holds frames for a second at most when the analyzer never answers", async () => {
    const analyzer = new ScriptedAnalyzer();
    analyzer.answer = () => new Promise(() => undefined);
    const clock = new VirtualClock();
    const steps = [...blocks(8000, 40), { waitMs: 1000 }, block(0)];
    const { downstream, upstream } = await runProcessor(new VADProcessor({ analyzer }), steps, { clock });
    expect(upstream.find((frame) => frame instanceof ErrorFrame)?.error.message).toContain("1000 ms");
    expect(downstream.filter((frame) => frame instanceof InputAudioRawFrame)).toHaveLength(5);
  });

  it("loads the analyzer in setup and closes it in cleanup, once, with no timer left", async () => {
    const analyzer = new ScriptedAnalyzer();
    const clock = new VirtualClock();
    const processor = new VADProcessor({ analyzer });
    await runProcessor(processor, blocks(8000, 500), { clock });
    await processor.cleanup();
    expect([analyzer.prepared, analyzer.closed, clock.pendingTimers]).toEqual([1, 1, 0]);
  });
});
