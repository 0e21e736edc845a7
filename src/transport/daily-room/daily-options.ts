import { z } from "zod";

import { rtviOptionsSchema } from "../../rtvi/index.ts";
import type { EnvironmentVariables } from "../../util/environment.ts";
import { InvalidOptionError } from "../../util/errors.ts";
import type { OptionShape } from "../../util/option-shape.ts";
import { toProblems, transportParamsSchema } from "../base/transport-params.ts";
import type { TransportParamsInput } from "../base/transport-params-types.ts";
import { CAMERA, MICROPHONE, PUBLISH_RATES, SCREEN_AUDIO, SCREEN_VIDEO } from "../daily/daily-call.ts";
import { PACKET_TIMES_MS } from "../daily/packet-time.ts";
import { splitToken } from "../daily/room-url.ts";
import { loggerSchema } from "../room/logger-schema.ts";
import type { DailyParamsInput, DailyTransportOptions, VideoInSource } from "./daily-options-types.ts";
import { DEFAULT_TRANSCRIPTION_SETTINGS } from "./transcription-frames.ts";

const trackName = z.string().min(1).max(50);
const videoInSchema = z.strictObject({
  fps: z.number().min(0).max(30).optional(),
  format: z.enum(["RGB", "I420"]).optional(),
  maxWidth: z.int().min(16).max(1920).optional(),
} satisfies OptionShape<VideoInSource>);

const dailyParamsSchema = transportParamsSchema.extend({
  audioInEnabled: z.boolean().default(true),
  audioInSources: z.array(trackName).default([MICROPHONE]),
  audioOutEnabled: z.boolean().default(true),
  microphoneOutEnabled: z.boolean().default(true),
  videoInSources: z.record(trackName, videoInSchema).default({}),
  cameraOutEnabled: z.boolean().default(true),
  videoOutBitrate: z.number().min(10_000).max(10_000_000).optional(),
  transcriptionEnabled: z.boolean().default(false),
  transcriptionSettings: z.record(z.string(), z.unknown()).default({ ...DEFAULT_TRANSCRIPTION_SETTINGS }),
  joinTimeoutMs: z.number().positive().max(3_600_000).default(30_000),
} satisfies OptionShape<
  Omit<DailyParamsInput, Exclude<keyof TransportParamsInput, "audioInEnabled" | "audioOutEnabled">>
>);

const optionsSchema = z.strictObject({
  roomUrl: z.url({ protocol: /^https?$/, message: "must be the http(s) URL of a Daily room" }),
  token: z.string().trim().min(1, "must not be empty").optional(),
  botName: z.string().trim().min(1).default("Bot"),
  runtime: z.enum(["auto", "native", "chromium"]).default("auto"),
  mediaProcess: z.enum(["shared", "perCall"]).default("shared"),
  packetTimeMs: z.literal(PACKET_TIMES_MS).optional(),
  jitterBuffer: z.boolean().default(false),
  mediaPriority: z.enum(["normal", "high", "realtime"]).default("normal"),
  logger: loggerSchema.optional(),
  rtvi: z.union([z.literal(false), rtviOptionsSchema]).prefault({}),
  params: dailyParamsSchema.prefault({}),
} satisfies OptionShape<DailyTransportOptions>);

/** The media params with their defaults. */
export type DailyParams = z.output<typeof dailyParamsSchema>;

/** Options with their defaults and the values of the environment; `roomUrl` without a token in it. */
export type ResolvedDailyOptions = z.output<typeof optionsSchema>;

/**
 * Adds defaults and the environment, and checks everything at once.
 *
 * @throws InvalidOptionError that lists every problem and contains no secret.
 */
export function resolveDailyOptions(options: DailyTransportOptions, env: EnvironmentVariables): ResolvedDailyOptions {
  const fromEnv = (name: string): string | undefined => (env[name] === "" ? undefined : env[name]);
  const namesRoom = options.roomUrl !== undefined;
  const roomUrl = options.roomUrl ?? fromEnv("DAILY_ROOM_URL") ?? fromEnv("DAILY_SAMPLE_ROOM_URL");
  if (roomUrl === undefined) {
    const problem =
      "roomUrl: missing; pass it or set DAILY_ROOM_URL. Without an account, use a room of the local emulator: " +
      '"startEmulator" of "tavus-transport/emulator".';
    throw new InvalidOptionError("DailyTransport options", [problem]);
  }
  const parsed = optionsSchema.safeParse({ ...options, roomUrl });
  const problems = parsed.success ? findProblems(parsed.data.params) : toProblems(parsed.error);
  if (!parsed.success || problems.length > 0) throw new InvalidOptionError("DailyTransport options", problems);
  const { url, token: tokenInUrl } = splitToken(roomUrl);
  // A token is for one room: that of the environment does not open another one.
  const token = parsed.data.token ?? tokenInUrl ?? (namesRoom ? undefined : fromEnv("DAILY_ROOM_TOKEN"));
  const { token: _given, ...data } = parsed.data;
  return { ...data, roomUrl: url, ...(token === undefined ? {} : { token }) };
}

/** Finds params that this transport cannot support, or that contradict each other. */
function findProblems(params: DailyParams): string[] {
  const problems: string[] = [];
  const { audioOutEnabled, audioOutDestinations, audioOutSampleRate: rate } = params;
  if (audioOutEnabled && rate !== undefined && !PUBLISH_RATES.includes(rate))
    problems.push(`params.audioOutSampleRate: must be one of ${PUBLISH_RATES.join(", ")} Hz.`);
  if (!params.audioOutAutoSilence)
    problems.push("params.audioOutAutoSilence: must be true: Daily's tracks never pause.");
  if (audioOutEnabled && !params.microphoneOutEnabled && audioOutDestinations.length === 0) {
    problems.push(
      "params.microphoneOutEnabled: false leaves the bot without a voice; name a track in audioOutDestinations, or set " +
        "audioOutEnabled to false.",
    );
  }
  for (const name of [SCREEN_AUDIO, SCREEN_VIDEO, CAMERA]) {
    if (audioOutDestinations.includes(name))
      problems.push(`params.audioOutDestinations: "${name}" is not an audio track that can be published by itself.`);
  }
  if (Object.keys(params.videoInSources).length > 0 && !params.videoInEnabled)
    problems.push("params.videoInSources: needs videoInEnabled.");
  if (params.videoOutEnabled) problems.push(...findVideoOutProblems(params));
  return problems;
}

function findVideoOutProblems(params: DailyParams): string[] {
  const problems: string[] = [];
  for (const field of ["videoOutWidth", "videoOutHeight"] as const) {
    if (params[field] % 2 !== 0 || params[field] > 1920)
      problems.push(`params.${field}: must be an even number of pixels, at most 1920.`);
  }
  if (params.videoOutFps < 1 || params.videoOutFps > 60) problems.push("params.videoOutFps: must be from 1 to 60.");
  if (!params.cameraOutEnabled && params.videoOutDestinations.length === 0)
    problems.push("params.cameraOutEnabled: false leaves the bot without a picture; set videoOutEnabled to false.");
  for (const name of [MICROPHONE, SCREEN_AUDIO]) {
    if (params.videoOutDestinations.includes(name))
      problems.push(`params.videoOutDestinations: "${name}" is not a video track.`);
  }
  return problems;
}
