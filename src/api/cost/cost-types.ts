/** What is spent together: one conversation, or all conversations of a {@link CostMeter}, normally one per process. */
export type CostScope = "conversation" | "process";

/** Time and money spent. */
export interface Spend {
  /** Minutes, with a fraction, from when conversations were asked for to their end. Nothing is rounded up. */
  readonly minutes: number;
  /** Money in the unit of the price. Absent without a price per minute. */
  readonly money?: number;
}

/** An amount to compare with: minutes, money, or whichever of both is reached first. */
export interface CostLimit {
  /** Minutes, more than 0. */
  readonly minutes?: number | undefined;
  /** Money: a number above 0, in the currency of `pricePerMinute`, which it needs. */
  readonly money?: number | undefined;
}

/** An amount of which the meter warns, once per conversation or once per process. */
export interface CostThreshold extends CostLimit {
  /** What is compared with the amount. */
  readonly scope: CostScope;
}

/** What may be spent. */
export interface CostBudget {
  /** By one conversation. Default: no limit but the conversation's own. */
  readonly conversation?: CostLimit | undefined;
  /** By all conversations of the meter together. Default: no limit. */
  readonly process?: CostLimit | undefined;
}

/** What conversations cost, and what they may cost. */
export interface CostOptions {
  /**
   * The price of one minute of a conversation, more than 0, in any unit. Default: the environment's
   * TAVUS_PRICE_PER_MINUTE, else none: then only minutes are counted. The library knows no prices.
   */
  readonly pricePerMinute?: number | undefined;
  /** The name of the price's unit, such as "USD", for people. Default: none. */
  readonly currency?: string | undefined;
  /** How many conversations the plan allows at once. When that many are open, the meter warns. Default: unknown. */
  readonly maxConcurrent?: number | undefined;
  /** Amounts to warn of. Default: 80 % of each budget. */
  readonly warnAt?: readonly CostThreshold[] | undefined;
  /** What may be spent. Default: no limit. */
  readonly budget?: CostBudget | undefined;
}

/** What one conversation has cost so far. */
export interface ConversationCost extends Spend {
  /** The name that it was asked for by. */
  readonly conversationName: string;
  /** Its id. Absent until Tavus has answered. */
  readonly conversationId?: string;
  /**
   * "opening": asked for. "open": created, and not known to be over. "unclear": the creation failed, and it may exist all
   * the same. "over": ended, or past its time limit.
   */
  readonly state: "opening" | "open" | "unclear" | "over";
}

/** What the conversations of a {@link CostMeter} have cost so far. */
export interface CostReport extends Spend {
  /** The name of the price's unit. Absent without one. */
  readonly currency?: string;
  /** How many conversations have been asked for and are not over. */
  readonly open: number;
  /** How many conversations are over, those that a sweep ended included. */
  readonly over: number;
  /** How many of these other processes had left open, and a sweep of this one ended. */
  readonly swept: number;
  /** How many conversations the plan allows at once. Absent when unknown. */
  readonly maxConcurrent?: number;
  /** The conversations that are not over, oldest first. */
  readonly conversations: readonly ConversationCost[];
}

/** A warning about cost. */
export type CostWarning =
  | {
      readonly kind: "threshold";
      /** What reached the threshold. */
      readonly scope: CostScope;
      /** The threshold. */
      readonly threshold: CostLimit;
      /** What is spent. */
      readonly spent: Spend;
      /** The conversation, where the scope is one. */
      readonly conversationId?: string;
    }
  | {
      /** As many conversations are open as the plan allows. */
      readonly kind: "concurrency";
      /** How many conversations are open. */
      readonly open: number;
      /** How many the plan allows. */
      readonly maxConcurrent: number;
    };

/** A budget is spent. */
export interface SpentBudget {
  /** Whose budget it is. */
  readonly scope: CostScope;
  /** The budget. */
  readonly budget: CostLimit;
  /** What is spent. */
  readonly spent: Spend;
  /** The name of the price's unit. Absent without one. */
  readonly currency?: string;
}

/** The events of a {@link CostMeter}. */
export type CostEvents = {
  /** A conversation has been created. */
  opened: [conversation: ConversationCost];
  /** A conversation is over, and this is what it cost. */
  ended: [conversation: ConversationCost];
  /** A threshold was reached. Each one is reported once per conversation or process. */
  warning: [warning: CostWarning];
  /** A running conversation has to end, because its budget or that of the process is spent. Once per conversation. */
  budgetSpent: [conversation: ConversationCost, budget: SpentBudget];
};
