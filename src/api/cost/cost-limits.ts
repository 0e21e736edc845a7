import { z } from "zod";

import type { EnvironmentVariables } from "../../util/environment.ts";
import { InvalidOptionError } from "../../util/errors.ts";
import type { OptionShape } from "../../util/option-shape.ts";
import { checkOptions } from "../http/fields.ts";
import type { CostBudget, CostLimit, CostOptions, CostScope, CostThreshold, Spend } from "./cost-types.ts";

const MINUTE_MS = 60_000;
/** Without `warnAt`, the part of a budget of which the meter warns. */
const DEFAULT_WARNING = 0.8;

const amount = z.number().positive();
const limit = { minutes: amount.optional(), money: amount.optional() } satisfies OptionShape<CostLimit>;
const isLimited = ({ minutes, money }: CostLimit): boolean => minutes !== undefined || money !== undefined;
const limitRule = { message: "needs minutes or money" };
const limitSchema = z.strictObject(limit).refine(isLimited, limitRule);
const budgetShape = {
  conversation: limitSchema.optional(),
  process: limitSchema.optional(),
} satisfies OptionShape<CostBudget>;
const thresholdShape = { ...limit, scope: z.enum(["conversation", "process"]) } satisfies OptionShape<CostThreshold>;

/** The fields of {@link CostOptions}. */
export const costShape = {
  pricePerMinute: amount.optional(),
  currency: z.string().min(1).optional(),
  maxConcurrent: z.int().min(1).optional(),
  warnAt: z.array(z.strictObject(thresholdShape).refine(isLimited, limitRule)).max(100).optional(),
  budget: z.strictObject(budgetShape).optional(),
} satisfies OptionShape<CostOptions>;
const costSchema = z.strictObject(costShape);

/** An amount with the time in which it is spent. */
export interface TimeLimit<Amount extends CostLimit = CostLimit> {
  readonly amount: Amount;
  readonly ms: number;
}

/** Options with everything in milliseconds: money is spent by time alone. */
export interface CostLimits {
  readonly pricePerMinute: number | undefined;
  readonly currency: string | undefined;
  readonly maxConcurrent: number | undefined;
  readonly thresholds: Readonly<Record<CostScope, readonly TimeLimit[]>>;
  readonly budget: Readonly<Record<CostScope, TimeLimit | undefined>>;
}

/**
 * Checks the options and converts every amount to time.
 *
 * @throws InvalidOptionError for invalid options, and for money without a price.
 */
export function resolveCost(options: CostOptions, env: EnvironmentVariables): CostLimits {
  checkOptions("cost", costSchema, options);
  const { currency, maxConcurrent, budget = {}, warnAt } = options;
  const pricePerMinute = options.pricePerMinute ?? readPrice(env);
  const toLimit = <Amount extends CostLimit>(amount: Amount): TimeLimit<Amount> => ({
    amount,
    ms: toMs(amount, pricePerMinute),
  });
  const budgetOf = (scope: CostScope): TimeLimit | undefined => budget[scope] && toLimit(budget[scope]);
  const thresholdsOf = (scope: CostScope): TimeLimit[] => {
    const asked = warnAt?.filter((one) => one.scope === scope).map(({ minutes, money }) => ({ minutes, money }));
    const amounts = asked ?? (budget[scope] ? [partOf(budget[scope], DEFAULT_WARNING)] : []);
    return amounts.map(toLimit).sort((a, b) => a.ms - b.ms);
  };
  return {
    pricePerMinute,
    currency,
    maxConcurrent,
    budget: { conversation: budgetOf("conversation"), process: budgetOf("process") },
    thresholds: { conversation: thresholdsOf("conversation"), process: thresholdsOf("process") },
  };
}

/**
 * The price from TAVUS_PRICE_PER_MINUTE.
 *
 * @throws InvalidOptionError unless it is a number of more than 0.
 */
export function readPrice(env: EnvironmentVariables): number | undefined {
  const text = env.TAVUS_PRICE_PER_MINUTE?.trim() ?? "";
  if (text === "") return undefined;
  const price = Number(text);
  if (!(price > 0 && price < Infinity))
    throw new InvalidOptionError("TAVUS_PRICE_PER_MINUTE", 'must be a number of more than 0, such as "0.37".');
  return price;
}

/** Time as minutes and money. */
export function toSpend(ms: number, pricePerMinute: number | undefined): Spend {
  const minutes = ms / MINUTE_MS;
  return pricePerMinute === undefined ? { minutes } : { minutes, money: minutes * pricePerMinute };
}

function toMs({ minutes = Infinity, money }: CostLimit, pricePerMinute: number | undefined): number {
  if (money === undefined) return minutes * MINUTE_MS;
  if (pricePerMinute === undefined)
    throw new InvalidOptionError("cost", "an amount of money needs pricePerMinute (or TAVUS_PRICE_PER_MINUTE).");
  return Math.min(minutes, money / pricePerMinute) * MINUTE_MS;
}

function partOf({ minutes, money }: CostLimit, part: number): CostLimit {
  return { minutes: minutes && minutes * part, money: money && money * part };
}

/** Whether an amount has been spent. Half a millisecond less counts: sums of fractions are never exact. */
export function isReached({ ms }: TimeLimit, spentMs: number): boolean {
  return spentMs >= ms - 0.5;
}
