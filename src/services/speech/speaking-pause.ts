import type { Clock, TimerHandle } from "../../util/clock.ts";

/** Without a sign that the bot is speaking for this long, the pause ends: nothing may wait forever. */
const WATCHDOG_MS = 3000;

/** What {@link SpeakingPause} needs from the service. */
export interface SpeakingPauseHost {
  clock(): Clock;
  pause(): void;
  resume(): void;
  /** Called when the watchdog had to end a pause. */
  onStuck(): void;
}

/** Holds the frames behind an utterance until the bot has said it. */
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
    this.noteBotSpeaking();
  }

  /** The bot is heard: extends the watchdog. */
  noteBotSpeaking(): void {
    if (!this.#paused) return;
    const clock = this.#host.clock();
    clock.clearTimeout(this.#watchdog);
    this.#watchdog = clock.setTimeout(() => {
      this.#host.onStuck();
      this.end();
    }, WATCHDOG_MS);
  }

  /** Ends the pause. Idempotent. */
  end(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#host.clock().clearTimeout(this.#watchdog);
    this.#host.resume();
  }
}
