import { expect, test } from "vitest";

import {
  type Frame,
  InterruptionFrame,
  LLMFullResponseEndFrame,
  LLMFullResponseStartFrame,
  LLMTextFrame,
  TTSAudioRawFrame,
  TTSTextFrame,
} from "../../../src/frames/index.ts";
import { CartesiaTTSService, type CartesiaTTSServiceOptions } from "../../../src/services/cartesia/index.ts";
import { FakeCartesia } from "../../../src/testing/index.ts";
import { systemClock } from "../../../src/util/clock.ts";
import { type Chain, chain } from "../../pipeline/harness.ts";
import { of } from "../rig.ts";

async function start(vendor: FakeCartesia, options: CartesiaTTSServiceOptions = {}): Promise<Chain> {
  const tts = new CartesiaTTSService({ apiKey: vendor.apiKey, baseUrl: vendor.wsUrl, ...options });
  return chain([tts], { setup: { clock: systemClock } });
}

const answer = (text: string): Frame[] => [
  new LLMFullResponseStartFrame(),
  new LLMTextFrame(text),
  new LLMFullResponseEndFrame(),
];

/** The messages of a connection, as objects. */
const sentBy = (vendor: FakeCartesia): Record<string, unknown>[] =>
  vendor.requests.flatMap(({ texts }) => texts.map((text) => JSON.parse(text) as Record<string, unknown>));

test("speaks an answer in one context, with each word at its place in the audio", async () => {
  await using vendor = await FakeCartesia.start();
  const { send, down, pipeline } = await start(vendor);
  send(...answer("Hello there. How are you?"));
  await expect.poll(() => down.at(-1)).toBeInstanceOf(LLMFullResponseEndFrame);
  const words = of(down, TTSTextFrame).map(({ text, audioOffsetMs = NaN }) => [text, Math.round(audioOffsetMs)]);
  expect(words).toEqual([
    ["Hello", 0],
    [" there.", 360],
    [" How", 720],
    [" are", 960],
    [" you?", 1200],
  ]);
  expect(of(down, TTSAudioRawFrame).reduce((sum, { durationMs }) => sum + durationMs, 0)).toBeCloseTo(24 * 60);
  await expect.poll(() => vendor.contexts).toMatchObject([{ transcript: "Hello there. How are you?", state: "done" }]);
  await pipeline.cleanup();
  await expect.poll(() => vendor.openCount).toBe(0);
});

test("an interruption cancels the context and keeps the connection", async () => {
  await using vendor = await FakeCartesia.start({ chunkMs: 20 });
  const { send, down, pipeline } = await start(vendor);
  send(...answer("This sentence is far too long to be heard to its very end."));
  await expect.poll(() => of(down, TTSAudioRawFrame).length).toBeGreaterThan(1);
  send(new InterruptionFrame());
  await expect.poll(() => vendor.contexts[0]?.state).toBe("cancelled");
  send(...answer("Short."));
  await expect.poll(() => down.at(-1)).toBeInstanceOf(LLMFullResponseEndFrame);
  expect(vendor.contexts.map(({ transcript }) => transcript)).toHaveLength(2);
  expect(vendor.requests).toHaveLength(1);
  await pipeline.cleanup();
});

test("asks for raw 16-bit audio at the task's rate, with the key in a header", async () => {
  await using vendor = await FakeCartesia.start();
  const { send, down, pipeline } = await start(vendor, { voice: "ada", speed: 1.2, emotion: "calm" });
  send(...answer("Hello."));
  await expect.poll(() => down.at(-1)).toBeInstanceOf(LLMFullResponseEndFrame);
  expect(sentBy(vendor)[0]).toEqual({
    context_id: expect.any(String) as string,
    transcript: "Hello.",
    continue: true,
    model_id: "sonic-3.6",
    voice: { mode: "id", id: "ada" },
    output_format: { container: "raw", encoding: "pcm_s16le", sample_rate: 24_000 },
    add_timestamps: true,
    use_normalized_timestamps: false,
    max_buffer_delay_ms: 0,
    language: "en",
    generation_config: { speed: 1.2, emotion: "calm" },
  });
  const [request] = vendor.requests;
  expect(request?.headers).toMatchObject({ "x-api-key": vendor.apiKey, "cartesia-version": "2026-03-01" });
  expect(request?.query.size).toBe(0);
  await pipeline.cleanup();
});

test("rejects options it cannot work with", async () => {
  expect(() => new CartesiaTTSService({ apiKey: "" })).toThrow("Set CARTESIA_API_KEY, or pass apiKey.");
  expect(() => new CartesiaTTSService({ apiKey: "k", aggregation: "token" })).toThrow("aggregation");
  const oddRate = new CartesiaTTSService({ apiKey: "k", sampleRate: 12_000 });
  await expect(chain([oddRate], { setup: { clock: systemClock } })).rejects.toThrow("must be one of 8000, 16000");
});
