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
import { ElevenLabsTTSService, type ElevenLabsTTSServiceOptions } from "../../../src/services/elevenlabs/index.ts";
import { FakeElevenLabs, VirtualClock } from "../../../src/testing/index.ts";
import { type Clock, systemClock } from "../../../src/util/clock.ts";
import { type Chain, chain } from "../../pipeline/harness.ts";
import { of } from "../rig.ts";

async function start(
  vendor: FakeElevenLabs,
  options: ElevenLabsTTSServiceOptions = {},
  clock: Clock = systemClock,
): Promise<Chain> {
  const tts = new ElevenLabsTTSService({ apiKey: vendor.apiKey, baseUrl: vendor.wsUrl, ...options });
  return chain([tts], { setup: { clock } });
}

const answer = (text: string): Frame[] => [
  new LLMFullResponseStartFrame(),
  new LLMTextFrame(text),
  new LLMFullResponseEndFrame(),
];

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

const sentBy = (vendor: FakeElevenLabs): unknown[] =>
  vendor.requests.flatMap(({ texts }) => texts.map((text) => JSON.parse(text) as unknown));

test("speaks an answer in one context: opened with the voice's settings, flushed by sentence, closed at its end", async () => {
  await using vendor = await FakeElevenLabs.start();
  const rig = await start(vendor, { voice: "ada", stability: 0.4, speed: 1.1, language: "en" });
  expect(await say(rig, "Hello there. How are you?")).toBe("Hello there. How are you?");
  const id = vendor.contexts[0]!.id;
  await expect.poll(() => sentBy(vendor)).toHaveLength(4);
  expect(sentBy(vendor)).toEqual([
    { text: " ", context_id: id, voice_settings: { stability: 0.4, speed: 1.1 } },
    { text: "Hello there. ", context_id: id, flush: true },
    { text: "How are you? ", context_id: id, flush: true },
    { context_id: id, close_context: true },
  ]);
  const [request] = vendor.requests;
  expect(request?.path).toBe("/v1/text-to-speech/ada/multi-stream-input");
  expect(Object.fromEntries(request!.query)).toEqual({
    model_id: "eleven_flash_v2_5",
    output_format: "pcm_24000",
    auto_mode: "true",
    sync_alignment: "true",
    inactivity_timeout: "180",
    language_code: "en",
  });
  expect(request?.headers["xi-api-key"]).toBe(vendor.apiKey);
  await rig.pipeline.cleanup();
});

test("a sentence whose end is not aligned ends its context after a pause, and nothing is lost", async () => {
  await using vendor = await FakeElevenLabs.start({ alignment: "lossy" });
  const rig = await start(vendor);
  expect(await say(rig, "One two. Three.")).toBe("One two. Three.");
  const audioMs = of(rig.down, TTSAudioRawFrame).reduce((sum, { durationMs }) => sum + durationMs, 0);
  // Each text is sent with a space behind it.
  expect(audioMs).toBeCloseTo("One two. Three. ".length * 60);
  expect(vendor.contexts.map(({ text, state }) => [text, state])).toEqual([
    ["One two. ", "final"],
    ["Three. ", "final"],
  ]);
  expect(errorsOf(rig)).toEqual([]);
  await rig.pipeline.cleanup();
});

test("interruptions that come faster than the vendor can end contexts get a new connection, not an error", async () => {
  await using vendor = await FakeElevenLabs.start({ chunkMs: 30 });
  const rig = await start(vendor);
  for (let i = 1; i <= 7; i++) {
    const before = of(rig.down, TTSAudioRawFrame).length;
    rig.send(...answer("This sentence is far too long to be heard to its very end, whatever happens to it."));
    await expect.poll(() => of(rig.down, TTSAudioRawFrame).length, { interval: 2 }).toBeGreaterThan(before);
    rig.send(new InterruptionFrame());
  }
  expect(await say(rig, "Yes.")).toBe("Yes.");
  expect(errorsOf(rig)).toEqual([]);
  expect(vendor.requests).toHaveLength(2);
  await rig.pipeline.cleanup();
});

test("keeps an open context alive, and only an open one", async () => {
  const clock = new VirtualClock();
  await using vendor = await FakeElevenLabs.start();
  const rig = await start(vendor, {}, clock);
  await clock.advance(11_000);
  rig.send(new LLMFullResponseStartFrame(), new LLMTextFrame("One. Two"));
  await expect.poll(() => of(rig.down, TTSTextFrame).length).toBe(1);
  await clock.advance(10_000);
  const context_id = vendor.contexts[0]!.id;
  await expect.poll(() => sentBy(vendor).at(-1)).toEqual({ text: "", context_id });
  rig.send(new LLMFullResponseEndFrame());
  await expect.poll(() => rig.down.at(-1)).toBeInstanceOf(LLMFullResponseEndFrame);
  const before = sentBy(vendor).length;
  await clock.advance(30_000);
  expect(sentBy(vendor).length).toBeLessThanOrEqual(before + 1);
  expect(vendor.contexts).toHaveLength(1);
  expect(errorsOf(rig)).toEqual([]);
  await rig.pipeline.cleanup();
});

test("an idle connection that the vendor closes is replaced, and is no error", async () => {
  const clock = new VirtualClock();
  await using vendor = await FakeElevenLabs.start({ clock });
  const rig = await start(vendor, {}, clock);
  await expect.poll(() => vendor.openCount).toBe(1);
  await clock.advance(180_000);
  await expect.poll(() => vendor.requests).toMatchObject([{ over: true }, { over: false }]);
  expect(await say(rig, "One.")).toBe("One.");
  expect(errorsOf(rig)).toEqual([]);
  await rig.pipeline.cleanup();
});

test("another voice needs another connection; other settings of the voice, another context", async () => {
  await using vendor = await FakeElevenLabs.start();
  const rig = await start(vendor);
  await say(rig, "One.");
  rig.send(new TTSUpdateSettingsFrame({ stability: 0.9 }));
  await say(rig, "Two.");
  expect(vendor.contexts.at(-1)?.voiceSettings).toEqual({ stability: 0.9 });
  expect(vendor.requests).toHaveLength(1);
  rig.send(new TTSUpdateSettingsFrame({ voice: "low" }));
  expect(await say(rig, "Three.")).toBe("Three.");
  expect(vendor.requests.map(({ path }) => path.split("/")[3])).toEqual(["JBFqnCBsd6RMkjVDRZzb", "low"]);
  await expect.poll(() => vendor.openCount).toBe(1);
  await rig.pipeline.cleanup();
});

test("an error names what the vendor said, with its category", async () => {
  await using vendor = await FakeElevenLabs.start();
  const rig = await start(vendor);
  vendor.failNext({ error: "quota_exceeded", message: "No credits left", namesContext: false });
  expect(await say(rig, "One.")).toBe("");
  vendor.failNext({ error: "internal_error", afterChunks: 2 });
  await say(rig, "The quick brown fox jumps.");
  expect(await say(rig, "Yes.")).toBe("Yes.");
  expect(errorsOf(rig)).toMatchObject([
    { category: "quota", message: /quota_exceeded: No credits left/ },
    { category: "server", retryable: true },
  ]);
  await rig.pipeline.cleanup();
});

test("rejects options it cannot work with", async () => {
  expect(() => new ElevenLabsTTSService({ apiKey: "" })).toThrow("Set ELEVENLABS_API_KEY, or pass apiKey.");
  expect(() => new ElevenLabsTTSService({ apiKey: "k", aggregation: "token" })).toThrow("aggregation");
  const oddRate = new ElevenLabsTTSService({ apiKey: "k", sampleRate: 12_000 });
  await expect(chain([oddRate])).rejects.toThrow("must be one of 8000, 16000");
});
