import { describe, test } from "vitest";

import { OpenAILLMService } from "../../../src/services/openai/index.ts";
import { llmServiceContract } from "../../../src/testing/index.ts";
import { openVendor } from "../llm-vendor.ts";

describe("OpenAILLMService", () => {
  const cases = llmServiceContract(async () => {
    const vendor = await openVendor();
    const access = { apiKey: vendor.apiKey, baseUrl: vendor.url, maxRetries: 0 };
    return { vendor, createService: (options) => new OpenAILLMService({ ...options, ...access }) };
  });
  // 1000 answers over real connections take a while on a busy machine.
  for (const { name, run } of cases) test(name, { timeout: 90_000 }, run);
});
