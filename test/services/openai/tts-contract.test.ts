import { describe, it } from "vitest";

import { OpenAITTSService } from "../../../src/services/openai/index.ts";
import { FakeOpenAI, ttsServiceContract } from "../../../src/testing/index.ts";
import { withoutUndefined } from "../../../src/util/without-undefined.ts";

describe("OpenAITTSService", () => {
  const cases = ttsServiceContract({
    wire: "requests",
    open: async ({ paced, audioTimeoutMs }) => {
      const vendor = await FakeOpenAI.start({ pieceDelayMs: paced ? 5 : 0 });
      const { apiKey, url: baseUrl } = vendor;
      const service = new OpenAITTSService({ apiKey, baseUrl, ...withoutUndefined({ audioTimeoutMs }) });
      return {
        service,
        faults: vendor.faults,
        openCount: () => vendor.openCount,
        stoppedCount: () => vendor.requests.filter(({ abortedByClient }) => abortedByClient).length,
        requestCount: () => vendor.requests.length,
        close: () => vendor.close(),
      };
    },
  });
  for (const { name, run } of cases) it(name, run, 20_000);
});
