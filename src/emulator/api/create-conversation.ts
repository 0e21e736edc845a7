import { randomBytes } from "node:crypto";

import { z } from "zod";

import { asError } from "../../util/errors.ts";

import type { EmulatedConversation, EmulatedFace, EmulatedPal } from "../conversations/conversation.ts";
import { DEFAULT_PAL_ID } from "../state/stock-pals.ts";
import type { TavusState } from "../state/tavus-state.ts";
import { toIsoTime } from "../state/time.ts";
import { checked, failures } from "./failure.ts";

const text = z.string().nullish();
const flag = z.boolean().nullish();
const list = z.array(z.string()).nullish();
/** A day exceeds any call, and still fits a timer. */
const seconds = z.int().min(0).max(86_400).nullish();

const propertiesSchema = z.looseObject({
  max_call_duration: seconds,
  participant_left_timeout: seconds,
  participant_absent_timeout: seconds,
  enable_recording: flag,
  recording_storage: z.looseObject({ provider: z.enum(["s3", "gcs", "azure_blob"]) }).nullish(),
  enable_closed_captions: flag,
  apply_greenscreen: flag,
  language: text,
  languages: list,
  require_auth: flag,
  livekit_ws_url: text,
  livekit_room_token: text,
});

const createSchema = z.looseObject({
  face_id: text,
  replica_id: text,
  pal_id: text,
  persona_id: text,
  conversation_name: text,
  callback_url: text,
  conversational_context: text,
  custom_greeting: text,
  enable_dynamic_greeting: flag,
  meeting_url: text,
  audio_only: flag,
  memory_stores: list,
  document_ids: list,
  document_tags: list,
  document_retrieval_strategy: z.enum(["speed", "balanced", "quality"]).nullish(),
  test_mode: flag,
  require_auth: flag,
  max_participants: z.int().min(2).nullish(),
  policy: z.enum(["eu"]).nullish(),
  properties: propertiesSchema.nullish(),
});

type CreateRequest = z.infer<typeof createSchema>;

/** Checks the request, and opens the conversation unless it is in test mode. Throws an ApiFailure. */
export async function createConversation(state: TavusState, body: unknown): Promise<EmulatedConversation> {
  const request = checked(createSchema, body);
  const conversation = draft(state, request);
  if (!conversation.testMode) {
    if (state.conversations.creditsS <= 0) throw failures.outOfCredits();
    if (state.conversations.isFull) throw failures.tooManyConversations(state.concurrencyStatus);
  }
  try {
    await state.conversations.add(conversation);
  } catch (thrown) {
    state.logger.error("The emulator could not open a room.", {
      conversationId: conversation.id,
      error: asError(thrown).message,
    });
    throw failures.creationFailed();
  }
  return conversation;
}

function draft(state: TavusState, request: CreateRequest): EmulatedConversation {
  const pal = findPal(state, request);
  const properties = request.properties ?? {};
  const nowWallMs = state.clock.wallMs();
  const createdAt = toIsoTime(nowWallMs);
  const id = `c${randomBytes(6).toString("hex")}`;
  const testMode = request.test_mode === true;
  return {
    id,
    name: given(request.conversation_name) ?? `New Conversation ${Math.round(nowWallMs)}`,
    url: state.roomUrl(id),
    pal,
    face: findFace(state, request, pal),
    limits: {
      maxCallDurationS: Math.min(properties.max_call_duration ?? 3600, state.maxCallDurationCapS),
      participantLeftTimeoutS: properties.participant_left_timeout ?? 0,
      participantAbsentTimeoutS: properties.participant_absent_timeout ?? 300,
    },
    properties,
    requireAuth: (request.require_auth ?? properties.require_auth) === true,
    maxParticipants: request.max_participants ?? undefined,
    callbackUrl: request.callback_url ?? "",
    audioOnly: request.audio_only === true,
    testMode,
    memoryStores: request.memory_stores ?? [],
    createdAt,
    createdWallMs: nowWallMs,
    updatedAt: createdAt,
    status: testMode ? "ended" : "active",
    meetingToken: undefined,
    shutdownReason: undefined,
    attended: false,
    transcript: [],
    recordings: [],
    events: [],
  };
}

// Errors use the old names, whichever were sent, as observed from the real service.
function findPal(state: TavusState, request: CreateRequest): EmulatedPal {
  const pal = state.catalog.pal(given(request.pal_id) ?? given(request.persona_id) ?? DEFAULT_PAL_ID);
  if (pal === undefined) throw failures.unknown("persona_id");
  return pal;
}

function findFace(state: TavusState, request: CreateRequest, pal: EmulatedPal): EmulatedFace {
  const id = given(request.face_id) ?? given(request.replica_id) ?? pal.defaultFaceId;
  if (id === null) throw failures.required("replica_id");
  const face = state.catalog.face(id);
  if (face === undefined) throw failures.unknown("replica_id");
  return face;
}

function given(value: string | null | undefined): string | undefined {
  return value === null || value === "" ? undefined : value;
}
