import { expect, test } from "vitest";

import {
  ErrorFrame,
  type Frame,
  InterruptionFrame,
  LLMFullResponseEndFrame,
  LLMFullResponseStartFrame,
  LLMTextFrame,
  TTSAudioRawFrame,
  TTSTextFrame,
  TTSUpdateSettingsFrame,
} from "../../../src/frames/index.ts";
import { CartesiaTTSService, type CartesiaTTSServiceOptions } from "../../../src/services/cartesia/index.ts";
import { FakeCartesia, VirtualClock } from "../../../src/testing/index.ts";
import { type Clock, systemClock } from "../../../src/util/clock.ts";
import { type Chain, chain } from "../../pipeline/harness.ts";
import { of } from "../rig.ts";

async function start(
  vendor: FakeCartesia,
  options: CartesiaTTSServiceOptions = {},
  clock: Clock = systemClock,
): Promise<Chain> {
  const tts = new CartesiaTTSService({ apiKey: vendor.apiKey, baseUrl: vendor.wsUrl, ...options });
  return chain([tts], { setup: { clock } });
}

/** Sends an answer and waits until it has been said. Returns its words. */
async function say({ send, down }: Chain, text: string): Promise<string> {
  const before = down.length;
  const frames = answer(text);
  send(...frames);
  await expect.poll(() => down.includes(frames.at(-1)!), { interval: 2, timeout: 5000 }).toBe(true);
  return of(down.slice(before), TTSTextFrame)
    .map((word) => word.text)
    .join("");
}

const errorsOf = ({ up }: Chain): Error[] => of(up, ErrorFrame).map(({ error }) => error);

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

test("speaks the rest of a sentence over a new connection when the old one is lost", async () => {
  const text = "The quick brown fox jumps over the lazy dog.";
  for (const wordTimes of ["before", "after"] as const) {
    for (let afterMessages = 1; afterMessages <= 9; afterMessages += 2) {
      await using vendor = await FakeCartesia.start({ wordTimes });
      vendor.faults.next({ type: "disconnect", afterMessages });
      const rig = await start(vendor);
      expect(await say(rig, text)).toBe(text);
      const [, ...again] = vendor.contexts.map(({ transcript }) => transcript);
      for (const rest of again) expect(text.endsWith(rest)).toBe(true);
      if (afterMessages > 5) expect(again[0]).not.toBe(text);
      expect(errorsOf(rig)).toEqual([]);
      await rig.pipeline.cleanup();
    }
  }
});

test("a context that was idle for a second is not continued", async () => {
  const clock = new VirtualClock();
  await using vendor = await FakeCartesia.start({ clock });
  const rig = await start(vendor, {}, clock);
  rig.send(new LLMFullResponseStartFrame(), new LLMTextFrame("One. "), new LLMTextFrame("Two. "));
  await expect.poll(() => of(rig.down, TTSTextFrame).length).toBe(1);
  await clock.advance(900);
  rig.send(new LLMTextFrame("Three."), new LLMFullResponseEndFrame());
  await expect.poll(() => rig.down.at(-1)).toBeInstanceOf(LLMFullResponseEndFrame);
  expect(vendor.contexts.map(({ transcript }) => transcript)).toEqual(["One.", "Two. Three."]);
  expect(errorsOf(rig)).toEqual([]);
  await rig.pipeline.cleanup();
});

test("a context that the vendor has forgotten sooner costs nothing", async () => {
  await using vendor = await FakeCartesia.start();
  const rig = await start(vendor);
  rig.send(new LLMFullResponseStartFrame(), new LLMTextFrame("One. Two"));
  await expect.poll(() => of(rig.down, TTSTextFrame).length).toBe(1);
  vendor.failNext({ status: 400, message: "The context has expired." });
  rig.send(new LLMFullResponseEndFrame());
  await expect.poll(() => rig.down.at(-1)).toBeInstanceOf(LLMFullResponseEndFrame);
  expect(of(rig.down, TTSTextFrame).map(({ text }) => text)).toEqual(["One.", " Two"]);
  expect(errorsOf(rig)).toEqual([]);
  await rig.pipeline.cleanup();
});

test("new settings begin a new context", async () => {
  await using vendor = await FakeCartesia.start();
  const rig = await start(vendor);
  rig.send(new LLMFullResponseStartFrame(), new LLMTextFrame("One. Two"));
  await expect.poll(() => of(rig.down, TTSTextFrame).length).toBe(1);
  rig.send(new TTSUpdateSettingsFrame({ voice: "low" }), new LLMFullResponseEndFrame());
  await expect.poll(() => rig.down.at(-1)).toBeInstanceOf(LLMFullResponseEndFrame);
  expect(vendor.contexts).toMatchObject([{ transcript: "One." }, { transcript: "Two" }]);
  expect(sentBy(vendor).at(-2)?.voice).toEqual({ mode: "id", id: "low" });
  expect(errorsOf(rig)).toEqual([]);
  await rig.pipeline.cleanup();
});

test("a limit of active contexts is waited for; if it lasts, it is a retryable error", async () => {
  await using vendor = await FakeCartesia.start();
  const rig = await start(vendor);
  vendor.failNext({ status: 429 });
  expect(await say(rig, "One.")).toBe("One.");
  expect(errorsOf(rig)).toEqual([]);
  for (let i = 0; i < 3; i++) vendor.failNext({ status: 429, message: "Too many" });
  expect(await say(rig, "Two.")).toBe("");
  expect(errorsOf(rig)).toMatchObject([{ category: "rateLimit", retryable: true }]);
  expect(await say(rig, "Three.")).toBe("Three.");
  await rig.pipeline.cleanup();
});

test("an error is reported once, with or without a context, and names what the vendor said", async () => {
  await using vendor = await FakeCartesia.start();
  const rig = await start(vendor);
  for (const namesContext of [true, false]) {
    vendor.failNext({ status: 500, message: "Out of order", namesContext, afterChunks: 2 });
    await say(rig, "The quick brown fox jumps over the lazy dog.");
    expect(await say(rig, "Yes.")).toBe("Yes.");
  }
  const message = "Cartesia reported an error (500): Request failed: Out of order.";
  expect(errorsOf(rig)).toMatchObject([{ category: "server", message }, { message }]);
  await rig.pipeline.cleanup();
});

test("a refused text makes the service unusable only if nothing has been spoken with its settings", async () => {
  await using vendor = await FakeCartesia.start();
  const rig = await start(vendor);
  await say(rig, "One.");
  vendor.failNext({ status: 400, message: "Strange text" });
  expect(await say(rig, "Two.")).toBe("");
  expect(await say(rig, "Three.")).toBe("Three.");
  await rig.pipeline.cleanup();
  const other = await start(vendor);
  vendor.failNext({ status: 400, message: "Unknown voice" });
  expect(await say(other, "One.")).toBe("");
  expect(await say(other, "Two.")).toBe("");
  expect(of(other.up, ErrorFrame)).toMatchObject([{ permanent: true }, { error: { code: "serviceUnusable" } }]);
  await other.pipeline.cleanup();
});

test("three connections that end at once make the service unusable", async () => {
  await using vendor = await FakeCartesia.start();
  vendor.faults.always({ type: "close", afterMessages: 0, code: 1008, reason: "no such plan" });
  const rig = await start(vendor);
  await expect.poll(() => errorsOf(rig).length).toBe(1);
  expect(of(rig.up, ErrorFrame)).toMatchObject([{ permanent: true }]);
  expect(errorsOf(rig)[0]?.message).toMatch(/ended 3 connections in a row within 5 s.*1008: no such plan/);
  await say(rig, "One.");
  expect(vendor.requests).toHaveLength(3);
  await rig.pipeline.cleanup();
});

test("an idle connection that the vendor closes is replaced, and is no error", async () => {
  const clock = new VirtualClock();
  await using vendor = await FakeCartesia.start({ clock });
  const rig = await start(vendor, {}, clock);
  await expect.poll(() => vendor.openCount).toBe(1);
  await clock.advance(300_000);
  await expect.poll(() => vendor.requests).toMatchObject([{ over: true }, { over: false }]);
  expect(await say(rig, "One.")).toBe("One.");
  expect(errorsOf(rig)).toEqual([]);
  await rig.pipeline.cleanup();
});

test("a text whose end is not reported ends its context after a pause, and nothing is lost", async () => {
  await using vendor = await FakeCartesia.start();
  // Behind the word and its two chunks.
  vendor.faults.next({ type: "garble", atMessage: 3, text: "{}" });
  const rig = await start(vendor);
  expect(await say(rig, "One. Two.")).toBe("One. Two.");
  expect(vendor.contexts).toMatchObject([{ transcript: "One.", state: "done" }, { transcript: "Two." }]);
  expect(vendor.requests).toHaveLength(1);
  expect(errorsOf(rig)).toEqual([]);
  await rig.pipeline.cleanup();
});

test("characters of scripts without spaces are joined to words", async () => {
  await using vendor = await FakeCartesia.start();
  const rig = await start(vendor, { language: "ja" });
  expect(await say(rig, "こんにちは。元気ですか？")).toBe("こんにちは。元気ですか？");
  expect(of(rig.down, TTSTextFrame).length).toBeLessThan(8);
  await rig.pipeline.cleanup();
});
