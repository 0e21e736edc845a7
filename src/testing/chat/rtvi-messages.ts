// What a client reads of RTVI, the protocol between bots and their clients: docs.pipecat.ai, "RTVI standard", version 2.
import { z } from "zod";

/** The label of every message. Messages with another one belong to somebody else. */
export const RTVI_LABEL = "rtvi-ai";
/** The version of the protocol that this client speaks. */
export const RTVI_VERSION = "2.0.0";

const id = z.union([z.string(), z.number()]).transform(String);

/** One part of what the bot says, and how much of it was spoken. */
const botOutput = z.object({
  text: z.string(),
  segment_id: id.optional(),
  will_be_spoken: z.boolean().optional(),
  spoken_status: z.enum(["new", "in-progress", "completed"]).optional(),
  spoken_progress: z.object({ accumulated_text: z.string() }).nullish(),
});

const functionCall = z.object({
  tool_call_id: id,
  function_name: z.string().nullish(),
  arguments: z.unknown().optional(),
});

const functionResult = z.object({
  tool_call_id: id,
  cancelled: z.boolean().nullish(),
  result: z.unknown().optional(),
});

const nothing = z.unknown().transform(() => undefined);

/** The data of each message that a chat uses. All others are ignored. */
const dataByType = {
  "bot-ready": z.object({ version: z.string(), about: z.object({ library: z.string().nullish() }).nullish() }),
  "bot-output": botOutput,
  "bot-interrupted": nothing,
  "bot-llm-started": nothing,
  "bot-llm-stopped": nothing,
  "bot-tts-started": nothing,
  "bot-tts-stopped": nothing,
  "bot-started-speaking": nothing,
  "bot-stopped-speaking": nothing,
  "user-llm-text": nothing,
  "llm-function-call-in-progress": functionCall,
  "llm-function-call-stopped": functionResult,
  "server-message": z.unknown(),
  // The standard names the text `message`, servers and clients `error`.
  error: z
    .object({ error: z.string().optional(), message: z.string().optional(), fatal: z.boolean().nullish() })
    .transform(({ error, message, fatal }) => ({ text: error ?? message ?? "", fatal: fatal === true })),
  "error-response": z.object({ error: z.string() }).transform(({ error }) => ({ text: error })),
} as const;

type Types = typeof dataByType;

/** A message of the bot that a chat uses. */
export type BotMessage = {
  readonly [K in keyof Types]: { readonly type: K; readonly data: z.infer<Types[K]> };
}[keyof Types];

/** Part of a bot's speech, as it reported it. */
export type BotOutput = z.infer<typeof botOutput>;

const envelope = z.object({ label: z.literal(RTVI_LABEL), type: z.string(), data: z.unknown().optional() });

/**
 * Reads an app message of the room. "foreign" for what is no RTVI message, "unused" for types that a chat does not use,
 * "malformed" for a known type with wrong data.
 */
export function readBotMessage(message: unknown): BotMessage | "foreign" | "unused" | "malformed" {
  const read = envelope.safeParse(message);
  if (!read.success) return "foreign";
  const { type, data } = read.data;
  if (!Object.hasOwn(dataByType, type)) return "unused";
  const parsed = dataByType[type as keyof Types].safeParse(data);
  return parsed.success ? ({ type, data: parsed.data } as BotMessage) : "malformed";
}

/** Makes a message of a client. */
export function toClientMessage(type: string, messageId: string, data: unknown): Readonly<Record<string, unknown>> {
  return { label: RTVI_LABEL, type, id: messageId, data };
}
