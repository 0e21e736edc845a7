import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  AggregatedTextFrame,
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  CancelFrame,
  EndFrame,
  type Frame,
  FunctionCallCancelFrame,
  FunctionCallInProgressFrame,
  FunctionCallResultFrame,
  type FunctionCallResultOptions,
  FunctionCallsStartedFrame,
  InterruptionFrame,
  LLMAssistantPushAggregationFrame,
  LLMContext,
  LLMContextAssistantTurnFrame,
  LLMFullResponseEndFrame,
  LLMFullResponseStartFrame,
  LLMMessagesAppendFrame,
  LLMRunFrame,
  LLMTextFrame,
  LLMThoughtEndFrame,
  LLMThoughtStartFrame,
  LLMThoughtTextFrame,
  TextFrame,
  TranscriptionFrame,
  TTSStartedFrame,
  TTSStoppedFrame,
  TTSTextFrame,
  UserStartedSpeakingFrame,
  UserStoppedSpeakingFrame,
} from "../../../src/frames/index.ts";
import { AssistantContextAggregator } from "../../../src/processors/index.ts";
import { settle } from "../../../src/testing/index.ts";
import { chain } from "../../pipeline/harness.ts";

async function rig() {
  const context = new LLMContext();
  const aggregator = new AssistantContextAggregator(context);
  const reported: string[] = [];
  aggregator
    .on("assistantTurnStarted", () => reported.push("started"))
    .on("assistantTurnStopped", ({ text, interrupted }) => reported.push(`${interrupted ? "cut" : "stopped"}: ${text}`))
    .on("messageAdded", ({ content }) => reported.push(`added: ${content as string}`));
  const line = await chain([aggregator]);
  const send = async (...frames: Frame[]): Promise<void> => {
    line.send(...frames);
    await settle();
  };
  const kinds = (): string[] => line.down.splice(0).map(({ kind }) => kind);
  const takeTold = (): string[] => reported.splice(0);
  return { ...line, aggregator, context, send, kinds, takeTold };
}

const start = (): Frame => new LLMFullResponseStartFrame();
const end = (): Frame => new LLMFullResponseEndFrame();
const spoken = (text: string): Frame => new TTSTextFrame(text);

describe("AssistantContextAggregator: the bot's speech", () => {
  it("enters the context when the answer is complete", async () => {
    const { context, kinds, send, takeTold, takeUp } = await rig();
    await send(start(), spoken("Hello"), spoken("there."));
    expect([context.messages, kinds()]).toEqual([[], []]);
    await send(end());
    expect(context.messages).toEqual([{ role: "assistant", content: "Hello there." }]);
    expect(kinds()).toEqual(["LLMContextFrame", "LLMContextAssistantTimestampFrame", "LLMContextAssistantTurnFrame"]);
    expect(takeUp()).toEqual(["Hello there."]);
    expect(takeTold()).toEqual(["started", "added: Hello there.", "stopped: Hello there."]);
  });

  it("becomes one message per answer, and none for an empty answer", async () => {
    const { context, send, takeTold } = await rig();
    await send(start(), spoken("One."), end(), start(), end(), start(), spoken("Two."), end());
    expect(context.messages.map(({ content }) => content)).toEqual(["One.", "Two."]);
    expect(takeTold().filter((what) => what.startsWith("st"))).toEqual([
      "started",
      "stopped: One.",
      "started",
      "stopped: ",
      "started",
      "stopped: Two.",
    ]);
  });

  it("joins tokens as they are", async () => {
    const { context, send } = await rig();
    await send(start(), new LLMTextFrame("Hel"), new LLMTextFrame("lo"), new LLMTextFrame(" there."), end());
    expect(context.messages[0]?.content).toBe("Hello there.");
  });

  it("is committed as far as it was heard when the user barges in, marked, before the interruption passes", async () => {
    const { context, down, send, takeTold } = await rig();
    await send(start(), spoken("One"), spoken("two"));
    await send(new InterruptionFrame());
    expect(context.messages).toEqual([{ role: "assistant", content: "One two", interrupted: true }]);
    expect(takeTold()).toEqual(["started", "added: One two", "cut: One two"]);
    expect(down.at(-1)).toBeInstanceOf(InterruptionFrame);
    const turn = down.find((frame) => frame instanceof LLMContextAssistantTurnFrame);
    expect(turn).toMatchObject({ text: "One two", interrupted: true, timestampMs: Date.UTC(2026, 0, 1) });
  });

  it("leaves no message when interrupted before the first word, and no event when there was no turn", async () => {
    const { context, send, takeTold } = await rig();
    await send(new InterruptionFrame());
    expect(takeTold()).toEqual([]);
    await send(start());
    await send(new InterruptionFrame());
    expect(takeTold()).toEqual(["started", "cut: "]);
    expect(context.messages).toEqual([]);
  });

  it("is committed before the EndFrame passes; a cancel counts as an interruption", async () => {
    for (const [last, interrupted] of [
      [new EndFrame(), undefined],
      [new CancelFrame(), true],
    ] as const) {
      const { context, down, send } = await rig();
      await send(start(), spoken("Bye"));
      await send(last);
      expect(context.messages[0]).toEqual({ role: "assistant", content: "Bye", ...(interrupted && { interrupted }) });
      expect(down.at(-1)).toBe(last);
    }
  });

  it("ends an answer without an end when the next one begins", async () => {
    const { context, send } = await rig();
    await send(start(), spoken("One."), start(), spoken("Two."), end());
    expect(context.messages.map(({ content }) => content)).toEqual(["One.", "Two."]);
  });

  it("keeps markup as the model wrote it, and leaves out what does not belong in the context", async () => {
    const { context, send, kinds } = await rig();
    await send(
      start(),
      new TTSTextFrame("Hello", { rawText: "**Hello**" }),
      new AggregatedTextFrame("unit", { appendToContext: false }),
      new LLMThoughtStartFrame(),
      new LLMThoughtTextFrame("hmm"),
      new LLMThoughtEndFrame(),
      spoken("you."),
      end(),
    );
    expect(context.messages[0]?.content).toBe("**Hello** you.");
    expect(kinds().some((kind) => kind.includes("Thought"))).toBe(false);
  });

  it("forwards all other frames, including the user's transcripts", async () => {
    const { context, kinds, send } = await rig();
    await send(start(), new TranscriptionFrame({ text: "hi", userId: "u" }), new TTSStoppedFrame(), end());
    // Nothing was heard of the turn, and other processors learn that it is over.
    expect(kinds()).toEqual(["TranscriptionFrame", "TTSStoppedFrame", "LLMContextAssistantTurnFrame"]);
    expect(context.messages).toEqual([]);
  });

  it("applies frames that change the context, and runs the model upstream", async () => {
    const { context, kinds, send, takeUp } = await rig();
    await send(new LLMMessagesAppendFrame([{ role: "developer", content: "x" }]), new LLMRunFrame());
    expect([context.messages.length, kinds(), takeUp()]).toEqual([1, [], ["LLMContextFrame"]]);
  });
});

describe("AssistantContextAggregator: a request for an answer while one is in progress", () => {
  const note = (content: string) => ({ role: "user", content }) as const;

  it("waits until the context holds that answer, as far as it was heard", async () => {
    for (const [last, expected] of [
      [end(), "One two."],
      [new LLMAssistantPushAggregationFrame(), "One two."],
      [new InterruptionFrame(), "One two."],
      [start(), "One two."],
    ] as const) {
      const { context, send, takeUp } = await rig();
      await send(start(), spoken("One"), new LLMMessagesAppendFrame([note("x")], { runLLM: true }), spoken("two."));
      await send(new LLMRunFrame());
      expect([context.messages, takeUp()]).toEqual([[], []]);
      await send(last);
      expect(context.messages.map(({ content }) => content)).toEqual([expected, "x"]);
      expect(takeUp().filter((kind) => kind === "LLMContextFrame")).toHaveLength(1);
    }
  });

  it("waits until bot and user are silent; the user's own words replace it", async () => {
    const { context, send, takeUp } = await rig();
    const append = new LLMMessagesAppendFrame([note("x")], { runLLM: true });
    await send(start(), new BotStartedSpeakingFrame(), spoken("One"), append);
    await send(new UserStartedSpeakingFrame(), new BotStoppedSpeakingFrame(), new InterruptionFrame());
    expect(takeUp()).not.toContain("LLMContextFrame");
    context.add(note("Wait."));
    await send(new UserStoppedSpeakingFrame());
    expect([context.messages.map(({ content }) => content), takeUp()]).toEqual([["One", "x", "Wait."], []]);
  });

  it("does not delay frames that only add to the context, and runs nothing at the end", async () => {
    const { context, send, takeUp } = await rig();
    await send(start(), spoken("One"), new LLMMessagesAppendFrame([note("x")]));
    expect(context.messages).toEqual([note("x")]);
    await send(new LLMMessagesAppendFrame([note("y")], { runLLM: true }), new EndFrame());
    expect(context.messages.map(({ content }) => content)).toEqual(["x", "One", "y"]);
    expect(takeUp()).not.toContain("LLMContextFrame");
  });
});

describe("AssistantContextAggregator: a line outside any answer", () => {
  it("opens and closes its own turn", async () => {
    const { context, send, takeTold } = await rig();
    await send(new TTSStartedFrame("c", { appendToContext: true }), spoken("Welcome."), new TTSStoppedFrame("c"));
    expect(takeTold()).toEqual(["started"]);
    await send(new LLMAssistantPushAggregationFrame());
    expect(takeTold()).toEqual(["added: Welcome.", "stopped: Welcome."]);
    expect(context.messages).toEqual([{ role: "assistant", content: "Welcome." }]);
  });

  it("opens none if it does not belong in the context or a turn is open", async () => {
    const { context, send, takeTold } = await rig();
    await send(
      new TTSStartedFrame("c"),
      new TTSTextFrame("One moment.", { appendToContext: false }),
      new TTSStoppedFrame("c"),
    );
    expect([takeTold(), context.messages]).toEqual([[], []]);
    await send(start(), new TTSStartedFrame("d", { appendToContext: true }), spoken("Hi."), end());
    expect(takeTold()).toEqual(["started", "added: Hi.", "stopped: Hi."]);
  });
});

describe("AssistantContextAggregator: function calls", () => {
  const call = (id: string) => ({ functionName: `f_${id}`, toolCallId: id, arguments: { of: id } });
  const begun = (...ids: string[]): Frame[] => [
    new FunctionCallsStartedFrame(ids.map(call)),
    ...ids.map((id) => new FunctionCallInProgressFrame(call(id), { groupId: "g" })),
  ];
  const result = (id: string, value: unknown, options: FunctionCallResultOptions = {}): Frame =>
    new FunctionCallResultFrame(call(id), value, { groupId: "g", ...options });
  const tool = (context: LLMContext, id: string) =>
    context.messages.find((message) => message.toolCallId === id)?.content;

  it("are in the context while they run, then with their result", async () => {
    const { context, send } = await rig();
    await send(...begun("a"));
    expect(context.messages).toEqual([
      { role: "assistant", content: "", toolCalls: [{ id: "a", name: "f_a", arguments: { of: "a" } }] },
      { role: "tool", content: "IN_PROGRESS", toolCallId: "a" },
    ]);
    await send(result("a", { degrees: 21 }));
    expect(tool(context, "a")).toBe('{"degrees":21}');
    expect(context.messages).toHaveLength(2);
  });

  it("have a result even if it is not JSON", async () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const { context, send } = await rig();
    for (const [id, value] of Object.entries({ none: undefined, text: "plain", circle, big: 1n }))
      await send(...begun(id), result(id, value));
    expect([tool(context, "none"), tool(context, "text")]).toEqual(["COMPLETED", "plain"]);
    expect(tool(context, "circle")).toContain("JSON");
    expect(tool(context, "big")).toContain("JSON");
  });

  it("run the model once, upstream, after the last of their group", async () => {
    const { send, takeUp } = await rig();
    await send(...begun("a", "b"));
    await send(result("b", 2));
    expect(takeUp()).toEqual([]);
    await send(result("a", 1));
    expect(takeUp()).toEqual(["LLMContextFrame"]);
  });

  it("are grouped by their group id if they were not announced", async () => {
    const { send, takeUp } = await rig();
    await send(...begun("a", "b").slice(1), result("a", 1));
    expect(takeUp()).toEqual([]);
    await send(result("b", 2));
    expect(takeUp()).toEqual(["LLMContextFrame"]);
  });

  it("run the model at once, or never, if the function says so", async () => {
    const { send, takeUp } = await rig();
    await send(...begun("a", "b"), result("a", 1, { runLLM: true }));
    expect(takeUp()).toEqual(["LLMContextFrame"]);
    await send(result("b", 2, { runLLM: false }));
    expect(takeUp()).toEqual([]);
  });

  it("do not run the model when they return nothing, unless they ask for it or others of the group return something", async () => {
    const { context, send, takeUp } = await rig();
    await send(...begun("a"), result("a", undefined));
    expect([tool(context, "a"), takeUp()]).toEqual(["COMPLETED", []]);
    await send(...begun("b"), result("b", undefined, { runLLM: true }));
    expect(takeUp()).toEqual(["LLMContextFrame"]);
    await send(...begun("c", "d"), result("c", "word"), result("d", undefined));
    expect(takeUp()).toEqual(["LLMContextFrame"]);
    // A null was returned on purpose: it is a result.
    await send(...begun("e"), result("e", null));
    expect(takeUp()).toEqual(["LLMContextFrame"]);
  });

  it("run the model after the last of the group even if that one does not ask for it", async () => {
    const { send, takeUp } = await rig();
    await send(...begun("a", "b"), result("a", 1), result("b", 2, { runLLM: false }));
    expect(takeUp()).toEqual(["LLMContextFrame"]);
  });

  it("do not make the bot talk over itself: the model runs when the bot has stopped speaking", async () => {
    const { send, takeUp } = await rig();
    await send(new BotStartedSpeakingFrame(), ...begun("a"), result("a", 1));
    expect(takeUp()).toEqual([]);
    await send(new BotStoppedSpeakingFrame());
    expect(takeUp()).toEqual(["LLMContextFrame"]);
    await send(new BotStartedSpeakingFrame(), new BotStoppedSpeakingFrame());
    expect(takeUp()).toEqual([]);
  });

  it("do not make the bot talk over the user, whose own words cover the result; a turn without words does not", async () => {
    const spoke = await rig();
    await spoke.send(new BotStartedSpeakingFrame(), ...begun("a"), result("a", 1));
    await spoke.send(new UserStartedSpeakingFrame(), new InterruptionFrame(), new BotStoppedSpeakingFrame());
    spoke.context.add({ role: "user", content: "never mind" });
    await spoke.send(new UserStoppedSpeakingFrame());
    expect(spoke.takeUp()).toEqual([]);
    const coughed = await rig();
    await coughed.send(new BotStartedSpeakingFrame(), ...begun("a"), result("a", 1));
    await coughed.send(new UserStartedSpeakingFrame(), new InterruptionFrame(), new BotStoppedSpeakingFrame());
    expect(coughed.takeUp()).toEqual([]);
    await coughed.send(new UserStoppedSpeakingFrame());
    expect(coughed.takeUp()).toEqual(["LLMContextFrame"]);
  });

  it("that are cancelled are marked, and do not delay the others of their group", async () => {
    const { context, send, takeUp } = await rig();
    await send(...begun("a", "b"), result("a", 1));
    await send(new FunctionCallCancelFrame(call("b")));
    expect(tool(context, "b")).toBe("CANCELLED");
    expect(takeUp()).toEqual(["LLMContextFrame"]);
    const alone = await rig();
    await alone.send(...begun("a"), new FunctionCallCancelFrame(call("a")));
    expect(alone.takeUp()).toEqual([]);
  });

  it("do not stay open when the cancellation overtakes their start", async () => {
    const { context, send } = await rig();
    await send(new FunctionCallsStartedFrame([call("a")]), new FunctionCallCancelFrame(call("a")));
    await send(new FunctionCallInProgressFrame(call("a")));
    expect(tool(context, "a")).toBe("CANCELLED");
    await send(...begun("a"));
    expect(context.messages.at(-1)?.content).toBe("IN_PROGRESS");
  });

  describe("that continue through interruptions", () => {
    const begunAsync = (...ids: string[]): Frame[] => [
      new FunctionCallsStartedFrame(ids.map(call)),
      ...ids.map((id) => new FunctionCallInProgressFrame(call(id), { groupId: "g", cancelOnInterruption: false })),
    ];
    /** The context from the calls on; messages about a call as status and result. */
    const written = (context: LLMContext): unknown[] =>
      context.messages.map(({ role, content, toolCalls }) => {
        if (toolCalls) return "call";
        const text = content as string;
        if (!text.startsWith("{")) return `${role}: ${text}`;
        const { type, status, tool_call_id: id, result: value } = JSON.parse(text) as Record<string, string>;
        expect(type).toBe("async_tool");
        return [role, status, id, value ?? ""].join(" ").trim();
      });

    it("add their result at the end, as its own message, and the model answers it", async () => {
      const { context, send, takeUp } = await rig();
      await send(...begunAsync("a"));
      context.add({ role: "user", content: "And you?" });
      await send(start(), spoken("Fine."), end());
      takeUp();
      await send(result("a", { degrees: 21 }));
      expect(written(context)).toEqual([
        "call",
        "tool running a",
        "user: And you?",
        "assistant: Fine.",
        'developer finished a {"degrees":21}',
      ]);
      expect(takeUp()).toEqual(["LLMContextFrame"]);
    });

    it("add it after an answer in progress, even one that is cut", async () => {
      for (const [last, content] of [
        [end(), "Fine, thank you."],
        [new InterruptionFrame(), "Fine,"],
      ] as const) {
        const { context, send, takeUp } = await rig();
        await send(...begunAsync("a"), start(), spoken("Fine,"), result("a", "late"));
        expect([written(context).length, takeUp()]).toEqual([2, []]);
        if (last.kind === "LLMFullResponseEndFrame") await send(spoken("thank you."));
        await send(last);
        expect(written(context).slice(2)).toEqual([`assistant: ${content}`, "developer finished a late"]);
        expect(takeUp()).toContain("LLMContextFrame");
      }
    });

    it("add intermediate results, each answered unless it opts out or others of the group are still running", async () => {
      const { context, send, takeUp } = await rig();
      await send(...begunAsync("a"), result("a", "half", { isFinal: false }));
      expect(takeUp()).toEqual(["LLMContextFrame"]);
      await send(result("a", "more", { isFinal: false, runLLM: false }));
      expect(takeUp()).toEqual([]);
      await send(result("a", undefined));
      expect(takeUp()).toEqual([]);
      expect(written(context).slice(2)).toEqual([
        "developer running a half",
        "developer running a more",
        "developer finished a COMPLETED",
      ]);
      await send(...begunAsync("b", "c"), result("b", "half", { isFinal: false }), result("b", "b"));
      expect(takeUp()).toEqual([]);
      await send(result("c", undefined));
      expect(takeUp()).toEqual(["LLMContextFrame"]);
    });

    it("are reported at the end when they are cancelled, even before their start has arrived", async () => {
      const { context, send } = await rig();
      await send(...begunAsync("a"));
      await send(new FunctionCallCancelFrame(call("a")), result("a", "too late"));
      expect(written(context)).toEqual(["call", "tool running a", "developer finished a CANCELLED"]);
      await send(new FunctionCallsStartedFrame([call("b")]), new FunctionCallCancelFrame(call("b")));
      await send(begunAsync("b")[1]!);
      expect(written(context).slice(3)).toEqual(["call", "tool: CANCELLED"]);
    });
  });

  it("ignores a result without its call, and a second result", async () => {
    const { context, send, takeUp } = await rig();
    await send(result("x", 1));
    expect([context.messages, takeUp()]).toEqual([[], []]);
    await send(...begun("a"), result("a", 1), result("a", 2));
    expect([tool(context, "a"), takeUp()]).toEqual(["1", ["LLMContextFrame"]]);
  });
});

it("for any order of answers and interruptions, the context has every word once, in order, and turns alternate", async () => {
  const step = fc.constantFrom("start", "end", "word", "word", "word", "interrupt", "push", "settle");
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { context, send, takeTold } = await rig();
      const words: string[] = [];
      for (const what of steps) {
        if (what === "settle") {
          await settle();
        } else if (what === "word") {
          words.push(`w${words.length}`);
          await send(spoken(words.at(-1)!));
        } else if (what === "interrupt") {
          await send(new InterruptionFrame());
        } else if (what === "push") {
          await send(new LLMAssistantPushAggregationFrame());
        } else {
          await send(what === "start" ? start() : end());
        }
      }
      await send(new EndFrame());
      const written = context.messages.map(({ content }) => content as string).join(" ");
      expect(written).toBe(words.join(" "));
      const turns = takeTold().filter((what) => what === "started" || what === "cut: " || what === "stopped: ");
      // A turn without words is reported only if its start was.
      for (const [index, what] of turns.entries()) if (what !== "started") expect(turns[index - 1]).toBe("started");
    }),
    { numRuns: 25 },
  );
});

it("plain text counts as said", async () => {
  const { context, send } = await rig();
  await send(new TextFrame("One"), new TextFrame("two"), new LLMAssistantPushAggregationFrame());
  expect(context.messages[0]?.content).toBe("One two");
});
