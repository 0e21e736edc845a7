import {
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  ErrorFrame,
  type Frame,
  LLMContextAssistantTurnFrame,
} from "../../frames/index.ts";
import type { TimerHandle } from "../../util/clock.ts";
import { RunningFunctionCalls } from "../aggregators/running-function-calls.ts";
import type { UserMuteHost, UserMuteStrategy } from "./user-mute-strategy.ts";

export interface UntilFirstBotTurnOptions {
  /** A bot that has not begun to speak by then will not; the user may. 0: wait forever. Default 20 000 ms. */
  readonly timeoutMs?: number;
}

/**
 * The user is not heard from the start until the bot has said its opening line. An opening line that fails is over at
 * once: when a processor reports an error before the bot is heard, or the bot's first turn ends without any word.
 */
export class UntilFirstBotTurnMuteStrategy implements UserMuteStrategy {
  readonly #timeoutMs: number;
  #host: UserMuteHost | undefined;
  readonly #calls = new RunningFunctionCalls();
  #timer: TimerHandle;
  #muted = true;
  #botSpeaks = false;

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
    this.#calls.hear(frame);
    if (frame instanceof BotStartedSpeakingFrame) {
      this.#botSpeaks = true;
      this.close();
    } else if (frame instanceof BotStoppedSpeakingFrame || (!this.#botSpeaks && this.#failed(frame))) {
      this.#muted = false;
      this.close();
    }
  }

  /** A first answer that only calls functions is no failure: the line follows with their results. */
  #failed(frame: Frame): boolean {
    const isSilentTurn = frame instanceof LLMContextAssistantTurnFrame && frame.text === "" && !this.#calls.any;
    return frame instanceof ErrorFrame || isSilentTurn;
  }

  close(): void {
    this.#host?.clock.clearTimeout(this.#timer);
  }
}
