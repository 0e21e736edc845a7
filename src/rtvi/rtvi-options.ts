import { z } from "zod";

import type { EnvironmentVariables } from "../util/environment.ts";
import type { OptionShape } from "../util/option-shape.ts";
import { CLIENT_MESSAGE_TYPES, type ClientMessageType } from "./client-messages.ts";

/** A message that a bot sends by itself, and that options can switch on or off. */
export type RTVIReport =
  | "user-started-speaking"
  | "user-stopped-speaking"
  | "vad-user-started-speaking"
  | "vad-user-stopped-speaking"
  | "user-mute-started"
  | "user-mute-stopped"
  | "user-input"
  | "user-transcription"
  | "user-llm-text"
  | "bot-llm-started"
  | "bot-llm-stopped"
  | "bot-tts-started"
  | "bot-tts-stopped"
  | "bot-started-speaking"
  | "bot-stopped-speaking"
  | "bot-output"
  | "bot-llm-text"
  | "bot-tts-text"
  | "bot-transcription"
  | "bot-interrupted"
  | "llm-function-call-started"
  | "llm-function-call-in-progress"
  | "llm-function-call-stopped"
  | "metrics"
  | "error"
  | "stt-raw-text"
  | "llm-raw-text"
  | "tts-raw-text"
  | "user-audio-level"
  | "bot-audio-level";

/** A message of clients that options can refuse. */
export type RTVIRequest =
  | "disconnect-bot"
  | "client-message"
  | "send-text"
  | "send-file"
  | "dtmf"
  | "llm-function-call-result"
  | "raw-audio"
  | "raw-audio-batch"
  | "ui-event"
  | "ui-snapshot"
  | "ui-cancel-job-group"
  | "append-to-context";

/** Whether a message is sent unless the options say otherwise. */
const DEFAULTS: Readonly<Record<RTVIReport, boolean>> = {
  "user-started-speaking": true,
  "user-stopped-speaking": true,
  "vad-user-started-speaking": false,
  "vad-user-stopped-speaking": false,
  "user-mute-started": true,
  "user-mute-stopped": true,
  "user-input": true,
  "user-transcription": true,
  "user-llm-text": true,
  "bot-llm-started": true,
  "bot-llm-stopped": true,
  "bot-tts-started": true,
  "bot-tts-stopped": true,
  "bot-started-speaking": true,
  "bot-stopped-speaking": true,
  "bot-output": true,
  "bot-llm-text": true,
  "bot-tts-text": true,
  "bot-transcription": true,
  "bot-interrupted": true,
  "llm-function-call-started": true,
  "llm-function-call-in-progress": true,
  "llm-function-call-stopped": true,
  metrics: true,
  error: true,
  "stt-raw-text": false,
  "llm-raw-text": false,
  "tts-raw-text": false,
  "user-audio-level": false,
  "bot-audio-level": false,
};

/**
 * How much clients learn of function calls: nothing, that there is one, its name, its arguments as well, or its result as
 * well.
 */
export type RTVIFunctionDetail = "disabled" | "none" | "name" | "arguments" | "full";

/** Options of RTVI, for the option `rtvi` of a transport. */
export interface RTVIOptions {
  /**
   * Which messages are sent, by type. Default: all, except those marked so in the guide: raw texts, audio levels and raw voice
   * activity.
   */
  readonly messages?: Readonly<Partial<Record<RTVIReport, boolean>>> | undefined;
  /** Requests of clients that are refused, such as "disconnect-bot" where several users share a call. Default none. */
  readonly refuse?: readonly RTVIRequest[] | undefined;
  /**
   * How much clients learn of function calls, by the name of the function; "*" is for all others. Default: "none", or what the
   * environment's TAVUS_TRANSPORT_RTVI_FUNCTION_CALLS says. A function of `clientFunction` is always "full".
   */
  readonly functionCalls?: Readonly<Record<string, RTVIFunctionDetail>> | undefined;
  /**
   * When a client receives `bot-ready`: at once ("automatic", default), or when the application has called `setBotReady()`
   * ("app").
   */
  readonly botReady?: "automatic" | "app" | undefined;
  /** More fields of `about` in `bot-ready`, such as the name of the bot. Default none. */
  readonly about?: Readonly<Record<string, unknown>> | undefined;
}

const detail = z.enum(["disabled", "none", "name", "arguments", "full"]);
const requests = CLIENT_MESSAGE_TYPES.filter((type) => type !== "client-ready") satisfies RTVIRequest[];

/** The schema of {@link RTVIOptions}. */
export const rtviOptionsSchema = z.strictObject({
  messages: z.partialRecord(z.enum(Object.keys(DEFAULTS) as [RTVIReport]), z.boolean()).optional(),
  refuse: z.array(z.enum(requests)).optional(),
  functionCalls: z.record(z.string(), detail).optional(),
  botReady: z.enum(["automatic", "app"]).optional(),
  about: z.record(z.string(), z.unknown()).optional(),
} satisfies OptionShape<RTVIOptions>);

/** The variable that says how much clients learn of function calls unless the options do. For tools of developers. */
const FUNCTION_CALLS_VARIABLE = "TAVUS_TRANSPORT_RTVI_FUNCTION_CALLS";

/** The options with their defaults. */
export interface ResolvedRTVIOptions {
  readonly isSent: (type: RTVIReport) => boolean;
  readonly isRefused: (type: ClientMessageType) => boolean;
  readonly functionDetail: (functionName: string) => RTVIFunctionDetail;
  readonly botReady: "automatic" | "app";
  readonly about: Readonly<Record<string, unknown>>;
}

/** Adds the defaults and the environment. An unknown value of the environment counts as none. */
export function resolveRTVIOptions(options: RTVIOptions, env: EnvironmentVariables): ResolvedRTVIOptions {
  const sent = { ...DEFAULTS, ...options.messages };
  const refused: ReadonlySet<string> = new Set(options.refuse);
  const others = options.functionCalls?.["*"] ?? detail.safeParse(env[FUNCTION_CALLS_VARIABLE]).data ?? "none";
  const details = new Map(Object.entries(options.functionCalls ?? {}));
  return {
    isSent: (type) => sent[type],
    isRefused: (type) => refused.has(type),
    functionDetail: (functionName) => details.get(functionName) ?? others,
    botReady: options.botReady ?? "automatic",
    about: options.about ?? {},
  };
}
