import { z } from "zod";

import type { Logger } from "../../util/logger.ts";
import { transportParamsSchema } from "../base/transport-params.ts";

/** The stock echo PAL for each `audioDelivery`: it speaks what it receives that way. */
export const DEFAULT_PAL_ID = { track: "pipecat-stream", messages: "pipecat0" } as const;

const id = z.string().trim().min(1, "must not be empty");
const seconds = z.int().min(0);
const isLogger = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  ["debug", "info", "warn", "error"].every((name) => typeof (value as Record<string, unknown>)[name] === "function");

/**
 * Of the general params, `videoOutEnabled` must stay false (users see the pal), `audioOutAutoSilence` must stay true, and
 * `audioOutMixer` needs a destination of its own: the pal would speak what is mixed into its track.
 */
const tavusParamsSchema = transportParamsSchema.extend({
  /** Whether the users' audio is captured for the pipeline. Default true. */
  audioInEnabled: z.boolean().default(true),
  /** Whether the bot speaks through the pal. Default true. */
  audioOutEnabled: z.boolean().default(true),
  /**
   * How the pal receives the bot's audio. "track" (default): as a custom audio track, in real time. "messages": as
   * `conversation.echo` app messages, sent ahead of real time.
   */
  audioDelivery: z.enum(["track", "messages"]).default("track"),
  /** Name of the custom audio track the pal listens to. Default "stream". */
  streamTrackName: z.string().min(1).default("stream"),
  /**
   * Whether the bot publishes a microphone in addition to the pal's voice: a destination named "microphone", for frames
   * that choose it (`transportDestination`). Default false: users hear the pal alone.
   */
  microphoneOutEnabled: z.boolean().default(false),
  /**
   * Silence on the track between an interruption and the next speech, in milliseconds of audio, from 0 to 5000. On a track
   * only silence marks the end of the interrupted speech; speech that follows too soon is taken for the rest of it, and is
   * lost. It delays only speech that follows at once. How much Tavus needs is not documented: its end mark for messages is
   * 40 ms. Default 240. Without effect for `audioDelivery` "messages".
   */
  interruptionSilenceMs: z.number().min(0).max(5000).default(240),
  /** The longest app message, in characters of its JSON, at least 500. Default: what the room allows. */
  maxMessageBytes: z.int().min(500).optional(),
  /** How long speech waits for the pal to join, in milliseconds; after that the bot speaks without it. Default 30000. */
  palReadyTimeoutMs: z.number().nonnegative().default(30_000),
  /**
   * How long the first words on the track wait once the pal is in the room, in milliseconds, while silence is sent. The pal
   * has to subscribe to the track and to connect first, and no event says that it has; what is sent before that is lost. In a
   * local room it takes some 40 ms, over a network several round trips; how long Tavus takes is not documented. From 0 to
   * 10000. Default 500. Without effect for `audioDelivery` "messages".
   */
  palConnectMs: z.number().min(0).max(10_000).default(500),
  /**
   * How long a participant with nothing but the pal's name stays undecided, in milliseconds, for better evidence to arrive.
   * Default 1500.
   */
  palDecisionMs: z.number().nonnegative().default(1500),
  /**
   * Deadline for starting the runtime, and again for joining the room, in milliseconds; no other deadline is shorter.
   * Default 30000.
   */
  joinTimeoutMs: z.number().positive().max(3_600_000).default(30_000),
});

const conversationSchema = z.strictObject({
  /** The name of the conversation. Default: a unique one. */
  name: z.string().min(1).optional(),
  /** Tavus ends the conversation after this many seconds, whatever happens here. Default 1800. */
  maxCallDurationS: z.int().min(1).default(1800),
  /** Seconds from when the last participant leaves until Tavus ends the conversation. Default 30. */
  participantLeftTimeoutS: seconds.default(30),
  /** Seconds from the creation until Tavus ends a conversation that nobody joins. Default 120. */
  participantAbsentTimeoutS: seconds.default(120),
  /** Whether the room is private; the bot joins with the token that Tavus returns. Default: Tavus', false. */
  requireAuth: z.boolean().optional(),
  /** How many participants may be in the room; pal, bot and users all count. Default: Tavus'. */
  maxParticipants: z.int().min(2).optional(),
  /** Whether the conversation has no video. Default: Tavus'. */
  audioOnly: z.boolean().optional(),
  /** The language of the conversation, as Tavus names it. Default: Tavus'. */
  language: z.string().min(1).optional(),
  /** Where Tavus sends the webhooks of the conversation. Default: none. */
  callbackUrl: z.url().optional(),
  /** What the pal says first. Default: the PAL's. */
  customGreeting: z.string().optional(),
  /** What the pal's language model knows about this conversation. Default: the PAL's. */
  conversationalContext: z.string().optional(),
  /** More fields of the request, sent to Tavus as they are. */
  extra: z.record(z.string(), z.unknown()).optional(),
});

export const optionsSchema = z.strictObject({
  /** The bot's name in the room. Default "Bot". */
  botName: z.string().trim().min(1).default("Bot"),
  /** The key of the Tavus account. Default: the environment's TAVUS_API_KEY. */
  apiKey: id.optional(),
  /** The URL of the API. Default: the environment's TAVUS_API_URL, else https://tavusapi.com/v2. */
  apiUrl: z.url({ protocol: /^https?$/ }).optional(),
  /** The face of the pal. Default: the environment's TAVUS_FACE_ID. */
  faceId: id.optional(),
  /** The PAL. Default: the environment's TAVUS_PAL_ID, else the stock echo PAL for `params.audioDelivery`. */
  palId: id.optional(),
  /** Old name of `faceId`. */
  replicaId: id.optional(),
  /** Old name of `palId`. */
  personaId: id.optional(),
  /**
   * What happens with a chosen PAL that cannot serve this bot (it has a full pipeline of its own, or another
   * `audioDelivery`): an error before anything is created, a warning, or nothing. Default "error". Doubts are warnings with
   * "error" and "warn" alike.
   */
  palFit: z.enum(["error", "warn", "off"]).default("error"),
  /**
   * The id of a conversation to join instead of creating one. Its URL is looked up unless `conversationUrl` is given.
   * Default: the environment's TAVUS_CONVERSATION_ID.
   */
  conversationId: id.optional(),
  /**
   * The URL of a conversation to join instead of creating one. Its last part is the id unless `conversationId` is given.
   * Default: the environment's TAVUS_CONVERSATION_URL.
   */
  conversationUrl: z.url({ protocol: /^https?$/, message: "must be the http(s) URL of a conversation" }).optional(),
  /**
   * The token for a private conversation or room; `?t=` in its URL works as well. Default: the environment's
   * TAVUS_MEETING_TOKEN.
   */
  meetingToken: id.optional(),
  /** Whether a conversation that was joined, not created, ends with the bot. Default false. */
  endJoinedConversation: z.boolean().default(false),
  /**
   * The folder of the journal of open conversations, from which the next start ends those of a killed process; false for
   * none. Default: the environment's TAVUS_JOURNAL ("off" for none), else a folder in XDG_STATE_HOME or ~/.local/state.
   */
  journal: z.union([z.literal(false), z.string().min(1)]).optional(),
  /** The URL of a room to join without the Tavus API. Default: the environment's TAVUS_SAMPLE_ROOM_URL. */
  roomUrl: z.url({ protocol: /^https?$/, message: "must be the http(s) URL of a Daily room" }).optional(),
  /** The token for `roomUrl`. Default: `meetingToken`. */
  roomToken: id.optional(),
  /**
   * Where daily-js runs: in this process ("native") or in a page of a headless browser ("chromium"). Default "auto": native
   * for a room on this machine, else chromium.
   */
  runtime: z.enum(["auto", "native", "chromium"]).default("auto"),
  /**
   * Where the life of the call is logged. Default: the logger of the pipeline's task and, before there is one, the console
   * at the level of the environment's TAVUS_TRANSPORT_LOG.
   */
  logger: z.custom<Logger>(isLogger, "must have the methods debug, info, warn and error").optional(),
  /** What a created conversation is like, and its limits. */
  conversation: conversationSchema.prefault({}),
  /** Media: what is captured, how the pal receives the bot's audio, and how long to wait for what. */
  params: tavusParamsSchema.prefault({}),
});

/** The media params with their defaults. */
export type TavusParams = z.output<typeof tavusParamsSchema>;
/** The media params as an application writes them: each has a default. */
export type TavusParamsInput = z.input<typeof tavusParamsSchema>;
/** The options of `new TavusTransport`. The environment provides what is left out, where it has a variable for it. */
export type TavusTransportOptions = z.input<typeof optionsSchema>;

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
export interface ResolvedTavusOptions extends Omit<ParsedOptions, "palId" | "roomUrl" | "journal"> {
  readonly palId: string;
  /** Whether the PAL was chosen, and is not the default. */
  readonly palIsChosen: boolean;
  /** Without a token in it. */
  readonly roomUrl: string | undefined;
  readonly joins: JoinedConversation | undefined;
  /** The folder of the journal; undefined for none. */
  readonly journal: string | undefined;
}
