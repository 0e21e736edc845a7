import {
  type FakeChatReply,
  FakeOpenAI,
  fakeOpenAIErrors,
  type LLMVendor,
  type LLMVendorAnswer,
} from "../../src/testing/index.ts";
import { WRONG_KEY_BODY } from "../../src/testing/vendors/openai/openai-errors.ts";

const REFUSALS: Readonly<Record<string, FakeChatReply>> = {
  authentication: { status: 401, ...WRONG_KEY_BODY },
  invalidRequest: fakeOpenAIErrors.contextLength(),
  rateLimit: { ...fakeOpenAIErrors.rateLimit(0), headers: {} },
  server: fakeOpenAIErrors.server(),
};

/** OpenAI's fake as the vendor of the common suite. */
export async function openVendor(): Promise<LLMVendor & { readonly url: string }> {
  const fake = await FakeOpenAI.start();
  const answer: LLMVendor["answer"] = (...answers) => {
    const left: LLMVendorAnswer[] = [...answers];
    fake.reply = () => {
      const next = left.length > 1 ? left.shift()! : left[0]!;
      return "refusal" in next ? REFUSALS[next.refusal]! : next;
    };
  };
  return Object.assign(fake, { answer });
}
