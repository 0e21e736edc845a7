import { inspect } from "node:util";

import { describe, expect, it } from "vitest";

import {
  EndFrame,
  ErrorFrame,
  type Frame,
  FunctionCallCancelFrame,
  FunctionCallInProgressFrame,
  FunctionCallResultFrame,
  FunctionCallsStartedFrame,
  InterruptionFrame,
  LLMContext,
  LLMContextFrame,
} from "../../../src/frames/index.ts";
import { FunctionResult } from "../../../src/services/index.ts";
import { ScriptedLLMService } from "../../../src/testing/index.ts";
import { sleep } from "../../../src/util/deadline.ts";
import { ToolError } from "../../../src/util/tool-error.ts";
import { of, rig } from "../rig.ts";

/** What a database driver's error may contain. */
const SECRET = "connect ECONNREFUSED postgres://bot:secret@db:5432";

const ask = (): LLMContextFrame => new LLMContextFrame(new LLMContext());

function calls(...names: string[]): ScriptedLLMService {
  const answer = names.map((name, at) => ({ type: "toolCall", id: `${at}`, name, arguments: { at } }) as const);
  return new ScriptedLLMService({ answers: () => answer, latencyMs: 0 });
}

/** How the calls ended, in order. */
function reported(frames: readonly Frame[]): string[] {
  return frames.flatMap((frame) => {
    if (frame instanceof FunctionCallsStartedFrame) return [`started ${frame.functionCalls.length}`];
    if (frame instanceof FunctionCallInProgressFrame) return [`${frame.call.functionName} runs`];
    if (frame instanceof FunctionCallResultFrame)
      return [`${frame.call.functionName}: ${JSON.stringify(frame.result)}`];
    if (frame instanceof FunctionCallCancelFrame) return [`${frame.call.functionName} cancelled`];
    return [];
  });
}

describe("function calls of a model", () => {
  it("are announced and answered in both directions", async () => {
    const llm = calls("add");
    llm.registerFunction("add", (args, { functionName, toolCallId }) => ({ args, functionName, toolCallId }));
    const { send, clock, down, up } = await rig(llm);
    send(ask());
    await clock.advance(0);
    const result = { args: { at: 0 }, functionName: "add", toolCallId: "0" };
    const expected = ["started 1", "add runs", `add: ${JSON.stringify(result)}`];
    expect(reported(down)).toEqual(expected);
    expect(reported(up)).toEqual(expected);
    expect(down.findIndex((frame) => frame.kind === "LLMFullResponseEndFrame")).toBeLessThan(
      down.findIndex((frame) => frame instanceof FunctionCallInProgressFrame),
    );
  });

  it("run concurrently, as one group that is announced before its first result", async () => {
    const llm = calls("slow", "fast");
    const { send, clock, down } = await rig(llm);
    llm.registerFunction("slow", () => sleep(clock, 200).then(() => "s"));
    llm.registerFunction("fast", () => "f");
    send(ask());
    await clock.advance(100);
    expect(reported(down)).toEqual(["started 2", "slow runs", "fast runs", 'fast: "f"']);
    await clock.advance(100);
    expect(reported(down).at(-1)).toBe('slow: "s"');
    const groups = [...of(down, FunctionCallInProgressFrame), ...of(down, FunctionCallResultFrame)];
    expect(new Set(groups.map(({ groupId }) => groupId)).size).toBe(1);
    send(ask());
    await clock.advance(300);
    expect(new Set(of(down, FunctionCallInProgressFrame).map(({ groupId }) => groupId)).size).toBe(2);
  });

  it("to unknown functions are an error for the model and the application, unless there is a fallback", async () => {
    const llm = calls("nothing");
    const { send, clock, down, up } = await rig(llm);
    send(ask());
    await clock.advance(0);
    expect(reported(down).at(-1)).toBe('nothing: {"error":"There is no function of this name."}');
    expect(of(up, ErrorFrame)[0]!.error).toMatchObject({ code: "unknownFunction", functionName: "nothing" });
    llm.registerFallbackFunction((_args, { functionName }) => `you called ${functionName}`);
    send(ask());
    await clock.advance(0);
    expect(reported(down).at(-1)).toBe('nothing: "you called nothing"');
    expect(of(up, ErrorFrame)).toHaveLength(1);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error(SECRET);
      },
    ],
    ["rejects", () => Promise.reject(new Error(SECRET))],
  ])("report to the model that one %s, without the error itself, which is logged", async (_what, handler) => {
    const llm = calls("look");
    llm.registerFunction("look", handler);
    const { send, clock, down, up } = await rig(llm);
    send(ask());
    await clock.advance(0);
    expect(reported(down).at(-1)).toBe('look: {"error":"The function failed and gave no result."}');
    expect(of([...down, ...up], FunctionCallResultFrame).some(({ result }) => inspect(result).includes("secret"))).toBe(
      false,
    );
    const { error } = of(up, ErrorFrame)[0]!;
    expect(error).toMatchObject({ code: "functionCall", functionName: "look" });
    expect(error.message).toContain(SECRET);
    expect(llm.usable).toBe(true);
  });

  it("may choose the model's text for a failure; the cause is logged", async () => {
    const llm = calls("look");
    llm.registerFunction("look", () => {
      throw new ToolError("That city is not known.", { cause: new Error(SECRET) });
    });
    const { send, clock, down, up } = await rig(llm);
    send(ask());
    await clock.advance(0);
    expect(reported(down).at(-1)).toBe('look: {"error":"That city is not known."}');
    expect(of(up, ErrorFrame)[0]!.error.message).toContain(SECRET);
  });

  it.each([400, 401, 403, 404, 422])("leave the service usable when one fails with status %i", async (status) => {
    const llm = calls("look");
    llm.registerFunction("look", () => Promise.reject(Object.assign(new Error("no such city"), { status })));
    const { send, clock, up } = await rig(llm);
    send(ask());
    await clock.advance(0);
    send(ask());
    await clock.advance(0);
    expect(of(up, ErrorFrame).map(({ errorCategory, permanent }) => [errorCategory, permanent])).toEqual([
      ["application", false],
      ["application", false],
    ]);
    expect([llm.usable, llm.requests.length]).toEqual([true, 2]);
  });

  it("time out: their signal aborts, and a late result is dropped", async () => {
    const llm = calls("look");
    const { send, clock, down, up } = await rig(llm);
    let aborted = false;
    llm.registerFunction(
      "look",
      (_args, { signal }) => {
        signal.addEventListener("abort", () => (aborted = true));
        return sleep(clock, 5000).then(() => "late");
      },
      { timeoutMs: 1000 },
    );
    send(ask());
    await clock.advance(1000);
    expect(reported(down).at(-1)).toBe('look: {"error":"The function took too long and gave no result."}');
    expect(of(up, ErrorFrame)[0]!.error.message).toContain("longer than 1000 ms");
    expect(aborted).toBe(true);
    await clock.advance(10_000);
    expect(reported(down)).toHaveLength(3);
  });

  it("are cancelled by an interruption, unless cancelOnInterruption is false: those deliver later", async () => {
    const llm = calls("weather", "booking");
    const { send, clock, down } = await rig(llm);
    const signals: AbortSignal[] = [];
    const later = (_args: unknown, { signal }: { signal: AbortSignal }): Promise<string> => {
      signals.push(signal);
      return sleep(clock, 500).then(() => "done");
    };
    llm.registerFunction("weather", later);
    llm.registerFunction("booking", later, { cancelOnInterruption: false });
    send(ask());
    await clock.advance(100);
    send(new InterruptionFrame());
    await clock.advance(1000);
    expect(reported(down).slice(3)).toEqual(["weather cancelled", 'booking: "done"']);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(of(down, FunctionCallInProgressFrame).map((frame) => frame.cancelOnInterruption)).toEqual([true, false]);
  });

  it("are cancelled and reported when the pipeline ends, so that no call stays open", async () => {
    const llm = calls("booking");
    const { send, clock, down } = await rig(llm);
    llm.registerFunction("booking", () => sleep(clock, 500), { cancelOnInterruption: false });
    send(ask());
    await clock.advance(100);
    send(new EndFrame());
    await clock.advance(1000);
    expect(reported(down).slice(2)).toEqual(["booking cancelled"]);
    expect(down.slice(-2).map(({ kind }) => kind)).toEqual(["FunctionCallCancelFrame", "EndFrame"]);
  });

  it("are cancelled by a cleanup alone", async () => {
    const llm = calls("look");
    const { pipeline, send, clock } = await rig(llm);
    let aborted = false;
    llm.registerFunction("look", (_args, { signal }) => {
      signal.addEventListener("abort", () => (aborted = true));
      return new Promise(() => undefined);
    });
    send(ask());
    await clock.advance(100);
    await pipeline.cleanup();
    await clock.advance(0);
    expect([aborted, clock.pendingTimers]).toEqual([true, 0]);
  });

  it("may prevent the model's answer", async () => {
    const llm = calls("note");
    llm.registerFunction("note", () => new FunctionResult("noted", { runLLM: false }));
    const { send, clock, down } = await rig(llm);
    send(ask());
    await clock.advance(0);
    expect(of(down, FunctionCallResultFrame)[0]).toMatchObject({ result: "noted", runLLM: false });
  });

  it("may push intermediate results if they continue through interruptions; late ones are ignored", async () => {
    const llm = calls("report");
    const { send, clock, down } = await rig(llm);
    let late = (): void => undefined;
    llm.registerFunction(
      "report",
      async (_args, { pushIntermediateResult }) => {
        late = () => pushIntermediateResult("too late");
        pushIntermediateResult("half", { runLLM: false });
        pushIntermediateResult(undefined);
        await sleep(clock, 100);
        return "all";
      },
      { cancelOnInterruption: false },
    );
    send(ask());
    await clock.advance(200);
    late();
    await clock.advance(0);
    expect(of(down, FunctionCallResultFrame)).toMatchObject([
      { result: "half", runLLM: false, isFinal: false },
      { result: "all", runLLM: undefined, isFinal: true },
    ]);
  });

  it("that an interruption cancels have only one result", async () => {
    const llm = calls("report");
    llm.registerFunction("report", (_args, call) => call.pushIntermediateResult("half"));
    const { send, clock, down, up } = await rig(llm);
    send(ask());
    await clock.advance(0);
    expect(reported(down).slice(2)).toEqual(['report: {"error":"The function failed and gave no result."}']);
    expect(of(up, ErrorFrame)[0]!.error.message).toContain("cancelOnInterruption: must be false");
  });

  describe("that the model may cancel", () => {
    const tools = ["report", "weather"].map((name) => ({ name, description: "", parameters: {} }));
    const call = (id: string, name: string, args: Record<string, unknown> = {}) =>
      ({ type: "toolCall", id, name, arguments: args }) as const;

    async function asking(...answers: ReturnType<typeof call>[][]) {
      const offered: string[][] = [];
      class Model extends ScriptedLLMService {
        protected override generate(...args: Parameters<ScriptedLLMService["generate"]>) {
          offered.push(args[0].tools.map(({ name }) => name));
          return super.generate(...args);
        }
      }
      const llm = new Model({ answers, latencyMs: 0 });
      const rigged = await rig(llm);
      const signals: AbortSignal[] = [];
      const work = (_args: unknown, { signal }: { signal: AbortSignal }): Promise<string> => {
        signals.push(signal);
        return sleep(rigged.clock, 5000).then(() => "done");
      };
      llm.registerFunction("report", work, { cancelOnInterruption: false, cancellableByLLM: true });
      llm.registerFunction("weather", () => "sun");
      for (const _ of answers) {
        rigged.send(new LLMContextFrame(new LLMContext([], { tools })));
        await rigged.clock.advance(10);
      }
      return { ...rigged, llm, offered, signals, last: () => of(rigged.down, FunctionCallResultFrame).at(-1)!.result };
    }

    it("are offered with a tool that stops them", async () => {
      const { offered, down, signals, last, clock } = await asking([call("1", "report")], [call("2", "cancel_report")]);
      expect(offered[0]).toEqual(["report", "weather", "cancel_report"]);
      expect(of(down, FunctionCallCancelFrame).map((frame) => frame.call.toolCallId)).toEqual(["1"]);
      expect([last(), signals[0]!.aborted]).toEqual([{ cancelled: "1" }, true]);
      await clock.advance(10_000);
      expect(of(down, FunctionCallResultFrame)).toHaveLength(1);
    });

    it("are chosen by their id when there are several; the model receives the ids", async () => {
      const both = [call("1", "report", { of: "sales" }), call("2", "report", { of: "costs" })];
      const first = await asking(both, [call("3", "cancel_report")]);
      expect(first.last()).toMatchObject({
        cancelled: null,
        running: [
          { tool_call_id: "1", arguments: { of: "sales" } },
          { tool_call_id: "2", arguments: { of: "costs" } },
        ],
      });
      const second = await asking(both, [call("3", "cancel_report", { tool_call_id: "2" })]);
      expect([second.last(), second.signals.map(({ aborted }) => aborted)]).toEqual([
        { cancelled: "2" },
        [false, true],
      ]);
      const third = await asking(both, [call("3", "cancel_report", { tool_call_id: "9" })]);
      expect([third.last(), third.signals.map(({ aborted }) => aborted)]).toMatchObject([
        { cancelled: null },
        [false, false],
      ]);
    });

    it("cannot be stopped when none is running, nor can other functions", async () => {
      const { last, up } = await asking([call("1", "cancel_report")]);
      expect(last()).toMatchObject({ cancelled: null });
      const other = await asking([call("1", "cancel_weather")]);
      expect(other.last()).toEqual({ error: "There is no function of this name." });
      expect(of(up, ErrorFrame)).toEqual([]);
    });

    it("do not replace a function that is registered with the name of their tool", async () => {
      const llm = calls("cancel_report");
      llm.registerFunction("report", () => 0, { cancelOnInterruption: false, cancellableByLLM: true });
      llm.registerFunction("cancel_report", () => "my own");
      const { send, clock, down } = await rig(llm);
      send(ask());
      await clock.advance(0);
      expect(reported(down).at(-1)).toBe('cancel_report: "my own"');
    });
  });

  it("require a name and a positive timeout", () => {
    const llm = calls();
    expect(() => llm.registerFunction("", () => 0)).toThrow("name: must not be empty");
    expect(() => llm.registerFunction("x", () => 0, { timeoutMs: 0 })).toThrow("timeoutMs: must be greater than 0");
    expect(() => llm.registerFunction("x", () => 0, { cancellableByLLM: true })).toThrow("cancelOnInterruption: false");
  });
});
