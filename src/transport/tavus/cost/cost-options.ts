import { z } from "zod";

import { CostMeter, type CostOptions } from "../../../api/cost/index.ts";
import { costShape, resolveCost } from "../../../api/cost/cost-limits.ts";
import type { Clock } from "../../../util/clock.ts";
import type { EnvironmentVariables } from "../../../util/environment.ts";
import { InvalidOptionError } from "../../../util/errors.ts";
import type { Logger } from "../../../util/logger.ts";
import type { OptionShape } from "../../../util/option-shape.ts";

/** What a transport's conversations cost and may cost, and how a call ends whose budget is spent. */
export interface TavusCostOptions extends CostOptions {
  /**
   * A meter that others share: then "process" means all of its conversations, and price, limits and budget are the
   * meter's. Default: a meter of the transport's own, made from the other options.
   */
  readonly meter?: CostMeter | undefined;
  /**
   * What the bot says before it ends a call whose budget is spent; nothing interrupts it. Needs `input()` and a
   * text-to-speech service in the pipeline. Default: nothing; what is being said is said to its end.
   */
  readonly goodbye?: string | undefined;
  /** How long a call whose budget is spent may take to end, in milliseconds; then it is cancelled. Default 20000. */
  readonly goodbyeTimeoutMs?: number | undefined;
}

const shape = {
  ...costShape,
  meter: z.instanceof(CostMeter).optional(),
  goodbye: z.string().trim().min(1).optional(),
  goodbyeTimeoutMs: z.number().min(0).max(600_000).default(20_000),
} satisfies OptionShape<TavusCostOptions>;

export const tavusCostSchema = z.strictObject(shape);

type ParsedCost = z.output<typeof tavusCostSchema>;

/** Finds what the schema cannot: money without a price, and options that belong to the shared meter. */
export function findCostProblems(
  { meter, goodbye: _goodbye, goodbyeTimeoutMs: _timeout, ...cost }: ParsedCost,
  env: EnvironmentVariables,
): string[] {
  if (meter) {
    const [field] = Object.entries(cost).find(([, value]) => value !== undefined) ?? [];
    return field === undefined ? [] : [`cost.${field}: belongs to the meter; leave it out, or leave out cost.meter.`];
  }
  try {
    resolveCost(cost, env);
    return [];
  } catch (thrown) {
    if (thrown instanceof InvalidOptionError) return [...thrown.problems];
    throw thrown;
  }
}

/** The shared meter, or a new one. */
export function toMeter(
  { meter, goodbye: _goodbye, goodbyeTimeoutMs: _timeout, ...cost }: ParsedCost,
  env: EnvironmentVariables,
  clock: Clock,
  logger: Logger,
): CostMeter {
  return meter ?? new CostMeter({ ...cost, env, clock, logger });
}
