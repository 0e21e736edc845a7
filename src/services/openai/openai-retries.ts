import type { Clock } from "../../util/clock.ts";
import { sleep } from "../../util/deadline.ts";
import type { Logger } from "../../util/logger.ts";
import type { OpenAIAccess } from "./openai-access.ts";
import { toOpenAIFailure } from "./openai-errors.ts";

const FIRST_RETRY_DELAY_MS = 150;
/** Somebody waits for the sound or for the words: a server that wants a longer pause has failed. */
const MAX_RETRY_AFTER_MS = 1000;

/** What {@link iterateWithRetries} needs of a service. */
export interface RetryOptions {
  /** Name of the service, for errors. */
  readonly service: string;
  readonly access: OpenAIAccess;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** How many more times a request is sent. */
  readonly maxRetries: number;
}

/**
 * Yields what a request answers. Sends a request again that fails before its first piece, if the failure may pass by itself.
 * Throws the last failure as a ServiceError.
 */
export async function* iterateWithRetries<T>(
  request: () => AsyncIterable<T>,
  { service, access, clock, logger, signal, maxRetries }: RetryOptions,
): AsyncGenerator<T, void, undefined> {
  for (let attempt = 0; ; attempt++) {
    let begun = false;
    try {
      for await (const piece of request()) {
        begun = true;
        yield piece;
      }
      return;
    } catch (thrown) {
      signal.throwIfAborted();
      const { error, retryAfterMs = FIRST_RETRY_DELAY_MS * 2 ** attempt } = toOpenAIFailure(thrown, service, access);
      if (!error.retryable || begun || attempt >= maxRetries || retryAfterMs > MAX_RETRY_AFTER_MS) throw error;
      logger.info(`${error.message} It tries again.`, { afterMs: retryAfterMs });
      await sleep(clock, retryAfterMs, signal);
    }
  }
}
