import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  EndFrame,
  ErrorFrame,
  LLMContext,
  LLMContextFrame,
  type LLMMessage,
  LLMSummarizeContextFrame,
} from "../../../src/frames/index.ts";
import { LLMContextSummarizer, type LLMContextSummarizerOptions } from "../../../src/processors/index.ts";
import { selectMessagesToSummarize } from "../../../src/processors/aggregators/summary-selection.ts";
import { ScriptedLLMService, type ScriptedAnswer } from "../../../src/testing/index.ts";
import { InvalidOptionError } from "../../../src/util/errors.ts";
import { of, rig } from "../../services/rig.ts";

const SYSTEM: LLMMessage = { role: "system", content: "You sell fruit." };
const dialogue = (length: number): LLMMessage[] =>
  Array.from({ length }, (_, at) => ({ role: at % 2 === 0 ? "user" : "assistant", content: `message ${at}` }));

/** A model with a summarizer behind it; `summaries` are its summaries, `answer` is the bot's answer. */
async function summarizing(
  messages: readonly LLMMessage[],
  summaries: readonly ScriptedAnswer[],
  options: Partial<LLMContextSummarizerOptions> = {},
) {
  const context = new LLMContext(messages);
  const llm = new ScriptedLLMService({ answers: () => "Yes." });
  const writer = new ScriptedLLMService({ answers: summaries, name: "Writer" });
  const summarizer = new LLMContextSummarizer(context, { llm: writer, maxUnsummarizedMessages: 8, ...options });
  const applied: unknown[] = [];
  summarizer.on("summaryApplied", (event) => applied.push(event));
  const rigged = await rig(llm, writer, summarizer);
  const ask = async (waitMs = 1000): Promise<void> => {
    rigged.send(new LLMContextFrame(context));
    await rigged.clock.advance(waitMs);
  };
  return { ...rigged, context, llm, writer, applied, ask };
}

describe("a long context", () => {
  it("is summarised after an answer: the system message and the latest messages are kept", async () => {
    const { context, ask, writer, applied } = await summarizing([SYSTEM, ...dialogue(10)], ["They spoke of fruit."]);
    await ask();
    expect(context.messages).toEqual([
      SYSTEM,
      { role: "developer", content: "Summary of the conversation so far: They spoke of fruit." },
      ...dialogue(10).slice(-4),
    ]);
    expect(applied).toEqual([{ messagesBefore: 11, messagesAfter: 6, summarizedMessages: 6 }]);
    expect(writer.requests[0]![1]!.role).toBe("user");
    expect(writer.requests[0]![1]!.content).toMatch(/^user: message 0\n/);
    expect(writer.requests[0]![1]!.content).not.toContain("message 6");
  });

  it("is left alone while it is short", async () => {
    const { context, ask, writer } = await summarizing([SYSTEM, ...dialogue(7)], []);
    await ask();
    expect(writer.requests).toHaveLength(0);
    expect(context.messages).toHaveLength(8);
  });

  it("is summarised for its length in tokens too", async () => {
    const long: LLMMessage = { role: "user", content: "word ".repeat(400) };
    const { ask, applied } = await summarizing([long, ...dialogue(5)], ["Short."], {
      maxContextTokens: 500,
      maxUnsummarizedMessages: 0,
    });
    await ask();
    expect(applied).toHaveLength(1);
  });

  it("keeps what is said while the summary is written", async () => {
    const { context, ask, clock } = await summarizing(dialogue(10), [[{ waitMs: 3000 }, "Fruit."]]);
    await ask();
    context.add({ role: "user", content: "Meanwhile." });
    await ask();
    await clock.advance(3000);
    expect(context.messages.map(({ content }) => content)).toEqual([
      "Summary of the conversation so far: Fruit.",
      ...["message 6", "message 7", "message 8", "message 9", "Meanwhile."],
    ]);
  });

  it("is left alone when its messages were replaced meanwhile", async () => {
    const { context, ask, clock, applied } = await summarizing(dialogue(10), [[{ waitMs: 3000 }, "Fruit."]]);
    await ask();
    context.set([{ role: "user", content: "New." }]);
    await clock.advance(4000);
    expect(context.messages).toEqual([{ role: "user", content: "New." }]);
    expect(applied).toEqual([]);
  });

  it("is summarised again, with the last summary, only once it has grown again", async () => {
    const { context, ask, writer } = await summarizing(dialogue(10), ["First.", "Second."]);
    await ask();
    await ask();
    expect(writer.requests).toHaveLength(1);
    context.add(...dialogue(6));
    await ask();
    expect(writer.requests[1]![1]!.content).toContain("developer: Summary of the conversation so far: First.");
    expect(context.messages[0]).toMatchObject({ content: "Summary of the conversation so far: Second." });
    expect(context.messages.filter(({ role }) => role === "developer")).toHaveLength(1);
  });

  it.each([
    ["fails", new Error("overloaded"), "overloaded"],
    ["is empty", "", "The summary of the conversation is empty."],
    ["takes too long", [{ waitMs: 20_000 }, "Late."] as const, /longer than 5000 ms/],
  ])("stays as it is when the summary %s, and is retried after the next answer", async (_how, first, message) => {
    const { context, ask, up, clock } = await summarizing(dialogue(10), [first, "Fruit."], { timeoutMs: 5000 });
    await ask(6000);
    expect(context.messages).toHaveLength(10);
    expect(of(up, ErrorFrame)[0]!.error.message).toMatch(message);
    await ask();
    expect(context.messages).toHaveLength(5);
    await clock.advance(20_000);
    expect(context.messages).toHaveLength(5);
  });

  it("can be summarised on demand, however short it is", async () => {
    const { context, send, clock, down } = await summarizing(dialogue(6), ["Fruit."]);
    send(new LLMSummarizeContextFrame());
    await clock.advance(1000);
    expect(context.messages).toHaveLength(5);
    expect(of(down, LLMSummarizeContextFrame)).toEqual([]);
  });

  it("aborts the request when the bot ends", async () => {
    const { ask, send, clock, writer } = await summarizing(dialogue(10), [[{ waitMs: 3000 }, "Fruit."]]);
    await ask();
    send(new EndFrame());
    await clock.advance(0);
    expect(writer.requests).toHaveLength(1);
  });

  it.each([
    { maxContextTokens: 0, maxUnsummarizedMessages: 0 },
    { minMessagesToKeep: -1 },
    { targetTokens: 0 },
    { timeoutMs: NaN },
  ])("rejects %j", (options) => {
    const llm = new ScriptedLLMService({ answers: [] });
    expect(() => new LLMContextSummarizer(new LLMContext(), { llm, ...options })).toThrow(InvalidOptionError);
  });
});

describe("what a summary replaces", () => {
  it("never separates a call from its result, and keeps calls without one", () => {
    const kinds = fc.array(fc.constantFrom("user", "assistant", "call", "running"), { maxLength: 14 });
    fc.assert(
      fc.property(kinds, fc.integer({ min: 0, max: 6 }), (said, keep) => {
        const messages = said.flatMap((kind, at): LLMMessage[] => {
          if (kind === "user" || kind === "assistant") return [{ role: kind, content: `${at}` }];
          const toolCalls = [{ id: `${at}`, name: "f", arguments: {} }];
          const content = kind === "call" ? "done" : "IN_PROGRESS";
          return [
            { role: "assistant", content: "", toolCalls },
            { role: "tool", content, toolCallId: `${at}` },
          ];
        });
        const old = selectMessagesToSummarize([SYSTEM, ...messages], keep);
        const rest = messages.slice(old.length);
        expect([...old, ...rest]).toEqual(messages);
        expect(rest.length).toBeGreaterThanOrEqual(Math.min(keep, messages.length));
        expect(old.some(({ content }) => content === "IN_PROGRESS")).toBe(false);
        for (const part of [old, rest]) {
          const called = part.flatMap(({ toolCalls = [] }) => toolCalls.map(({ id }) => id));
          expect(part.flatMap(({ toolCallId }) => toolCallId ?? [])).toEqual(called);
        }
      }),
    );
  });
});
