import { describe, expect, it } from "vitest";

import { InputTransportMessageFrame } from "../../../src/frames/index.ts";
import { DailyCallError } from "../../../src/transport/daily/daily-errors.ts";
import { TavusEventFrame, type TavusInCallEvents } from "../../../src/transport/tavus/index.ts";
import { sleep } from "../../../src/util/deadline.ts";
import { ToolError } from "../../../src/util/tool-error.ts";
import { PAL, TavusHarness, USER } from "./tavus-harness.ts";

type Properties = Record<string, unknown>;

/** Every in-call event of the transport, and a message that makes it. */
const MESSAGES: Record<keyof TavusInCallEvents, [eventType: string, properties?: Properties]> = {
  palReady: ["system.pal_joined", { face_id: "f" }],
  palStartedSpeaking: ["conversation.started_speaking", { role: "pal" }],
  palStoppedSpeaking: ["conversation.stopped_speaking", { role: "pal" }],
  userStartedSpeaking: ["conversation.started_speaking", { role: "user" }],
  userStoppedSpeaking: ["conversation.stopped_speaking", { role: "user" }],
  utterance: ["conversation.utterance", { role: "user", speech: "Hi" }],
  utteranceStreaming: ["conversation.utterance.streaming", { role: "pal", speech: "Hel" }],
  toolCall: ["conversation.tool_call", { name: "t", arguments: "{}", tool_call_id: "t0" }],
  perceptionToolCall: ["conversation.perception_tool_call", { modality: "vision", name: "t" }],
  perceptionAnalysis: ["conversation.perception_analysis", { analysis: "a" }],
  presenceJoined: ["conversation.joined", { role: "user" }],
  presenceLeft: ["conversation.left", { role: "user" }],
  objectivePending: ["conversation.objective.pending", { objective_name: "o" }],
  objectiveActivated: ["conversation.objective.activated", { objective_name: "o" }],
  objectiveCompleted: ["conversation.objective.completed", { objective_name: "o" }],
  guardrailTriggered: ["conversation.guardrail.triggered", { guardrail: "g" }],
  shutdown: ["system.shutdown", { reason: "r" }],
  unknownEvent: ["conversation.news", {}],
};
const NAMES = Object.keys(MESSAGES) as (keyof TavusInCallEvents)[];

async function call(options: ConstructorParameters<typeof TavusHarness>[0] = {}) {
  const h = await new TavusHarness(options).start();
  h.call.addParticipant({ ...PAL, sessionId: "pal" });
  h.call.addParticipant({ ...USER, sessionId: "u" });
  await h.clock.advance(0);
  const told: string[] = [];
  for (const name of NAMES) h.transport.on(name, () => told.push(name));
  const say = (from: string, event_type: string, properties: Properties = {}, rest: Properties = {}) =>
    h.call.receive({ message_type: event_type.split(".")[0], event_type, properties, ...rest }, from);
  const callTool = (id: string | undefined, name = "book", args: unknown = '{"day":"Monday"}') =>
    say("pal", "conversation.tool_call", { name, arguments: args, ...(id && { tool_call_id: id }) });
  return { h, told, say, callTool };
}

describe("events of the pal", () => {
  it.each(NAMES)("are emitted as %s", async (name) => {
    const { told, say } = await call();
    const [eventType, properties] = MESSAGES[name];
    say("pal", eventType, properties);
    expect(told).toEqual([name]);
  });

  it.each(NAMES.filter((name) => name !== "palReady"))("are ignored from a user: %s", async (name) => {
    const { h, told, say } = await call();
    const [eventType, properties] = MESSAGES[name];
    say("u", eventType, properties);
    await h.clock.advance(500);
    expect(told).toEqual([]);
  });

  it("are ignored from a user that announces itself, when the pal is known by its user id", async () => {
    const { told, say } = await call();
    say("u", "system.pal_joined", { face_id: "f" });
    say("u", "conversation.utterance", { role: "pal", speech: "x" });
    expect(told).toEqual([]);
  });

  it("of another conversation are ignored", async () => {
    const { told, say } = await call();
    say("pal", "conversation.utterance", { role: "user", speech: "x" }, { conversation_id: "c99" });
    say("pal", "conversation.utterance", { role: "user", speech: "y" }, { conversation_id: "c1" });
    expect(told).toEqual(["utterance"]);
  });

  it("are emitted once and in order, in any order and number of messages", async () => {
    const { h, say } = await call();
    const words: string[] = [];
    h.transport.on("utterance", ({ text }) => words.push(text));
    say("pal", "system.pal_joined", {}, { seq: 0 });
    for (const seq of [3, 1, 4, 2, 2, 4])
      say("pal", "conversation.utterance", { role: "user", speech: `${seq}` }, { seq });
    await h.clock.advance(200);
    expect(words).toEqual(["1", "2", "3", "4"]);
  });

  it("reach the pipeline also as raw messages, every one", async () => {
    const { h, say } = await call();
    for (const role of ["pal", "replica"]) say("pal", "conversation.started_speaking", { role });
    await h.clock.advance(0);
    expect(h.middle.of(InputTransportMessageFrame)).toHaveLength(2);
  });

  it("reach the pipeline as frames: once, in order, only from the pal", async () => {
    for (const ends of ["both", "output"] as const) {
      const { h, say } = await call({ ends });
      const frames = (): [string, number | undefined][] =>
        (ends === "both" ? h.middle : h.downstream).of(TavusEventFrame).map(({ event: { type, seq } }) => [type, seq]);
      say("u", "conversation.utterance", { role: "user", speech: "forged" }, { seq: 1 });
      for (const role of ["pal", "replica"]) say("pal", "conversation.started_speaking", { role }, { seq: 1 });
      say("pal", "conversation.utterance", { role: "pal", speech: "b" }, { seq: 3 });
      say("pal", "conversation.utterance", { role: "pal", speech: "a" }, { seq: 2 });
      say("pal", "conversation.news", {}, { seq: 4 });
      await h.clock.advance(200);
      expect(frames()).toEqual([
        ["startedSpeaking", 1],
        ["utterance", 2],
        ["utterance", 3],
        ["unknown", 4],
      ]);
      // Between the ends once, and not again by the output.
      expect(h.downstream.of(TavusEventFrame)).toHaveLength(4);
    }
  });

  it("count in a room whose conversation is unknown", async () => {
    const { told, say } = await call({ options: { roomUrl: "https://d.daily.co/room" } });
    say("pal", "conversation.utterance", { role: "user", speech: "x" }, { conversation_id: "c99" });
    expect(told).toEqual(["utterance"]);
  });

  it("that flood the room before the pipeline has started are one log line", async () => {
    const h = new TavusHarness();
    const { clock, logger } = h;
    const { signal } = new AbortController();
    const rates = { audioInSampleRate: 16_000, audioOutSampleRate: 24_000 };
    const settingUp = h.transport.input().setup({ clock, logger, signal, ...rates });
    await clock.advance(0);
    await settingUp;
    h.call.addParticipant({ ...USER, sessionId: "u" });
    for (let i = 0; i < 1500; i++) h.call.receive({ i }, "u");
    await h.clock.advance(0);
    expect(h.logger.warnings().filter((line) => line.includes("Too much happens"))).toHaveLength(1);
    await h.transport.close();
  });

  it("are ignored when malformed, with a warning that a flood cannot repeat", async () => {
    const { h, told, say } = await call();
    for (let i = 0; i < 150; i++) say("u", "conversation.utterance", { role: "nobody" });
    expect(told).toEqual([]);
    const warned = h.logger.lines.filter(({ message }) => message.includes("looks like an event"));
    expect(warned.map(({ fields }) => fields?.count)).toEqual([1, 10, 100]);
  });
});

describe("interactions sent to the pal", () => {
  it("have the shapes that Tavus accepts", async () => {
    const { h } = await call();
    const { transport } = h;
    await transport.say("Hello");
    await transport.say("part", { inferenceId: "i", done: false });
    await transport.respond("What?");
    await transport.appendContext("more", { jobStatus: "completed" });
    await transport.overwriteContext("new");
    await transport.setEmotion("sadness");
    await transport.setSensitivity({ pause: "low", interrupt: "high" });
    await transport.sendToolResult("t1", { ok: true });
    expect(
      h.call.sent.map(({ data }) => data as Properties).map(({ event_type, properties }) => [event_type, properties]),
    ).toEqual([
      ["conversation.echo", { modality: "text", text: "Hello", done: true }],
      ["conversation.echo", { modality: "text", text: "part", inference_id: "i", done: false }],
      ["conversation.respond", { text: "What?" }],
      ["conversation.append_llm_context", { context: "more", job_status: "completed" }],
      ["conversation.overwrite_llm_context", { context: "new" }],
      ["conversation.set_emotion", { emotion: "sadness" }],
      ["conversation.sensitivity", { participant_pause_sensitivity: "low" }],
      ["conversation.sensitivity", { participant_interrupt_sensitivity: "high" }],
      ["conversation.tool_result", { tool_call_id: "t1", output: { ok: true }, status: "success" }],
    ]);
    expect(h.call.sent.every(({ data }) => (data as Properties).conversation_id === "c1")).toBe(true);
  });

  it("reject outside of a call, and when they are too long for the room", async () => {
    const before = new TavusHarness();
    await expect(before.transport.say("Hello")).rejects.toMatchObject({ code: "notJoined" });
    const { h } = await call();
    await expect(h.transport.say("x".repeat(5000))).rejects.toBeInstanceOf(DailyCallError);
    h.task.cancel();
    await h.finish();
    await expect(h.transport.say("Hello")).rejects.toMatchObject({ code: "notJoined" });
  });
});

describe("tool calls", () => {
  const results = (h: TavusHarness) => h.sentOf("conversation.tool_result").map(({ properties }) => properties);

  it("are answered with what the handler returns", async () => {
    const { h, callTool } = await call();
    h.transport.onToolCall(async ({ name, arguments: { day } }) => {
      await sleep(h.clock, 100);
      return { name, day };
    });
    const timers = h.clock.pendingTimers;
    callTool("t1");
    await h.clock.advance(100);
    expect(results(h)).toEqual([{ tool_call_id: "t1", output: { name: "book", day: "Monday" }, status: "success" }]);
    expect(h.clock.pendingTimers).toBe(timers);
  });

  it("are answered with an error, and emit an error event, when the handler throws", async () => {
    const { h, callTool } = await call();
    const errors: string[] = [];
    h.transport.on("error", ({ message }) => errors.push(message));
    h.transport.onToolCall(() => {
      throw new Error("no route to postgres://bot:secret@db");
    });
    callTool("t1");
    await h.clock.advance(0);
    const output = "The function failed and gave no result.";
    expect(results(h)).toEqual([{ tool_call_id: "t1", output, status: "error" }]);
    expect(errors).toEqual(["no route to postgres://bot:secret@db"]);
  });

  it("are answered with the message of a ToolError", async () => {
    const { h, callTool } = await call();
    h.transport.onToolCall(() => {
      throw new ToolError("There is no such day.");
    });
    callTool("t1");
    await h.clock.advance(0);
    expect(results(h)).toEqual([{ tool_call_id: "t1", output: "There is no such day.", status: "error" }]);
  });

  it("are answered with an error when the handler takes too long, and its signal aborts", async () => {
    const { h, callTool } = await call();
    let signal: AbortSignal | undefined;
    h.transport.onToolCall((_call, context) => ((signal = context.signal), new Promise<string>(() => undefined)), {
      timeoutMs: 500,
    });
    callTool("t1");
    await h.clock.advance(500);
    expect(results(h)).toMatchObject([{ tool_call_id: "t1", status: "error" }]);
    expect(signal?.aborted).toBe(true);
  });

  it("with arguments that are not JSON are answered without calling the handler", async () => {
    const { h, callTool } = await call();
    let asked = 0;
    h.transport.onToolCall(() => `${++asked}`);
    callTool("t1", "book", "{");
    await h.clock.advance(0);
    expect(asked).toBe(0);
    expect(results(h)).toMatchObject([{ tool_call_id: "t1", status: "error" }]);
  });

  it("without an id run and are not answered; an undefined result is an empty answer", async () => {
    const { h, callTool } = await call();
    const asked: string[] = [];
    h.transport.onToolCall(({ name }) => void asked.push(name));
    callTool(undefined, "a");
    callTool("t1", "b");
    await h.clock.advance(0);
    expect(asked).toEqual(["a", "b"]);
    expect(results(h)).toEqual([{ tool_call_id: "t1", output: "", status: "success" }]);
  });

  it("with a result too long for the room are answered with an error", async () => {
    const { h, callTool } = await call();
    h.transport.onToolCall(() => "x".repeat(5000));
    callTool("t1");
    await h.clock.advance(0);
    expect(results(h)).toEqual([{ tool_call_id: "t1", output: "The result cannot be sent.", status: "error" }]);
  });

  it("beyond 32 at once are rejected", async () => {
    const { h, callTool } = await call();
    h.transport.onToolCall(() => new Promise<string>(() => undefined));
    for (let i = 0; i < 34; i++) callTool(`t${i}`);
    await h.clock.advance(0);
    expect(results(h).map(({ tool_call_id: id }) => id)).toEqual(["t32", "t33"]);
  });

  it("are answered even when neither the result nor the error text fits", async () => {
    const { h, callTool } = await call();
    h.transport.onToolCall(() => {
      throw new ToolError("x".repeat(5000));
    });
    callTool("t1");
    await h.clock.advance(0);
    expect(results(h)).toEqual([{ tool_call_id: "t1", output: "The result cannot be sent.", status: "error" }]);
  });

  it("in progress stay with their handler when another replaces it", async () => {
    const { h, callTool } = await call();
    const { promise, resolve } = Promise.withResolvers<string>();
    h.transport.onToolCall(() => promise);
    callTool("t1");
    await h.clock.advance(0);
    h.transport.onToolCall(() => "new");
    callTool("t2");
    resolve("old");
    await h.clock.advance(0);
    expect(
      results(h)
        .map(({ output }) => output)
        .sort(),
    ).toEqual(["new", "old"]);
  });

  it("are aborted at the end of the call, which is not an error", async () => {
    const { h, callTool } = await call();
    const errors: string[] = [];
    h.transport.on("error", ({ message }) => errors.push(message));
    h.transport.onToolCall(() => new Promise<string>(() => undefined));
    callTool("t1");
    await h.clock.advance(0);
    h.task.cancel();
    await h.finish();
    expect([results(h), errors, h.clock.pendingTimers]).toEqual([[], [], 0]);
  });

  it("are passed to the latest handler only", async () => {
    const { h, callTool } = await call();
    h.transport.onToolCall(() => "old");
    h.transport.onToolCall(() => "new");
    callTool("t1");
    await h.clock.advance(0);
    expect(results(h).map(({ output }) => output)).toEqual(["new"]);
  });

  it("end with the call: the signal aborts and nothing more is sent", async () => {
    const { h, callTool } = await call();
    const { promise, resolve } = Promise.withResolvers<string>();
    let signal: AbortSignal | undefined;
    h.transport.onToolCall((_call, context) => ((signal = context.signal), promise));
    callTool("t1");
    await h.clock.advance(0);
    h.task.cancel();
    await h.clock.advance(0);
    expect(signal?.aborted).toBe(true);
    resolve("late");
    await h.finish();
    expect(results(h)).toEqual([]);
    expect(h.clock.pendingTimers).toBe(0);
  });
});
