import type { Clock } from "../../../util/clock.ts";
import { withDeadline } from "../../../util/deadline.ts";
import type { InterruptionNotice } from "../interruption-notice.ts";

/**
 * For the message that notifies the far end of an interruption. If it takes longer, speech continues without. Long, since
 * a message that arrives after all silences what is said by then.
 */
const MAX_NOTICE_MS = 5000;

/** Holds speech back while the far end is being notified of an interruption: until then nothing new may be said. */
export class SpeechHold {
  readonly #clock: Clock;
  /** Settles when the hold at hand is over. */
  #over: Promise<void> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether speech has to wait. */
  get active(): boolean {
    return this.#over !== undefined;
  }

  /** Holds until the notice has been sent, then calls back; not when a later interruption has a notice of its own. */
  until({ sent }: InterruptionNotice, onOver: () => void): void {
    const over = withDeadline(this.#clock, sent, MAX_NOTICE_MS, "Notifying the far end of an interruption");
    this.#over = over;
    const end = (): void => {
      if (this.#over !== over) return;
      this.#over = undefined;
      onOver();
    };
    over.then(end, end);
  }
}
