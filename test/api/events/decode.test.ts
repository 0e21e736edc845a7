import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { decodeInCallEvent, parseInCallEvent, type InCallEvent } from "../../../src/api/events/index.ts";
import { conversation, eventOf, system } from "./messages.ts";

/** Every documented event and the result of decoding it. */
const EVENTS: readonly (readonly [message: Record<string, unknown>, event: Partial<InCallEvent>])[] = [
  [system("system.pal_joined", { face_id: "f" }), { type: "palJoined", faceId: "f", dialect: "current" }],
  [system("system.replica_joined", { face_id: "f" }), { type: "palJoined", faceId: "f", dialect: "replica" }],
  [system("system.replica_joined", { replica_id: "r" }), { type: "palJoined", faceId: "r" }],
  [system("system.shutdown", { shutdown_reason: "x" }), { type: "shutdown", reason: "x" }],
  [system("system.shutdown", { reason: "y" }), { type: "shutdown", reason: "y" }],
  [system("system.shutdown"), { type: "shutdown" }],
  [
    conversation("conversation.started_speaking", { role: "pal" }),
    { type: "startedSpeaking", role: "pal", dialect: "current" },
  ],
  [
    conversation("conversation.started_speaking", { role: "replica" }),
    { type: "startedSpeaking", role: "pal", dialect: "replica" },
  ],
  [conversation("conversation.started_speaking", { role: "user" }), { type: "startedSpeaking", role: "user" }],
  [
    conversation("conversation.stopped_speaking", { role: "replica", interrupted: false, duration: 2.341 }),
    { type: "stoppedSpeaking", role: "pal", interrupted: false, durationMs: 2341 },
  ],
  [conversation("conversation.replica.started_speaking"), { type: "startedSpeaking", role: "pal", dialect: "legacy" }],
  [
    conversation("conversation.replica.stopped_speaking", { duration: null, interrupted: true }),
    { type: "stoppedSpeaking", role: "pal", dialect: "legacy", interrupted: true },
  ],
  [conversation("conversation.user.started_speaking"), { type: "startedSpeaking", role: "user", dialect: "legacy" }],
  [
    conversation("conversation.user.stopped_speaking"),
    { type: "stoppedSpeaking", role: "user", dialect: "legacy", interrupted: false },
  ],
  [
    conversation("conversation.utterance", {
      role: "user",
      speech: "Hi",
      user_audio_analysis: "calm",
      user_visual_analysis: "smiles",
      visual_context: "a desk",
    }),
    {
      type: "utterance",
      role: "user",
      text: "Hi",
      interrupted: false,
      userAudioAnalysis: "calm",
      userVisualAnalysis: "smiles",
      visualContext: "a desk",
    },
  ],
  [
    conversation("conversation.utterance", { role: "replica", speech: "Hello", interrupted: true }),
    { type: "utterance", role: "pal", dialect: "replica", text: "Hello", interrupted: true },
  ],
  [
    conversation("conversation.utterance.streaming", {
      role: "pal",
      speech: "Hel",
      content_index: 2,
      final: true,
      is_interrupted: true,
    }),
    { type: "utteranceStreaming", role: "pal", text: "Hel", contentIndex: 2, final: true, interrupted: true },
  ],
  [
    conversation("conversation.tool_call", { name: "book", arguments: '{"day":"Monday"}', tool_call_id: "t1" }),
    { type: "toolCall", name: "book", arguments: { day: "Monday" }, toolCallId: "t1" },
  ],
  [conversation("conversation.tool_call", { name: "now" }), { type: "toolCall", name: "now", arguments: {} }],
  [
    conversation("conversation.perception_tool_call", {
      modality: "vision",
      name: "seen",
      arguments: { what: "hat" },
      frames: [{ data: "AAAA", mime_type: "image/png" }, { uri: "https://a.test/1" }, { other: 1 }, "junk"],
    }),
    {
      type: "perceptionToolCall",
      modality: "vision",
      name: "seen",
      arguments: { what: "hat" },
      frames: [{ data: "AAAA", mimeType: "image/png" }, { uri: "https://a.test/1" }],
    },
  ],
  [conversation("conversation.perception_analysis", { analysis: "a" }), { type: "perceptionAnalysis", analysis: "a" }],
  [
    conversation("conversation.perception-analysis", { analysis: "a" }),
    { type: "perceptionAnalysis", analysis: "a", dialect: "legacy" },
  ],
  [
    conversation("conversation.joined", { role: "pal", id: "1" }),
    { type: "joined", role: "pal", properties: { role: "pal", id: "1" } },
  ],
  [conversation("conversation.left", { role: "user" }), { type: "left", role: "user" }],
  [
    conversation("conversation.objective.pending", { objective_name: "name" }),
    { type: "objectivePending", objectiveName: "name", outputVariables: {} },
  ],
  [
    conversation("conversation.objective.activated", { objective_name: "name" }),
    { type: "objectiveActivated", objectiveName: "name" },
  ],
  [
    conversation("conversation.objective.completed", undefined, { objective_name: "n", output_variables: { a: 1 } }),
    { type: "objectiveCompleted", objectiveName: "n", outputVariables: { a: 1 } },
  ],
  [
    conversation("conversation.guardrail.triggered", { guardrail: "g", guardrail_uuid: "u", reason: "r" }),
    { type: "guardrailTriggered", guardrail: "g", guardrailUuid: "u", reason: "r" },
  ],
];

describe("in-call events", () => {
  it.each(EVENTS.map(([message, event]) => [String(message.event_type), message, event] as const))(
    "%s is read",
    (_name, message, event) => {
      expect(eventOf(message)).toMatchObject({ ...event, raw: message });
    },
  );

  it("have the common fields, with times in milliseconds", () => {
    const rest = { conversation_id: "c", seq: 7, turn_idx: 3, inference_id: "i", timestamp: 1_746_000_000.5 };
    expect(eventOf(conversation("conversation.started_speaking", { role: "pal" }, rest))).toMatchObject({
      conversationId: "c",
      seq: 7,
      turnIdx: 3,
      inferenceId: "i",
      wallMs: 1_746_000_000_500,
    });
  });

  it("leave out empty fields and fields of an undocumented type", () => {
    const rest = { conversation_id: "", seq: "7", turn_idx: null, inference_id: 3, timestamp: "now" };
    const event = eventOf(conversation("conversation.stopped_speaking", { role: "pal", duration: "long" }, rest));
    expect(Object.keys(event).sort()).toEqual(["dialect", "interrupted", "raw", "role", "type"]);
  });

  it("are delivered with name and contents when they are unknown", () => {
    const message = conversation("conversation.rag.observability", { documents: ["d"] });
    expect(eventOf(message)).toMatchObject({
      type: "unknown",
      eventType: "conversation.rag.observability",
      raw: message,
    });
  });

  it.each([
    ["an unknown role", conversation("conversation.started_speaking", { role: "cat" })],
    ["no role", conversation("conversation.started_speaking")],
    ["no speech", conversation("conversation.utterance", { role: "pal" })],
    ["a tool without a name", conversation("conversation.tool_call", { arguments: "{}" })],
    ["an objective without a name", conversation("conversation.objective.completed", {})],
  ])("are malformed without what they are about: %s", (_what, message) => {
    expect(decodeInCallEvent(message)).toMatchObject({
      is: "malformed",
      problem: expect.stringContaining(String(message.event_type)) as string,
    });
  });

  it.each([
    ["a chat", { chat: "hi" }],
    ["text", "conversation.utterance"],
    ["nothing", undefined],
    ["another sender's envelope", { ...conversation("conversation.utterance"), message_type: "chat" }],
    ["types that contradict", { message_type: "system", event_type: "conversation.utterance" }],
    ["an interaction of a client", conversation("conversation.interrupt")],
    ["an interaction under its older name", conversation("conversation.append_context", { context: "x" })],
  ])("are not read from %s", (_what, message) => {
    expect(decodeInCallEvent(message)).toEqual({ is: "other" });
  });

  it("report arguments that are not a JSON object and leave them empty", () => {
    for (const bad of ['{"a":', "[1]", "3", 7]) {
      const event = eventOf(conversation("conversation.tool_call", { name: "t", arguments: bad }));
      expect(event).toMatchObject({ arguments: {}, argumentsProblem: expect.any(String) as string });
    }
  });

  it("cannot reach a prototype through arguments", () => {
    const evil = '{"__proto__":{"admin":true},"constructor":1,"a":{"__proto__":{"b":1}}}';
    for (const given of [evil, JSON.parse(evil) as object]) {
      const event = eventOf(conversation("conversation.tool_call", { name: "t", arguments: given }));
      if (event.type !== "toolCall") throw new Error("no tool call");
      const copied = Object.assign({}, event.arguments) as { admin?: boolean; a: object };
      expect(copied.admin).toBeUndefined();
      expect(Object.getPrototypeOf(copied)).toBe(Object.prototype);
      expect(Object.keys(copied.a)).toEqual([]);
    }
    // An own key of that name in the message itself does not become a prototype.
    const message = JSON.parse(
      '{"__proto__":{"seq":1},"message_type":"system","event_type":"system.shutdown","properties":{"__proto__":{"reason":"x"}}}',
    ) as object;
    expect(eventOf(message)).toMatchObject({ type: "shutdown" });
    expect(eventOf(message).seq).toBeUndefined();
  });

  it("are malformed when they are too deep, too wide or too long, at little cost", () => {
    let deep: unknown = "x";
    for (let i = 0; i < 100_000; i++) deep = [deep];
    const many = Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [`k${i}`, i]));
    for (const junk of [deep, many, "x".repeat(5_000_000)]) {
      const beforeMs = performance.now();
      const decoded = decodeInCallEvent(conversation("conversation.utterance", { role: "pal", speech: "s", junk }));
      expect(decoded.is).toBe("malformed");
      // Listing the keys of the widest takes 60 to 110 ms on two busy cores.
      expect(performance.now() - beforeMs).toBeLessThan(1100);
    }
  });

  it("never make the decoder throw, whatever is sent", () => {
    const names = EVENTS.map(([message]) => message.event_type);
    fc.assert(
      fc.property(
        fc.anything({ withNullPrototype: true, withBigInt: true, withMap: true }),
        fc.constantFrom(...names),
        fc.constantFrom("conversation", "system", "application"),
        fc.constantFrom(
          "role",
          "speech",
          "name",
          "arguments",
          "frames",
          "analysis",
          "guardrail",
          "objective_name",
          "duration",
        ),
        (junk, event_type, message_type, key) => {
          parseInCallEvent(junk);
          parseInCallEvent({ message_type, event_type, properties: junk, seq: junk, timestamp: junk });
          parseInCallEvent({
            message_type,
            event_type,
            properties: { role: "pal", speech: "", name: "n", [key]: junk },
          });
        },
      ),
      { numRuns: 2000 },
    );
    const trap = {
      ...conversation("conversation.utterance"),
      get properties(): never {
        throw new Error("trap");
      },
    };
    expect(decodeInCallEvent(trap)).toMatchObject({ is: "malformed" });
  });
});
