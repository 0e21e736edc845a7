/** How a pal receives its words: from the Daily custom track `stream`, in `conversation.echo` app messages, or either. */
export type PalDelivery = "track" | "messages" | "any";

export interface EmulatedPal {
  readonly id: string;
  /** Also the name of its participant in the room. */
  readonly name: string;
  readonly pipelineMode: "echo" | "full" | "speech-to-speech";
  readonly delivery: PalDelivery;
  readonly defaultFaceId: string | null;
  readonly systemPrompt: string | null;
  readonly layers: Readonly<Record<string, unknown>>;
  /** All other fields sent at creation: returned as they are, without effect here. */
  readonly more: Readonly<Record<string, unknown>>;
  readonly type: "system" | "user";
  /** ISO 8601. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface EmulatedFace {
  readonly id: string;
  readonly name: string;
  readonly modelName: string;
  readonly type: "system" | "user";
  readonly status: "started" | "completed";
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Tavus' reasons for ending a conversation. */
export type ShutdownReason =
  | "max_call_duration reached"
  | "participant_left_timeout reached"
  | "participant_absent_timeout reached"
  | "daily_room_has_been_deleted"
  | "exception_encountered_during_conversation_startup"
  | "end_conversation_endpoint_hit";

export interface ConversationLimits {
  readonly maxCallDurationS: number;
  readonly participantLeftTimeoutS: number;
  readonly participantAbsentTimeoutS: number;
}

export interface EmulatedEvent {
  readonly event_type: string;
  readonly timestamp: string;
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** An utterance, as in the callback `application.transcription_ready`. */
export interface TranscriptEntry {
  readonly role: "user" | "assistant" | "system" | "tool";
  readonly content: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly seconds_from_start: number;
}

/** A conversation in the emulator. Only its store changes it. */
export interface EmulatedConversation {
  readonly id: string;
  readonly name: string;
  /** The URL of its Daily room. */
  readonly url: string;
  readonly pal: EmulatedPal;
  readonly face: EmulatedFace;
  readonly limits: ConversationLimits;
  /** As sent when it was created. */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly requireAuth: boolean;
  /** Maximum participants, the pal included. Undefined: no limit. */
  readonly maxParticipants: number | undefined;
  readonly callbackUrl: string;
  readonly audioOnly: boolean;
  readonly testMode: boolean;
  readonly memoryStores: readonly string[];
  readonly createdAt: string;
  readonly createdWallMs: number;
  updatedAt: string;
  status: "active" | "ended";
  meetingToken: string | undefined;
  shutdownReason: ShutdownReason | undefined;
  /** Whether any participant but the pal ever joined. */
  attended: boolean;
  readonly transcript: TranscriptEntry[];
  /** Finished recordings. */
  readonly recordings: { readonly recordingId: string; readonly durationS: number }[];
  readonly events: EmulatedEvent[];
}

/**
 * Provides a conversation's room and pal. The store calls `open` once and, after it, `close` once. The
 * host reports joins and leaves to the store (`participantJoined`, `participantLeft`).
 */
export interface ConversationHost {
  /** Opens the room at `conversation.url`; returns the token to join with when the conversation requires one. */
  open(conversation: EmulatedConversation): Promise<{ readonly meetingToken?: string | undefined }>;
  /** Ends the room for everyone in it. */
  close(conversationId: string, reason: ShutdownReason): Promise<void>;
}
