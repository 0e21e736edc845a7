import { readPrice } from "../api/cost/cost-limits.ts";
import { formatMoney, formatSpend } from "../api/cost/format-spend.ts";
import type { Conversation } from "../api/types.ts";
import type { OptionSpec, OptionValues } from "./command.ts";
import type { CliIo } from "./io.ts";
import { UsageError } from "./usage-error.ts";

/** Options of commands that show what conversations cost. */
export const COST_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  price: {
    type: "string",
    value: "N",
    help: "price of a minute (default: TAVUS_PRICE_PER_MINUTE, else no cost is shown)",
  },
  currency: { type: "string", value: "NAME", help: "name of the price's unit, such as USD" },
  "max-concurrent": { type: "string", value: "N", help: "how many conversations your plan allows at once" },
};

/** What open conversations have cost until now. */
export class RunningCost {
  readonly #price: number | undefined;
  readonly #currency: string | undefined;
  readonly #maxConcurrent: number | undefined;
  readonly #nowWallMs: number;

  /** Throws a UsageError for a price or a number that is none. */
  constructor(io: CliIo, { price, currency, "max-concurrent": maxConcurrent }: OptionValues) {
    this.#price = readNumber("price", price) ?? readPrice(io.env);
    this.#currency = typeof currency === "string" ? currency : undefined;
    this.#maxConcurrent = readNumber("max-concurrent", maxConcurrent);
    this.#nowWallMs = io.clock.wallMs();
  }

  /** Whether there is a price. */
  get hasPrice(): boolean {
    return this.#price !== undefined;
  }

  /**
   * Minutes since the creation, and what they cost. Undefined for a conversation that is over: Tavus does not say when it
   * ended.
   */
  of({ status, createdAt }: Conversation): { readonly minutes: number; readonly money?: number } | undefined {
    const createdMs = Date.parse(createdAt ?? "");
    if (status !== "active" || Number.isNaN(createdMs)) return undefined;
    // The clocks of this machine and of Tavus differ.
    const minutes = Math.max(0, this.#nowWallMs - createdMs) / 60_000;
    return this.#price === undefined ? { minutes } : { minutes, money: minutes * this.#price };
  }

  /** Formats the cells of a conversation: minutes, and what they cost. */
  cells(conversation: Conversation): (string | undefined)[] {
    const { minutes, money } = this.of(conversation) ?? {};
    const cost = money === undefined ? undefined : formatMoney(money, this.#currency);
    return this.hasPrice ? [minutes?.toFixed(1), cost] : [minutes?.toFixed(1)];
  }

  /** Sums up those that are open, in one line. */
  total(conversations: readonly Conversation[]): string {
    const open = conversations.filter(({ status }) => status === "active");
    const minutes = open.reduce((sum, one) => sum + (this.of(one)?.minutes ?? 0), 0);
    const spend = this.#price === undefined ? { minutes } : { minutes, money: minutes * this.#price };
    const of = this.#maxConcurrent === undefined ? "" : ` of ${this.#maxConcurrent}`;
    return `${open.length}${of} open, ${formatSpend(spend, this.#currency)} until now.`;
  }
}

function readNumber(name: string, text: string | boolean | undefined): number | undefined {
  if (typeof text !== "string") return undefined;
  const value = Number(text);
  if (!(value > 0 && value < Infinity))
    throw new UsageError(`--${name} must be a number of more than 0, not "${text}".`);
  return value;
}
