import { z } from "zod";

import { withoutUndefined } from "../util/without-undefined.ts";
import { checkOptions, flag, id, optionalObject, optionalText, present, text, texts } from "./http/fields.ts";
import { isRecord } from "./names.ts";
import type { Conversation, ConversationEvent, CreateConversationOptions, Pal } from "./types.ts";

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

const roomUrl = z.url({ protocol: /^https?$/ });

export const conversationSchema = z
  .looseObject({
    conversation_id: present,
    conversation_url: roomUrl,
    conversation_name: z.string().catch(""),
    status: present.catch("active"),
    pal_id: optionalText,
    face_id: optionalText,
    meeting_token: optionalText,
    callback_url: optionalText,
    created_at: optionalText,
    updated_at: optionalText,
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
      callbackUrl: answer.callback_url,
      createdAt: answer.created_at,
      updatedAt: answer.updated_at,
      shutdownReason: answer.shutdown_reason ?? findShutdownReason(answer.events),
      events: answer.events,
    }),
  }));

/** A list entry without a usable URL must still be found and ended. Tavus builds its room URLs from the id. */
export const listedConversationSchema = z.preprocess(
  (entry) =>
    isRecord(entry) && !roomUrl.safeParse(entry.conversation_url).success
      ? { ...entry, conversation_url: `https://tavus.daily.co/${String(entry.conversation_id)}` }
      : entry,
  conversationSchema,
);

/** Any object. Other values count as an empty object. */
const anyObject = z.record(z.string(), z.unknown()).catch({});

const PAL_FIELDS = ["pal_name", "persona_name", "pipeline_mode", "system_prompt", "layers"] as const;

export const palSchema = z
  .looseObject({
    pal_id: present,
    pal_name: z.string().nullish().catch(null),
    pal_type: optionalText,
    pipeline_mode: optionalText,
    default_face_id: optionalText,
    system_prompt: optionalText,
    layers: optionalObject,
    created_at: optionalText,
    updated_at: optionalText,
  })
  // A PAL may have no name, but some field must show that it is a PAL: the id may have been filled in by the caller.
  .refine((answer) => PAL_FIELDS.some((field) => answer[field] !== undefined), { path: ["pal_name"] })
  .transform((answer): Omit<Pal, "raw"> => {
    const transport = anyObject.parse(answer.layers?.transport);
    return {
      palId: answer.pal_id,
      palName: answer.pal_name ?? "",
      ...withoutUndefined({
        palType: answer.pal_type,
        pipelineMode: answer.pipeline_mode,
        defaultFaceId: answer.default_face_id,
        systemPrompt: answer.system_prompt,
        layers: answer.layers,
        transportType: optionalText.parse(transport.transport_type),
        transportMicrophone: optionalText.parse(anyObject.parse(transport.input_settings).microphone),
        createdAt: answer.created_at,
        updatedAt: answer.updated_at,
      }),
    };
  });

/** The verbose answer calls the reason `reason`; the webhook of the same event calls it `shutdown_reason`. */
function findShutdownReason(events: readonly ConversationEvent[] | undefined): string | undefined {
  const properties = events?.findLast((event) => event.eventType === "system.shutdown")?.properties;
  const reason = properties?.shutdown_reason ?? properties?.reason;
  return typeof reason === "string" ? reason : undefined;
}

const seconds = z.int().min(0);

const createSchema = z.strictObject({
  faceId: id.optional(),
  palId: id.optional(),
  replicaId: id.optional(),
  personaId: id.optional(),
  conversationName: id.optional(),
  callbackUrl: z.url().optional(),
  conversationalContext: text.optional(),
  customGreeting: text.optional(),
  enableDynamicGreeting: flag.optional(),
  audioOnly: flag.optional(),
  memoryStores: texts.optional(),
  documentIds: texts.optional(),
  documentTags: texts.optional(),
  documentRetrievalStrategy: z.enum(["speed", "balanced", "quality"]).optional(),
  testMode: flag.optional(),
  requireAuth: flag.optional(),
  maxParticipants: z.int().min(2).optional(),
  policy: z.enum(["eu"]).optional(),
  meetingUrl: z.url().optional(),
  properties: z
    .strictObject({
      maxCallDuration: z.int().min(1).optional(),
      participantLeftTimeout: seconds.optional(),
      participantAbsentTimeout: seconds.optional(),
      enableRecording: flag.optional(),
      recordingStorage: z.looseObject({ provider: z.enum(["s3", "gcs", "azure_blob"]) }).optional(),
      recordingS3BucketName: text.optional(),
      recordingS3BucketRegion: text.optional(),
      awsAssumeRoleArn: text.optional(),
      enableClosedCaptions: flag.optional(),
      applyGreenscreen: flag.optional(),
      language: text.optional(),
      languages: texts.optional(),
      requireAuth: flag.optional(),
      livekitWsUrl: text.optional(),
      livekitRoomToken: text.optional(),
    })
    .optional(),
  extra: z.record(z.string(), z.unknown()).optional(),
});

/** Checks the options of a creation. Throws an InvalidOptionError that lists every problem. */
export function checkCreateOptions(options: CreateConversationOptions): void {
  checkOptions("createConversation", createSchema, options);
}
