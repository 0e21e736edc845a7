import { z } from "zod";

import { FACE_VARIABLE, PAL_VARIABLE } from "../../../api/old-names.ts";
import type { EnvironmentVariables } from "../../../util/environment.ts";
import { InvalidOptionError } from "../../../util/errors.ts";
import type { Logger } from "../../../util/logger.ts";
import type { OptionShape } from "../../../util/option-shape.ts";
import { toProblems } from "../../base/transport-params.ts";
import { resolveTavusOptions } from "../resolve-tavus-options.ts";
import type { ResolvedTavusOptions, TavusParamsInput, TavusTransportOptions } from "../tavus-options.ts";

/** How the voice reaches the pal, how its picture and its sound return, and how long to wait for what. */
export interface TavusVideoParamsInput extends Pick<
  TavusParamsInput,
  | "audioDelivery"
  | "streamTrackName"
  | "audioOutSampleRate"
  | "audioOut10msChunks"
  | "audioOutQueueMs"
  | "interruptionSilenceMs"
  | "palConnectMs"
  | "palSilenceTimeoutMs"
  | "palReadyTimeoutMs"
  | "palDecisionMs"
  | "joinTimeoutMs"
  | "maxMessageBytes"
> {
  /** Whether the pal's picture is brought back. Default true. */
  readonly videoEnabled?: boolean | undefined;
  /** At most this many of the pal's pictures per second, from 1 to 30. Default: as many as it sends. */
  readonly videoFps?: number | undefined;
  /**
   * How much longer the pal's sound is under way than its picture, in milliseconds, from -500 to 500: pictures are shown that
   * much later. Sound waits in more jitter buffers than pictures do. Default 60, which is right on a quiet machine.
   */
  readonly videoDelayMs?: number | undefined;
  /** Wider pictures of the pal are scaled down to this width, in pixels, from 16 to 1920. Default 1920. */
  readonly videoMaxWidth?: number | undefined;
}

/** The options of `new TavusVideoService`. The environment provides what is left out, as for a `TavusTransport`. */
export interface TavusVideoServiceOptions extends Omit<TavusTransportOptions, "fallback" | "params"> {
  /**
   * Whether the bot cannot do without its avatar. Default false: without an API key, or with neither face nor PAL, there is
   * no avatar, and when it fails, the voice goes on without it. True: the first is an error of the constructor, a conversation
   * that cannot be created or joined fails the setup, and a pal that does not join or goes away ends the task.
   */
  readonly required?: boolean | undefined;
  /** Media, and how long to wait for what. */
  readonly params?: TavusVideoParamsInput | undefined;
}

/** How the pal's picture is captured. */
export interface ReturnedVideoOptions {
  readonly enabled: boolean;
  /** Undefined: as many as the pal sends. */
  readonly fps: number | undefined;
  readonly maxWidth: number;
  readonly delayMs: number;
}

export interface ResolvedVideoService {
  readonly required: boolean;
  /** Undefined: no avatar is configured. */
  readonly tavus: ResolvedTavusOptions | undefined;
  readonly video: ReturnedVideoOptions;
}

const videoSchema = z.object({
  videoEnabled: z.boolean().default(true),
  videoFps: z.number().min(1).max(30).optional(),
  videoDelayMs: z.number().min(-500).max(500).default(60),
  videoMaxWidth: z.int().min(16).max(1920).default(1920),
} satisfies OptionShape<Pick<TavusVideoParamsInput, `video${"Enabled" | "Fps" | "DelayMs" | "MaxWidth"}`>>);

/**
 * Adds defaults and the environment, and checks everything, also what is not needed without an avatar.
 *
 * @throws InvalidOptionError that lists every problem and contains no secret.
 */
export function resolveVideoService(
  options: TavusVideoServiceOptions,
  env: EnvironmentVariables,
  hasApi: boolean,
  logger: Logger,
): ResolvedVideoService {
  const { required = false, params: given = {}, ...rest } = options;
  const { videoEnabled, videoFps, videoDelayMs, videoMaxWidth, ...params } = given;
  const problems: string[] = [];
  if (typeof required !== "boolean") problems.push("required: must be true or false.");
  const video = videoSchema.safeParse({ videoEnabled, videoFps, videoDelayMs, videoMaxWidth });
  if (!video.success) problems.push(...toProblems(video.error).map((problem) => `params.${problem}`));
  const isConfigured = required || namesAvatar(options, env, hasApi);
  // Without an avatar what is left of the options must be right all the same.
  const toCheck = isConfigured ? { ...rest, params } : { ...rest, params, apiKey: "none", faceId: "none" };
  const tavus = collect(problems, () => resolveTavusOptions(toCheck, env, hasApi, logger));
  if (!video.success || problems.length > 0) throw new InvalidOptionError("TavusVideoService options", problems);
  const { data } = video;
  return {
    required,
    tavus: isConfigured && tavus ? { ...tavus, fallback: { is: "straight" } } : undefined,
    video: {
      enabled: data.videoEnabled,
      fps: data.videoFps,
      delayMs: data.videoDelayMs,
      maxWidth: data.videoMaxWidth,
    },
  };
}

/** A key and a face or a PAL, or a place that exists already. */
function namesAvatar(options: TavusVideoServiceOptions, env: EnvironmentVariables, hasApi: boolean): boolean {
  const has = (option: string | undefined, ...variables: readonly string[]): boolean =>
    option !== undefined || variables.some((name) => (env[name]?.trim() ?? "") !== "");
  const { conversationId, conversationUrl, roomUrl } = options;
  if (has(roomUrl, "TAVUS_SAMPLE_ROOM_URL") || has(conversationUrl, "TAVUS_CONVERSATION_URL")) return true;
  if (!hasApi && !has(options.apiKey, "TAVUS_API_KEY")) return false;
  return (
    has(conversationId, "TAVUS_CONVERSATION_ID") ||
    has(options.faceId ?? options.replicaId, FACE_VARIABLE.name, FACE_VARIABLE.oldName) ||
    has(options.palId ?? options.personaId, PAL_VARIABLE.name, PAL_VARIABLE.oldName)
  );
}

function collect<T>(problems: string[], resolve: () => T): T | undefined {
  try {
    return resolve();
  } catch (thrown) {
    if (!(thrown instanceof InvalidOptionError)) throw thrown;
    problems.push(...thrown.problems);
    return undefined;
  }
}
