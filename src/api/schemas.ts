import { z } from "zod";

import { InvalidOptionError } from "../util/errors.ts";
import type { Conversation, ConversationEvent, CreateConversationOptions, Pal } from "./types.ts";

type Raw = Readonly<Record<string, unknown>>;

// What Tavus answers. Required fields are those the client cannot work without; of the others, what is null, empty or
// of another type than documented counts as absent, because the service is known to differ from its documents.
const present = z.string().min(1);
const optionalText = present.optional().catch(undefined);
const optionalObject = z.record(z.string(), z.unknown()).optional().catch(undefined);

const eventSchema = z
  .looseObject({ event_type: present, timestamp: optionalText, properties: optionalObject })
  .transform((event): ConversationEvent => ({
    eventType: event.event_type,
    ...(event.timestamp === undefined ? {} : { timestamp: event.timestamp }),
    properties: event.properties ?? {},
  }));

const optionalEvents = z
  .array(z.unknown())
  .transform((events) => events.flatMap((event) => eventSchema.safeParse(event).data ?? []))
  .optional()
  .catch(undefined);

export const conversationSchema = z
  .looseObject({
    conversation_id: present,
    conversation_url: z.url({ protocol: /^https?$/ }),
    conversation_name: z.string().catch(""),
    status: present.catch("active"),
    pal_id: optionalText,
    face_id: optionalText,
    meeting_token: optionalText,
    created_at: optionalText,
    shutdown_reason: optionalText,
    events: optionalEvents,
  })
  .transform((answer): Omit<Conversation, "raw"> => ({
    conversationId: answer.conversation_id,
    conversationName: answer.conversation_name,
    conversationUrl: answer.conversation_url,
    status: answer.status,
    ...withoutUndefined({
      palId: answer.pal_id,
      faceId: answer.face_id,
      meetingToken: answer.meeting_token,
      createdAt: answer.created_at,
      shutdownReason: answer.shutdown_reason ?? shutdownReasonOf(answer.events),
      events: answer.events,
    }),
  }));

const layersSchema = z
  .looseObject({ transport: z.looseObject({ input_settings: z.looseObject({ microphone: optionalText }) }) })
  .optional()
  .catch(undefined);

export const palSchema = z
  .looseObject({
    pal_id: present,
    pal_name: present,
    pipeline_mode: optionalText,
    default_face_id: optionalText,
    layers: layersSchema,
  })
  .transform((answer): Omit<Pal, "raw"> => ({
    palId: answer.pal_id,
    palName: answer.pal_name,
    ...withoutUndefined({
      pipelineMode: answer.pipeline_mode,
      defaultFaceId: answer.default_face_id,
      transportMicrophone: answer.layers?.transport.input_settings.microphone,
    }),
  }));

/** In the verbose answer the reason is called `reason`, in the webhook of the same event `shutdown_reason`. */
function shutdownReasonOf(events: readonly ConversationEvent[] | undefined): string | undefined {
  const properties = events?.findLast((event) => event.eventType === "system.shutdown")?.properties;
  const reason = properties?.shutdown_reason ?? properties?.reason;
  return typeof reason === "string" ? reason : undefined;
}

type WithoutUndefined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutUndefined<T extends Raw>(fields: T): WithoutUndefined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as WithoutUndefined<T>;
}

// What the caller passes. Strict, so that a misspelt option is an error here and not a limit that is silently not set.
const id = z.string().min(1).optional();
const text = z.string().optional();
const flag = z.boolean().optional();
const list = z.array(z.string()).optional();
const seconds = z.int().min(0).optional();

const createSchema = z.strictObject({
  faceId: id,
  palId: id,
  conversationName: z.string().min(1).optional(),
  callbackUrl: z.url().optional(),
  conversationalContext: text,
  customGreeting: text,
  audioOnly: flag,
  memoryStores: list,
  documentIds: list,
  documentTags: list,
  documentRetrievalStrategy: z.enum(["speed", "balanced", "quality"]).optional(),
  testMode: flag,
  requireAuth: flag,
  maxParticipants: z.int().min(2).optional(),
  properties: z
    .strictObject({
      maxCallDuration: z.int().min(1).optional(),
      participantLeftTimeout: seconds,
      participantAbsentTimeout: seconds,
      enableRecording: flag,
      recordingStorage: z.looseObject({ provider: z.enum(["s3", "gcs", "azure_blob"]) }).optional(),
      enableClosedCaptions: flag,
      applyGreenscreen: flag,
      language: text,
      languages: list,
    })
    .optional(),
  extra: z.record(z.string(), z.unknown()).optional(),
});

/** Throws an InvalidOptionError that lists every problem. */
export function checkCreateOptions(options: CreateConversationOptions): void {
  const { error } = createSchema.safeParse(options);
  if (error) throw new InvalidOptionError("createConversation", issuesAsText(error));
}

export function issuesAsText(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`).join("; ");
}
