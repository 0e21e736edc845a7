import type { Clock, TimerHandle } from "../../util/clock.ts";

/** Without a sign that the bot is speaking for this long, the pause is over: nobody may wait for ever. */
const WATCHDOG_MS = 3000;

export interface SpeakingPauseHost {
  clock(): Clock;
  pause(): void;
  resume(): void;
  /** The watchdog had to end a pause. */
  onStuck(): void;
}

/** Holds what follows an utterance until the bot has said it. */
export class SpeakingPause {
  readonly #host: SpeakingPauseHost;
  #paused = false;
  #watchdog: TimerHandle;

  constructor(host: SpeakingPauseHost) {
    this.#host = host;
  }

  begin(): void {
    this.#paused = true;
    this.#host.pause();
    this.botSpeaks();
  }

  /** The bot is heard: the pause may last. */
  botSpeaks(): void {
    if (!this.#paused) return;
    const clock = this.#host.clock();
    clock.clearTimeout(this.#watchdog);
    this.#watchdog = clock.setTimeout(() => {
      this.#host.onStuck();
      this.end();
    }, WATCHDOG_MS);
  }

  /** Idempotent. */
  end(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#host.clock().clearTimeout(this.#watchdog);
    this.#host.resume();
  }
}
