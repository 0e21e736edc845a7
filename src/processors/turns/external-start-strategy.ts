import { type Frame, ProposedUserStartedSpeakingFrame, UserStartedSpeakingFrame } from "../../frames/index.ts";
import type { TurnStartDecision, TurnStartOptions, UserTurnStartStrategy } from "./turn-strategies.ts";

/**
 * Starts a turn when a service proposes it, such as speech-to-text with its own endpointing. It adopts a turn that
 * another processor has started (UserStartedSpeakingFrame): the turn is neither announced again nor a second
 * interruption.
 */
export class ExternalStartStrategy implements UserTurnStartStrategy {
  readonly resolvesProposals = true;
  readonly interrupts: boolean;
  readonly announces: boolean;

  constructor(options: TurnStartOptions = {}) {
    this.interrupts = options.interrupts ?? true;
    this.announces = options.announces ?? true;
  }

  decide(frame: Frame): TurnStartDecision | undefined {
    if (frame instanceof ProposedUserStartedSpeakingFrame) return "start";
    return frame instanceof UserStartedSpeakingFrame ? "adopt" : undefined;
  }
}
