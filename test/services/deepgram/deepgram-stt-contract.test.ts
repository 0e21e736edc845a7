import { describe, it } from "vitest";

import { DeepgramSTTService } from "../../../src/services/deepgram/index.ts";
import { FakeDeepgram, sttServiceContract, type STTServiceStage } from "../../../src/testing/index.ts";

async function open(transcripts: (index: number) => string): Promise<STTServiceStage> {
  const vendor = await FakeDeepgram.start({ transcripts });
  const service = new DeepgramSTTService({
    ...{ apiKey: vendor.apiKey, baseUrl: vendor.wsUrl },
    ...{ endpointing: 100, finalizeTimeoutMs: 500, closeTimeoutMs: 500 },
  });
  return {
    ...{ service, faults: vendor.faults, apiKey: vendor.apiKey },
    openCount: () => vendor.openCount,
    requestCount: () => vendor.requests.length,
    receivedBytes: () => vendor.requests.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0),
    close: () => vendor.close(),
  };
}

describe("DeepgramSTTService", () => {
  for (const { name, run } of sttServiceContract({ open, wire: "connection" })) it(name, run, 20_000);
});
