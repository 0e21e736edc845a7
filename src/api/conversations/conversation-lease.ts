import type { Clock } from "../../util/clock.ts";
import { runWithDeadline, sleep } from "../../util/deadline.ts";
import { asError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import { unrefTimer } from "../../util/unref-timer.ts";
import type { ConversationCost } from "../cost/index.ts";
import { toLogText } from "../../util/url-text.ts";

/** Pauses before each retry of ending a conversation. */
const RETRY_PAUSES_MS = [250, 1000];
const END_TIMEOUT_MS = 8000;
/** After all retries failed, a process that lives on tries again, at growing distances. */
const FIRST_LATER_PAUSE_MS = 15_000;
const LONGEST_LATER_PAUSE_MS = 300_000;
/** How late the server may enforce its own time limit. */
const LIMIT_GRACE_MS = 60_000;
/** Tavus' longest call, for conversations whose limit is not known. */
const LONGEST_CALL_S = 3600;

/** The part of the API that ends conversations. `TavusApi` implements it. */
export interface LeaseApi {
  /** Ends a conversation; one that is over already is a success. The signal aborts at the deadline of the ending. */
  endConversation(conversationId: string, call?: { readonly signal?: AbortSignal }): Promise<void>;
}

export interface ConversationLeaseContext {
  /** Undefined for a conversation that someone else owns: ending it does nothing. */
  readonly api: LeaseApi | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ending failed; it is tried again for as long as the process lives and the conversation can be open. */
  readonly onEndFailed: (error: Error) => void;
  /** The conversation is known to be over. */
  readonly onEnded?: () => Promise<void>;
  /** Like `onEndFailed`, for what must be done before `end` resolves. */
  readonly onAbandoned?: () => Promise<void>;
  /** Counts what it costs. Undefined for a conversation that is not counted. */
  readonly metered?: { readonly cost: ConversationCost } | undefined;
  /** The conversation's own time limit, in seconds. Default: Tavus' longest, 3600. */
  readonly maxCallDurationS?: number;
}

/** A conversation that exists and costs money until it ends. Ends it exactly once, for any number of callers. */
export class ConversationLease {
  readonly conversationId: string;
  /** The room's URL, without a token. */
  readonly conversationUrl: string;
  readonly meetingToken: string | undefined;
  readonly #context: ConversationLeaseContext;
  readonly #limitMs: number;
  #ending: Promise<void> | undefined;
  #isOver = false;

  constructor(
    fields: { conversationId: string; conversationUrl: string; meetingToken?: string | undefined },
    context: ConversationLeaseContext,
  ) {
    this.conversationId = fields.conversationId;
    this.conversationUrl = fields.conversationUrl;
    this.meetingToken = fields.meetingToken;
    this.#context = context;
    const { clock, maxCallDurationS = LONGEST_CALL_S } = context;
    this.#limitMs = clock.nowMs() + maxCallDurationS * 1000 + LIMIT_GRACE_MS;
  }

  /** Whether it is known to be over. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** What it has cost so far; undefined for a conversation that is not counted, since it was not created here. */
  get cost(): ConversationCost | undefined {
    return this.#context.metered?.cost;
  }

  /**
   * Ends the conversation: bounded by `timeoutMs` (default 8000), retried, never rejects. A failure is logged and passed to
   * `onEndFailed`. Nothing is left in progress then that would keep the process alive; a process that lives on tries again.
   */
  end(timeoutMs = END_TIMEOUT_MS): Promise<void> {
    return (this.#ending ??= this.#end(timeoutMs));
  }

  async #end(timeoutMs: number): Promise<void> {
    const { api, clock, logger, onEndFailed, onEnded, onAbandoned } = this.#context;
    const { conversationId } = this;
    if (!api) {
      logger.info("The conversation is left open: it was not created here.", { conversationId });
      return;
    }
    const startedMs = clock.nowMs();
    try {
      await this.#try(timeoutMs, (signal) => this.#endWithRetries(api, signal));
    } catch (thrown) {
      const error = asError(thrown);
      logger.error("The conversation could not be ended; it costs money until its time limit ends it.", {
        conversationId,
        error: toLogText(error),
      });
      onEndFailed(error);
      this.#endLater(api, FIRST_LATER_PAUSE_MS);
      await onAbandoned?.();
      return;
    }
    this.#isOver = true;
    const tookMs = Math.round(clock.nowMs() - startedMs);
    logger.info("Conversation ended.", { conversationId, by: "the bot", through: "the API", tookMs });
    await onEnded?.();
  }

  #try(timeoutMs: number, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    return runWithDeadline(this.#context.clock, timeoutMs, "Ending the conversation", work);
  }

  async #endWithRetries(api: LeaseApi, signal: AbortSignal): Promise<void> {
    for (const pauseMs of RETRY_PAUSES_MS) {
      try {
        await api.endConversation(this.conversationId, { signal });
        return;
      } catch {
        await sleep(this.#context.clock, pauseMs, signal);
      }
    }
    await api.endConversation(this.conversationId, { signal });
  }

  /** These timers do not keep the process alive: what cannot be ended in time is left to the journal. */
  #endLater(api: LeaseApi, pauseMs: number): void {
    const { clock, logger, onEnded } = this.#context;
    if (clock.nowMs() + pauseMs > this.#limitMs) return;
    const attempt = async (): Promise<void> => {
      try {
        await this.#try(END_TIMEOUT_MS, (signal) => api.endConversation(this.conversationId, { signal }));
      } catch {
        this.#endLater(api, Math.min(pauseMs * 2, LONGEST_LATER_PAUSE_MS));
        return;
      }
      this.#isOver = true;
      logger.warn("The conversation was ended at last.", { conversationId: this.conversationId });
      await onEnded?.();
    };
    unrefTimer(clock.setTimeout(() => void attempt(), pauseMs));
  }
}
