import type { Frame } from "../../frames/index.ts";
import type { Clock } from "../../util/clock.ts";
import type { Logger } from "../../util/logger.ts";

/**
 * What a frame means for a turn that is not open yet: it begins ("start"); it has begun, and another processor has told
 * everybody already ("adopt"); what was said so far is not worth a turn and is forgotten ("discardText"); or, besides
 * that, no turn begins with this frame whatever the strategies behind this one say ("block").
 */
export type TurnStartDecision = "start" | "adopt" | "discardText" | "block";

/** What a start strategy gets of its controller. */
export interface UserTurnStartHost {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Decides when the user's turn begins. One instance serves one controller. */
export interface UserTurnStartStrategy {
  /** Whether a turn it starts interrupts the bot. Default true. */
  readonly interrupts?: boolean;
  /** Whether a turn it starts is told in a UserStartedSpeakingFrame. Default true. */
  readonly announces?: boolean;
  /** Whether it acts on proposals (ProposedUserStartedSpeakingFrame), which then go no further. Default false. */
  readonly resolvesProposals?: boolean;
  /** Called for every frame, also while a turn is open; the answer then counts for nothing. */
  decide(frame: Frame): TurnStartDecision | undefined;
  /** Called once, before any frame. Default: nothing. */
  attach?(host: UserTurnStartHost): void;
  /** Stops timers. Idempotent. Default: nothing. */
  close?(): void;
}

/** What a stop strategy may ask for. Asking in vain (no turn is open, or the user speaks) does nothing. */
export interface UserTurnStopHost {
  readonly clock: Clock;
  readonly logger: Logger;
  /**
   * The turn is over: the model answers what was said, unless it has done so already.
   *
   * @param how.answered what {@link speculate} had the model answer is what was said.
   */
  stop(how?: { readonly answered?: boolean }): void;
  /** The turn is over, and another processor has told everybody already; also while there is voice activity. */
  adoptStop(how?: { readonly answered?: boolean }): void;
  /** The model may answer what was said so far; the turn stays open. */
  infer(): void;
  /** The model may answer ahead of time as if the turn ended with these words; false when no turn is open. */
  speculate(text: string): boolean;
  /** What the model answers ahead of time is void. */
  withdraw(): void;
}

/** Decides when the user's turn is over. One instance serves one controller. */
export interface UserTurnStopStrategy {
  /** Whether a turn it stops is told in a UserStoppedSpeakingFrame. Default true. */
  readonly announces?: boolean;
  /** Whether it acts on proposals (ProposedUserStoppedSpeakingFrame), which then go no further. Default false. */
  readonly resolvesProposals?: boolean;
  /** Called once, before any frame. */
  attach(host: UserTurnStopHost): void;
  /** Called for every frame, also between turns. */
  hear(frame: Frame): void;
  /** A turn begins, whatever decided it; called before `hear` gets the frame that began it. Default: nothing. */
  turnStarted?(): void;
  /** The turn is over, whatever decided it. `answered`: as a strategy said of it. */
  turnStopped(how?: { readonly answered?: boolean }): void;
  /** Stops timers and work. Idempotent. */
  close(): void;
}

/** The first strategy that decides, decides. */
export interface UserTurnStrategies {
  readonly start: readonly UserTurnStartStrategy[];
  readonly stop: readonly UserTurnStopStrategy[];
}

/** What every start strategy can be told. */
export interface TurnStartOptions {
  /** Whether the turn interrupts the bot. Default true. */
  readonly interrupts?: boolean;
  /** Whether the turn is told in a UserStartedSpeakingFrame. Default true. */
  readonly announces?: boolean;
}
