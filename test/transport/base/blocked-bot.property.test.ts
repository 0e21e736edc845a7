import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  BotStoppedSpeakingFrame,
  InterruptionFrame,
  OutputTransportMessageFrame,
  TTSAudioRawFrame,
  TTSStartedFrame,
  TTSStoppedFrame,
  TTSTextFrame,
} from "../../../src/frames/index.ts";
import type { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { pcm, speech } from "../frames.ts";
import { OutputHarness } from "./output-harness.ts";

const RATE = 24_000;
const CHUNK_MS = 40;
const LEAD_MS = 30_000;
const CONTEXT = "answer";

/** The process is busy for so long: timers and what has been played are noticed at the end, all at once and in order. */
async function block(clock: VirtualClock, ms: number): Promise<void> {
  const now = clock.nowMs.bind(clock);
  const untilMs = now() + ms;
  clock.nowMs = () => Math.max(now(), untilMs);
  await clock.advance(ms);
  clock.nowMs = now;
}

function spoken(index: number, audioOffsetMs: number): TTSTextFrame {
  const frame = new TTSTextFrame(`word ${index}`, { aggregatedBy: "word", contextId: CONTEXT });
  frame.ptsMs = index;
  frame.audioOffsetMs = audioOffsetMs;
  return frame;
}

interface Word {
  readonly ms: number;
}

const words = fc.array(fc.record({ ms: fc.integer({ min: 60, max: 800 }) }), { minLength: 1, maxLength: 60 });
const times = fc.array(fc.record({ blocked: fc.boolean(), ms: fc.integer({ min: 1, max: 2500 }) }), {
  minLength: 1,
  maxLength: 8,
});

/** Hands over all at once: words with their audio, and a message behind each word. */
async function handOver(h: OutputHarness, said: readonly Word[]): Promise<readonly number[]> {
  const startsMs: number[] = [];
  let atMs = 0;
  const frames = said.flatMap(({ ms }, index) => {
    startsMs.push(atMs);
    const audio = new TTSAudioRawFrame({ audio: pcm(ms, RATE), sampleRate: RATE, contextId: CONTEXT });
    const word = spoken(index, atMs);
    atMs += ms;
    return [word, audio, new OutputTransportMessageFrame(index)];
  });
  await h.send(new TTSStartedFrame(CONTEXT), ...frames, new TTSStoppedFrame(CONTEXT));
  return startsMs;
}

const texts = (h: OutputHarness): string[] => h.downstream.of(TTSTextFrame).map(({ text }) => text);

describe("speech that was handed over to a bot that is then blocked", () => {
  it("is in the sink at once, so that no block makes a gap; words and messages leave in order, late by no more than the block", async () => {
    await fc.assert(
      fc.asyncProperty(words, times, async (said, steps) => {
        const h = await new OutputHarness({ sinkLeadMs: LEAD_MS }).start();
        const t0 = h.clock.nowMs();
        const startsMs = await handOver(h, said);
        // The last chunk is padded.
        const totalMs = Math.ceil(said.reduce((sum, { ms }) => sum + ms, 0) / CHUNK_MS) * CHUNK_MS;
        expect(h.output.stats.audio[0]).toMatchObject({ queuedMs: Math.max(0, totalMs - LEAD_MS) });
        const blocks: { readonly fromMs: number; readonly toMs: number }[] = [];
        for (const { blocked, ms } of steps) {
          const fromMs = h.clock.nowMs() - t0;
          if (blocked) blocks.push({ fromMs, toMs: fromMs + ms });
          await (blocked ? block(h.clock, ms) : h.clock.advance(ms));
        }
        await h.clock.advance(totalMs + 1000);
        expect(texts(h)).toEqual(said.map((_, index) => `word ${index}`));
        expect(h.messages.map(({ message }) => message)).toEqual(said.map((_, index) => index));
        const noticedMs = (heardMs: number): number =>
          blocks.find(({ fromMs, toMs }) => heardMs >= fromMs && heardMs < toMs)?.toMs ?? heardMs;
        for (const [index, atMs] of h.downstream.atMs(TTSTextFrame).entries()) {
          const heardMs = startsMs[index] ?? 0;
          expect(atMs - t0).toBeGreaterThanOrEqual(heardMs - 1);
          expect(atMs - t0).toBeLessThanOrEqual(noticedMs(heardMs) + 1);
        }
        const kinds = h.downstream.kinds();
        expect(kinds.lastIndexOf("TTSTextFrame")).toBeLessThan(kinds.indexOf("BotStoppedSpeakingFrame"));
        expect(h.downstream.of(BotStoppedSpeakingFrame)).toHaveLength(1);
        expect(h.sink.playedSamples).toBe((totalMs * RATE) / 1000);
      }),
      { numRuns: 60 },
    );
  });

  it("is cleared by an interruption at any moment: nothing more is heard, and exactly the words heard by then have left", async () => {
    await fc.assert(
      fc.asyncProperty(words, times, async (said, steps) => {
        const h = await new OutputHarness({ sinkLeadMs: LEAD_MS }).start();
        const startsMs = await handOver(h, said);
        for (const { blocked, ms } of steps) await (blocked ? block(h.clock, ms) : h.clock.advance(ms));
        // The interruption is the first that is noticed after the last block.
        const heardMs = (h.sink.playedSamples * 1000) / RATE;
        const isOver = h.sink.playedSamples === h.sink.writtenSamples;
        await h.send(new InterruptionFrame());
        const left = texts(h);
        expect(h.sink.writtenSamples).toBe(h.sink.playedSamples);
        await h.clock.advance(40_000);
        expect(h.sink.playedSamples).toBe((heardMs * RATE) / 1000);
        expect(texts(h)).toEqual(left);
        const heard = startsMs.filter((startMs) => startMs < heardMs || isOver).length;
        expect(left).toEqual(said.slice(0, heard).map((_, index) => `word ${index}`));
      }),
      { numRuns: 60 },
    );
  });

  it("counts for the back-pressure wherever it waits", async () => {
    const h = await new OutputHarness({ sinkLeadMs: LEAD_MS, params: { audioOutQueueMs: 5000 } }).start();
    await h.send(...Array.from({ length: 60 }, () => speech(200)), new TTSStoppedFrame());
    const { queuedMs = 0, leadMs = 0 } = h.output.stats.audio[0] ?? {};
    expect(queuedMs + leadMs).toBe(5000);
    await h.clock.advance(13_000);
    expect(h.sink.playedSamples).toBe(RATE * 12);
  });
});
