/** What marks an app message as one of RTVI. */
export const RTVI_LABEL = "rtvi-ai";

/**
 * The version of the protocol that is spoken here, as Pipecat 1.14 does. What 2.2 has added is unknown to clients of 2.0 and
 * 2.1, which ignore it.
 */
export const RTVI_VERSION = "2.2.0";

/** The messages that a bot sends, with what they carry. "none": no `data`. */
export interface ServerMessages {
  "bot-ready": {
    readonly version: string;
    readonly about: Readonly<Record<string, unknown>>;
    readonly capabilities: RTVICapabilities;
  };
  error: { readonly error: string; readonly fatal: boolean };
  "error-response": { readonly error: string };
  "server-response": { readonly t: string; readonly d?: unknown };
  "server-message": unknown;
  "user-started-speaking": undefined;
  "user-stopped-speaking": undefined;
  "vad-user-started-speaking": undefined;
  "vad-user-stopped-speaking": undefined;
  "user-mute-started": undefined;
  "user-mute-stopped": undefined;
  "user-input": {
    readonly text: string;
    readonly input_type: "transcription" | "chat";
    readonly timestamp: string;
    readonly final: boolean;
    readonly user_id?: string;
    readonly msg_id?: string;
  };
  "user-transcription": {
    readonly text: string;
    readonly user_id: string;
    readonly timestamp: string;
    readonly final: boolean;
  };
  "user-llm-text": TextData;
  "bot-llm-started": undefined;
  "bot-llm-stopped": undefined;
  "bot-tts-started": undefined;
  "bot-tts-stopped": undefined;
  "bot-started-speaking": undefined;
  "bot-stopped-speaking": undefined;
  "bot-output": BotOutputData | LegacyBotOutputData;
  "bot-llm-text": TextData;
  "bot-tts-text": TextData;
  "bot-transcription": TextData;
  "bot-interrupted": undefined;
  "llm-function-call-started": { readonly function_name?: string };
  "llm-function-call-in-progress": {
    readonly tool_call_id: string;
    readonly function_name?: string;
    readonly arguments?: Readonly<Record<string, unknown>>;
  };
  "llm-function-call-stopped": {
    readonly tool_call_id: string;
    readonly cancelled: boolean;
    readonly function_name?: string;
    readonly result?: unknown;
  };
  metrics: MetricsLists;
  "stt-raw-text": TextData;
  "llm-raw-text": TextData;
  "tts-raw-text": TextData;
  "user-audio-level": LevelData;
  "bot-audio-level": LevelData;
  "ui-command": { readonly command: string; readonly payload?: unknown };
  "ui-job-group": RTVIJobGroupUpdate;
}

/** The type of a message that a bot sends. */
export type ServerMessageType = keyof ServerMessages;

interface TextData {
  readonly text: string;
}

interface LevelData {
  /** From 0 to 1. */
  readonly value: number;
}

/** What the bot can do, for clients. */
export interface RTVICapabilities {
  /** Whether it hears users. */
  readonly audio_in: boolean;
  /** Whether it is heard. */
  readonly audio_out: boolean;
  /** Whether it sees users' cameras. */
  readonly video_in: boolean;
  /** Whether it sees users' screens. */
  readonly screen_in: boolean;
  /** Whether it, or its pal, is seen. */
  readonly video_out: boolean;
  /** Whether it sends metrics. */
  readonly metrics: boolean;
}

/** A piece of what the bot says or writes, for clients from 2.0 on. */
export interface BotOutputData extends TextData {
  readonly output_type: string;
  /** The same as `output_type`, by its old name. */
  readonly aggregated_by: string;
  readonly segment_id: number;
  readonly will_be_spoken: boolean;
  readonly spoken_status: "new" | "in-progress" | "completed";
  readonly spoken_progress?: { readonly accumulated_text: string; readonly remaining_text?: string };
}

/** The same for clients of 1.x: each sentence and each word is a message of its own. */
export interface LegacyBotOutputData extends TextData {
  readonly spoken: boolean;
  readonly aggregated_by: string;
}

/** Measurements by kind. Times are in seconds. */
export type MetricsLists = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

/** What has become of work that the bot does for the page beside the conversation: RTVI's `ui-job-group`. */
export type RTVIJobGroupUpdate = {
  /** Id of the whole group. */
  readonly job_id: string;
  /** When it happened, in milliseconds since 1970. Default: now. */
  readonly at?: number;
} & (
  | {
      readonly kind: "group_started";
      /** Names of those that do the work. */
      readonly workers?: readonly string[];
      /** What people see. */
      readonly label?: string;
      /** Whether the page may cancel it; `uiJobGroupCancelled` is emitted then. */
      readonly cancellable?: boolean;
    }
  | {
      readonly kind: "job_update";
      /** Who has got on. */
      readonly worker_name: string;
      /** Anything that is JSON. */
      readonly data?: unknown;
    }
  | {
      readonly kind: "job_completed";
      /** Who is done. */
      readonly worker_name: string;
      /** How it went; the application and its page agree on the words. */
      readonly status: string;
      /** The result: anything that is JSON. */
      readonly response?: unknown;
    }
  | { readonly kind: "group_completed" }
);

/** A message as it is sent: what is undefined is left out. */
export interface ServerMessage<T extends ServerMessageType = ServerMessageType> {
  readonly label: typeof RTVI_LABEL;
  readonly type: T;
  readonly id?: string;
  readonly data?: ServerMessages[T];
}

/** Makes a message. `id` is that of the request it answers. */
export function serverMessage<T extends ServerMessageType>(
  type: T,
  data: ServerMessages[T],
  id?: string,
): ServerMessage<T> {
  return { label: RTVI_LABEL, type, ...(id !== undefined && { id }), ...(data !== undefined && { data }) };
}
