import { type Frame, TranscriptionFrame, VADUserStoppedSpeakingFrame } from "../../frames/index.ts";
import type { UserTurnStopHost, UserTurnStopStrategy } from "./turn-strategies.ts";

/**
 * Ends a turn as soon as voice activity ends, for bots that need no transcript. A turn that a late transcript has
 * opened again ends with that transcript.
 */
export class VADStopStrategy implements UserTurnStopStrategy {
  #host: UserTurnStopHost | undefined;

  attach(host: UserTurnStopHost): void {
    this.#host = host;
  }

  hear(frame: Frame): void {
    const ends = frame instanceof VADUserStoppedSpeakingFrame || frame instanceof TranscriptionFrame;
    // Has no effect during voice activity.
    if (ends) this.#host?.stop();
  }

  turnStopped(): void {
    // There is no state to reset.
  }

  close(): void {
    // There is nothing to release.
  }
}
