import { describe, it } from "vitest";

import type { FrameProcessor } from "../../../src/pipeline/index.ts";
import { DeepgramFluxSTTService, DeepgramSTTService } from "../../../src/services/deepgram/index.ts";
import { FakeDeepgram, sttServiceContract, type STTServiceStage } from "../../../src/testing/index.ts";

type Transcripts = (index: number) => string;
type Connection = { readonly apiKey: string; readonly baseUrl: string };

async function open(transcripts: Transcripts, create: (to: Connection) => FrameProcessor): Promise<STTServiceStage> {
  const vendor = await FakeDeepgram.start({ transcripts });
  return {
    service: create({ apiKey: vendor.apiKey, baseUrl: vendor.wsUrl }),
    ...{ faults: vendor.faults, apiKey: vendor.apiKey },
    openCount: () => vendor.openCount,
    requestCount: () => vendor.requests.length,
    receivedBytes: () => vendor.requests.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0),
    close: () => vendor.close(),
  };
}

const services: Readonly<Record<string, (to: Connection) => FrameProcessor>> = {
  DeepgramSTTService: (to) =>
    new DeepgramSTTService({ ...to, endpointing: 100, finalizeTimeoutMs: 500, closeTimeoutMs: 500 }),
  DeepgramFluxSTTService: (to) => new DeepgramFluxSTTService({ ...to, closeTimeoutMs: 500 }),
};

describe.each(Object.entries(services))("%s", (_name, create) => {
  const cases = sttServiceContract({ open: (transcripts) => open(transcripts, create), wire: "connection" });
  for (const { name, run } of cases) it(name, run, 20_000);
});
