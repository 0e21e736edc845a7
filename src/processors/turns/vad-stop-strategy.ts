import { type Frame, TranscriptionFrame, VADUserStoppedSpeakingFrame } from "../../frames/index.ts";
import type { UserTurnStopHost, UserTurnStopStrategy } from "./turn-strategies.ts";

/**
 * The turn ends with voice activity, at once: for bots that need no transcript. A turn that a late transcript has opened
 * again ends with that transcript.
 */
export class VADStopStrategy implements UserTurnStopStrategy {
  #host: UserTurnStopHost | undefined;

  attach(host: UserTurnStopHost): void {
    this.#host = host;
  }

  hear(frame: Frame): void {
    const ends = frame instanceof VADUserStoppedSpeakingFrame || frame instanceof TranscriptionFrame;
    // In vain while there is voice activity.
    if (ends) this.#host?.stop();
  }

  turnStopped(): void {
    // Nothing is remembered.
  }

  close(): void {
    // Nothing is held.
  }
}
