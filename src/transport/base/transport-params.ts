import { z } from "zod";

import type { AudioFilter, AudioMixer } from "../../audio/index.ts";
import { InvalidOptionError } from "../../util/errors.ts";

const rate = z.int().min(8000).max(48_000);
const durationMs = z.number().nonnegative();
const pixels = z.int().min(16).max(7680);

function hasMethods(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== "object" || value === null) return false;
  return names.every((name) => typeof (value as Record<string, unknown>)[name] === "function");
}

/** Whether the value has all methods of an {@link AudioMixer}. */
export function isAudioMixer(value: unknown): value is AudioMixer {
  return hasMethods(value, ["start", "stop", "mix", "update", "enable"]);
}

const mixer = z.custom<AudioMixer>(isAudioMixer, "must be an AudioMixer, such as a SoundfileMixer");
const filter = z.custom<AudioFilter>(
  (value) => hasMethods(value, ["start", "stop", "process", "update", "enable"]),
  "must be an AudioFilter",
);

/** The media params of every transport. Kept as a schema so that all problems are found at once. */
export const transportParamsSchema = z.strictObject({
  /** Whether users are heard. Default false. */
  audioInEnabled: z.boolean().default(false),
  /** Whether the bot is heard. Default false. */
  audioOutEnabled: z.boolean().default(false),
  /** In Hz. Default: the task's, which is 16000 by default. */
  audioInSampleRate: rate.optional(),
  /** In Hz. Default: the task's, which is 24000 by default. */
  audioOutSampleRate: rate.optional(),
  /** Whether captured audio is pushed down the pipeline. Default true. */
  audioInPassthrough: z.boolean().default(true),
  /** Whether capture starts with the StartFrame. Default true. Otherwise it starts with `startAudioIn()`. */
  audioInStreamOnStart: z.boolean().default(true),
  /** Filters what users say before anything else hears it. Default: none. */
  audioInFilter: filter.optional(),
  /** Size of a chunk of output audio in units of 10 ms. Default 4. */
  audioOut10msChunks: z.int().min(1).max(50).default(4),
  /** How long the transport stays after the last audio was heard, so that no word is cut off, in ms. Default 2000. */
  audioOutEndSilenceMs: durationMs.max(30_000).default(2000),
  /** How much output audio may wait to be written before frames have to wait as well, in ms. Default 60000. */
  audioOutQueueMs: durationMs.min(1000).default(60_000),
  /** Names of output tracks besides the default one. Frames choose by `transportDestination`. Default: none. */
  audioOutDestinations: z.array(z.string().min(1)).default([]),
  /**
   * Background sound: one mixer for the default destination, or one per destination by its name ("default" is a default
   * destination without a name). Default: none.
   */
  audioOutMixer: z
    .union([mixer, z.record(z.string(), mixer)], "must be an AudioMixer, or one per destination")
    .optional(),
  /**
   * Whether a sink sends silence while it has nothing to play, where it can choose. Default true: most receivers take a gap
   * for packet loss and increase their delay.
   */
  audioOutAutoSilence: z.boolean().default(true),
  /** Whether users are seen. Default false. */
  videoInEnabled: z.boolean().default(false),
  /** Whether the bot shows pictures. Default false: then they pass through like any other frame. */
  videoOutEnabled: z.boolean().default(false),
  /** Whether pictures are a stream, each shown once. Default false: a picture is shown until the next one. */
  videoOutIsLive: z.boolean().default(false),
  /** In pixels. Default 1024. */
  videoOutWidth: pixels.default(1024),
  /** In pixels. Default 768. */
  videoOutHeight: pixels.default(768),
  /** Pictures per second. Default 30. */
  videoOutFps: z.number().min(0.1).max(120).default(30),
  /** Names of video tracks besides the default one. Frames choose by `transportDestination`. Default: none. */
  videoOutDestinations: z.array(z.string().min(1)).default([]),
});

/** The media params of a transport, with their defaults. */
export type TransportParams = z.output<typeof transportParamsSchema>;
/** The media params as a user writes them: every one has a default. */
export type TransportParamsInput = z.input<typeof transportParamsSchema>;

/**
 * Checks params and adds the defaults.
 *
 * @throws {@link InvalidOptionError} that lists every problem.
 */
export function parseTransportParams(params: TransportParamsInput): TransportParams {
  const parsed = transportParamsSchema.safeParse(params);
  if (!parsed.success) throw new InvalidOptionError("TransportParams", toProblems(parsed.error));
  return parsed.data;
}

/** One line per problem: the field and the rule. */
export function toProblems(error: z.ZodError): string[] {
  return error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`));
}
