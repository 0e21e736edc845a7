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

/** Options of an {@link UntilFirstBotTurnMuteStrategy}. */
export interface UntilFirstBotTurnOptions {
  /**
   * Unmutes the user when the bot has not started speaking for this long, in milliseconds. 0: waits forever. Default
   * 20 000.
   */
  readonly timeoutMs?: number;
}

/**
 * Mutes the user from the start until the bot has said its opening line. It unmutes at once if the opening line fails:
 * when a processor reports an error before the bot is heard, or the bot's first turn ends without words.
 */
export class UntilFirstBotTurnMuteStrategy implements UserMuteStrategy {
  readonly #timeoutMs: number;
  #host: UserMuteHost | undefined;
  readonly #calls = new RunningFunctionCalls();
  #timer: TimerHandle;
  #muted = true;
  #botSpeaking = false;

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
      // A failed opening line must not leave the user muted forever.
      this.#muted = false;
      host.changed();
    }, this.#timeoutMs);
  }

  hear(frame: Frame): void {
    this.#calls.hear(frame);
    if (frame instanceof BotStartedSpeakingFrame) {
      this.#botSpeaking = true;
      this.close();
    } else if (frame instanceof BotStoppedSpeakingFrame || (!this.#botSpeaking && this.#isFailure(frame))) {
      this.#muted = false;
      this.close();
    }
  }

  /** A first answer that only calls functions is not a failure: the opening line follows with their results. */
  #isFailure(frame: Frame): boolean {
    const isSilentTurn =
      frame instanceof LLMContextAssistantTurnFrame && frame.text === "" && !this.#calls.isAnyRunning;
    return frame instanceof ErrorFrame || isSilentTurn;
  }

  close(): void {
    this.#host?.clock.clearTimeout(this.#timer);
  }
}
