import { type Frame, InterimTranscriptionFrame, TranscriptionFrame } from "../../frames/index.ts";
import type { TurnStartDecision, TurnStartOptions, UserTurnStartStrategy } from "./turn-strategies.ts";

/** Options of a strategy that starts turns by transcripts. */
export interface TranscriptionStartOptions extends TurnStartOptions {
  /** Whether interim transcripts count. Default true. */
  readonly useInterim?: boolean;
}

/** Starts a turn with a transcript, for speech that is too soft for voice activity detection. */
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
