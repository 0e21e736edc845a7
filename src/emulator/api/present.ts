import type { EmulatedConversation, EmulatedFace, EmulatedPal } from "../conversation.ts";

export type ResponseNames = "new" | "old" | "both";

/** The answer to a creation. It names neither PAL nor face. */
export function createdConversation(conversation: EmulatedConversation): object {
  return {
    conversation_id: conversation.id,
    conversation_name: conversation.name,
    conversation_url: conversation.url,
    status: conversation.status,
    callback_url: conversation.callbackUrl,
    created_at: conversation.createdAt,
    ...(conversation.meetingToken === undefined ? {} : { meeting_token: conversation.meetingToken }),
  };
}

export function conversationDetails(conversation: EmulatedConversation, names: ResponseNames): object {
  const { pal, face } = conversation;
  return {
    conversation_id: conversation.id,
    conversation_name: conversation.name,
    conversation_url: conversation.url,
    callback_url: conversation.callbackUrl,
    status: conversation.status,
    ...(names === "new" ? {} : { replica_id: face.id, persona_id: pal.id }),
    ...(names === "old" ? {} : { face_id: face.id, pal_id: pal.id }),
    created_at: conversation.createdAt,
    updated_at: conversation.updatedAt,
  };
}

export function verboseConversation(conversation: EmulatedConversation, names: ResponseNames): object {
  return {
    ...conversationDetails(conversation, names),
    ...(conversation.shutdownReason === undefined ? {} : { shutdown_reason: conversation.shutdownReason }),
    events: conversation.events,
  };
}

/** As the endpoint it was asked from names it: /pals or /personas. */
export function palDetails(pal: EmulatedPal, names: "new" | "old"): object {
  const rest = {
    pipeline_mode: pal.pipelineMode,
    system_prompt: pal.systemPrompt,
    context: null,
    layers: pal.layers,
    created_at: pal.createdAt,
    updated_at: pal.createdAt,
  };
  return names === "new"
    ? { pal_id: pal.id, pal_name: pal.name, ...rest, default_face_id: pal.defaultFaceId }
    : { persona_id: pal.id, persona_name: pal.name, ...rest, default_replica_id: pal.defaultFaceId };
}

/** As the endpoint it was asked from names it: /faces or /replicas. */
export function faceDetails(face: EmulatedFace, names: "new" | "old", verbose: boolean): object {
  const noun = names === "new" ? "face" : "replica";
  return {
    [`${noun}_id`]: face.id,
    [`${noun}_name`]: face.name,
    thumbnail_video_url: "",
    training_progress: "100/100",
    status: "completed",
    created_at: face.createdAt,
    model_name: face.modelName,
    ...(verbose ? { [`${noun}_type`]: "system" } : {}),
  };
}
