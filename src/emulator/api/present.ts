import type { EmulatedConversation, EmulatedFace, EmulatedPal } from "../conversations/conversation.ts";
import type { Json } from "./respond.ts";

// All fields have the new names here; respond.ts translates them to the requested ones.

/** The answer to a creation, which names neither PAL nor face. */
export function createdConversation(conversation: EmulatedConversation): Json {
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

export function conversationDetails(conversation: EmulatedConversation): Json {
  return {
    conversation_id: conversation.id,
    conversation_name: conversation.name,
    conversation_url: conversation.url,
    callback_url: conversation.callbackUrl,
    status: conversation.status,
    face_id: conversation.face.id,
    pal_id: conversation.pal.id,
    created_at: conversation.createdAt,
    updated_at: conversation.updatedAt,
  };
}

export function verboseConversation(conversation: EmulatedConversation): Json {
  return {
    ...conversationDetails(conversation),
    ...(conversation.shutdownReason === undefined ? {} : { shutdown_reason: conversation.shutdownReason }),
    events: conversation.events,
  };
}

export function palDetails(pal: EmulatedPal): Json {
  return {
    ...pal.more,
    pal_id: pal.id,
    pal_name: pal.name,
    pipeline_mode: pal.pipelineMode,
    system_prompt: pal.systemPrompt,
    context: pal.more.context ?? null,
    layers: pal.layers,
    default_face_id: pal.defaultFaceId,
    created_at: pal.createdAt,
    updated_at: pal.updatedAt,
  };
}

export function faceDetails(face: EmulatedFace, verbose: boolean): Json {
  return {
    face_id: face.id,
    face_name: face.name,
    thumbnail_video_url: "",
    training_progress: face.status === "completed" ? "100/100" : "0/100",
    status: face.status,
    created_at: face.createdAt,
    model_name: face.modelName,
    ...(verbose ? { face_type: face.type } : {}),
  };
}
