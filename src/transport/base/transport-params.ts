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

export function isAudioMixer(value: unknown): value is AudioMixer {
  return hasMethods(value, ["start", "stop", "mix", "update", "enable"]);
}

const mixer = z.custom<AudioMixer>(isAudioMixer, "must be an AudioMixer, such as a SoundfileMixer");
const filter = z.custom<AudioFilter>(
  (value) => hasMethods(value, ["start", "stop", "process", "update", "enable"]),
  "must be an AudioFilter",
);

/** What every transport can be told about media. Kept as a schema so that all problems are found at once. */
export const transportParamsSchema = z.strictObject({
  /** Whether users are heard. Default false. */
  audioInEnabled: z.boolean().default(false),
  /** Whether the bot is heard. Default false. */
  audioOutEnabled: z.boolean().default(false),
  /** Hz. Default: the task's, 16000. */
  audioInSampleRate: rate.optional(),
  /** Hz. Default: the task's, 24000. */
  audioOutSampleRate: rate.optional(),
  /** Whether captured audio goes down the pipeline. Default true. */
  audioInPassthrough: z.boolean().default(true),
  /** Whether capture begins with the StartFrame. Default true; else it begins with `startAudioIn()`. */
  audioInStreamOnStart: z.boolean().default(true),
  /** What users say goes through it before anything else hears it. Default: none. */
  audioInFilter: filter.optional(),
  /** Size of a chunk of output audio in units of 10 ms. Default 4. */
  audioOut10msChunks: z.int().min(1).max(50).default(4),
  /** How long the transport stays after the last audio was heard, so that no word is clipped. Default 2000. */
  audioOutEndSilenceMs: durationMs.max(30_000).default(2000),
  /** How much output audio may wait to be written before frames have to wait as well. Default 60000. */
  audioOutQueueMs: durationMs.min(1000).default(60_000),
  /** Names of output tracks beside the default one; frames choose by `transportDestination`. */
  audioOutDestinations: z.array(z.string().min(1)).default([]),
  /**
   * Background sound: one mixer for the default destination, or one each by destination ("default" for a default
   * destination without a name). Default: none.
   */
  audioOutMixer: z
    .union([mixer, z.record(z.string(), mixer)], "must be an AudioMixer, or one each by destination")
    .optional(),
  /**
   * Whether a sink sends silence while it has nothing to play, where it can choose. Default true: to most receivers a gap
   * is a loss, and they raise their delay for it.
   */
  audioOutAutoSilence: z.boolean().default(true),
  /** Whether users are seen. Default false. */
  videoInEnabled: z.boolean().default(false),
  /** Whether the bot shows pictures. Default false; then they pass through like any other frame. */
  videoOutEnabled: z.boolean().default(false),
  /** Whether pictures are a stream, each shown once, rather than what is to be seen until the next. Default false. */
  videoOutIsLive: z.boolean().default(false),
  /** Pixels. Default 1024. */
  videoOutWidth: pixels.default(1024),
  /** Pixels. Default 768. */
  videoOutHeight: pixels.default(768),
  /** Pictures a second. Default 30. */
  videoOutFps: z.number().min(0.1).max(120).default(30),
  /** Names of video tracks beside the default one; frames choose by `transportDestination`. */
  videoOutDestinations: z.array(z.string().min(1)).default([]),
});

export type TransportParams = z.output<typeof transportParamsSchema>;
/** What a user writes: everything has a default. */
export type TransportParamsInput = z.input<typeof transportParamsSchema>;

/** Params with their defaults. Throws an {@link InvalidOptionError} that lists every problem. */
export function parseTransportParams(params: TransportParamsInput): TransportParams {
  const parsed = transportParamsSchema.safeParse(params);
  if (!parsed.success) throw new InvalidOptionError("TransportParams", toProblems(parsed.error));
  return parsed.data;
}

/** One line a problem: the field and the rule. */
export function toProblems(error: z.ZodError): string[] {
  return error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`));
}
