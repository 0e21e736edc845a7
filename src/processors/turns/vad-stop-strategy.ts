import { type Frame, VADUserStoppedSpeakingFrame } from "../../frames/index.ts";
import type { UserTurnStopHost, UserTurnStopStrategy } from "./turn-strategies.ts";

/** The turn ends with voice activity, at once: for bots that need no transcript. */
export class VadStopStrategy implements UserTurnStopStrategy {
  #host: UserTurnStopHost | undefined;

  attach(host: UserTurnStopHost): void {
    this.#host = host;
  }

  hear(frame: Frame): void {
    if (frame instanceof VADUserStoppedSpeakingFrame) this.#host?.stop();
  }

  turnStopped(): void {
    // Nothing is remembered.
  }

  close(): void {
    // Nothing is held.
  }
}
