import { type LanguageModel, simulateReadableStream } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { expect, test } from "vitest";

import {
  ErrorFrame,
  FunctionCallsStartedFrame,
  LLMContext,
  LLMContextFrame,
  LLMFullResponseEndFrame,
  type LLMMessage,
  LLMTextFrame,
  LLMThoughtTextFrame,
  LLMUpdateSettingsFrame,
} from "../../../src/frames/index.ts";
import { AiSdkLLMService } from "../../../src/services/ai-sdk/index.ts";
import { RunningService } from "../../../src/testing/running-service.ts";

type Model = Extract<LanguageModel, { readonly specificationVersion: "v4" }>;
type Result = Awaited<ReturnType<Model["doStream"]>>;
type Part = Result["stream"] extends ReadableStream<infer P> ? P : never;

const HELLO: LLMMessage = { role: "user", content: "Hello." };
const LOOK = { name: "look", description: "Looks.", parameters: { type: "object", properties: {} } };
const finish = (unified: "stop" | "length" | "content-filter" | "error" | "tool-calls"): Part => ({
  type: "finish",
  finishReason: { unified, raw: unified },
  usage: {
    inputTokens: { total: 9, noCache: 5, cacheRead: 4, cacheWrite: undefined },
    outputTokens: { total: 3, text: 1, reasoning: 2 },
  },
});
const text = (...deltas: readonly string[]): Part[] => [
  { type: "text-start", id: "1" },
  ...deltas.map((delta) => ({ type: "text-delta", id: "1", delta }) as const),
  { type: "text-end", id: "1" },
];
const call = (id: string, input: string, more: object = {}): Part => ({
  type: "tool-call",
  toolCallId: id,
  toolName: "look",
  input,
  ...more,
});

/** A model whose answers have these parts, one after the other. */
function modelOf(...answers: readonly (readonly Part[])[]): MockLanguageModelV4 {
  const left = [...answers];
  return new MockLanguageModelV4({
    modelId: "mock",
    doStream: async () => ({ stream: simulateReadableStream({ chunks: [...left.shift()!] }) }),
  });
}

/** Answers a question, and returns the service's frames. The calls start behind the end of an answer. */
async function answer(model: MockLanguageModelV4, { calls = 0 } = {}) {
  await using running = new RunningService([new AiSdkLLMService({ model })]);
  running.send([new LLMContextFrame(new LLMContext([HELLO], { tools: [LOOK] }))]);
  await running.until("the answer ends", () => running.down.of(LLMFullResponseEndFrame).length === 1);
  await running.until("it calls", () => running.down.of(FunctionCallsStartedFrame).length === calls);
  return {
    text: running.down
      .of(LLMTextFrame)
      .map((frame) => frame.text)
      .join(""),
    thoughts: running.down
      .of(LLMThoughtTextFrame)
      .map((frame) => frame.text)
      .join(""),
    calls: running.down.of(FunctionCallsStartedFrame).flatMap(({ functionCalls }) => functionCalls),
    errors: running.up.of(ErrorFrame),
    requests: model.doStreamCalls.length,
  };
}

test("passes on text and thoughts, and skips every other part", async () => {
  const { thoughts, ...rest } = await answer(
    modelOf([
      { type: "stream-start", warnings: [] },
      { type: "reasoning-start", id: "0" },
      { type: "reasoning-delta", id: "0", delta: "Well?" },
      { type: "reasoning-end", id: "0" },
      { type: "source", sourceType: "url", id: "s", url: "https://example.com" },
      { type: "ping" },
      { type: "custom", kind: "mock.brand-new" },
      ...text("Hel", "lo."),
      finish("stop"),
    ]),
  );
  expect(rest).toEqual({ text: "Hello.", calls: [], errors: [], requests: 1 });
  expect(thoughts).toBe("Well?");
});

test("asks for calls, but not for those that the provider has executed", async () => {
  const ours = call("a", '{"at":1}');
  const { calls } = await answer(modelOf([ours, call("b", "{}", { providerExecuted: true }), finish("tool-calls")]), {
    calls: 1,
  });
  expect(calls).toEqual([{ toolCallId: "a", functionName: "look", arguments: { at: 1 } }]);
});

test("asks for a function that is not in the context: its handler or the fallback decides", async () => {
  const { calls } = await answer(modelOf([call("a", "{}", { toolName: "other" }), finish("tool-calls")]), { calls: 1 });
  expect(calls).toMatchObject([{ functionName: "other" }]);
});

test("sends the conversation with instructions, images, calls and results", async () => {
  const model = modelOf([...text("Yes."), finish("stop")]);
  const llm = new AiSdkLLMService({ model, temperature: 0.5, providerOptions: { mock: { a: 1 } } });
  await llm.generateText([
    { role: "system", content: "Be kind." },
    { role: "developer", content: "Be short." },
    {
      role: "user",
      content: [
        { type: "text", text: "Look." },
        { type: "image", data: new Uint8Array([1, 2]), mimeType: "image/png" },
      ],
    },
    { role: "assistant", content: "", toolCalls: [{ id: "c", name: "look", arguments: { at: 1 } }] },
    { role: "tool", content: "a pear", toolCallId: "c" },
    { role: "developer", content: "Say it in French." },
    { role: "assistant", content: "" },
  ]);
  const { prompt, temperature, providerOptions, tools } = model.doStreamCalls[0]!;
  expect({ temperature, providerOptions, tools }).toEqual({ temperature: 0.5, providerOptions: { mock: { a: 1 } } });
  expect(prompt).toMatchObject([
    { role: "system", content: "Be kind.\n\nBe short." },
    {
      role: "user",
      content: [
        { type: "text", text: "Look." },
        { type: "file", mediaType: "image/png" },
      ],
    },
    { role: "assistant", content: [{ type: "tool-call", toolCallId: "c", toolName: "look", input: { at: 1 } }] },
    { role: "tool", content: [{ type: "tool-result", toolName: "look", output: { type: "text", value: "a pear" } }] },
    { role: "user", content: [{ type: "text", text: "Say it in French." }] },
  ]);
});

test("sends the signature of a thought again with its call, and nothing else of the provider", async () => {
  const providerMetadata = { google: { thoughtSignature: "abc", other: 1 }, openai: { itemId: "x" } };
  const model = modelOf(
    [call("c", "{}", { providerMetadata }), finish("tool-calls")],
    [...text("Yes."), finish("stop")],
  );
  const context = new LLMContext([HELLO], { tools: [LOOK] });
  await using running = new RunningService([new AiSdkLLMService({ model })]);
  running.send([new LLMContextFrame(context)]);
  await running.until("it calls", () => running.down.of(FunctionCallsStartedFrame).length === 1);
  context.add({ role: "assistant", content: "", toolCalls: [{ id: "c", name: "look", arguments: {} }] });
  context.add({ role: "tool", content: "a pear", toolCallId: "c" });
  running.send([new LLMContextFrame(context)]);
  await running.until("it answers", () => running.down.of(LLMTextFrame).length === 1);
  expect(model.doStreamCalls[1]!.prompt[1]!.content).toMatchObject([
    { type: "tool-call", providerOptions: { google: { thoughtSignature: "abc" } } },
  ]);
  const [sent] = model.doStreamCalls[1]!.prompt[1]!.content as unknown as { providerOptions: object }[];
  expect(sent!.providerOptions).toEqual({ google: { thoughtSignature: "abc" } });
});

test("answers with another model from the next request on", async () => {
  const [one, two] = ["One.", "Two."].map((said) => modelOf([...text(said), finish("stop")])) as [never, never];
  await using running = new RunningService([new AiSdkLLMService({ model: one })]);
  const ask = new LLMContextFrame(new LLMContext([HELLO]));
  running.send([ask, new LLMUpdateSettingsFrame({ model: two, maxOutputTokens: 7 }), ask]);
  await running.until("both are answered", () => running.down.of(LLMFullResponseEndFrame).length === 2);
  expect(running.down.of(LLMTextFrame).map((frame) => frame.text)).toEqual(["One.", "Two."]);
  expect((two as MockLanguageModelV4).doStreamCalls[0]!.maxOutputTokens).toBe(7);
});

test.each<[string, readonly Part[]]>([
  ["an empty answer", [finish("stop")]],
  [
    "an error before the first piece",
    [{ type: "error", error: Object.assign(new Error("busy"), { statusCode: 503 }) }],
  ],
])("tries again after %s", async (_what, failure) => {
  const { text: said, errors, requests } = await answer(modelOf(failure, [...text("Here."), finish("stop")]));
  expect({ said, errors, requests }).toEqual({ said: "Here.", errors: [], requests: 2 });
});

test.each<[string, readonly Part[], string, RegExp]>([
  ["an error in the middle", [...text("So"), { type: "error", error: new Error("it broke") }], "server", /it broke/],
  ["a content filter", [...text("So"), finish("content-filter")], "invalidRequest", /filter/],
  ["no room for a word", [finish("length")], "invalidRequest", /maxOutputTokens/],
  ["an answer that was given up", [...text("So"), finish("error")], "server", /gave up/],
])("reports %s at once", async (_what, parts, category, message) => {
  const { errors, requests } = await answer(modelOf(parts, []));
  expect(requests).toBe(1);
  expect(errors).toMatchObject([{ errorCategory: category, permanent: false }]);
  expect(errors[0]!.error.message).toMatch(message);
});

test("is unusable without the provider's key", async () => {
  const error = Object.assign(new Error("The API key is missing."), { name: "AI_LoadAPIKeyError" });
  const model = new MockLanguageModelV4({ doStream: () => Promise.reject(error) });
  const { errors } = await answer(model);
  expect(errors).toMatchObject([{ errorCategory: "authentication", permanent: true }]);
});
