import { describe, expect, it } from "vitest";

import { synthesisedSpeech } from "../../../demo/speech.ts";
import { type Frame, InputAudioRawFrame } from "../../../src/frames/index.ts";
import { SileroVADAnalyzer, VADProcessor } from "../../../src/processors/index.ts";
import { runProcessor } from "../../../src/testing/index.ts";

const RATE = 16_000;

function asFrames(pcm: Int16Array, sampleRate: number): InputAudioRawFrame[] {
  const size = sampleRate / 50;
  return Array.from(
    { length: Math.floor(pcm.length / size) },
    (_, i) => new InputAudioRawFrame({ audio: pcm.subarray(i * size, (i + 1) * size), sampleRate }),
  );
}

/** The frames that a Silero VAD sends for this audio, and the position of each. */
async function turnsIn(pcm: Int16Array, sampleRate: number, model: "v5" | "v6" = "v6") {
  const processor = new VADProcessor({ analyzer: new SileroVADAnalyzer({ model }) });
  const steps = asFrames(pcm, sampleRate).flatMap((frame) => [frame, { waitMs: frame.durationMs }]);
  const { downstream } = await runProcessor(processor, steps, { audioInSampleRate: sampleRate });
  let heardMs = 0;
  const turns: { readonly kind: string; readonly atMs: number }[] = [];
  for (const frame of downstream as Frame[]) {
    heardMs += frame.durationMs;
    if (frame.kind.startsWith("VADUser")) turns.push({ kind: frame.kind, atMs: heardMs });
  }
  return turns;
}

function amid(pcm: Int16Array, sampleRate: number, silenceMs: number): Int16Array {
  const silence = (silenceMs / 1000) * sampleRate;
  const padded = new Int16Array(pcm.length + 2 * silence);
  padded.set(pcm, silence);
  return padded;
}

describe("SileroVADAnalyzer", { timeout: 60_000 }, () => {
  it.each(["v5", "v6"] as const)("detects speech between silence at the right time (%s)", async (model) => {
    const speech = (await synthesisedSpeech())[0]!;
    const turns = await turnsIn(amid(speech.pcm, speech.sampleRate, 1000), speech.sampleRate, model);
    expect(turns.length).toBeGreaterThanOrEqual(2);
    const [first, last] = [turns[0]!, turns.at(-1)!];
    const endMs = 1000 + (speech.pcm.length / speech.sampleRate) * 1000;
    expect(first.kind).toBe("VADUserStartedSpeakingFrame");
    expect(first.atMs).toBeGreaterThan(1100);
    expect(first.atMs).toBeLessThan(1600);
    expect(last.kind).toBe("VADUserStoppedSpeakingFrame");
    expect(last.atMs).toBeGreaterThan(endMs - 200);
    expect(last.atMs).toBeLessThan(endMs + 600);
  });

  it("detects none in silence, noise or a hum", async () => {
    const silence = new Int16Array(3 * RATE);
    let seed = 1;
    const noise = silence.map(() => ((seed = (seed * 48_271) % 0x7fffffff) / 0x7fffffff - 0.5) * 16_000);
    const hum = silence.map((_, i) => 8000 * Math.sin((2 * Math.PI * 100 * i) / RATE));
    for (const pcm of [silence, noise, hum]) expect(await turnsIn(pcm, RATE)).toEqual([]);
  });

  it("accepts 8 kHz without resampling", async () => {
    const speech = (await synthesisedSpeech())[1]!;
    const step = speech.sampleRate / 8000;
    const narrow = Int16Array.from({ length: Math.floor(speech.pcm.length / step) }, (_, i) => speech.pcm[i * step]!);
    const turns = await turnsIn(amid(narrow, 8000, 1000), 8000);
    expect(turns[0]?.atMs).toBeLessThan(1800);
    expect(turns.at(-1)?.kind).toBe("VADUserStoppedSpeakingFrame");
  });

  it("gives the same result for the same audio after a reset", async () => {
    const speech = (await synthesisedSpeech())[2]!;
    await using disposer = new AsyncDisposableStack();
    const analyzer = disposer.adopt(new SileroVADAnalyzer(), (held) => held.close());
    await analyzer.prepare();
    const listen = async (): Promise<number[]> => {
      const heard: number[] = [];
      for (let at = 0; at + 512 <= Math.min(speech.pcm.length, 10_000); at += 512)
        heard.push(await analyzer.confidence(speech.pcm.subarray(at, at + 512), RATE));
      return heard;
    };
    const first = await listen();
    analyzer.reset();
    expect(await listen()).toEqual(first);
    expect(Math.max(...first)).toBeGreaterThan(0.9);
  });

  it("can be closed before it has loaded, and twice", async () => {
    const analyzer = new SileroVADAnalyzer();
    const loading = analyzer.prepare();
    await Promise.all([analyzer.close(), analyzer.close(), loading]);
    expect(await analyzer.confidence(new Int16Array(512), RATE)).toBe(0);
  });
});
