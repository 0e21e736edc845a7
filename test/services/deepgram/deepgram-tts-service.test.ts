import { describe, expect, it } from "vitest";

import {
  ErrorFrame,
  TTSAudioRawFrame,
  TTSSpeakFrame,
  TTSTextFrame,
  TTSUpdateSettingsFrame,
} from "../../../src/frames/index.ts";
import { DeepgramTTSService } from "../../../src/services/deepgram/index.ts";
import {
  FakeDeepgram,
  ttsServiceContract,
  type TTSServiceStage,
  type TTSServiceStageOptions,
} from "../../../src/testing/index.ts";
import { RunningService } from "../../../src/testing/running-service.ts";
import { withoutUndefined } from "../../../src/util/without-undefined.ts";

async function open({ paced, audioTimeoutMs }: TTSServiceStageOptions): Promise<TTSServiceStage> {
  const vendor = await FakeDeepgram.start({ fragmentBytes: 4801, speakPieceMs: paced ? 5 : 0 });
  const service = new DeepgramTTSService({
    ...{ apiKey: vendor.apiKey, baseUrl: vendor.url },
    ...withoutUndefined({ audioTimeoutMs }),
  });
  return {
    ...{ service, faults: vendor.faults },
    openCount: () => vendor.openCount,
    stoppedCount: () => vendor.requests.filter(({ abortedByClient }) => abortedByClient).length,
    requestCount: () => vendor.requests.length,
    close: () => vendor.close(),
  };
}

describe("DeepgramTTSService", () => {
  for (const { name, run } of ttsServiceContract({ open, wire: "requests" })) it(name, run, 20_000);

  it("asks for raw audio at the pipeline's rate, and for another voice from the next text on", async () => {
    await using vendor = await FakeDeepgram.start();
    const tts = new DeepgramTTSService({ apiKey: vendor.apiKey, baseUrl: vendor.url, extra: { speed: 1.1 } });
    await using running = new RunningService([tts]);
    running.send([new TTSSpeakFrame("Hello.")]);
    await running.until("it is said", () => running.down.of(TTSTextFrame).length === 1);
    running.send([new TTSUpdateSettingsFrame({ voice: "aura-2-thalia-en" }), new TTSSpeakFrame("Bye.")]);
    await running.until("both are said", () => running.down.of(TTSTextFrame).length === 2);
    const [first, second] = vendor.requests;
    expect(`${first!.path}?${first!.query.toString()}`).toBe(
      "/v1/speak?model=aura-2-helena-en&encoding=linear16&container=none&sample_rate=24000&speed=1.1",
    );
    expect([first!.headers.authorization, first!.body.toString()]).toEqual([
      `Token ${vendor.apiKey}`,
      '{"text":"Hello."}',
    ]);
    expect(second!.query.get("model")).toBe("aura-2-thalia-en");
    const [audio] = running.down.of(TTSAudioRawFrame);
    expect(audio!.sampleRate).toBe(24_000);
    expect(running.down.of(TTSTextFrame).map(({ estimated }) => estimated)).toEqual([true, true]);
  });

  it("sends a request once more that fails before its first audio, but no other", async () => {
    await using vendor = await FakeDeepgram.start();
    const tts = new DeepgramTTSService({ apiKey: vendor.apiKey, baseUrl: vendor.url });
    await using running = new RunningService([tts]);
    vendor.faults.next({ type: "refuse", status: 503 });
    running.send([new TTSSpeakFrame("Hello.")]);
    await running.until("it is said", () => running.down.of(TTSTextFrame).length === 1);
    expect(vendor.requests).toHaveLength(2);
    vendor.faults.next({ type: "refuse", status: 429 });
    running.send([new TTSSpeakFrame("Never said.")]);
    await running.until("it has failed", () => running.up.of(ErrorFrame).length === 1);
    expect(vendor.requests).toHaveLength(3);
  });

  it("stays usable after a text that is too long", async () => {
    await using vendor = await FakeDeepgram.start();
    const tts = new DeepgramTTSService({ apiKey: vendor.apiKey, baseUrl: vendor.url });
    await using running = new RunningService([tts]);
    running.send([new TTSSpeakFrame("word ".repeat(500))]);
    await running.until("it has failed", () => running.up.of(ErrorFrame).length === 1);
    expect(running.up.of(ErrorFrame)[0]!.error).toMatchObject({ category: "invalidRequest", permanent: false });
    expect(tts.usable).toBe(true);
  });
});
