import { z } from "zod";

import { OptionsError } from "./options-error.ts";

const rate = z.int().min(8000).max(48_000);
const durationMs = z.number().nonnegative();

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
  /** Size of a chunk of output audio in units of 10 ms. Default 4. */
  audioOut10msChunks: z.int().min(1).max(50).default(4),
  /** How long the transport stays after the last audio was heard, so that no word is clipped. Default 2000. */
  audioOutEndSilenceMs: durationMs.max(30_000).default(2000),
  /** How much output audio may wait to be written before frames have to wait as well. Default 60000. */
  audioOutQueueMs: durationMs.min(1000).default(60_000),
  /** Names of output tracks beside the default one; frames choose by `transportDestination`. */
  audioOutDestinations: z.array(z.string().min(1)).default([]),
});

export type TransportParams = z.output<typeof transportParamsSchema>;
/** What a user writes: everything has a default. */
export type TransportParamsInput = z.input<typeof transportParamsSchema>;

/** Params with their defaults. Throws an {@link OptionsError} that lists every problem. */
export function parseTransportParams(params: TransportParamsInput): TransportParams {
  const parsed = transportParamsSchema.safeParse(params);
  if (!parsed.success) throw new OptionsError("TransportParams", problemsOf(parsed.error));
  return parsed.data;
}

/** One line a problem: the field and the rule. */
export function problemsOf(error: z.ZodError): string[] {
  return error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`));
}
