import { expect, test } from "vitest";

import { type FakeChatReply, FakeOpenAI, fakeOpenAIErrors } from "../../../src/testing/index.ts";

const HELLO = { role: "user", content: "Hello there." };

async function post(fake: FakeOpenAI, body: object, key = fake.apiKey): Promise<Response> {
  return fetch(`${fake.url}/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "gpt-4.1", messages: [HELLO], stream: true, ...body }),
  });
}

async function events(response: Response): Promise<unknown[]> {
  const lines = (await response.text()).split("\n\n").filter((line) => line !== "");
  return lines.map((line) => (line === "data: [DONE]" ? "DONE" : JSON.parse(line.slice("data: ".length))) as unknown);
}

const streamed = async (reply: FakeChatReply): Promise<unknown[]> => {
  await using fake = await FakeOpenAI.start({ reply: () => reply });
  return await events(await post(fake, {}));
};

test("repeats what the user said last, in pieces, with the finish reason, the usage and an end", async () => {
  await using fake = await FakeOpenAI.start();
  const seen = await events(await post(fake, { stream_options: { include_usage: true } }));
  const text = seen.map((one) => (one as { choices?: { delta: { content?: string } }[] }).choices?.[0]?.delta.content);
  expect(text.join("")).toBe("You said: Hello there.");
  expect(seen[0]).toMatchObject({
    obfuscation: expect.any(String) as string,
    usage: null,
    choices: [{ delta: { role: "assistant" } }],
  });
  expect(seen.at(-3)).toMatchObject({ choices: [{ delta: {}, finish_reason: "stop" }] });
  expect(seen.at(-2)).toMatchObject({
    choices: [],
    usage: { prompt_tokens: 10, completion_tokens: 6, total_tokens: 16 },
  });
  expect(seen.at(-1)).toBe("DONE");
});

test("puts pieces of two calls into one chunk, with the id only in the first", async () => {
  const toolCalls = [{ name: "a", arguments: { fruit: "pear" } }, { name: "b" }];
  const seen = await streamed([{ toolCalls, together: true }]);
  expect(seen[1]).toMatchObject({
    choices: [
      {
        delta: {
          tool_calls: [
            { index: 0, function: { name: "a" } },
            { index: 1, function: { name: "b" } },
          ],
        },
      },
    ],
  });
  const second = (seen[2] as { choices: { delta: { tool_calls: object[] } }[] }).choices[0]!.delta.tool_calls;
  expect(second).toEqual([
    { index: 0, function: { arguments: '{"frui' } },
    { index: 1, function: { arguments: "{}" } },
  ]);
  expect(seen.at(-2)).toMatchObject({ choices: [{ finish_reason: "tool_calls" }] });
});

test("ends without a reason when it is to", async () => {
  const seen = await streamed(["Hi", { finish: null }]);
  expect(seen.at(-2)).toMatchObject({ choices: [{ delta: { content: "Hi" }, finish_reason: null }] });
});

test.each([
  ["a wrong key", {}, 401, "Incorrect API key"],
  ["no messages", { messages: [] }, 400, "Missing required parameter"],
  ["a result without its call", { messages: [{ role: "tool", content: "1", tool_call_id: "x" }] }, 400, "preceeding"],
  [
    "a call without its result",
    { messages: [{ role: "assistant", tool_calls: [{ id: "x", function: {} }] }, HELLO] },
    400,
    "did not have response messages: x",
  ],
  ["a choice of tools without tools", { tool_choice: "auto" }, 400, "only allowed when 'tools'"],
  ["a tool with a bad name", { tools: [{ function: { name: "a b" } }] }, 400, "does not match"],
])("refuses %s", async (what, body, status, message) => {
  await using fake = await FakeOpenAI.start();
  const response = await post(fake, body, what === "a wrong key" ? "wrong" : undefined);
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ error: { message: expect.stringContaining(message) as string } });
});

test("answers errors with the headers that say when to try again", async () => {
  await using fake = await FakeOpenAI.start({ reply: () => fakeOpenAIErrors.rateLimit(1500) });
  const response = await post(fake, {});
  expect([response.status, response.headers.get("retry-after-ms"), response.headers.get("retry-after")]).toEqual([
    429,
    "1500",
    "2",
  ]);
});

test("sees that the client has gone in the middle of an answer", async () => {
  await using fake = await FakeOpenAI.start({ reply: () => ["Hi", { waitMs: 60_000 }] });
  const controller = new AbortController();
  const body = JSON.stringify({ model: "m", messages: [HELLO], stream: true });
  const headers = { authorization: `Bearer ${fake.apiKey}` };
  const { signal } = controller;
  const response = await fetch(`${fake.url}/chat/completions`, { method: "POST", headers, body, signal });
  expect(response.status).toBe(200);
  expect(fake.openCount).toBe(1);
  controller.abort();
  await expect.poll(() => fake.requests[0]).toMatchObject({ over: true, abortedByClient: true });
});

test("needs no key when it stands for a local server", async () => {
  await using fake = await FakeOpenAI.start({ apiKey: null });
  expect((await post(fake, {}, "anything")).status).toBe(200);
});
