import { type Frame, VADUserStartedSpeakingFrame } from "../../frames/index.ts";
import type { TurnStartDecision, TurnStartOptions, UserTurnStartStrategy } from "./turn-strategies.ts";

/** Starts a turn with voice activity. */
export class VADStartStrategy implements UserTurnStartStrategy {
  readonly interrupts: boolean;
  readonly announces: boolean;

  constructor(options: TurnStartOptions = {}) {
    this.interrupts = options.interrupts ?? true;
    this.announces = options.announces ?? true;
  }

  decide(frame: Frame): TurnStartDecision | undefined {
    return frame instanceof VADUserStartedSpeakingFrame ? "start" : undefined;
  }
}
