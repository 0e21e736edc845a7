import { z } from "zod";

import { rtviOptionsSchema } from "../../rtvi/index.ts";
import { transportParamsSchema } from "../base/transport-params.ts";
import type { OptionShape } from "../../util/option-shape.ts";
import type { TransportParamsInput } from "../base/transport-params-types.ts";
import { PACKET_TIMES_MS } from "../daily/packet-time.ts";
import { loggerSchema } from "../room/logger-schema.ts";
import { isFallbackRoomApi, type FallbackRoomApi, type ResolvedFallback } from "./avatar/fallback.ts";
import { tavusCostSchema } from "./cost/cost-options.ts";
import type { NewConversationOptions, TavusParamsInput, TavusTransportOptions } from "./tavus-options-types.ts";

/** The stock echo PAL for each `audioDelivery`: it speaks what it receives that way. */
export const DEFAULT_PAL_ID = { track: "pipecat-stream", messages: "pipecat0" } as const;

const id = z.string().trim().min(1, "must not be empty");
const seconds = z.int().min(0);

/**
 * Of the general params, `videoOutEnabled` must stay false (users see the pal), `audioOutAutoSilence` must stay true, and
 * `audioOutMixer` needs a destination of its own: the pal would speak what is mixed into its track.
 */
const tavusParamsSchema = transportParamsSchema.extend({
  audioInEnabled: z.boolean().default(true),
  audioOutEnabled: z.boolean().default(true),
  audioDelivery: z.enum(["track", "messages"]).default("track"),
  streamTrackName: z.string().min(1).default("stream"),
  microphoneOutEnabled: z.boolean().default(false),
  interruptionSilenceMs: z.number().min(0).max(5000).default(240),
  maxMessageBytes: z.int().min(500).optional(),
  palReadyTimeoutMs: z.number().nonnegative().default(30_000),
  palConnectMs: z.number().min(0).max(10_000).default(500),
  palSilenceTimeoutMs: z.number().min(0).max(60_000).default(3000),
  microphoneConnectMs: z.number().min(0).max(10_000).default(300),
  palDecisionMs: z.number().nonnegative().default(1500),
  joinTimeoutMs: z.number().positive().max(3_600_000).default(30_000),
} satisfies OptionShape<
  Omit<TavusParamsInput, Exclude<keyof TransportParamsInput, "audioInEnabled" | "audioOutEnabled">>
>);

const conversationSchema = z.strictObject({
  name: z.string().min(1).optional(),
  maxCallDurationS: z.int().min(1).default(1800),
  participantLeftTimeoutS: seconds.default(30),
  participantAbsentTimeoutS: seconds.default(120),
  requireAuth: z.boolean().optional(),
  maxParticipants: z.int().min(2).optional(),
  audioOnly: z.boolean().optional(),
  language: z.string().min(1).optional(),
  callbackUrl: z.url().optional(),
  customGreeting: z.string().optional(),
  conversationalContext: z.string().optional(),
  extra: z.record(z.string(), z.unknown()).optional(),
} satisfies OptionShape<NewConversationOptions>);

const fallbackSchema = z.union(
  [
    z.enum(["none", "microphone"]),
    z.custom<FallbackRoomApi>(isFallbackRoomApi),
    z.strictObject({ roomUrl: z.url({ protocol: /^https?$/ }), token: id.optional() }),
  ],
  'must be "none", "microphone", { roomUrl, token } with the http(s) URL of a Daily room, or a DailyApi',
);

export const optionsSchema = z.strictObject({
  botName: z.string().trim().min(1).default("Bot"),
  apiKey: id.optional(),
  apiUrl: z.url({ protocol: /^https?$/ }).optional(),
  faceId: id.optional(),
  palId: id.optional(),
  replicaId: id.optional(),
  personaId: id.optional(),
  palFit: z.enum(["error", "warn", "off"]).default("error"),
  conversationId: id.optional(),
  conversationUrl: z.url({ protocol: /^https?$/, message: "must be the http(s) URL of a conversation" }).optional(),
  meetingToken: id.optional(),
  endJoinedConversation: z.boolean().default(false),
  journal: z.union([z.literal(false), z.string().min(1)]).optional(),
  roomUrl: z.url({ protocol: /^https?$/, message: "must be the http(s) URL of a Daily room" }).optional(),
  roomToken: id.optional(),
  fallback: fallbackSchema.default("microphone"),
  cost: tavusCostSchema.prefault({}),
  runtime: z.enum(["auto", "native", "chromium"]).default("auto"),
  mediaProcess: z.enum(["shared", "perCall"]).default("shared"),
  packetTimeMs: z.literal(PACKET_TIMES_MS).optional(),
  jitterBuffer: z.boolean().default(false),
  mediaPriority: z.enum(["normal", "high", "realtime"]).default("normal"),
  logger: loggerSchema.optional(),
  conversation: conversationSchema.prefault({}),
  rtvi: z.union([z.literal(false), rtviOptionsSchema]).prefault({}),
  params: tavusParamsSchema.prefault({}),
} satisfies OptionShape<TavusTransportOptions>);

export type { TavusParamsInput, TavusTransportOptions } from "./tavus-options-types.ts";
/** The media params with their defaults. */
export type TavusParams = z.output<typeof tavusParamsSchema>;

/** Options with the defaults of the schema. */
export type ParsedOptions = z.output<typeof optionsSchema>;

/** A conversation to join. */
export interface JoinedConversation {
  readonly conversationId: string;
  /** Without a token in it; undefined when it has to be looked up. */
  readonly conversationUrl: string | undefined;
  readonly meetingToken: string | undefined;
  /** Whether it ends with the bot. */
  readonly end: boolean;
}

/** Options with their defaults and the values of the environment. */
export interface ResolvedTavusOptions extends Omit<ParsedOptions, "palId" | "roomUrl" | "journal" | "fallback"> {
  readonly fallback: ResolvedFallback;
  /** Why there is no avatar, where it is optional and not configured: a sentence for people. */
  readonly noAvatarBecause: string | undefined;
  readonly palId: string;
  /** Whether the PAL was chosen, and is not the default. */
  readonly palIsChosen: boolean;
  /** Without a token in it. */
  readonly roomUrl: string | undefined;
  readonly joins: JoinedConversation | undefined;
  /** The folder of the journal; undefined for none. */
  readonly journal: string | undefined;
}
