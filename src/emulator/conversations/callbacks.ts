import type { EmulatedConversation, EmulatedEvent } from "./conversation.ts";

type Json = Readonly<Record<string, unknown>>;

/** Wraps an event in a callback's envelope, where a shutdown's reason has a different name than in the events. */
export function toCallback(conversation: EmulatedConversation, event: EmulatedEvent): Json {
  const { properties = {} } = event;
  const isShutdown = event.event_type === "system.shutdown";
  return {
    properties: isShutdown ? { replica_id: conversation.face.id, shutdown_reason: properties.reason } : properties,
    conversation_id: conversation.id,
    webhook_url: conversation.callbackUrl,
    event_type: event.event_type,
    message_type: event.event_type.startsWith("system.") ? "system" : "application",
    timestamp: event.timestamp,
  };
}

/** The events that Tavus reports after a call that somebody attended. */
export function eventsAfterCall(
  conversation: EmulatedConversation,
): readonly { readonly eventType: string; readonly properties: Json }[] {
  const { attended, properties, face, id, pal, transcript } = conversation;
  if (!attended) return [];
  const events = [
    { eventType: "application.transcription_ready", properties: { replica_id: face.id, transcript: [...transcript] } },
  ] as { eventType: string; properties: Json }[];
  const recording = recordingPlace(properties);
  if (recording !== undefined) {
    const { provider, bucket } = recording;
    for (const { recordingId, durationS } of conversation.recordings) {
      const key = `tavus/${id}/${recordingId}`;
      events.push({
        eventType: "application.recording_ready",
        properties: {
          bucket_name: bucket,
          s3_key: key,
          duration: Math.round(durationS),
          storage_provider: provider,
          storage_uri: `${provider}://${bucket}/${key}`,
        },
      });
    }
  }
  const perception = pal.layers.perception;
  if (typeof perception === "object" && perception !== null && "perception_model" in perception) {
    if (perception.perception_model === "raven-1") {
      const analysis = "The user sat in front of a plain wall and looked at the camera.";
      events.push({ eventType: "application.perception_analysis", properties: { analysis } });
    }
  }
  return events;
}

/** Where a recording is stored; undefined when recording is not permitted or no storage is named. */
function recordingPlace(properties: Json): { readonly provider: string; readonly bucket: string } | undefined {
  if (properties.enable_recording !== true) return undefined;
  const storage = properties.recording_storage as Json | null | undefined;
  const bucket = storage?.bucket_name ?? storage?.container ?? properties.recording_s3_bucket_name;
  if (typeof bucket !== "string") return undefined;
  return { provider: typeof storage?.provider === "string" ? storage.provider : "s3", bucket };
}
