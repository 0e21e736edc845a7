import type { Logger } from "../../util/logger.ts";
import { toLogText } from "../../util/url-text.ts";
import type { WarmRuntime } from "../daily/prewarm.ts";

/**
 * Starts the runtime of a call while something else has to be waited for, and holds it until the call does. It never fails:
 * what is wrong with the runtime is the call's to report.
 */
export class WarmUp {
  readonly #warmUp: (() => Promise<WarmRuntime>) | undefined;
  readonly #logger: () => Logger;
  #warming: Promise<WarmRuntime | undefined> | undefined;
  #isOver = false;

  /** Without a function it does nothing. */
  constructor(warmUp: (() => Promise<WarmRuntime>) | undefined, logger: () => Logger) {
    this.#warmUp = warmUp;
    this.#logger = logger;
  }

  /** Idempotent. */
  begin(): void {
    if (this.#isOver) return;
    this.#warming ??= this.#warmUp?.().catch((thrown: unknown) => {
      this.#logger().debug("The runtime could not be started ahead.", { error: toLogText(thrown) });
      return undefined;
    });
  }

  /** The call holds its runtime by itself now, or there will be none. Idempotent. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    void this.#warming?.then((warm) => warm?.[Symbol.asyncDispose]());
  }
}
