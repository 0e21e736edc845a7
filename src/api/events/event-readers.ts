import { z } from "zod";

import { withoutUndefined } from "../../util/without-undefined.ts";
import { isRecord } from "../names.ts";
import { parseJsonObject } from "./safe-message.ts";
import type { EventDialect, InCallEvent, InCallEventFields, PerceptionFrame } from "./types.ts";

type Json = Readonly<Record<string, unknown>>;

// Tolerant: an optional field of an undocumented type counts as absent. An event is malformed only if a field is
// missing that it is useless without.
const text = z.string().optional().catch(undefined);
const flag = z.boolean().catch(false);
const whole = z.int().optional().catch(undefined);
const role = z.enum(["pal", "replica", "user"]);

type Body<E> = E extends InCallEvent ? Omit<E, keyof InCallEventFields> & { readonly dialect?: EventDialect } : never;
/** Reads the fields of one event. Throws a ZodError when a field is missing that the event is useless without. */
export type EventReader = (properties: Json, message: Json) => Body<InCallEvent>;

/** The role and the dialect of an event that differs between dialects only by its role. */
function toRoleFields(said: z.output<typeof role>): { readonly role: "pal" | "user"; readonly dialect: EventDialect } {
  return { role: said === "user" ? "user" : "pal", dialect: said === "replica" ? "replica" : "current" };
}

function createPalJoinedReader(dialect: EventDialect): EventReader {
  const schema = z.object({ face_id: text, replica_id: text });
  return (properties) => {
    const { face_id: faceId, replica_id: replicaId } = schema.parse(properties);
    return { type: "palJoined", dialect, ...withoutUndefined({ faceId: faceId ?? replicaId }) };
  };
}

function createSpeakingReader(type: "startedSpeaking" | "stoppedSpeaking", legacyRole?: "pal" | "user"): EventReader {
  const stop = z.object({ interrupted: flag, duration: z.number().nonnegative().optional().catch(undefined) });
  return (properties) => {
    const who =
      legacyRole === undefined
        ? toRoleFields(role.parse(properties.role))
        : { role: legacyRole, dialect: "legacy" as const };
    if (type === "startedSpeaking") return { type, ...who };
    const { interrupted, duration } = stop.parse(properties);
    return {
      type,
      ...who,
      interrupted,
      ...withoutUndefined({ durationMs: duration === undefined ? undefined : duration * 1000 }),
    };
  };
}

function createUtteranceReader(): EventReader {
  const schema = z.object({
    role,
    speech: z.string(),
    interrupted: flag,
    user_audio_analysis: text,
    user_visual_analysis: text,
    visual_context: text,
  });
  return (properties) => {
    const said = schema.parse(properties);
    return {
      type: "utterance",
      ...toRoleFields(said.role),
      text: said.speech,
      interrupted: said.interrupted,
      ...withoutUndefined({
        userAudioAnalysis: said.user_audio_analysis,
        userVisualAnalysis: said.user_visual_analysis,
        visualContext: said.visual_context,
      }),
    };
  };
}

function createUtteranceStreamingReader(): EventReader {
  const schema = z.object({ role, speech: z.string(), content_index: whole, final: flag, is_interrupted: flag });
  return (properties) => {
    const said = schema.parse(properties);
    return {
      type: "utteranceStreaming",
      ...toRoleFields(said.role),
      text: said.speech,
      final: said.final,
      interrupted: said.is_interrupted,
      ...withoutUndefined({ contentIndex: said.content_index }),
    };
  };
}

/** Reads the arguments of a tool call: a JSON string as documented, or an object, which has been seen too. */
function readArguments(given: unknown): { readonly arguments: Json; readonly argumentsProblem?: string } {
  if (given === undefined || given === null || given === "") return { arguments: {} };
  const parsed = typeof given === "string" ? parseJsonObject(given) : isRecord(given) ? copyObject(given) : undefined;
  return parsed === undefined
    ? { arguments: {}, argumentsProblem: "the arguments are not a JSON object" }
    : { arguments: parsed };
}

function copyObject(object: Json): Json | undefined {
  return parseJsonObject(JSON.stringify(object));
}

function createToolCallReader(): EventReader {
  const schema = z.object({ name: z.string().min(1), tool_call_id: text });
  return (properties) => {
    const { name, tool_call_id: toolCallId } = schema.parse(properties);
    return { type: "toolCall", name, ...readArguments(properties.arguments), ...withoutUndefined({ toolCallId }) };
  };
}

const MAX_FRAMES = 16;

function createPerceptionToolCallReader(): EventReader {
  const schema = z.object({
    modality: z.enum(["vision", "audio"]),
    name: z.string().min(1),
    frames: z.array(z.unknown()).catch([]),
  });
  const frame = z.object({ data: text, mime_type: text, uri: text });
  return (properties) => {
    const { modality, name, frames } = schema.parse(properties);
    const read = frames.slice(0, MAX_FRAMES).flatMap((given): PerceptionFrame[] => {
      const found = frame.safeParse(given).data;
      if (found?.data === undefined && found?.uri === undefined) return [];
      return [withoutUndefined({ data: found.data, mimeType: found.mime_type, uri: found.uri })];
    });
    return { type: "perceptionToolCall", modality, name, ...readArguments(properties.arguments), frames: read };
  };
}

function createPerceptionAnalysisReader(dialect: EventDialect): EventReader {
  const schema = z.object({ analysis: z.string() });
  return (properties) => ({ type: "perceptionAnalysis", dialect, analysis: schema.parse(properties).analysis });
}

function createPresenceReader(type: "joined" | "left"): EventReader {
  return (properties) => ({ type, properties, ...withoutUndefined({ role: text.parse(properties.role) }) });
}

function createObjectiveReader(type: "objectivePending" | "objectiveActivated" | "objectiveCompleted"): EventReader {
  const schema = z.object({
    objective_name: z.string().min(1),
    output_variables: z.custom<Json>(isRecord).catch({}),
  });
  return (properties, message) => {
    // Tavus sometimes puts these fields next to the properties.
    const found = schema.safeParse(properties);
    const { objective_name: objectiveName, output_variables: outputVariables } = found.success
      ? found.data
      : schema.parse(message);
    return { type, objectiveName, outputVariables };
  };
}

function createGuardrailReader(): EventReader {
  const schema = z.object({ guardrail: z.string().min(1), guardrail_uuid: text, reason: text });
  return (properties) => {
    const { guardrail: name, guardrail_uuid: guardrailUuid, reason } = schema.parse(properties);
    return { type: "guardrailTriggered", guardrail: name, ...withoutUndefined({ guardrailUuid, reason }) };
  };
}

function createShutdownReader(): EventReader {
  const schema = z.object({ shutdown_reason: text, reason: text });
  return (properties) => {
    const { shutdown_reason: shutdownReason, reason } = schema.parse(properties);
    return { type: "shutdown", ...withoutUndefined({ reason: shutdownReason ?? reason }) };
  };
}

const READERS: ReadonlyMap<string, EventReader> = new Map([
  ["system.pal_joined", createPalJoinedReader("current")],
  ["system.replica_joined", createPalJoinedReader("replica")],
  ["system.shutdown", createShutdownReader()],
  ["conversation.started_speaking", createSpeakingReader("startedSpeaking")],
  ["conversation.stopped_speaking", createSpeakingReader("stoppedSpeaking")],
  ["conversation.replica.started_speaking", createSpeakingReader("startedSpeaking", "pal")],
  ["conversation.replica.stopped_speaking", createSpeakingReader("stoppedSpeaking", "pal")],
  ["conversation.user.started_speaking", createSpeakingReader("startedSpeaking", "user")],
  ["conversation.user.stopped_speaking", createSpeakingReader("stoppedSpeaking", "user")],
  ["conversation.utterance", createUtteranceReader()],
  ["conversation.utterance.streaming", createUtteranceStreamingReader()],
  ["conversation.tool_call", createToolCallReader()],
  ["conversation.perception_tool_call", createPerceptionToolCallReader()],
  ["conversation.perception_analysis", createPerceptionAnalysisReader("current")],
  // Tavus' own web application listens for this name.
  ["conversation.perception-analysis", createPerceptionAnalysisReader("legacy")],
  ["conversation.joined", createPresenceReader("joined")],
  ["conversation.left", createPresenceReader("left")],
  ["conversation.objective.pending", createObjectiveReader("objectivePending")],
  ["conversation.objective.activated", createObjectiveReader("objectiveActivated")],
  ["conversation.objective.completed", createObjectiveReader("objectiveCompleted")],
]);

/** Finds the reader for an event. Undefined for an unknown event. */
export function findReader(eventType: string, properties: Json): EventReader | undefined {
  return READERS.get(eventType) ?? (isGuardrail(eventType, properties) ? createGuardrailReader() : undefined);
}

/** The properties of a guardrail event are documented, its name is not. */
function isGuardrail(eventType: string, properties: Json): boolean {
  return eventType.startsWith("conversation.guardrail") && typeof properties.guardrail === "string";
}
