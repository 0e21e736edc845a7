/** How a pal gets its words: from the Daily custom track `stream`, in `conversation.echo` app messages, or by either. */
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
  /** All else that was sent when it was created; told again, and of no effect here. */
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

/** What Tavus says when it ends a conversation. */
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

/** What was said, as the callback `application.transcription_ready` tells it. */
export interface TranscriptEntry {
  readonly role: "user" | "assistant" | "system" | "tool";
  readonly content: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly seconds_from_start: number;
}

/** A conversation in the emulator; its store alone changes it. */
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
  /** The pal counts. Undefined: no limit. */
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
  /** Whether anybody but the pal was ever in it. */
  attended: boolean;
  readonly transcript: TranscriptEntry[];
  /** Those that are over. */
  readonly recordings: { readonly recordingId: string; readonly durationS: number }[];
  readonly events: EmulatedEvent[];
}

/**
 * Brings a conversation to life: its room and its pal. The store calls `open` once and, after it, `close` once. The
 * host tells the store who joins and leaves (`participantJoined`, `participantLeft`).
 */
export interface ConversationHost {
  /** Opens the room at `conversation.url`; returns the token to join with when the conversation requires one. */
  open(conversation: EmulatedConversation): Promise<{ readonly meetingToken?: string | undefined }>;
  /** Ends the room for everyone in it. */
  close(conversationId: string, reason: ShutdownReason): Promise<void>;
}
