import { describe, test } from "vitest";

import { AiSdkLLMService } from "../../../src/services/ai-sdk/index.ts";
import { llmServiceContract } from "../../../src/testing/index.ts";
import { openVendor } from "../llm-vendor.ts";
import { httpModel } from "./http-model.ts";

describe("AiSdkLLMService", () => {
  const cases = llmServiceContract(async () => {
    const vendor = await openVendor();
    const model = httpModel(vendor);
    return { vendor, createService: (options) => new AiSdkLLMService({ ...options, model, maxRetries: 0 }) };
  });
  // 1000 answers over real connections take a while on a busy machine.
  for (const { name, run } of cases) test(name, { timeout: 90_000 }, run);
});
