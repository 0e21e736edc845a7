import { z } from "zod";

import { isRecord } from "../names.ts";
import { EMOTIONS, type Interaction } from "./interactions.ts";
import { findSizeProblem } from "./safe-message.ts";

const sensitivity = z.enum(["superlow", "verylow", "low", "medium", "high", "auto"]);
// Older documentation shows `done` as a string.
const done = z.union([z.boolean(), z.enum(["true", "false"]).transform((word) => word === "true")]);
const optionalId = z.string().min(1).optional().catch(undefined);

const echoText = z
  .object({
    modality: z.literal("text").default("text"),
    text: z.string(),
    inference_id: optionalId,
    done: done.default(true),
  })
  .transform((it): Interaction => ({
    type: "echoText",
    text: it.text,
    ...(it.inference_id !== undefined && { inferenceId: it.inference_id }),
    done: it.done,
  }));
const echoAudio = z
  .object({
    modality: z.literal("audio"),
    audio: z.string(),
    sample_rate: z.number().positive().default(16_000),
    inference_id: z.string().default(""),
    done: done.default(false),
  })
  .transform((it): Interaction => ({
    type: "echoAudio",
    audio: it.audio,
    sampleRate: it.sample_rate,
    inferenceId: it.inference_id,
    done: it.done,
  }));
const context = z.object({ context: z.string(), job_status: z.literal("completed").optional().catch(undefined) });
const overwrite = context.transform((it): Interaction => ({ type: "overwriteContext", context: it.context }));
const append = context.transform((it): Interaction => ({
  type: "appendContext",
  context: it.context,
  ...(it.job_status && { jobStatus: it.job_status }),
}));
const eitherSensitivity = z.union([
  z
    .object({ participant_pause_sensitivity: sensitivity })
    .transform((it): Interaction => ({ type: "pauseSensitivity", sensitivity: it.participant_pause_sensitivity })),
  z.object({ participant_interrupt_sensitivity: sensitivity }).transform((it): Interaction => ({
    type: "interruptSensitivity",
    sensitivity: it.participant_interrupt_sensitivity,
  })),
]);
const toolResult = z
  .object({
    tool_call_id: z.string().min(1),
    output: z.union([z.string(), z.custom<Readonly<Record<string, unknown>>>(isRecord)]),
    status: z.enum(["success", "error"]).optional().catch(undefined),
  })
  .transform((it): Interaction => ({
    type: "toolResult",
    toolCallId: it.tool_call_id,
    output: it.output,
    ...(it.status && { status: it.status }),
  }));

const READERS: ReadonlyMap<string, z.ZodType<Interaction>> = new Map<string, z.ZodType<Interaction>>([
  ["conversation.interrupt", z.unknown().transform((): Interaction => ({ type: "interrupt" }))],
  ["conversation.echo", z.union([echoAudio, echoText])],
  [
    "conversation.respond",
    z.object({ text: z.string() }).transform(({ text }): Interaction => ({ type: "respond", text })),
  ],
  ["conversation.overwrite_llm_context", overwrite],
  ["conversation.overwrite_context", overwrite],
  ["conversation.append_llm_context", append],
  ["conversation.append_context", append],
  ["conversation.sensitivity", eitherSensitivity],
  [
    "conversation.set_emotion",
    // An unknown emotion sets "neutral".
    z.object({ emotion: z.enum(EMOTIONS).catch("neutral") }).transform(({ emotion }): Interaction => ({
      type: "setEmotion",
      emotion,
    })),
  ],
  ["conversation.tool_result", toolResult],
]);

/** Parses an interaction that another client sent. Undefined when the app message is not one. Never throws. */
export function parseInteraction(data: unknown): Interaction | undefined {
  try {
    if (!isRecord(data) || data.message_type !== "conversation" || typeof data.event_type !== "string")
      return undefined;
    const reader = READERS.get(data.event_type);
    if (!reader || findSizeProblem(data) !== undefined) return undefined;
    return reader.safeParse(data.properties).data;
  } catch {
    return undefined;
  }
}
