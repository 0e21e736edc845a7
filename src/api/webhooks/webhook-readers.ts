import { z } from "zod";

import { withoutUndefined } from "../../util/without-undefined.ts";
import { isRecord } from "../names.ts";
import type { ShutdownCause, TranscriptEntry, Webhook, WebhookFields } from "./types.ts";

type Json = Readonly<Record<string, unknown>>;
type Body<W> = W extends Webhook ? Omit<W, keyof WebhookFields> : never;
/** Reads the fields of one type of webhook. Returns undefined when the body is not of that type or not readable. */
export type WebhookReader = (properties: Json, body: Json) => Body<Webhook> | undefined;

const text = z.string().min(1).optional().catch(undefined);
const number = z.number().nonnegative().optional().catch(undefined);
const face = z.object({ face_id: text, replica_id: text });

function readFaceId(properties: Json): { readonly faceId?: string } {
  const { face_id: faceId, replica_id: replicaId } = face.parse(properties);
  return withoutUndefined({ faceId: faceId ?? replicaId });
}

/** Maps the beginning of each documented reason to its cause. Some reasons are sent with or without "reached". */
const CAUSES: readonly (readonly [beginning: string, cause: ShutdownCause])[] = [
  ["max_call_duration", "maxCallDuration"],
  ["participant_left_timeout", "participantLeft"],
  ["participant_absent_timeout", "participantAbsent"],
  ["bot_could_not_join", "couldNotJoin"],
  ["daily_room_has_been_deleted", "roomDeleted"],
  ["exception_encountered_during_conversation_startup", "startupFailed"],
  ["end_conversation_endpoint_hit", "endedByRequest"],
  ["internal error", "internalError"],
];

/** Maps the reason of a shutdown to its cause. Tavus' wording varies, so only the beginning of the reason counts. */
export function toShutdownCause(reason: string | undefined): ShutdownCause {
  const words = reason?.trim().toLowerCase() ?? "";
  return CAUSES.find(([beginning]) => words.startsWith(beginning))?.[1] ?? "unknown";
}

const shutdownSchema = z.object({ shutdown_reason: text, reason: text });

const entrySchema = z
  .object({
    role: z.string(),
    content: z.string(),
    timestamp: number,
    seconds_from_start: number,
    duration: number,
    inference_id: text,
  })
  .transform((entry): TranscriptEntry => ({
    role: entry.role,
    content: entry.content,
    ...withoutUndefined({
      wallMs: toMs(entry.timestamp),
      startMs: toMs(entry.seconds_from_start),
      durationMs: toMs(entry.duration),
      inferenceId: entry.inference_id,
    }),
  }));

const transcript: WebhookReader = (properties) => {
  if (!Array.isArray(properties.transcript)) return undefined;
  const entries = properties.transcript.flatMap((entry) => entrySchema.safeParse(entry).data ?? []);
  return { type: "transcriptionReady", transcript: entries, ...readFaceId(properties) };
};

const recordingSchema = z.object({
  bucket_name: text,
  s3_key: text,
  duration: number,
  storage_provider: text,
  storage_uri: text,
  recording_id: text,
  error_code: text,
  error_message: text,
});

const recordingReady: WebhookReader = (properties) => {
  const found = recordingSchema.parse(properties);
  return {
    type: "recordingReady",
    ...withoutUndefined({
      bucketName: found.bucket_name,
      s3Key: found.s3_key,
      durationMs: toMs(found.duration),
      storageProvider: found.storage_provider,
      storageUri: found.storage_uri,
    }),
  };
};

const recordingCopyFailed: WebhookReader = (properties) => {
  const found = recordingSchema.parse(properties);
  return {
    type: "recordingCopyFailed",
    ...withoutUndefined({
      recordingId: found.recording_id,
      s3Key: found.s3_key,
      durationMs: toMs(found.duration),
      storageProvider: found.storage_provider,
      errorCode: found.error_code,
      errorMessage: found.error_message,
    }),
  };
};

const READERS: ReadonlyMap<string, WebhookReader> = new Map<string, WebhookReader>([
  ["system.pal_joined", (properties) => ({ type: "palJoined", ...readFaceId(properties) })],
  ["system.replica_joined", (properties) => ({ type: "palJoined", ...readFaceId(properties) })],
  [
    "system.shutdown",
    (properties) => {
      const { shutdown_reason: shutdownReason, reason } = shutdownSchema.parse(properties);
      const words = shutdownReason ?? reason;
      return {
        type: "shutdown",
        cause: toShutdownCause(words),
        ...withoutUndefined({ reason: words }),
        ...readFaceId(properties),
      };
    },
  ],
  ["application.transcription_ready", transcript],
  ["application.recording_ready", recordingReady],
  ["application.recording_copy_failed", recordingCopyFailed],
  [
    "application.perception_analysis",
    ({ analysis }) => (typeof analysis === "string" ? { type: "perceptionAnalysis", analysis } : undefined),
  ],
  ["application.perception_unavailable", () => ({ type: "perceptionUnavailable" })],
  ["application.post_call_action_executed", (properties) => ({ type: "postCallActionExecuted", properties })],
]);

const guardrailSchema = z.object({ guardrail: z.string().min(1), guardrail_uuid: text });
const objectiveSchema = z.object({
  objective_name: z.string().min(1),
  output_variables: z.custom<Json>(isRecord).catch({}),
});
const trainedSchema = z.object({ status: z.string().min(1), error_message: text });
const videoSchema = z.object({
  video_id: z.string().min(1),
  status: z.string().catch(""),
  download_url: text,
  hosted_url: text,
});
const documentSchema = z.object({
  document_id: z.string().min(1).optional(),
  uuid: z.string().min(1).optional(),
  status: z.string().min(1),
  error_message: text,
});

/** Callbacks without an envelope are recognized by their fields. */
const BARE_READERS: readonly WebhookReader[] = [
  (properties) => {
    const found = guardrailSchema.safeParse(properties).data;
    return (
      found && {
        type: "guardrailTriggered",
        guardrail: found.guardrail,
        ...withoutUndefined({ guardrailUuid: found.guardrail_uuid }),
      }
    );
  },
  (properties, body) => {
    const found = objectiveSchema.safeParse(body).data ?? objectiveSchema.safeParse(properties).data;
    return (
      found && {
        type: "objectiveCompleted",
        objectiveName: found.objective_name,
        outputVariables: found.output_variables,
      }
    );
  },
  (_properties, body) => {
    const found = videoSchema.safeParse(body).data;
    return (
      found && {
        type: "video",
        videoId: found.video_id,
        status: found.status,
        ...withoutUndefined({ downloadUrl: found.download_url, hostedUrl: found.hosted_url }),
      }
    );
  },
  (_properties, body) => {
    const found = documentSchema.safeParse(body).data;
    const documentId = found?.document_id ?? (isDocument(body) ? found?.uuid : undefined);
    return found && documentId !== undefined
      ? {
          type: "document",
          documentId,
          status: found.status,
          ...withoutUndefined({ errorMessage: found.error_message }),
        }
      : undefined;
  },
  (_properties, body) => {
    const found = trainedSchema.safeParse(body).data;
    const { faceId } = readFaceId(body);
    return found && faceId !== undefined
      ? {
          type: "faceTrained",
          faceId,
          status: found.status,
          ...withoutUndefined({ errorMessage: found.error_message }),
        }
      : undefined;
  },
];

function isDocument(body: Json): boolean {
  return "document_name" in body || "document_url" in body;
}

/** The readers to try: one for a callback with an envelope, several for one without. */
export function findReaders(eventType: string | undefined): readonly WebhookReader[] {
  if (eventType === undefined) return BARE_READERS;
  const reader = READERS.get(eventType);
  return reader ? [reader] : [];
}

function toMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
