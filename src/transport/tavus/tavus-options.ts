import type { Environment } from "../../util/environment.ts";
import { z } from "zod";

import { journalPath } from "../../api/journal/index.ts";
import { FACE_VARIABLE, OldNames, PAL_VARIABLE } from "../../api/old-names.ts";
import type { Logger } from "../../util/logger.ts";
import { safeLogger } from "../../util/safe-logger.ts";
import { InvalidOptionError } from "../../util/errors.ts";
import { isAudioMixer, toProblems, transportParamsSchema } from "../base/transport-params.ts";
import { MICROPHONE, PUBLISH_RATES } from "../daily/daily-call.ts";

/** The PAL that speaks what arrives in the way of each delivery. */
export const DEFAULT_PAL_ID = { track: "pipecat-stream", messages: "pipecat0" } as const;

const id = z.string().trim().min(1, "must not be empty");
const seconds = z.int().min(0);

/**
 * Of the general params, `videoOutEnabled` must stay false (the pal is what users see), `audioOutAutoSilence` true, and
 * `audioOutMixer` needs a destination of its own: what goes to the pal is spoken by it.
 */
const tavusParamsSchema = transportParamsSchema.extend({
  /** Default true. */
  audioInEnabled: z.boolean().default(true),
  /** Default true. */
  audioOutEnabled: z.boolean().default(true),
  /**
   * How the pal gets its words. "track" (default): as a custom audio track, in real time. "messages": as
   * `conversation.echo` app messages, sent ahead of real time.
   */
  audioDelivery: z.enum(["track", "messages"]).default("track"),
  /** Name of the custom audio track the pal listens to. Default "stream". */
  streamTrackName: z.string().min(1).default("stream"),
  /**
   * Whether the bot publishes a microphone in addition to the pal's voice: a destination by the name of "microphone", for
   * frames that choose it (`transportDestination`). Default false: users hear the pal alone.
   */
  microphoneOutEnabled: z.boolean().default(false),
  /**
   * Silence on the track after an interruption and before whatever is said next, in milliseconds of what leaves on it.
   * A pal on a track knows the end of what was interrupted by silence alone; speech that follows too soon is taken for
   * the rest of it, and lost. It delays only what is said at once. How much Tavus needs is not documented: its end mark
   * for messages is 40 ms. Default 240. Without effect by messages.
   */
  interruptionSilenceMs: z.number().min(0).max(5000).default(240),
  /** An app message is never longer than this many characters. Default: what the room allows. */
  maxMessageBytes: z.int().min(500).optional(),
  /** How long speech waits for the pal to enter the room; after it the bot speaks regardless. Default 30000. */
  palReadyTimeoutMs: z.number().nonnegative().default(30_000),
  /**
   * How long the first words on the track wait once the pal is in the room, in milliseconds, while silence leaves. The pal
   * has to subscribe to the track and to connect first, and no event says that it has; what leaves before is lost. In a
   * local room it takes some 40 ms, over a network several round trips; how long Tavus takes is not documented. Default
   * 500. Without effect by messages.
   */
  palConnectMs: z.number().min(0).max(10_000).default(500),
  /** How long someone with nothing but the pal's name is left undecided, for better evidence to turn up. Default 1500. */
  palDecisionMs: z.number().nonnegative().default(1500),
  /** For starting the runtime and joining the room, each; no other deadline comes before it. Default 30000. */
  joinTimeoutMs: z.number().positive().max(3_600_000).default(30_000),
});

const conversationSchema = z.strictObject({
  name: z.string().min(1).optional(),
  /** The conversation ends after this many seconds, whatever happens here. Default 1800. */
  maxCallDurationS: z.int().min(1).default(1800),
  /** Seconds from the last participant's leaving to the end. Default 30. */
  participantLeftTimeoutS: seconds.default(30),
  /** Seconds from creation to the end if nobody joins. Default 120. */
  participantAbsentTimeoutS: seconds.default(120),
  /** A private room; the bot joins with the token that comes with it. Default false. */
  requireAuth: z.boolean().optional(),
  /** Pal, bot and users all count. */
  maxParticipants: z.int().min(2).optional(),
  audioOnly: z.boolean().optional(),
  language: z.string().min(1).optional(),
  callbackUrl: z.url().optional(),
  customGreeting: z.string().optional(),
  conversationalContext: z.string().optional(),
  /** Sent to Tavus as it is. */
  extra: z.record(z.string(), z.unknown()).optional(),
});

const optionsSchema = z.strictObject({
  /** The bot's name in the room. Default "Bot". */
  botName: z.string().trim().min(1).default("Bot"),
  /** Default: the environment's TAVUS_API_KEY. */
  apiKey: id.optional(),
  /** Default: the environment's TAVUS_API_URL, else Tavus. */
  apiUrl: z.url({ protocol: /^https?$/ }).optional(),
  /** The face of the pal. Default: the environment's TAVUS_FACE_ID. */
  faceId: id.optional(),
  /** Default: the environment's TAVUS_PAL_ID, else the echo PAL that fits `params.audioDelivery`. */
  palId: id.optional(),
  /** Old name of `faceId`. */
  replicaId: id.optional(),
  /** Old name of `palId`. */
  personaId: id.optional(),
  /**
   * What happens with a PAL that cannot serve this bot (a full pipeline under a pipeline, a wrong `audioDelivery`): an
   * error before anything is created, a warning, or nothing. Default "error". Doubts are warnings in either case.
   */
  palFit: z.enum(["error", "warn", "off"]).default("error"),
  /**
   * A conversation that exists, to join instead of creating one. Its URL is looked up unless `conversationUrl` is given.
   * Default: the environment's TAVUS_CONVERSATION_ID.
   */
  conversationId: id.optional(),
  /** Default: the environment's TAVUS_CONVERSATION_URL. Its last part is the id unless `conversationId` is given. */
  conversationUrl: z.url({ protocol: /^https?$/, message: "must be the http(s) URL of a conversation" }).optional(),
  /** Token for a private conversation or room; `?t=` in its URL does as well. Default: TAVUS_MEETING_TOKEN. */
  meetingToken: id.optional(),
  /** Whether a conversation that was joined and not created is ended with the bot. Default false. */
  endJoinedConversation: z.boolean().default(false),
  /**
   * Folder in which open conversations are written down, so that those of a killed process are ended at the next start;
   * false for none. Default: the environment's TAVUS_JOURNAL ("off" for none), else below XDG_STATE_HOME or ~/.local/state.
   */
  journal: z.union([z.literal(false), z.string().min(1)]).optional(),
  /** A room to join without Tavus' API. Default: the environment's TAVUS_SAMPLE_ROOM_URL. */
  roomUrl: z.url({ protocol: /^https?$/, message: "must be the http(s) URL of a Daily room" }).optional(),
  /** The same as `meetingToken`, for `roomUrl`. */
  roomToken: id.optional(),
  /** Where daily-js runs. Default "auto": native for a loopback room, else chromium. */
  runtime: z.enum(["auto", "native", "chromium"]).default("auto"),
  conversation: conversationSchema.prefault({}),
  params: tavusParamsSchema.prefault({}),
});

export type TavusParams = z.output<typeof tavusParamsSchema>;
export type TavusParamsInput = z.input<typeof tavusParamsSchema>;
/** What `new TavusTransport` takes; everything may be left out that the environment tells. */
export type TavusTransportOptions = z.input<typeof optionsSchema>;

type ParsedOptions = z.output<typeof optionsSchema>;

/** A conversation to join. */
export interface JoinedConversation {
  readonly conversationId: string;
  /** Without a token in it; undefined: to be looked up. */
  readonly conversationUrl: string | undefined;
  readonly meetingToken: string | undefined;
  /** Whether to end it. */
  readonly end: boolean;
}

/** Options with their defaults and what the environment adds. */
export interface ResolvedTavusOptions extends Omit<ParsedOptions, "palId" | "roomUrl" | "journal"> {
  readonly palId: string;
  /** Whether it was asked for, and is not the default. */
  readonly palIsChosen: boolean;
  /** Without a token in it. */
  readonly roomUrl: string | undefined;
  readonly joins: JoinedConversation | undefined;
  /** Folder of the journal; undefined for none. */
  readonly journal: string | undefined;
}

/**
 * Checks everything at once. Throws an {@link InvalidOptionError} that lists each problem and repeats no secret. Old names are
 * warned about through the logger.
 */
export function resolveTavusOptions(
  options: TavusTransportOptions,
  env: Environment,
  hasApi: boolean,
  logger: Logger = safeLogger(),
): ResolvedTavusOptions {
  const merged = { ...options, ...withEnvironment(options, env, logger) };
  const parsed = optionsSchema.safeParse(merged);
  const problems = parsed.success ? [] : toProblems(parsed.error);
  problems.push(...findContradictions(merged, hasApi, options.params?.audioDelivery));
  if (parsed.success) problems.push(...mediaProblems(withMicrophone(parsed.data.params)));
  if (!parsed.success || problems.length > 0) throw new InvalidOptionError("TavusTransport options", problems);
  const data = { ...parsed.data, params: withMicrophone(parsed.data.params) };
  const room = data.roomUrl === undefined ? undefined : splitToken(data.roomUrl);
  const roomToken = data.roomToken ?? data.meetingToken ?? room?.token;
  return {
    ...data,
    palId: data.palId ?? DEFAULT_PAL_ID[data.params.audioDelivery],
    palIsChosen: data.palId !== undefined,
    roomUrl: room?.url,
    joins: joinedConversation(data),
    journal: journalPath(data.journal, env),
    ...(roomToken === undefined ? {} : { roomToken }),
  };
}

function withMicrophone(params: TavusParams): TavusParams {
  const { microphoneOutEnabled, audioOutDestinations } = params;
  if (!microphoneOutEnabled) return params;
  return { ...params, audioOutDestinations: [...new Set([...audioOutDestinations, MICROPHONE])] };
}

/** What other transports can do and this one cannot. */
function mediaProblems(params: TavusParams): string[] {
  const { audioOutMixer: mixers = {}, audioOutDestinations, streamTrackName } = params;
  const problems: string[] = [];
  const separate = audioOutDestinations.filter((name) => name !== streamTrackName);
  if (isAudioMixer(mixers) || Object.keys(mixers).some((name) => !separate.includes(name))) {
    problems.push(
      "params.audioOutMixer: the pal would speak the background sound; give it a track of its own: name one in " +
        "audioOutDestinations, and the mixer by that name.",
    );
  }
  const { audioDelivery, audioOutSampleRate: rate } = params;
  const publishes = audioDelivery === "track" || separate.length > 0;
  if (publishes && rate !== undefined && !PUBLISH_RATES.includes(rate))
    problems.push(`params.audioOutSampleRate: must be one of ${PUBLISH_RATES.join(", ")} Hz.`);

  if (params.videoOutEnabled)
    problems.push("params.videoOutEnabled: must be false: what users see is the pal, and Tavus sends its picture.");

  if (!params.audioOutAutoSilence)
    problems.push("params.audioOutAutoSilence: must be true: Daily's tracks never pause.");

  return problems;
}

type Merged = Pick<
  TavusTransportOptions,
  "apiKey" | "apiUrl" | "faceId" | "palId" | "roomUrl" | "conversationId" | "conversationUrl" | "meetingToken"
> &
  Pick<TavusTransportOptions, "endJoinedConversation">;

function withEnvironment(options: TavusTransportOptions, env: Environment, logger: Logger): Merged {
  const oldNames = new OldNames(logger, env);
  const { faceId, replicaId, palId, personaId } = options;
  const asked = options.roomUrl ?? options.conversationId ?? options.conversationUrl;
  // A place that is named in the options leaves no say to the environment.
  const place = (option: string | undefined, name: string): string | undefined =>
    option ?? (asked === undefined ? fromEnv(env, name) : undefined);
  return {
    apiKey: options.apiKey ?? fromEnv(env, "TAVUS_API_KEY"),
    apiUrl: options.apiUrl ?? fromEnv(env, "TAVUS_API_URL"),
    faceId: oldNames.pick({ name: "faceId", value: faceId }, { name: "replicaId", value: replicaId }, FACE_VARIABLE),
    palId: oldNames.pick({ name: "palId", value: palId }, { name: "personaId", value: personaId }, PAL_VARIABLE),
    roomUrl: place(options.roomUrl, "TAVUS_SAMPLE_ROOM_URL"),
    conversationId: place(options.conversationId, "TAVUS_CONVERSATION_ID"),
    conversationUrl: place(options.conversationUrl, "TAVUS_CONVERSATION_URL"),
    meetingToken: place(options.meetingToken, "TAVUS_MEETING_TOKEN"),
    endJoinedConversation: options.endJoinedConversation,
  };
}

/** What each option alone cannot tell. */
function findContradictions(merged: Merged, hasApi: boolean, delivery: string | undefined): string[] {
  const { roomUrl, conversationId, conversationUrl, apiKey, faceId, palId } = merged;
  const joins = conversationId !== undefined || conversationUrl !== undefined;
  const problems: string[] = [];
  if (conversationId === undefined && URL.canParse(conversationUrl ?? "") && lastPart(conversationUrl) === undefined)
    problems.push("conversationUrl: names no conversation; give it whole, or pass conversationId as well.");

  if (roomUrl !== undefined && joins)
    problems.push("roomUrl: leave it out (TAVUS_SAMPLE_ROOM_URL, too) to join the conversation that is named.");

  const callsApi = joins
    ? conversationUrl === undefined || merged.endJoinedConversation === true
    : roomUrl === undefined;
  if (callsApi && apiKey === undefined && !hasApi) {
    problems.push(
      "apiKey: missing; pass it or set TAVUS_API_KEY. Without an account, use the local emulator: run " +
        '"npx tavus-transport emulator" and set the variables that it prints.',
    );
  }
  // Of the stock echo PALs this one is known to have no face of its own; about the others Tavus has the say.
  const usesFaceless = palId === undefined && delivery === "messages";
  if (!joins && roomUrl === undefined && faceId === undefined && usesFaceless) {
    const pal = DEFAULT_PAL_ID.messages;
    problems.push(
      `faceId: missing; pass it or set TAVUS_FACE_ID, or choose a PAL that has a face (palId): ${pal} has none.`,
    );
  }
  return problems;
}

function joinedConversation(data: ParsedOptions): JoinedConversation | undefined {
  const { conversationId, conversationUrl, meetingToken, endJoinedConversation: end } = data;
  if (conversationId === undefined && conversationUrl === undefined) return undefined;
  const place = conversationUrl === undefined ? undefined : splitToken(conversationUrl);
  return {
    // Tavus makes the room's URL of the id.
    conversationId: conversationId ?? lastPart(place?.url ?? "") ?? "",
    conversationUrl: place?.url,
    meetingToken: meetingToken ?? place?.token,
    end,
  };
}

/** The last part of the URL's path. */
function lastPart(url = ""): string | undefined {
  return new URL(url).pathname.split("/").findLast((part) => part !== "");
}

function fromEnv(env: Environment, ...names: string[]): string | undefined {
  // An empty variable is how shells say "not set".
  return names.map((name) => env[name]).find((value) => value !== undefined && value !== "");
}

/** Room links carry their token as `?t=`; it must not get into logs with the URL. */
function splitToken(roomUrl: string): { url: string; token: string | undefined } {
  const url = new URL(roomUrl);
  const token = url.searchParams.get("t") ?? undefined;
  url.searchParams.delete("t");
  return { url: url.href, token };
}
