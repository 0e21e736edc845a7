import { systemClock, type Clock, type TimerHandle } from "../../util/clock.ts";
import { SafeEmitter } from "../../util/emitter.ts";
import type { EnvironmentVariables } from "../../util/environment.ts";
import type { Logger } from "../../util/logger.ts";
import { safeLogger } from "../../util/safe-logger.ts";
import { unrefTimer } from "../../util/unref-timer.ts";
import { toLogText } from "../../util/url-text.ts";
import { SAFE_LIMITS } from "../conversations/create-body.ts";
import type { SweptConversation } from "../journal/index.ts";
import { Account } from "./account.ts";
import { BudgetError } from "./budget-error.ts";
import { isReached, resolveCost, toSpend, type CostLimits, type TimeLimit } from "./cost-limits.ts";
import type { ConversationCost, CostEvents, CostOptions, CostReport, CostScope, CostWarning, SpentBudget } from "./cost-types.ts";
import { formatLimit, formatSpend } from "./format-spend.ts";
import { Ledger } from "./ledger.ts";
import type { MeteredConversation, OpeningConversation } from "./metered-conversation.ts";

/** A conversation for which a budget remains gets this much more from the server: time for a goodbye. */
const GOODBYE_S = 60;
/** Timers are set anew after at most this long: no timer of Node's lasts longer than 24 days. */
const MAX_TIMER_MS = 24 * 3600_000;

/** The options of {@link CostMeter}. */
export interface CostMeterOptions extends CostOptions {
  /** The clock. Default: the machine's. */
  readonly clock?: Clock | undefined;
  /** Receives the warnings. Default: `consoleLogger`. */
  readonly logger?: Logger | undefined;
  /** The environment variables. Default: `process.env`. */
  readonly env?: EnvironmentVariables | undefined;
}

interface Followed {
  readonly account: Account;
  readonly owner: Pick<OpeningConversation, "onWarning" | "onBudgetSpent">;
  /** How many thresholds of the conversation have been reported. */
  warned: number;
  hasReportedBudget: boolean;
}

/**
 * Counts the minutes of conversations from their creation to their end, and what they cost. It warns at thresholds,
 * refuses conversations when the budget is spent, and reports running conversations that have to end. One meter can be
 * shared by all transports and managers of a process: "process" means all conversations of one meter.
 *
 * A conversation counts from when it was asked for until its end is known; one whose end is not known counts up to its
 * time limit, at which Tavus ends it. Every conversation counts once.
 */
export class CostMeter {
  readonly #limits: CostLimits;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #events: SafeEmitter<CostEvents>;
  readonly #ledger = new Ledger<Followed>();
  #swept = 0;
  #warned = 0;
  #warnedOfConcurrency = false;
  #timer: TimerHandle;

  /** @throws InvalidOptionError for invalid options, and for money without a price per minute. */
  constructor({ clock = systemClock, logger, env = process.env, ...options }: CostMeterOptions = {}) {
    this.#limits = resolveCost(options, env);
    this.#clock = clock;
    this.#logger = safeLogger(logger);
    this.#events = new SafeEmitter<CostEvents>((error, event) => {
      this.#logger.error("A listener of CostMeter failed.", { event, error: error.message });
    });
  }

  /** Adds a listener. An error that it throws is logged and ignored. */
  on<K extends keyof CostEvents>(event: K, listener: (...args: CostEvents[K]) => unknown): this {
    this.#events.on(event, listener);
    return this;
  }

  /** Removes a listener. */
  off<K extends keyof CostEvents>(event: K, listener: (...args: CostEvents[K]) => unknown): this {
    this.#events.off(event, listener);
    return this;
  }

  /** What all conversations have cost so far. */
  get report(): CostReport {
    this.#settle();
    const { currency, maxConcurrent } = this.#limits;
    const { running, over } = this.#ledger;
    return {
      ...this.#spend(this.#totalMs()),
      ...(currency === undefined ? {} : { currency }),
      ...(maxConcurrent === undefined ? {} : { maxConcurrent }),
      open: running.size,
      over,
      swept: this.#swept,
      conversations: Array.from(running, ({ account }) => this.#costOf(account)),
    };
  }

  /**
   * Follows a conversation that is about to be created.
   *
   * @throws BudgetError when the budget of the process is spent.
   */
  opening(conversation: OpeningConversation): MeteredConversation {
    this.#settle();
    const spent = this.#spentBudget("process", this.#totalMs());
    if (spent) throw new BudgetError(spent);
    const { conversationName, participantAbsentTimeoutS } = conversation;
    const maxCallDurationS = this.#allowedS(conversation.maxCallDurationS);
    const account = new Account(conversationName, this.#clock.nowMs(), maxCallDurationS * 1000);
    const followed: Followed = { account, owner: conversation, warned: 0, hasReportedBudget: false };
    this.#ledger.open(followed);
    this.#warnOfConcurrency();
    this.#check();
    const cost = (): ConversationCost => this.#costOf(account);
    const absentS = Math.min(maxCallDurationS, participantAbsentTimeoutS ?? SAFE_LIMITS.participantAbsentTimeout);
    return {
      maxCallDurationS,
      get cost() {
        return cost();
      },
      created: (conversationId) => this.#created(followed, conversationId),
      notCreated: (mayBeOpen) => this.#notCreated(followed, mayBeOpen ? absentS * 1000 : undefined),
      ended: () => this.#end(followed),
    };
  }

  /**
   * Counts a conversation that a sweep of the journal ended. One that this meter has followed or counted before is not
   * counted again.
   */
  swept({ conversationId, conversationName, createdWallMs, maxCallDurationS }: SweptConversation): void {
    this.#settle();
    const own = [...this.#ledger.running].find(
      ({ account }) =>
        account.conversationId === conversationId ||
        (account.state === "unclear" && account.conversationName === conversationName),
    );
    if (own) {
      this.#end(own);
      this.#ledger.remember(conversationId);
      return;
    }
    const ranMs = Math.max(0, this.#clock.wallMs() - createdWallMs);
    const spentMs = Math.min(ranMs, maxCallDurationS * 1000);
    if (this.#ledger.addSwept(conversationId, conversationName, spentMs)) this.#swept++;
    this.#check();
  }

  /** Even if this process dies, the server ends the conversation soon after the budget is spent. */
  #allowedS(askedS: number): number {
    const { conversation, process } = this.#limits.budget;
    const leftMs = Math.min(conversation?.ms ?? Infinity, (process?.ms ?? Infinity) - this.#totalMs());
    return leftMs === Infinity ? askedS : Math.min(askedS, Math.ceil(leftMs / 1000) + GOODBYE_S);
  }

  #created({ account }: Followed, conversationId: string): void {
    this.#settle();
    if (account.state !== "opening") return;
    account.created(conversationId);
    this.#ledger.remember(conversationId);
    this.#events.emit("opened", this.#costOf(account));
    this.#check();
  }

  #notCreated(followed: Followed, mayBeOpenMs: number | undefined): void {
    this.#settle();
    if (followed.account.state !== "opening") return;
    if (mayBeOpenMs === undefined) this.#ledger.drop(followed);
    else followed.account.unclear(mayBeOpenMs);
    this.#check();
  }

  #end(followed: Followed): void {
    this.#close(followed);
    this.#check();
  }

  #close(followed: Followed): void {
    if (this.#ledger.close(followed, this.#clock.nowMs())) this.#events.emit("ended", this.#costOf(followed.account));
  }

  /** Closes the accounts of conversations that have reached their limits. */
  #settle(): void {
    const nowMs = this.#clock.nowMs();
    for (const followed of this.#ledger.running) if (!followed.account.runs(nowMs)) this.#close(followed);
  }

  /** Reports what has been reached, and sets the timer for what comes next. */
  #check(): void {
    this.#settle();
    this.#warnOfProcess();
    for (const followed of this.#ledger.running) this.#warnOf(followed);
    for (const followed of this.#ledger.running) this.#endIfSpent(followed);
    // Listeners may have come here as well.
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    const delayMs = this.#nextMs();
    if (delayMs === Infinity) return;
    this.#timer = this.#clock.setTimeout(() => this.#check(), Math.min(Math.ceil(delayMs), MAX_TIMER_MS));
    unrefTimer(this.#timer);
  }

  /** How long until the next threshold or budget is reached. Infinity when nothing is watched: then there is no timer. */
  #nextMs(): number {
    const nowMs = this.#clock.nowMs();
    const { thresholds, budget } = this.#limits;
    const running = [...this.#ledger.running];
    const times: number[] = [];
    for (const { account, warned, hasReportedBudget } of running) {
      const mayReportBudget = account.state === "open" && !hasReportedBudget;
      const limits = [...thresholds.conversation.slice(warned), ...(mayReportBudget ? [budget.conversation] : [])];
      times.push(...limits.map((limit) => (limit ? limit.ms - account.spentMs(nowMs) : Infinity)));
    }
    const totalMs = this.#totalMs();
    for (const limit of [...thresholds.process.slice(this.#warned), budget.process]) {
      const aheadMs = limit ? limit.ms - totalMs : 0;
      if (aheadMs <= 0 || running.length === 0) continue;
      // All spend at the same pace, until one reaches its time limit.
      times.push(aheadMs / running.length, ...running.map(({ account }) => account.overMs - nowMs));
    }
    return Math.max(1, Math.min(...times));
  }

  #warnOfProcess(): void {
    const totalMs = this.#totalMs();
    const thresholds = this.#limits.thresholds.process;
    for (let next = thresholds[this.#warned]; next && isReached(next, totalMs); next = thresholds[this.#warned]) {
      this.#warned++;
      this.#warn("process", next, totalMs, undefined);
    }
  }

  #warnOf(followed: Followed): void {
    const { account } = followed;
    const spentMs = account.spentMs(this.#clock.nowMs());
    const thresholds = this.#limits.thresholds.conversation;
    for (let next = thresholds[followed.warned]; next && isReached(next, spentMs); next = thresholds[followed.warned]) {
      followed.warned++;
      this.#warn("conversation", next, spentMs, followed);
    }
  }

  #warn(scope: CostScope, { amount }: TimeLimit, ms: number, which: Followed | undefined): void {
    const spent = this.#spend(ms);
    const { currency } = this.#limits;
    const conversationId = which?.account.conversationId;
    this.#logger.warn(`The cost of the ${scope} has reached a threshold.`, {
      conversationId,
      spent: formatSpend(spent, currency),
      threshold: formatLimit(amount, currency),
    });
    const warning = { kind: "threshold", scope, threshold: amount, spent } as const;
    this.#emitWarning(conversationId === undefined ? warning : { ...warning, conversationId }, which);
  }

  #warnOfConcurrency(): void {
    const { maxConcurrent = Infinity } = this.#limits;
    const open = this.#ledger.running.size;
    if (open < maxConcurrent || this.#warnedOfConcurrency) return;
    this.#warnedOfConcurrency = true;
    this.#logger.warn("As many conversations are open as the plan allows.", { open, maxConcurrent });
    this.#emitWarning({ kind: "concurrency", open, maxConcurrent });
  }

  /** To the listeners, and to the owners of the conversations that it is about. */
  #emitWarning(warning: CostWarning, which?: Followed): void {
    for (const { owner } of which ? [which] : [...this.#ledger.running])
      this.#call(() => owner.onWarning?.(warning));
    this.#events.emit("warning", warning);
  }

  #endIfSpent(followed: Followed): void {
    const { account, owner } = followed;
    if (followed.hasReportedBudget || account.state !== "open") return;
    const spent =
      this.#spentBudget("conversation", account.spentMs(this.#clock.nowMs())) ??
      this.#spentBudget("process", this.#totalMs());
    if (!spent) return;
    followed.hasReportedBudget = true;
    this.#logger.warn(`The budget of the ${spent.scope} is spent; the conversation has to end.`, {
      conversationId: account.conversationId,
      spent: formatSpend(spent.spent, spent.currency),
      budget: formatLimit(spent.budget, spent.currency),
    });
    this.#call(() => owner.onBudgetSpent?.(spent));
    this.#events.emit("budgetSpent", this.#costOf(account), spent);
  }

  /** A callback that throws stops nothing else. */
  #call(callback: () => void): void {
    try {
      callback();
    } catch (thrown) {
      this.#logger.error("A callback of a metered conversation failed.", { error: toLogText(thrown) });
    }
  }

  #spentBudget(scope: CostScope, ms: number): SpentBudget | undefined {
    const budget = this.#limits.budget[scope];
    if (!budget || !isReached(budget, ms)) return undefined;
    const { currency } = this.#limits;
    return { scope, budget: budget.amount, spent: this.#spend(ms), ...(currency === undefined ? {} : { currency }) };
  }

  #totalMs(): number {
    return this.#ledger.totalMs(this.#clock.nowMs());
  }

  #spend(ms: number): { readonly minutes: number; readonly money?: number } {
    return toSpend(ms, this.#limits.pricePerMinute);
  }

  #costOf(account: Account): ConversationCost {
    const { conversationName, conversationId, state } = account;
    const spend = this.#spend(account.spentMs(this.#clock.nowMs()));
    return { conversationName, ...(conversationId === undefined ? {} : { conversationId }), state, ...spend };
  }
}
