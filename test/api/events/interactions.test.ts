import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  decodeInCallEvent,
  interactionMessage,
  parseInteraction,
  type Interaction,
} from "../../../src/api/events/index.ts";
import { InvalidOptionError } from "../../../src/util/errors.ts";
import { conversation } from "./messages.ts";

/** The documented interactions and their messages. */
const MESSAGES: readonly (readonly [Interaction, string, object | undefined])[] = [
  [{ type: "interrupt" }, "conversation.interrupt", undefined],
  [{ type: "echoText", text: "Hi" }, "conversation.echo", { modality: "text", text: "Hi", done: true }],
  [
    { type: "echoText", text: "Hi", inferenceId: "i", done: false },
    "conversation.echo",
    { modality: "text", text: "Hi", inference_id: "i", done: false },
  ],
  [
    { type: "echoAudio", audio: "AAAA", sampleRate: 24_000, inferenceId: "i", done: false },
    "conversation.echo",
    { modality: "audio", audio: "AAAA", sample_rate: 24_000, inference_id: "i", done: false },
  ],
  // livekit-plugins-tavus 1.8.9, avatar.py: set_emotion
  [{ type: "setEmotion", emotion: "happiness" }, "conversation.set_emotion", { emotion: "happiness" }],
  [{ type: "respond", text: "Hi" }, "conversation.respond", { text: "Hi" }],
  [{ type: "overwriteContext", context: "" }, "conversation.overwrite_llm_context", { context: "" }],
  [{ type: "appendContext", context: "c" }, "conversation.append_llm_context", { context: "c" }],
  [
    { type: "appendContext", context: "c", jobStatus: "completed" },
    "conversation.append_llm_context",
    { context: "c", job_status: "completed" },
  ],
  [
    { type: "pauseSensitivity", sensitivity: "superlow" },
    "conversation.sensitivity",
    { participant_pause_sensitivity: "superlow" },
  ],
  [
    { type: "interruptSensitivity", sensitivity: "auto" },
    "conversation.sensitivity",
    { participant_interrupt_sensitivity: "auto" },
  ],
  [
    { type: "toolResult", toolCallId: "t", output: { a: 1 }, status: "error" },
    "conversation.tool_result",
    { tool_call_id: "t", output: { a: 1 }, status: "error" },
  ],
];

const text = fc.string({ minLength: 1 }).filter((it) => it.trim() !== "");
const id = fc.string({ minLength: 1 });
const sensitivity = fc.constantFrom("superlow", "verylow", "low", "medium", "high", "auto");
const anyInteraction: fc.Arbitrary<Interaction> = fc.oneof(
  fc.record({ type: fc.constant("interrupt" as const) }),
  fc.record(
    { type: fc.constant("echoText" as const), text, inferenceId: id, done: fc.boolean() },
    { requiredKeys: ["type", "text", "done"] },
  ),
  fc.record({
    type: fc.constant("echoAudio" as const),
    audio: fc.base64String(),
    sampleRate: fc.integer({ min: 8000, max: 48_000 }),
    inferenceId: id,
    done: fc.boolean(),
  }),
  fc.record({ type: fc.constant("respond" as const), text }),
  fc.record({ type: fc.constant("overwriteContext" as const), context: fc.string() }),
  fc.record(
    { type: fc.constant("appendContext" as const), context: text, jobStatus: fc.constant("completed" as const) },
    { requiredKeys: ["type", "context"] },
  ),
  fc.record({ type: fc.constantFrom("pauseSensitivity" as const, "interruptSensitivity" as const), sensitivity }),
  fc.record(
    {
      type: fc.constant("toolResult" as const),
      toolCallId: id,
      output: fc.oneof(
        fc.string(),
        fc.dictionary(fc.stringMatching(/^[a-z]+$/), fc.string(), { noNullPrototype: true }),
      ),
      status: fc.constantFrom("success" as const, "error" as const),
    },
    { requiredKeys: ["type", "toolCallId", "output"] },
  ),
);

describe("interactions", () => {
  it.each(
    MESSAGES.map(([interaction, name, properties]) => [interaction.type, interaction, name, properties] as const),
  )("%s is written as documented", (_type, interaction, event_type, properties) => {
    expect(interactionMessage("c1", interaction)).toEqual(
      conversation(event_type, properties, { conversation_id: "c1" }),
    );
  });

  it("survive being written and parsed as JSON", () => {
    fc.assert(
      fc.property(anyInteraction, (interaction) => {
        const message: unknown = JSON.parse(JSON.stringify(interactionMessage("c", interaction)));
        expect(parseInteraction(message)).toEqual(interaction);
      }),
    );
  });

  it("are parsed with a `done` as text and with the older names of contexts", () => {
    expect(parseInteraction(conversation("conversation.echo", { text: "a", done: "false" }))).toMatchObject({
      type: "echoText",
      done: false,
    });
    expect(parseInteraction(conversation("conversation.echo", { modality: "audio", audio: "AA" }))).toMatchObject({
      sampleRate: 16_000,
      done: false,
    });
    expect(parseInteraction(conversation("conversation.append_context", { context: "c" }))).toMatchObject({
      type: "appendContext",
    });
  });

  it("reject an unknown emotion before it is sent, and read it as neutral", () => {
    const emotion = "glee" as "neutral";
    expect(() => interactionMessage("c", { type: "setEmotion", emotion })).toThrow(InvalidOptionError);
    // As LiveKit's plugin sends it, without a conversation id.
    const sent = { message_type: "conversation", event_type: "conversation.set_emotion", properties: { emotion } };
    expect(parseInteraction(sent)).toEqual({ type: "setEmotion", emotion: "neutral" });
  });

  it("are not events, whatever their sender", () => {
    for (const [, name, properties] of MESSAGES)
      expect([name, decodeInCallEvent(conversation(name, properties))]).toEqual([name, { is: "other" }]);
  });

  it("are rejected without text before they are sent", () => {
    for (const interaction of [
      { type: "echoText", text: " " },
      { type: "respond", text: "" },
      { type: "appendContext", context: "" },
    ] as const)
      expect(() => interactionMessage("c", interaction)).toThrow(InvalidOptionError);
  });

  it("are not parsed from anything else, and parsing never throws", () => {
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom(...MESSAGES.map(([, name]) => name)), (junk, event_type) => {
        expect(parseInteraction(junk)).toBeUndefined();
        parseInteraction({ message_type: "conversation", event_type, properties: junk });
      }),
    );
    expect(parseInteraction(conversation("conversation.utterance", { role: "pal", speech: "s" }))).toBeUndefined();
  });
});
