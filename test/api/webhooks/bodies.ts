import type { Webhook } from "../../../src/api/index.ts";

type Body = Readonly<Record<string, unknown>>;

/** Creates a callback in Tavus' envelope. */
export function callback(event_type: string, properties: Body = {}, rest: Body = {}): Body {
  return {
    properties,
    conversation_id: "c123",
    webhook_url: "https://example.org/tavus",
    event_type,
    message_type: event_type.split(".")[0],
    timestamp: "2025-07-11T06:48:37.564961Z",
    ...rest,
  };
}

/** Every documented callback and the result of parsing it. */
export const CALLBACKS: readonly (readonly [name: string, body: Body, webhook: Partial<Webhook>])[] = [
  ["pal joined", callback("system.pal_joined", { face_id: "r1" }), { type: "palJoined", faceId: "r1" }],
  [
    "pal joined, old name",
    callback("system.replica_joined", { replica_id: "r1" }),
    { type: "palJoined", faceId: "r1" },
  ],
  [
    "shutdown",
    callback("system.shutdown", { replica_id: "r1", shutdown_reason: "participant_left_timeout" }),
    { type: "shutdown", reason: "participant_left_timeout", cause: "participantLeft", faceId: "r1" },
  ],
  [
    "shutdown, as the verbose answer has it",
    callback("system.shutdown", { reason: "max_call_duration reached" }),
    { type: "shutdown", cause: "maxCallDuration" },
  ],
  [
    "transcript",
    callback("application.transcription_ready", {
      replica_id: "r1",
      transcript: [
        { role: "system", content: "Be kind." },
        {
          role: "assistant",
          content: "Hi",
          timestamp: 1_779_475_657.84,
          seconds_from_start: 0.5,
          duration: 2.15,
          inference_id: "inf",
        },
        "junk",
      ],
    }),
    {
      type: "transcriptionReady",
      faceId: "r1",
      transcript: [
        { role: "system", content: "Be kind." },
        {
          role: "assistant",
          content: "Hi",
          wallMs: 1_779_475_657_840,
          startMs: 500,
          durationMs: 2150,
          inferenceId: "inf",
        },
      ],
    },
  ],
  [
    "recording",
    callback("application.recording_ready", {
      bucket_name: "b",
      s3_key: "k",
      duration: 12,
      storage_provider: "gcs",
      storage_uri: "gs://b/k",
    }),
    {
      type: "recordingReady",
      bucketName: "b",
      s3Key: "k",
      durationMs: 12_000,
      storageProvider: "gcs",
      storageUri: "gs://b/k",
    },
  ],
  [
    "recording that was not copied",
    callback("application.recording_copy_failed", {
      recording_id: "rec",
      s3_key: "k",
      duration: 12,
      storage_provider: "s3",
      error_code: "DESTINATION_AUTH_FAILED",
      error_message: "no",
    }),
    { type: "recordingCopyFailed", recordingId: "rec", errorCode: "DESTINATION_AUTH_FAILED", errorMessage: "no" },
  ],
  [
    "perception",
    callback("application.perception_analysis", { analysis: "all well" }),
    { type: "perceptionAnalysis", analysis: "all well" },
  ],
  ["no perception", callback("application.perception_unavailable"), { type: "perceptionUnavailable" }],
  [
    "post-call tool",
    callback("application.post_call_action_executed", { tool: "t" }),
    { type: "postCallActionExecuted", properties: { tool: "t" } },
  ],
  [
    "guardrail",
    { conversation_id: "c123", properties: { guardrail: "g", guardrail_uuid: "u" } },
    { type: "guardrailTriggered", conversationId: "c123", guardrail: "g", guardrailUuid: "u" },
  ],
  [
    "objective",
    { conversation_id: "c123", objective_name: "name", output_variables: { name: "Ada" } },
    { type: "objectiveCompleted", objectiveName: "name", outputVariables: { name: "Ada" } },
  ],
  [
    "face training",
    { replica_id: "r1", status: "error", error_message: "dark" },
    { type: "faceTrained", faceId: "r1", status: "error", errorMessage: "dark" },
  ],
  [
    "video",
    {
      video_id: "v1",
      status: "ready",
      download_url: "https://v.test/1",
      hosted_url: "https://v.test/h",
      replica_id: "r1",
    },
    { type: "video", videoId: "v1", status: "ready", downloadUrl: "https://v.test/1", hostedUrl: "https://v.test/h" },
  ],
  ["document", { document_id: "d1", status: "ready" }, { type: "document", documentId: "d1", status: "ready" }],
  [
    "document by its other id",
    { uuid: "d2", document_name: "n", status: "error", error_message: "x" },
    { type: "document", documentId: "d2", status: "error", errorMessage: "x" },
  ],
  ["something new", callback("application.news", { a: 1 }), { type: "unknown", properties: { a: 1 } }],
];
