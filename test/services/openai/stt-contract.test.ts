import { describe, it } from "vitest";

import { OpenAIRealtimeSTTService, OpenAISTTService } from "../../../src/services/openai/index.ts";
import { FakeOpenAI, type STTServiceStage, sttServiceContract } from "../../../src/testing/index.ts";

async function open(
  transcripts: (index: number) => string,
  createService: (vendor: FakeOpenAI) => STTServiceStage["service"],
): Promise<STTServiceStage> {
  let heard = 0;
  const vendor = await FakeOpenAI.start({ transcribe: () => transcripts(heard++) });
  return {
    ...{ service: createService(vendor), faults: vendor.faults, apiKey: vendor.apiKey },
    openCount: () => vendor.openCount,
    requestCount: () => vendor.requests.length,
    receivedBytes: () => vendor.requests.reduce((sum, { body, texts }) => sum + body.length + texts.join("").length, 0),
    close: () => vendor.close(),
  };
}

describe("OpenAISTTService", () => {
  const cases = sttServiceContract({
    wire: "requests",
    open: (transcripts) =>
      open(
        transcripts,
        ({ apiKey, url }) => new OpenAISTTService({ apiKey, baseUrl: url, timeoutMs: 1000, maxRetries: 0 }),
      ),
  });
  for (const { name, run } of cases) it(name, run, 30_000);
});

describe("OpenAIRealtimeSTTService", () => {
  const cases = sttServiceContract({
    wire: "connection",
    open: (transcripts) =>
      open(
        transcripts,
        ({ apiKey, wsUrl }) => new OpenAIRealtimeSTTService({ apiKey, baseUrl: wsUrl, timeoutMs: 1000 }),
      ),
  });
  for (const { name, run } of cases) it(name, run, 30_000);
});
