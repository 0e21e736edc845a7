import { BotStartedSpeakingFrame, BotStoppedSpeakingFrame, type Frame } from "../../frames/index.ts";
import type { TimerHandle } from "../../util/clock.ts";
import type { UserMuteHost, UserMuteStrategy } from "./user-mute-strategy.ts";

export interface UntilFirstBotTurnOptions {
  /** A bot that has not begun to speak by then will not; the user may. 0: wait for ever. Default 20 000 ms. */
  readonly timeoutMs?: number;
}

/** The user is not heard from the start until the bot has said its opening line. */
export class UntilFirstBotTurnMuteStrategy implements UserMuteStrategy {
  readonly #timeoutMs: number;
  #host: UserMuteHost | undefined;
  #timer: TimerHandle;
  #muted = true;

  constructor(options: UntilFirstBotTurnOptions = {}) {
    this.#timeoutMs = options.timeoutMs ?? 20_000;
  }

  get muted(): boolean {
    return this.#muted;
  }

  start(host: UserMuteHost): void {
    this.#host = host;
    if (this.#timeoutMs === 0) return;
    this.#timer = host.clock.setTimeout(() => {
      // A failed opening line must not leave the user unheard for ever.
      this.#muted = false;
      host.changed();
    }, this.#timeoutMs);
  }

  hear(frame: Frame): void {
    if (frame instanceof BotStartedSpeakingFrame) this.close();
    else if (frame instanceof BotStoppedSpeakingFrame) {
      this.#muted = false;
      this.close();
    }
  }

  close(): void {
    this.#host?.clock.clearTimeout(this.#timer);
  }
}
