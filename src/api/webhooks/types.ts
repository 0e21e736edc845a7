import type { JsonObject } from "../names.ts";

/** The fields that every webhook may have (docs.tavus.io/sections/webhooks-and-callbacks). */
export interface WebhookFields {
  /** The id of the conversation. Absent on callbacks about other resources. */
  readonly conversationId?: string;
  /** Tavus' name of the event. Absent on callbacks without an envelope. */
  readonly eventType?: string;
  /** When it happened, as Tavus sends it, normally ISO 8601. */
  readonly timestamp?: string;
  /** The body, unchanged. Contains your callback URL, and with it its secret: do not log it. */
  readonly raw: JsonObject;
}

/** The pal is in the room and ready. Tavus sends this under a new and an old name; a handler reports it once. */
export interface PalJoinedWebhook extends WebhookFields {
  readonly type: "palJoined";
  /** The id of its face. */
  readonly faceId?: string;
}

/** The conversation is over. */
export interface ShutdownWebhook extends WebhookFields {
  readonly type: "shutdown";
  /** The reason in Tavus' words. */
  readonly reason?: string;
  /** The reason as one of the documented causes. */
  readonly cause: ShutdownCause;
  /** The id of the face. */
  readonly faceId?: string;
}

/** The documented causes of a shutdown. `couldNotJoin`: the pal could not join the room. */
export type ShutdownCause =
  | "maxCallDuration"
  | "participantLeft"
  | "participantAbsent"
  | "couldNotJoin"
  | "roomDeleted"
  | "startupFailed"
  | "endedByRequest"
  | "internalError"
  | "unknown";

/** One entry of a transcript. */
export interface TranscriptEntry {
  /** "user", "assistant", "system" or "tool". */
  readonly role: string;
  /** What was said. */
  readonly content: string;
  /** When it was said, in milliseconds since 1970. Sent since May 2026. */
  readonly wallMs?: number;
  /** When it was said, in milliseconds from the start. Sent since May 2026. */
  readonly startMs?: number;
  /** How long it took, in milliseconds. Sent since May 2026. */
  readonly durationMs?: number;
  /** The id of the inference. Only for "assistant". */
  readonly inferenceId?: string;
}

/** The transcript of the conversation is ready. */
export interface TranscriptionReadyWebhook extends WebhookFields {
  readonly type: "transcriptionReady";
  /** The transcript. Entries that cannot be read are left out. */
  readonly transcript: readonly TranscriptEntry[];
  /** The id of the face. */
  readonly faceId?: string;
}

/** A recording is in your storage. */
export interface RecordingReadyWebhook extends WebhookFields {
  readonly type: "recordingReady";
  /** The name of the bucket. */
  readonly bucketName?: string;
  /** The key of the recording in the bucket. */
  readonly s3Key?: string;
  /** The length of the recording, in milliseconds. */
  readonly durationMs?: number;
  /** "s3", "gcs" or "azure_blob". */
  readonly storageProvider?: string;
  /** The URI of the recording. */
  readonly storageUri?: string;
}

/** A recording could not be copied to your storage. */
export interface RecordingCopyFailedWebhook extends WebhookFields {
  readonly type: "recordingCopyFailed";
  /** The id of the recording. */
  readonly recordingId?: string;
  /** The key that the recording should have in the bucket. */
  readonly s3Key?: string;
  /** The length of the recording, in milliseconds. */
  readonly durationMs?: number;
  /** "s3", "gcs" or "azure_blob". */
  readonly storageProvider?: string;
  /** The kind of failure, such as "DESTINATION_AUTH_FAILED". */
  readonly errorCode?: string;
  /** What went wrong, in Tavus' words. */
  readonly errorMessage?: string;
}

/** Perception's analysis of the whole call. Only with Raven-1. */
export interface PerceptionAnalysisWebhook extends WebhookFields {
  readonly type: "perceptionAnalysis";
  /** The analysis, in words. */
  readonly analysis: string;
}

/** There is no perception analysis, because the camera was off. */
export interface PerceptionUnavailableWebhook extends WebhookFields {
  readonly type: "perceptionUnavailable";
}

/** A tool was called after the call. */
export interface PostCallActionExecutedWebhook extends WebhookFields {
  readonly type: "postCallActionExecuted";
  /** The result of the tool, as Tavus sends it. */
  readonly properties: JsonObject;
}

/** A guardrail with a `callbackUrl` was triggered. */
export interface GuardrailTriggeredWebhook extends WebhookFields {
  readonly type: "guardrailTriggered";
  /** The name of the guardrail. */
  readonly guardrail: string;
  /** The id of the guardrail. */
  readonly guardrailUuid?: string;
}

/** An objective with a `callbackUrl` was completed. */
export interface ObjectiveCompletedWebhook extends WebhookFields {
  readonly type: "objectiveCompleted";
  /** The name of the objective. */
  readonly objectiveName: string;
  /** The values that the pal found out, by name. */
  readonly outputVariables: JsonObject;
}

/** The training of a face is over. */
export interface FaceTrainedWebhook extends WebhookFields {
  readonly type: "faceTrained";
  /** The id of the face. */
  readonly faceId: string;
  /** "ready" or "error". */
  readonly status: string;
  /** With status "error": what went wrong, in Tavus' words. */
  readonly errorMessage?: string;
}

/** The status of a video changed. */
export interface VideoWebhook extends WebhookFields {
  readonly type: "video";
  /** The id of the video. */
  readonly videoId: string;
  /** "ready", "error" or an intermediate status. */
  readonly status: string;
  /** Its file. Set once it is ready. */
  readonly downloadUrl?: string;
  /** A page that plays it. */
  readonly hostedUrl?: string;
}

/** The status of a document changed. */
export interface DocumentWebhook extends WebhookFields {
  readonly type: "document";
  /** The id of the document. */
  readonly documentId: string;
  /** The new status, such as "ready" or "error". */
  readonly status: string;
  /** With status "error": what went wrong, in Tavus' words. */
  readonly errorMessage?: string;
}

/** A callback that this version does not know. Its contents are in `properties` and `raw`. */
export interface UnknownWebhook extends WebhookFields {
  readonly type: "unknown";
  /** The properties as Tavus sends them. Empty when there are none. */
  readonly properties: JsonObject;
}

/** What Tavus posts to a `callbackUrl`, by `type`. */
export type Webhook =
  | PalJoinedWebhook
  | ShutdownWebhook
  | TranscriptionReadyWebhook
  | RecordingReadyWebhook
  | RecordingCopyFailedWebhook
  | PerceptionAnalysisWebhook
  | PerceptionUnavailableWebhook
  | PostCallActionExecutedWebhook
  | GuardrailTriggeredWebhook
  | ObjectiveCompletedWebhook
  | FaceTrainedWebhook
  | VideoWebhook
  | DocumentWebhook
  | UnknownWebhook;
