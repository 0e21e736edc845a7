import { asError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import type { DailyCall } from "../daily/daily-call.ts";
import { DailyCallError } from "../daily/daily-errors.ts";

/** Messages that may wait for the join. They are what an application sends by itself: frames flow only after it. */
const MOST_WAITING = 100;

interface Waiting {
  readonly message: unknown;
  readonly to: string | undefined;
  readonly settle: (sent: Promise<void>) => void;
}

type State =
  | { readonly is: "waiting"; readonly queue: Waiting[] }
  | { readonly is: "joined"; readonly call: DailyCall; readonly interrupted: boolean }
  | { readonly is: "over"; readonly error: Error };

/**
 * The app messages of a transport. Before the join they wait and are then sent in their order; while signalling is down,
 * and after the call, they are dropped.
 */
export class OutgoingMessages {
  readonly #logger: () => Logger;
  #state: State = { is: "waiting", queue: [] };
  #hasWarned = false;
  #isFailing = false;

  constructor(logger: () => Logger) {
    this.#logger = logger;
  }

  /** Resolves when the message has left; rejects with the reason why it has not, and then it never will. */
  send(message: unknown, to?: string): Promise<void> {
    const state = this.#state;
    if (state.is === "over") return Promise.reject(state.error);
    if (state.is === "joined")
      return state.interrupted ? Promise.reject(interruptedError()) : post(state.call, message, to);
    if (state.queue.length >= MOST_WAITING) {
      const why = `${MOST_WAITING} messages wait for the join already.`;
      return Promise.reject(new DailyCallError("notJoined", why));
    }
    return new Promise((resolve) => {
      state.queue.push({ message, to, settle: resolve });
    });
  }

  /**
   * The same for a frame, which nobody waits for: what is dropped is one warning, and of failures in a row only the first
   * rejects.
   */
  async sendFrame(message: unknown, to: string | undefined): Promise<void> {
    const state = this.#state;
    if (state.is === "over" || (state.is === "joined" && state.interrupted)) {
      this.#warnOnce(state.is === "over" ? "the call is over" : "the connection is interrupted");
      return;
    }
    try {
      await this.send(message, to);
      this.#isFailing = false;
    } catch (thrown) {
      const isNew = !this.#isFailing;
      this.#isFailing = true;
      if (isNew) throw thrown;
      this.#logger().debug("Another app message could not be sent.", { error: asError(thrown).message });
    }
  }

  /** The bot is in the room: what waits is sent, in its order and before anything later. */
  joined(call: DailyCall): void {
    if (this.#state.is !== "waiting") return;
    const { queue } = this.#state;
    this.#state = { is: "joined", call, interrupted: false };
    for (const { message, to, settle } of queue) settle(post(call, message, to));
  }

  /** Whether signalling is down. */
  interrupted(interrupted: boolean): void {
    if (this.#state.is !== "joined") return;
    this.#state = { ...this.#state, interrupted };
    if (!interrupted) this.#hasWarned = false;
  }

  /** The call is over, or was never joined: what waits is rejected. Idempotent. */
  over(error: Error): void {
    const state = this.#state;
    if (state.is === "over") return;
    this.#state = { is: "over", error };
    this.#hasWarned = false;
    if (state.is === "waiting") for (const { settle } of state.queue) settle(Promise.reject(error));
  }

  #warnOnce(why: string): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#logger().warn(`An app message was dropped: ${why}. Later ones are dropped without a word.`);
  }
}

/** Also what the call throws at once is a rejection. */
async function post(call: DailyCall, message: unknown, to: string | undefined): Promise<void> {
  await call.sendAppMessage(message, to);
}

function interruptedError(): DailyCallError {
  return new DailyCallError("connectionFailed", "The connection to the room is interrupted.");
}
