import type { RTVIOptions } from "../../rtvi/index.ts";
import type { Logger } from "../../util/logger.ts";
import type { TransportParamsInput } from "../base/transport-params-types.ts";
import type { MediaPriority } from "../daily/media-priority.ts";
import type { AvatarFallback } from "./avatar/fallback.ts";
import type { TavusCostOptions } from "./cost/cost-options.ts";

/**
 * What goes in and out. Of the general params, `videoOutEnabled` must stay false (the pal is what users see),
 * `audioOutAutoSilence` true, and `audioOutMixer` needs a destination of its own: what goes to the pal is spoken by it.
 */
export interface TavusParamsInput extends TransportParamsInput {
  /** Whether the users' audio is captured for the pipeline. Default true. */
  readonly audioInEnabled?: boolean | undefined;
  /** Whether the bot speaks through the pal. Default true. */
  readonly audioOutEnabled?: boolean | undefined;
  /**
   * How the pal receives the bot's audio. "track" (default): as a custom audio track, in real time. "messages": as
   * `conversation.echo` app messages, sent ahead of real time.
   */
  readonly audioDelivery?: "track" | "messages" | undefined;
  /** Name of the custom audio track the pal listens to. Default "stream". */
  readonly streamTrackName?: string | undefined;
  /**
   * Whether the bot publishes a microphone in addition to the pal's voice: a destination named "microphone", for frames
   * that choose it (`transportDestination`). Default false: users hear the pal alone.
   */
  readonly microphoneOutEnabled?: boolean | undefined;
  /**
   * Silence on the track between an interruption and the next speech, in milliseconds of audio, from 0 to 5000. On a track
   * only silence marks the end of the interrupted speech; speech that follows too soon is taken for the rest of it, and is
   * lost. It delays only speech that follows at once. How much Tavus needs is not documented: its end mark for messages is
   * 40 ms. Default 240. Without effect for `audioDelivery` "messages".
   */
  readonly interruptionSilenceMs?: number | undefined;
  /**
   * How long the first words on the track wait once the pal is in the room, in milliseconds, while silence is sent. The pal
   * has to subscribe to the track and to connect first, and no event says that it has; what is sent before that is lost. In a
   * local room it takes some 40 ms, over a network several round trips; how long Tavus takes is not documented. From 0 to
   * 10000. Default 500. Without effect for `audioDelivery` "messages".
   */
  readonly palConnectMs?: number | undefined;
  /** The longest app message, in characters of its JSON, at least 500. Default: what the room allows. */
  readonly maxMessageBytes?: number | undefined;
  /** How long speech waits for the pal to join, in milliseconds; after that the bot speaks without it. Default 30000. */
  readonly palReadyTimeoutMs?: number | undefined;
  /**
   * How long the pal may stay silent while audible speech is sent to it, in milliseconds, before the bot speaks through its
   * microphone. Default 3000; 0 switches the watch off. Without effect for `fallback` "none".
   */
  readonly palSilenceTimeoutMs?: number | undefined;
  /**
   * How long the first words on the bot's microphone wait after it was published, in milliseconds, while silence is sent:
   * users have to subscribe to it first. From 0 to 10000. Default 300.
   */
  readonly microphoneConnectMs?: number | undefined;
  /**
   * How long a participant with nothing but the pal's name stays undecided, in milliseconds, for better evidence to arrive.
   * Default 1500.
   */
  readonly palDecisionMs?: number | undefined;
  /**
   * Deadline for starting the runtime, and again for joining the room, in milliseconds; no other deadline is shorter.
   * Default 30000.
   */
  readonly joinTimeoutMs?: number | undefined;
}

/** How a conversation is created. */
export interface NewConversationOptions {
  /** The name of the conversation. Default: a unique one. */
  readonly name?: string | undefined;
  /** Tavus ends the conversation after this many seconds, whatever happens here. Default 1800. */
  readonly maxCallDurationS?: number | undefined;
  /** Seconds from when the last participant leaves until Tavus ends the conversation. Default 30. */
  readonly participantLeftTimeoutS?: number | undefined;
  /** Seconds from the creation until Tavus ends a conversation that nobody joins. Default 120. */
  readonly participantAbsentTimeoutS?: number | undefined;
  /** Whether the room is private; the bot joins with the token that Tavus returns. Default: Tavus', false. */
  readonly requireAuth?: boolean | undefined;
  /** How many participants may be in the room; pal, bot and users all count. Default: Tavus'. */
  readonly maxParticipants?: number | undefined;
  /** Whether the conversation has no video. Default: Tavus'. */
  readonly audioOnly?: boolean | undefined;
  /** The language of the conversation, as Tavus names it. Default: Tavus'. */
  readonly language?: string | undefined;
  /** Where Tavus sends the webhooks of the conversation. Default: none. */
  readonly callbackUrl?: string | undefined;
  /** What the pal says first. Default: the PAL's. */
  readonly customGreeting?: string | undefined;
  /** What the pal's language model knows about this conversation. Default: the PAL's. */
  readonly conversationalContext?: string | undefined;
  /** More fields of the request, sent to Tavus as they are. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
}

/** The options of `new TavusTransport`. The environment provides what is left out, where it has a variable for it. */
export interface TavusTransportOptions {
  /** The bot's name in the room. Default "Bot". */
  readonly botName?: string | undefined;
  /** The key of the Tavus account. Default: the environment's TAVUS_API_KEY. */
  readonly apiKey?: string | undefined;
  /** The URL of the API. Default: the environment's TAVUS_API_URL, else https://tavusapi.com/v2. */
  readonly apiUrl?: string | undefined;
  /** The face of the pal. Default: the environment's TAVUS_FACE_ID. */
  readonly faceId?: string | undefined;
  /** The PAL. Default: the environment's TAVUS_PAL_ID, else the stock echo PAL for `params.audioDelivery`. */
  readonly palId?: string | undefined;
  /** Old name of `faceId`. */
  readonly replicaId?: string | undefined;
  /** Old name of `palId`. */
  readonly personaId?: string | undefined;
  /**
   * What happens with a chosen PAL that cannot serve this bot (it has a full pipeline of its own, or another
   * `audioDelivery`): an error before anything is created, a warning, or nothing. Default "error". Doubts are warnings with
   * "error" and "warn" alike.
   */
  readonly palFit?: "error" | "warn" | "off" | undefined;
  /**
   * The id of a conversation to join instead of creating one. Its URL is looked up unless `conversationUrl` is given.
   * Default: the environment's TAVUS_CONVERSATION_ID.
   */
  readonly conversationId?: string | undefined;
  /**
   * The URL of a conversation to join instead of creating one. Its last part is the id unless `conversationId` is given.
   * Default: the environment's TAVUS_CONVERSATION_URL.
   */
  readonly conversationUrl?: string | undefined;
  /**
   * The token for a private conversation or room; `?t=` in its URL works as well. Default: the environment's
   * TAVUS_MEETING_TOKEN.
   */
  readonly meetingToken?: string | undefined;
  /** Whether a conversation that was joined, not created, ends with the bot. Default false. */
  readonly endJoinedConversation?: boolean | undefined;
  /**
   * The folder of the journal of open conversations, from which the next start ends those of a killed process; false for
   * none. Default: the environment's TAVUS_JOURNAL ("off" for none), else a folder in XDG_STATE_HOME or ~/.local/state.
   */
  readonly journal?: string | false | undefined;
  /** The URL of a room to join without the Tavus API. Default: the environment's TAVUS_SAMPLE_ROOM_URL. */
  readonly roomUrl?: string | undefined;
  /** The token for `roomUrl`. Default: `meetingToken`. */
  readonly roomToken?: string | undefined;
  /**
   * What happens when the avatar fails. "microphone" (default): in the conversation's room the bot speaks through its
   * microphone until the pal is back. A room, or a `DailyApi` to make one with: the same, and when there is no conversation
   * or its room ends, the call is held in that room; the avatar is optional then. "none": nobody hears the bot without the
   * pal.
   */
  readonly fallback?: AvatarFallback | undefined;
  /**
   * What conversations cost and may cost. Without it minutes are counted, and money if the environment has
   * TAVUS_PRICE_PER_MINUTE.
   */
  readonly cost?: TavusCostOptions | undefined;
  /**
   * Where daily-js runs: in a media process of Node ("native") or in a page of a headless browser ("chromium"). Default
   * "auto": native for a room on this machine, else chromium.
   */
  readonly runtime?: "auto" | "native" | "chromium" | undefined;
  /**
   * In the `native` runtime: whether calls share one media process (default "shared"), or this one has its own ("perCall"). The
   * crash of a media process ends the calls in it.
   */
  readonly mediaProcess?: "shared" | "perCall" | undefined;
  /**
   * The length of the audio packets that the bot sends, in ms: 10 has less delay, 20 costs less CPU. Default: what the others
   * in the room ask for. Calls that share a media process share it.
   */
  readonly packetTimeMs?: 10 | 20 | undefined;
  /**
   * In the `chromium` runtime: whether received sound passes through the browser's jitter buffer. Default false: each packet is
   * heard at once, so that a sender that stalled is late no longer than its stall. True brings back how the browser conceals
   * lost packets, and some 20 ms of delay, for seconds more after a stall. The `native` runtime always has the buffer.
   */
  readonly jitterBuffer?: boolean | undefined;
  /**
   * How the operating system treats the processes of the media where others want the cores as well: "normal" (default), "high"
   * (nice -10) or "realtime" (SCHED_RR; with `chromium` as "high"). The last two need privileges; without them the call runs all
   * the same, and a warning is logged.
   */
  readonly mediaPriority?: MediaPriority | undefined;
  /**
   * Where the life of the call is logged. Default: the logger of the pipeline's task and, before there is one, the console
   * at the level of the environment's TAVUS_TRANSPORT_LOG.
   */
  readonly logger?: Logger | undefined;
  /** What a created conversation is like, and its limits. */
  readonly conversation?: NewConversationOptions | undefined;
  /**
   * RTVI, the protocol of Pipecat's web clients: false for none, or what is sent and taken. Default: on. Nothing is sent before
   * a client in the room has asked for it; see the guide on RTVI for who may do what.
   */
  readonly rtvi?: false | RTVIOptions | undefined;
  /** Media: what is captured, how the pal receives the bot's audio, and how long to wait for what. */
  readonly params?: TavusParamsInput | undefined;
}
