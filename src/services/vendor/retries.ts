import type { ServiceError } from "../../pipeline/index.ts";
import type { Clock } from "../../util/clock.ts";
import { sleep } from "../../util/deadline.ts";
import { InvalidOptionError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";

const FIRST_DELAY_MS = 200;
/** A user waits for the answer: a server that wants a longer pause has failed. */
const MAX_RETRY_AFTER_MS = 2000;

/** A failed request. */
export interface RequestFailure {
  readonly error: ServiceError;
  /** When the server wants the next try, in milliseconds; Infinity: never. Undefined: it did not say. */
  readonly retryAfterMs: number | undefined;
}

/** How requests are tried again. */
export interface RetryPolicy<T> {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** How many more times a request is sent. */
  readonly maxRetries: number;
  /** Whether a piece is a part of the answer, and not only its usage. Default: always. */
  readonly isHeard?: (piece: T) => boolean;
  /** Explains what a try has thrown. */
  readonly toFailure: (thrown: unknown) => RequestFailure;
}

/** Checks the option. */
export function checkMaxRetries(maxRetries: number): number {
  if (!Number.isInteger(maxRetries) || maxRetries < 0)
    throw new InvalidOptionError("maxRetries", "must be an integer of at least 0.");
  return maxRetries;
}

/**
 * Yields an answer. A request that fails in a way that may pass is sent again, but never once a piece has arrived: the user
 * may have heard it. Throws the error of the last try.
 */
export async function* retryBeforeFirstPiece<T>(
  request: () => AsyncIterable<T>,
  { clock, logger, signal, maxRetries, toFailure, isHeard = () => true }: RetryPolicy<T>,
): AsyncGenerator<T, void, undefined> {
  for (let attempt = 0; ; attempt++) {
    let begun = false;
    try {
      for await (const piece of request()) {
        begun ||= isHeard(piece);
        yield piece;
      }
      return;
    } catch (thrown) {
      signal.throwIfAborted();
      const { error, retryAfterMs = FIRST_DELAY_MS * 2 ** attempt } = toFailure(thrown);
      const mayRetry = error.retryable && !begun && attempt < maxRetries;
      if (!mayRetry || retryAfterMs > MAX_RETRY_AFTER_MS) throw error;
      logger.info(`${error.message} It tries again.`, { afterMs: retryAfterMs });
      await sleep(clock, retryAfterMs, signal);
    }
  }
}
