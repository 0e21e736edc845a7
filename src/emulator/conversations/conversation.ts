/** How a pal receives its words: from the Daily custom track `stream`, in `conversation.echo` app messages, or either. */
export type PalDelivery = "track" | "messages" | "any";

/** A PAL of the emulated account. */
export interface EmulatedPal {
  /** The PAL id (`pal_id`). */
  readonly id: string;
  /** Also the name of its participant in the room. */
  readonly name: string;
  /** `pipeline_mode`. Only "echo" PALs speak here; the others stay silent. */
  readonly pipelineMode: "echo" | "full" | "speech-to-speech";
  /** How it receives its words. */
  readonly delivery: PalDelivery;
  /** The face of its conversations that name none; null when it has none. */
  readonly defaultFaceId: string | null;
  /** `system_prompt`; has no effect here. */
  readonly systemPrompt: string | null;
  /** `layers`, as sent. `transport.input_settings.microphone` decides `delivery`; `perception.perception_model` "raven-1" causes a callback. */
  readonly layers: Readonly<Record<string, unknown>>;
  /** All other fields sent at creation: returned as they are, without effect here. */
  readonly more: Readonly<Record<string, unknown>>;
  /** "system": Tavus' stock; "user": seeded or created through the API. */
  readonly type: "system" | "user";
  /** ISO 8601. */
  readonly createdAt: string;
  /** ISO 8601. */
  readonly updatedAt: string;
}

/** A face of the emulated account. */
export interface EmulatedFace {
  /** The face id (`face_id`). */
  readonly id: string;
  /** The display name. */
  readonly name: string;
  /** The rendering model, such as "phoenix-4". */
  readonly modelName: string;
  /** "system": Tavus' stock; "user": seeded or created through the API. */
  readonly type: "system" | "user";
  /** "started" while the face is in training, then "completed". */
  readonly status: "started" | "completed";
  /** ISO 8601. */
  readonly createdAt: string;
  /** ISO 8601. */
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

/** The timers of a conversation, in seconds. */
export interface ConversationLimits {
  /** Duration, in seconds from the creation, after which the conversation ends. At most 3600; the default is 3600. */
  readonly maxCallDurationS: number;
  /** How long, in seconds, it stays open after everyone but the pal has left. Default 0. */
  readonly participantLeftTimeoutS: number;
  /** How long, in seconds from the creation, it waits for the first participant besides the pal. Default 300. */
  readonly participantAbsentTimeoutS: number;
}

/** An event of a conversation: an entry of the verbose answer to `GET /conversations/{id}`, and the content of a callback. */
export interface EmulatedEvent {
  /** Such as "system.shutdown". */
  readonly event_type: string;
  /** ISO 8601. */
  readonly timestamp: string;
  /** The content, by type of event. */
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** An utterance, as in the callback `application.transcription_ready`. */
export interface TranscriptEntry {
  /** The speaker. */
  readonly role: "user" | "assistant" | "system" | "tool";
  /** What was said, as text. */
  readonly content: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
  /** Seconds since the conversation was created. */
  readonly seconds_from_start: number;
}

/** A conversation in the emulator. Only its store changes it. */
export interface EmulatedConversation {
  /** The conversation id; also the name of its room. */
  readonly id: string;
  /** `conversation_name`. */
  readonly name: string;
  /** The URL of its Daily room. */
  readonly url: string;
  /** The PAL of the conversation. */
  readonly pal: EmulatedPal;
  /** The face of the conversation. */
  readonly face: EmulatedFace;
  /** The timers that end it. */
  readonly limits: ConversationLimits;
  /** As sent when it was created. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** `require_auth`: whether joining its room requires a token. */
  readonly requireAuth: boolean;
  /** Maximum participants, the pal included. Undefined: no limit. */
  readonly maxParticipants: number | undefined;
  /** Receives the callbacks; empty: none are sent. */
  readonly callbackUrl: string;
  /** `audio_only`: the pal sends no video. */
  readonly audioOnly: boolean;
  /** `test_mode`: the conversation was over at once, without a room or a pal. */
  readonly testMode: boolean;
  /** The memory stores that receive a memory when the conversation ends. */
  readonly memoryStores: readonly string[];
  /** ISO 8601. */
  readonly createdAt: string;
  /** Wall time of the creation, in milliseconds since 1970. */
  readonly createdWallMs: number;
  /** ISO 8601. Changes with every event. */
  updatedAt: string;
  /** "ended" from the moment its end begins. */
  status: "active" | "ended";
  /** The token to join with; undefined unless `requireAuth`. */
  meetingToken: string | undefined;
  /** The reason of its end; undefined while it is active. */
  shutdownReason: ShutdownReason | undefined;
  /** Whether any participant but the pal ever joined. */
  attended: boolean;
  /** What `transcribe()` added: at most 10 000 entries, oldest first. */
  readonly transcript: TranscriptEntry[];
  /** Finished recordings. */
  readonly recordings: { readonly recordingId: string; readonly durationS: number }[];
  /** The events so far, oldest first. */
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
