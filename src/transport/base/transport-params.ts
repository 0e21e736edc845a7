import { z } from "zod";

import type { AudioFilter, AudioMixer } from "../../audio/index.ts";
import { InvalidOptionError } from "../../util/errors.ts";
import type { OptionShape } from "../../util/option-shape.ts";
import type { TransportParams, TransportParamsInput } from "./transport-params-types.ts";

export type { TransportParams, TransportParamsInput } from "./transport-params-types.ts";

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
  audioInEnabled: z.boolean().default(false),
  audioOutEnabled: z.boolean().default(false),
  audioInSampleRate: rate.optional(),
  audioOutSampleRate: rate.optional(),
  audioInPassthrough: z.boolean().default(true),
  audioInStreamOnStart: z.boolean().default(true),
  audioInFilter: filter.optional(),
  audioOut10msChunks: z.int().min(1).max(50).default(4),
  audioOutEndSilenceMs: durationMs.max(30_000).default(2000),
  audioOutQueueMs: durationMs.min(1000).default(60_000),
  audioOutDestinations: z.array(z.string().min(1)).default([]),
  audioOutMixer: z
    .union([mixer, z.record(z.string(), mixer)], "must be an AudioMixer, or one per destination")
    .optional(),
  audioOutAutoSilence: z.boolean().default(true),
  videoInEnabled: z.boolean().default(false),
  videoOutEnabled: z.boolean().default(false),
  videoOutIsLive: z.boolean().default(false),
  videoOutWidth: pixels.default(1024),
  videoOutHeight: pixels.default(768),
  videoOutFps: z.number().min(0.1).max(120).default(30),
  videoOutDestinations: z.array(z.string().min(1)).default([]),
} satisfies OptionShape<TransportParamsInput>);

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
