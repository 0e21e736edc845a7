import { z } from "zod";

import { RTVI_LABEL } from "./messages.ts";

/** Longer texts of a user are a mistake or an attack; a room's limit for messages is far below. */
const MAX_TEXT = 100_000;
const name = z.string().max(200);
const options = z
  .object({ run_immediately: z.boolean().default(true), audio_response: z.boolean().default(true) })
  .prefault({});

const envelope = z.object({
  label: z.literal(RTVI_LABEL),
  type: z.string().min(1).max(100),
  id: z.string().max(200).optional(),
  data: z.unknown().optional(),
});

const fileSource = z.discriminatedUnion("type", [
  z.object({ type: z.literal("bytes"), bytes: z.string() }),
  z.object({ type: z.literal("url"), url: z.string() }),
]);

const audioBase = { sampleRate: z.int().min(8000).max(192_000), numChannels: z.int().min(1).max(8) };

/** What each message of a client carries. Unknown fields are ignored. */
const schemas = {
  // Its version is checked where the answer is made: a client with a wrong one is served all the same.
  "client-ready": z.unknown().optional(),
  "disconnect-bot": z.unknown().optional(),
  "client-message": z.object({ t: name, d: z.unknown().optional() }),
  "send-text": z.object({ content: z.string().max(MAX_TEXT), options }),
  "send-file": z.object({
    content: z.string().max(MAX_TEXT).optional(),
    file: z.object({ format: name, name: name.optional(), source: fileSource }),
    options,
  }),
  dtmf: z
    .union([z.object({ buttons: z.array(z.string()).min(1).max(100) }), z.object({ button: z.string() })])
    .transform((data) => ("button" in data ? [data.button] : data.buttons))
    .pipe(z.array(z.enum(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"]))),
  "llm-function-call-result": z.object({ function_name: name, tool_call_id: name, result: z.unknown().optional() }),
  "raw-audio": z.object({ base64Audio: z.string(), ...audioBase }),
  "raw-audio-batch": z.object({ base64AudioBatch: z.array(z.string()).max(1000), ...audioBase }),
  "ui-event": z.object({ event: name, payload: z.unknown().optional() }),
  "ui-snapshot": z.object({ tree: z.unknown().optional() }),
  "ui-cancel-job-group": z.object({ job_id: name, reason: name.optional() }),
  "append-to-context": z.object({
    role: z.literal("user", 'must be "user": clients cannot write what others have said'),
    content: z.string("must be a text").max(MAX_TEXT),
    run_immediately: z.boolean().default(false),
  }),
} as const;

/** The type of a message that a client sends. */
export type ClientMessageType = keyof typeof schemas;

/** All of them. */
export const CLIENT_MESSAGE_TYPES = Object.keys(schemas) as ClientMessageType[];

/** A message of a client, checked. */
export type ClientMessage = {
  [T in ClientMessageType]: {
    readonly type: T;
    readonly id: string | undefined;
    readonly data: z.output<(typeof schemas)[T]>;
  };
}[ClientMessageType];

/** What a message of a room turns out to be. */
export type ReadMessage =
  | ClientMessage
  /** A message of RTVI that cannot be used. */
  | { readonly type: "invalid"; readonly id: string | undefined; readonly problem: string };

/** Whether a message of a room is one of RTVI. */
export function isRTVI(message: unknown): boolean {
  return typeof message === "object" && message !== null && "label" in message && message.label === RTVI_LABEL;
}

/** Reads a message of RTVI, whatever is in it. Never throws. */
export function readClientMessage(message: unknown): ReadMessage {
  const head = envelope.safeParse(message);
  if (!head.success) return { type: "invalid", id: undefined, problem: "Malformed message." };
  const { type, id, data } = head.data;
  if (!isClientMessageType(type)) return { type: "invalid", id, problem: `Unsupported type "${type}".` };
  const body = schemas[type].safeParse(data);
  if (!body.success) return { type: "invalid", id, problem: `Invalid ${type}: ${describe(body.error)}.` };
  // The schema belongs to the type; TypeScript cannot follow that.
  return { type, id, data: body.data } as ClientMessage;
}

function isClientMessageType(type: string): type is ClientMessageType {
  return Object.hasOwn(schemas, type);
}

/** The first problem, without the value: a value may be anything. */
function describe(error: z.ZodError): string {
  const [issue] = error.issues;
  return `${["data", ...(issue?.path ?? [])].join(".")}: ${issue?.message ?? "is invalid"}`;
}
