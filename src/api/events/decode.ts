import { z } from "zod";

import { withoutUndefined } from "../../util/without-undefined.ts";
import { isRecord } from "../names.ts";
import { findReader } from "./event-readers.ts";
import { findSizeProblem } from "./safe-message.ts";
import type { InCallEvent, InCallEventFields } from "./types.ts";

type Json = Readonly<Record<string, unknown>>;

const text = z.string().optional().catch(undefined);
const whole = z.int().optional().catch(undefined);

const envelope = z.object({
  message_type: z.enum(["conversation", "system", "application"]),
  event_type: z.string().regex(/^(?:conversation|system|application)\.[\w.-]{1,100}$/),
});

const envelopeFields = z.object({
  conversation_id: text,
  seq: whole,
  turn_idx: whole,
  inference_id: text,
  timestamp: z.number().nonnegative().optional().catch(undefined),
});

/**
 * Messages that clients send to Tavus (see `interactions.ts`). Everyone in the room receives them; they are not events.
 */
const INTERACTIONS: ReadonlySet<string> = new Set(
  [
    "echo",
    "interrupt",
    "respond",
    "overwrite_llm_context",
    "append_llm_context",
    "overwrite_context",
    "append_context",
    "sensitivity",
    "tool_result",
    "set_emotion",
    "objective.confirm",
  ].map((name) => `conversation.${name}`),
);

/** The result of decoding an app message. */
export type DecodedMessage =
  | {
      /** The message is an event of Tavus. */
      readonly is: "event";
      /** The event. */
      readonly event: InCallEvent;
    }
  | {
      /** The message is for others: a chat, another application, or what a client sends to Tavus. */
      readonly is: "other";
    }
  | {
      /** The message claims to be an event but cannot be read as one. */
      readonly is: "malformed";
      /** The event and the field that cannot be read. */
      readonly problem: string;
    };

/**
 * Decodes an app message from the room by Tavus' interactions protocol (docs.tavus.io,
 * interactions-protocols/overview). Never throws, whatever was sent.
 */
export function decodeInCallEvent(data: unknown): DecodedMessage {
  try {
    const parsed = envelope.safeParse(data);
    if (!parsed.success || !isRecord(data) || INTERACTIONS.has(parsed.data.event_type)) return { is: "other" };
    const { message_type: messageType, event_type: eventType } = parsed.data;
    if (!eventType.startsWith(`${messageType}.`)) return { is: "other" };
    const problem = findSizeProblem(data);
    if (problem !== undefined) return { is: "malformed", problem: `${eventType}: ${problem}` };
    return read(eventType, data);
  } catch {
    // Only values that were not parsed from JSON get here, such as a proxy or an object with a getter that throws.
    return { is: "malformed", problem: "it cannot be read" };
  }
}

/** Returns the event in an app message. Undefined when the message is not a readable event. Never throws. */
export function parseInCallEvent(data: unknown): InCallEvent | undefined {
  const decoded = decodeInCallEvent(data);
  return decoded.is === "event" ? decoded.event : undefined;
}

function read(eventType: string, data: Json): DecodedMessage {
  const properties = isRecord(data.properties) ? data.properties : {};
  const reader = findReader(eventType, properties);
  const common = { ...readFields(data), raw: data };
  if (!reader) return { is: "event", event: { type: "unknown", dialect: "current", eventType, ...common } };
  try {
    // A body and the common fields form a member of the union; TypeScript cannot infer that through the table.
    const event = { dialect: "current", ...reader(properties, data), ...common } as InCallEvent;
    return { is: "event", event };
  } catch (thrown) {
    const issue = thrown instanceof z.ZodError ? thrown.issues[0] : undefined;
    const where = issue?.path.join(".") ?? "";
    return { is: "malformed", problem: `${eventType}: ${where === "" ? "its properties" : where} cannot be read` };
  }
}

function readFields(data: Json): Omit<InCallEventFields, "raw" | "dialect"> {
  const fields = envelopeFields.parse(data);
  return withoutUndefined({
    conversationId: fields.conversation_id === "" ? undefined : fields.conversation_id,
    seq: fields.seq,
    turnIdx: fields.turn_idx,
    inferenceId: fields.inference_id === "" ? undefined : fields.inference_id,
    wallMs: fields.timestamp === undefined ? undefined : fields.timestamp * 1000,
  });
}
