import { afterEach, expect, test, vi } from "vitest";

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
import { OpenAILLMService, type OpenAILLMServiceOptions } from "../../../src/services/openai/index.ts";
import { type FakeChatReply, FakeOpenAI, fakeOpenAIErrors } from "../../../src/testing/index.ts";
import { RunningService } from "../../../src/testing/running-service.ts";

const HELLO: LLMMessage = { role: "user", content: "Hello." };
const serviceOf = (fake: FakeOpenAI, options: OpenAILLMServiceOptions = {}): OpenAILLMService =>
  new OpenAILLMService({ apiKey: fake.apiKey, baseUrl: fake.url, ...options });
const bodyOf = (fake: FakeOpenAI, at = -1): Record<string, unknown> =>
  JSON.parse(fake.requests.at(at)!.body.toString()) as Record<string, unknown>;

afterEach(() => {
  vi.unstubAllEnvs();
});

/** The messages of the request for this context. */
async function messagesFor(messages: readonly LLMMessage[], options?: OpenAILLMServiceOptions): Promise<unknown> {
  await using fake = await FakeOpenAI.start();
  await serviceOf(fake, options).generateText(messages);
  return bodyOf(fake).messages;
}

/** Answers one question with each of these replies in turn, and returns the service's frames. */
async function answer(replies: readonly FakeChatReply[], options: OpenAILLMServiceOptions = {}) {
  await using fake = await FakeOpenAI.start({ reply: () => left.shift()! });
  const left = [...replies];
  await using running = new RunningService([serviceOf(fake, options)]);
  running.send([new LLMContextFrame(new LLMContext([HELLO]))]);
  await running.until("the answer ends", () => running.down.of(LLMFullResponseEndFrame).length === 1);
  return {
    text: running.down
      .of(LLMTextFrame)
      .map(({ text }) => text)
      .join(""),
    thoughts: running.down
      .of(LLMThoughtTextFrame)
      .map(({ text }) => text)
      .join(""),
    errors: running.up.of(ErrorFrame),
    requests: fake.requests.length,
  };
}

test("sends the conversation with its roles, images, calls and results", async () => {
  const messages = await messagesFor([
    { role: "system", content: "Be kind." },
    { role: "developer", content: "Be short." },
    {
      role: "user",
      content: [
        { type: "text", text: "What is" },
        { type: "text", text: "this?" },
      ],
    },
    {
      role: "user",
      content: [
        { type: "text", text: "Look." },
        { type: "image", data: new Uint8Array([9, 1, 2, 9]).subarray(1, 3), mimeType: "image/png" },
      ],
    },
    { role: "assistant", content: "", toolCalls: [{ id: "c1", name: "look", arguments: { at: 1 } }] },
    { role: "tool", content: "IN_PROGRESS", toolCallId: "c1" },
    { role: "assistant", content: "" },
    { role: "assistant", content: "A pear, I", interrupted: true },
  ]);
  expect(messages).toEqual([
    { role: "system", content: "Be kind." },
    { role: "user", content: "Be short." },
    { role: "user", content: "What is\nthis?" },
    {
      role: "user",
      content: [
        { type: "text", text: "Look." },
        { type: "image_url", image_url: { url: "data:image/png;base64,AQI=" } },
      ],
    },
    {
      role: "assistant",
      tool_calls: [{ id: "c1", type: "function", function: { name: "look", arguments: '{"at":1}' } }],
    },
    { role: "tool", content: "IN_PROGRESS", tool_call_id: "c1" },
    { role: "assistant", content: "A pear, I" },
  ]);
});

test("sends the role of developers where it is asked for", async () => {
  const messages = await messagesFor([{ role: "developer", content: "Be short." }], { developerRole: "developer" });
  expect(messages).toEqual([{ role: "developer", content: "Be short." }]);
});

test("sends tools and a choice only with tools", async () => {
  await using fake = await FakeOpenAI.start();
  await using running = new RunningService([serviceOf(fake)]);
  const tools = [{ name: "look", description: "Looks.", parameters: { type: "object", properties: {} } }];
  const contexts = [new LLMContext([HELLO]), new LLMContext([HELLO], { tools, toolChoice: { name: "look" } })];
  running.send(contexts.map((context) => new LLMContextFrame(context)));
  await running.until("both are answered", () => running.down.of(LLMFullResponseEndFrame).length === 2);
  expect(running.up.of(ErrorFrame)).toEqual([]);
  expect(bodyOf(fake, 0)).not.toHaveProperty("tools");
  expect(bodyOf(fake, 1)).toMatchObject({
    tools: [{ type: "function", function: tools[0] }],
    tool_choice: { type: "function", function: { name: "look" } },
  });
});

test("sends its settings, and the changed ones from the next request on", async () => {
  await using fake = await FakeOpenAI.start();
  const llm = serviceOf(fake, { model: "a", temperature: 0, topP: 0.5, seed: 7, extraBody: { top_k: 3 } });
  await using running = new RunningService([llm]);
  const ask = new LLMContextFrame(new LLMContext([HELLO]));
  running.send([ask, new LLMUpdateSettingsFrame({ model: "b", maxTokens: 9, temperature: undefined }), ask]);
  await running.until("both are answered", () => running.down.of(LLMFullResponseEndFrame).length === 2);
  expect(bodyOf(fake, 0)).toMatchObject({ model: "a", temperature: 0, top_p: 0.5, seed: 7, top_k: 3, stream: true });
  expect(bodyOf(fake, 1)).toMatchObject({ model: "b", max_tokens: 9, seed: 7 });
  expect(bodyOf(fake, 1)).not.toHaveProperty("temperature");
});

test("keeps text and calls whole whose bytes are split anywhere", async () => {
  const toolCalls = [{ name: "look", arguments: { at: "Grüße, 你好 👋🏽" } }];
  await using fake = await FakeOpenAI.start({ fragmentBytes: 7, reply: () => ["你好 👋🏽!", { toolCalls }] });
  const llm = serviceOf(fake);
  const seen: unknown[] = [];
  llm.registerFunction("look", ({ at }) => seen.push(at));
  await using running = new RunningService([llm]);
  running.send([new LLMContextFrame(new LLMContext([HELLO]))]);
  await running.until("it has called", () => seen.length === 1);
  expect(
    running.down
      .of(LLMTextFrame)
      .map(({ text }) => text)
      .join(""),
  ).toBe("你好 👋🏽!");
  expect(seen).toEqual(["Grüße, 你好 👋🏽"]);
});

test.each<[string, readonly object[], readonly object[]]>([
  [
    "pieces of both in each chunk",
    [
      [
        { index: 0, id: "a", function: { name: "x", arguments: '{"n"' } },
        { index: 1, id: "b", function: { name: "y" } },
      ],
      [
        { index: 1, function: { arguments: "{}" } },
        { index: 0, function: { arguments: ":1}" } },
      ],
    ],
    [
      { toolCallId: "a", functionName: "x", arguments: { n: 1 } },
      { toolCallId: "b", functionName: "y", arguments: {} },
    ],
  ],
  [
    "one index for both",
    [
      [{ index: 0, id: "a", function: { name: "x", arguments: "{}" } }],
      [{ index: 0, id: "b", function: { name: "x" } }],
    ],
    [{ toolCallId: "a" }, { toolCallId: "b", arguments: {} }],
  ],
  [
    "no index, and null for no arguments",
    [
      [{ id: "a", function: { name: "x", arguments: null } }],
      [{ id: "b", function: { name: "y", arguments: "null" } }],
    ],
    [
      { toolCallId: "a", arguments: {} },
      { toolCallId: "b", functionName: "y" },
    ],
  ],
  [
    "an id that the conversation has already",
    [[{ index: 0, id: "used", function: { name: "x", arguments: "{}" } }]],
    [{ toolCallId: expect.stringMatching(/^call_.{36}$/) as string }],
  ],
])("reads calls with %s", async (_what, chunks, expected) => {
  const parts = chunks.map((tools) => ({ chunk: { choices: [{ delta: { tool_calls: tools } }] } }));
  await using fake = await FakeOpenAI.start({ reply: () => [...parts, { finish: "tool_calls" }] });
  await using running = new RunningService([serviceOf(fake)]);
  const used: LLMMessage = { role: "assistant", content: "", toolCalls: [{ id: "used", name: "x", arguments: {} }] };
  const context = new LLMContext([HELLO, used, { role: "tool", content: "1", toolCallId: "used" }]);
  running.send([new LLMContextFrame(context)]);
  await running.until("it calls", () => running.down.of(FunctionCallsStartedFrame).length === 1);
  expect(running.down.of(FunctionCallsStartedFrame)[0]!.functionCalls).toMatchObject(expected);
});

test("speaks a refusal, and keeps thoughts apart", async () => {
  const { text, thoughts, errors } = await answer([[{ reasoning: "Is this fine?" }, { refusal: "I will not." }]]);
  expect({ text, thoughts, errors }).toEqual({ text: "I will not.", thoughts: "Is this fine?", errors: [] });
});

test.each<[string, FakeChatReply]>([
  ["a rate limit that passes soon", fakeOpenAIErrors.rateLimit(5)],
  ["a failure of the server", fakeOpenAIErrors.server()],
  ["an empty answer", []],
  ["a stream that ends before the first piece", [{ finish: null }]],
  ["an error in the stream before the first piece", [{ chunk: { error: { message: "overloaded", code: 503 } } }]],
])("tries again after %s", async (_what, failure) => {
  const { text, errors, requests } = await answer([failure, "Here I am."]);
  expect({ text, errors, requests }).toEqual({ text: "Here I am.", errors: [], requests: 2 });
});

test("gives up after two more tries", async () => {
  const empty: FakeChatReply = fakeOpenAIErrors.rateLimit(1);
  const { errors, requests } = await answer([empty, empty, empty, "Never."]);
  expect(requests).toBe(3);
  expect(errors).toMatchObject([{ errorCategory: "rateLimit", permanent: false }]);
});

test.each<[string, FakeChatReply, object, RegExp]>([
  [
    "a long rate limit",
    fakeOpenAIErrors.rateLimit(60_000),
    { errorCategory: "rateLimit", permanent: false },
    /in 60000ms/,
  ],
  ["a spent quota", fakeOpenAIErrors.quota(), { errorCategory: "quota", permanent: false }, /credits/],
  ["no such model", fakeOpenAIErrors.modelNotFound("x"), { errorCategory: "invalidRequest", permanent: true }, /`x`/],
  [
    "a context too long",
    fakeOpenAIErrors.contextLength(),
    { errorCategory: "invalidRequest", permanent: false },
    /128000/,
  ],
  [
    "a content filter",
    ["So", { finish: "content_filter" }],
    { errorCategory: "invalidRequest", permanent: false },
    /filter/,
  ],
  ["a cut answer", ["So", { finish: null }], { errorCategory: "connectivity", permanent: false }, /cut/],
  [
    "no room for a word",
    [{ finish: "length" }],
    { errorCategory: "invalidRequest", permanent: false },
    /limit of tokens/,
  ],
  [
    "an error in the middle of an answer",
    ["So", { chunk: { error: { message: "overloaded", type: "server_error", code: null } } }],
    { errorCategory: "server", permanent: false },
    /overloaded/,
  ],
])("reports %s at once", async (_what, reply, expected, message) => {
  const { errors, requests } = await answer([reply, "Never."]);
  expect(requests).toBe(1);
  expect(errors).toMatchObject([expected]);
  expect(errors[0]!.error.message).toMatch(message);
});

test("reports what is not JSON, without the text", async () => {
  await using fake = await FakeOpenAI.start();
  fake.faults.next({ type: "garble", atMessage: 2, text: "data: {secret\n\n" });
  const failure = serviceOf(fake).generateText([HELLO]);
  await expect(failure).rejects.toMatchObject({ category: "server" });
  await expect(failure).rejects.not.toThrow("secret");
});

test("says where nothing answers", async () => {
  await using fake = await FakeOpenAI.start();
  const llm = serviceOf(fake, { maxRetries: 0 });
  await fake.close();
  const failure = llm.generateText([HELLO]);
  await expect(failure).rejects.toMatchObject({ category: "connectivity", retryable: true });
  await expect(failure).rejects.toThrow(/has no connection to http:\/\/127.*ECONNREFUSED/);
});

test("sends no key to a local server that has none", async () => {
  vi.stubEnv("OPENAI_API_KEY", undefined);
  await using fake = await FakeOpenAI.start({ apiKey: null });
  const llm = new OpenAILLMService({ baseUrl: fake.url });
  expect(await llm.generateText([HELLO])).toBe("You said: Hello.");
  expect(fake.requests[0]!.headers).not.toHaveProperty("authorization");
});

test("takes the key and the URL from the environment", async () => {
  await using fake = await FakeOpenAI.start();
  vi.stubEnv("OPENAI_API_KEY", fake.apiKey);
  vi.stubEnv("OPENAI_BASE_URL", fake.url);
  expect(await new OpenAILLMService().generateText([HELLO])).toBe("You said: Hello.");
});

test("does not send OpenAI's key to another vendor", () => {
  vi.stubEnv("OPENAI_API_KEY", "sk-secret");
  const baseUrl = "https://api.groq.com/openai/v1";
  expect(() => new OpenAILLMService({ baseUrl })).toThrow(/^apiKey: is required for api\.groq\.com/);
  expect(() => new OpenAILLMService({ baseUrl, apiKey: null })).not.toThrow();
  expect(() => new OpenAILLMService({ baseUrl, apiKey: "gsk" })).not.toThrow();
});

test("needs a key for OpenAI", () => {
  vi.stubEnv("OPENAI_API_KEY", undefined);
  vi.stubEnv("OPENAI_BASE_URL", undefined);
  expect(() => new OpenAILLMService()).toThrow("Set OPENAI_API_KEY, or pass apiKey.");
});
