import { z } from "zod";

import { OptionsError } from "../base/options-error.ts";
import { isAudioMixer, problemsOf, transportParamsSchema } from "../base/transport-params.ts";

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
  /** An app message is never longer than this many characters. Default: what the room allows. */
  maxMessageBytes: z.int().min(500).optional(),
  /** How long speech waits for the pal to enter the room; after it the bot speaks regardless. Default 30000. */
  palReadyTimeoutMs: z.number().nonnegative().default(30_000),
  /** How long someone with nothing but the pal's name is left undecided, for better evidence to turn up. Default 1500. */
  palDecisionMs: z.number().nonnegative().default(1500),
  /** For starting the runtime and joining the room, each. Default 30000. */
  joinTimeoutMs: z.number().positive().default(30_000),
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
  /** A room to join instead of creating a conversation. Default: the environment's TAVUS_SAMPLE_ROOM_URL. */
  roomUrl: z.url({ protocol: /^https?$/, message: "must be the http(s) URL of a Daily room" }).optional(),
  /** Meeting token for `roomUrl`, if it is private; `?t=` in the URL does as well. */
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

/** Options with their defaults and what the environment adds. */
export interface ResolvedTavusOptions extends Omit<ParsedOptions, "palId" | "roomUrl"> {
  readonly palId: string;
  /** Without a token in it. */
  readonly roomUrl: string | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Checks everything at once. Throws an {@link OptionsError} that lists each problem and repeats no secret. */
export function resolveTavusOptions(
  options: TavusTransportOptions,
  env: Environment,
  hasApi: boolean,
): ResolvedTavusOptions {
  const merged = {
    ...options,
    apiKey: options.apiKey ?? fromEnv(env, "TAVUS_API_KEY"),
    apiUrl: options.apiUrl ?? fromEnv(env, "TAVUS_API_URL"),
    faceId: options.faceId ?? fromEnv(env, "TAVUS_FACE_ID", "TAVUS_REPLICA_ID"),
    palId: options.palId ?? fromEnv(env, "TAVUS_PAL_ID", "TAVUS_PERSONA_ID"),
    roomUrl: options.roomUrl ?? fromEnv(env, "TAVUS_SAMPLE_ROOM_URL"),
  };
  const parsed = optionsSchema.safeParse(merged);
  const problems = parsed.success ? [] : problemsOf(parsed.error);
  if (merged.roomUrl === undefined) {
    if (merged.apiKey === undefined && !hasApi) {
      problems.push("apiKey: missing; pass it or set TAVUS_API_KEY. Without an account, use the local emulator.");
    }
    // The stock echo PALs have no face of their own.
    if (merged.faceId === undefined && merged.palId === undefined) {
      problems.push("faceId: missing; pass it or set TAVUS_FACE_ID, or choose a PAL that has a face (palId).");
    }
  }
  if (parsed.success) problems.push(...mediaProblems(parsed.data.params));
  if (!parsed.success || problems.length > 0) throw new OptionsError("TavusTransport options", problems);
  const { data } = parsed;
  const room = data.roomUrl === undefined ? undefined : splitToken(data.roomUrl);
  const roomToken = data.roomToken ?? room?.token;
  return {
    ...data,
    palId: data.palId ?? DEFAULT_PAL_ID[data.params.audioDelivery],
    roomUrl: room?.url,
    ...(roomToken === undefined ? {} : { roomToken }),
  };
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
  if (params.videoOutEnabled) {
    problems.push("params.videoOutEnabled: must be false: what users see is the pal, and Tavus sends its picture.");
  }
  if (!params.audioOutAutoSilence) {
    problems.push("params.audioOutAutoSilence: must be true: Daily's tracks never pause.");
  }
  return problems;
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
