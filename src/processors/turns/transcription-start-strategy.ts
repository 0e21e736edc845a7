import { type Frame, InterimTranscriptionFrame, TranscriptionFrame } from "../../frames/index.ts";
import type { TurnStartDecision, TurnStartOptions, UserTurnStartStrategy } from "./turn-strategies.ts";

export interface TranscriptionStartOptions extends TurnStartOptions {
  /** Whether interim transcripts count. Default true. */
  readonly useInterim?: boolean;
}

/** The turn begins with a transcript: speech too soft for voice activity detection. */
export class TranscriptionStartStrategy implements UserTurnStartStrategy {
  readonly interrupts: boolean;
  readonly announces: boolean;
  readonly #useInterim: boolean;

  constructor(options: TranscriptionStartOptions = {}) {
    this.interrupts = options.interrupts ?? true;
    this.announces = options.announces ?? true;
    this.#useInterim = options.useInterim ?? true;
  }

  decide(frame: Frame): TurnStartDecision | undefined {
    const counts =
      frame instanceof TranscriptionFrame || (this.#useInterim && frame instanceof InterimTranscriptionFrame);
    return counts && frame.text.trim() !== "" ? "start" : undefined;
  }
}
