import type { Clock } from "../../util/clock.ts";
import { sleep, withDeadline } from "../../util/deadline.ts";
import { asError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import type { ConversationApi } from "./conversation-api.ts";

/** Pauses before another try to end a conversation. */
const RETRY_PAUSES_MS = [250, 1000];
const END_TIMEOUT_MS = 15_000;

/** A conversation that exists and costs money until it ends. Ends it exactly once, whoever asks and how often. */
export class OpenConversation {
  readonly conversationId: string;
  /** The room's URL, without a token. */
  readonly conversationUrl: string;
  readonly meetingToken: string | undefined;
  readonly #api: ConversationApi | undefined;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #onEndFailed: (error: Error) => void;
  readonly #onEnded: (() => Promise<void>) | undefined;
  #ending: Promise<void> | undefined;

  /** Without an `api` it is a room that someone else owns, and ending it does nothing. */
  constructor(
    fields: { conversationId: string; conversationUrl: string; meetingToken?: string | undefined },
    context: {
      api: ConversationApi | undefined;
      clock: Clock;
      logger: Logger;
      onEndFailed: (error: Error) => void;
      /** It is known to be over. */
      onEnded?: () => Promise<void>;
    },
  ) {
    this.conversationId = fields.conversationId;
    this.conversationUrl = fields.conversationUrl;
    this.meetingToken = fields.meetingToken;
    this.#api = context.api;
    this.#clock = context.clock;
    this.#logger = context.logger;
    this.#onEndFailed = context.onEndFailed;
    this.#onEnded = context.onEnded;
  }

  /** Bounded, retried, never rejects: a failure is logged and told to `onEndFailed`. */
  end(): Promise<void> {
    return (this.#ending ??= this.#end());
  }

  async #end(): Promise<void> {
    if (!this.#api) return;
    try {
      await withDeadline(this.#clock, this.#endWithRetries(this.#api), END_TIMEOUT_MS, "Ending the conversation");
      await this.#onEnded?.();
    } catch (thrown) {
      const error = asError(thrown);
      this.#logger.error("The conversation could not be ended; it costs money until its time limit ends it.", {
        conversationId: this.conversationId,
        error: error.message,
      });
      this.#onEndFailed(error);
    }
  }

  async #endWithRetries(api: ConversationApi): Promise<void> {
    for (const pauseMs of RETRY_PAUSES_MS) {
      try {
        await api.endConversation(this.conversationId);
        return;
      } catch {
        await sleep(this.#clock, pauseMs);
      }
    }
    await api.endConversation(this.conversationId);
  }
}
