type Json = Readonly<Record<string, unknown>>;

/** What every webhook may carry. */
export interface WebhookFields {
  readonly conversationId?: string;
  /** Tavus' name of the event; absent on the callbacks that have no envelope. */
  readonly eventType?: string;
  /** When it happened, as Tavus writes it, normally ISO 8601. */
  readonly timestamp?: string;
  /** The body as it came. Holds your callback URL, and with it its secret: do not log it. */
  readonly raw: Json;
}

/** The pal is in the room and ready. Tavus sends it under the new and the old name; a handler gets it once. */
export interface PalJoinedWebhook extends WebhookFields {
  readonly type: "palJoined";
  readonly faceId?: string;
}

export interface ShutdownWebhook extends WebhookFields {
  readonly type: "shutdown";
  /** In Tavus' words; see `cause`. */
  readonly reason?: string;
  /** The words as one of the reasons that are documented. */
  readonly cause: ShutdownCause;
  readonly faceId?: string;
}

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

export interface TranscriptEntry {
  /** "user", "assistant", "system" or "tool". */
  readonly role: string;
  readonly content: string;
  /** Milliseconds since 1970; since May 2026. */
  readonly wallMs?: number;
  readonly startMs?: number;
  readonly durationMs?: number;
  readonly inferenceId?: string;
}

export interface TranscriptionReadyWebhook extends WebhookFields {
  readonly type: "transcriptionReady";
  readonly transcript: readonly TranscriptEntry[];
  readonly faceId?: string;
}

export interface RecordingReadyWebhook extends WebhookFields {
  readonly type: "recordingReady";
  readonly bucketName?: string;
  readonly s3Key?: string;
  readonly durationMs?: number;
  /** "s3", "gcs" or "azure_blob". */
  readonly storageProvider?: string;
  readonly storageUri?: string;
}

export interface RecordingCopyFailedWebhook extends WebhookFields {
  readonly type: "recordingCopyFailed";
  readonly recordingId?: string;
  readonly s3Key?: string;
  readonly durationMs?: number;
  readonly storageProvider?: string;
  /** Such as "DESTINATION_AUTH_FAILED". */
  readonly errorCode?: string;
  readonly errorMessage?: string;
}

export interface PerceptionAnalysisWebhook extends WebhookFields {
  readonly type: "perceptionAnalysis";
  readonly analysis: string;
}

/** There was nothing to see: the camera was off. */
export interface PerceptionUnavailableWebhook extends WebhookFields {
  readonly type: "perceptionUnavailable";
}

export interface PostCallActionExecutedWebhook extends WebhookFields {
  readonly type: "postCallActionExecuted";
  readonly properties: Json;
}

export interface GuardrailTriggeredWebhook extends WebhookFields {
  readonly type: "guardrailTriggered";
  readonly guardrail: string;
  readonly guardrailUuid?: string;
}

export interface ObjectiveCompletedWebhook extends WebhookFields {
  readonly type: "objectiveCompleted";
  readonly objectiveName: string;
  readonly outputVariables: Json;
}

/** The training of a face is over. */
export interface FaceTrainedWebhook extends WebhookFields {
  readonly type: "faceTrained";
  readonly faceId: string;
  /** "ready" or "error". */
  readonly status: string;
  readonly errorMessage?: string;
}

export interface VideoWebhook extends WebhookFields {
  readonly type: "video";
  readonly videoId: string;
  /** "ready" or "error", and others on the way. */
  readonly status: string;
  readonly downloadUrl?: string;
  readonly hostedUrl?: string;
}

export interface DocumentWebhook extends WebhookFields {
  readonly type: "document";
  readonly documentId: string;
  readonly status: string;
  readonly errorMessage?: string;
}

/** A callback that this version does not know. */
export interface UnknownWebhook extends WebhookFields {
  readonly type: "unknown";
  readonly properties: Json;
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
