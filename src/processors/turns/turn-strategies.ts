import type { Frame } from "../../frames/index.ts";
import type { Clock } from "../../util/clock.ts";
import type { Logger } from "../../util/logger.ts";

/**
 * What a frame means while no turn is open.
 *
 * - "start": the turn starts
 * - "adopt": the turn has started, and another processor has announced it already
 * - "discardText": what was said so far is not worth a turn and is discarded
 * - "block": like "discardText", and this frame starts no turn, whatever later strategies decide
 */
export type TurnStartDecision = "start" | "adopt" | "discardText" | "block";

/** What a start strategy receives from its controller. */
export interface UserTurnStartHost {
  /** Clock for the strategy's timers. */
  readonly clock: Clock;
  /** Logger of the processor. */
  readonly logger: Logger;
}

/** Decides when the user's turn starts. Use one instance per controller. */
export interface UserTurnStartStrategy {
  /** Whether a turn that it starts interrupts the bot. Default true. */
  readonly interrupts?: boolean;
  /** Whether a turn that it starts is announced with a UserStartedSpeakingFrame. Default true. */
  readonly announces?: boolean;
  /** Whether it acts on proposals (ProposedUserStartedSpeakingFrame), which are then consumed. Default false. */
  readonly resolvesProposals?: boolean;
  /** Called for every frame. While a turn is open, the result is ignored. */
  decide(frame: Frame): TurnStartDecision | undefined;
  /** Called once, before the first frame. */
  attach?(host: UserTurnStartHost): void;
  /** Stops timers. Idempotent. */
  close?(): void;
}

/** What a stop strategy may request. A request has no effect if no turn is open or the user is speaking. */
export interface UserTurnStopHost {
  /** Clock for the strategy's timers. */
  readonly clock: Clock;
  /** Logger of the processor. */
  readonly logger: Logger;
  /**
   * Ends the turn. The model answers what was said, unless it has already done so.
   *
   * @param how.answered whether the model has already answered exactly what was said, because of {@link speculate}.
   */
  stop(how?: { readonly answered?: boolean }): void;
  /** Ends a turn whose end another processor has already announced, even during voice activity. */
  adoptStop(how?: { readonly answered?: boolean }): void;
  /** Lets the model answer what was said so far. The turn stays open. */
  infer(): void;
  /** Lets the model answer ahead of time, as if the turn ended with these words. Returns false if no turn is open. */
  speculate(text: string): boolean;
  /** Discards the answer that the model makes ahead of time. */
  withdraw(): void;
}

/** Decides when the user's turn is over. Use one instance per controller. */
export interface UserTurnStopStrategy {
  /** Whether the end of a turn is announced with a UserStoppedSpeakingFrame. Default true. */
  readonly announces?: boolean;
  /** Whether it acts on proposals (ProposedUserStoppedSpeakingFrame), which are then consumed. Default false. */
  readonly resolvesProposals?: boolean;
  /** Called once, before the first frame. */
  attach(host: UserTurnStopHost): void;
  /** Loads what the strategy needs. Called after `attach`, before the first frame. A failure fails the pipeline's setup. */
  prepare?(): Promise<void>;
  /** Called for every frame, including between turns. */
  hear(frame: Frame): void;
  /** Called when a turn starts, whatever decided it, before `hear` receives the frame that started it. */
  turnStarted?(): void;
  /** Called when the turn is over, whatever decided it. `answered` is what the strategy that ended it passed. */
  turnStopped(how?: { readonly answered?: boolean }): void;
  /** Stops timers and work. Idempotent. */
  close(): void;
}

/** Strategies that start and end turns. The first one that decides wins. */
export interface UserTurnStrategies {
  /** Strategies that start a turn, in order of precedence. */
  readonly start: readonly UserTurnStartStrategy[];
  /** Strategies that end a turn. */
  readonly stop: readonly UserTurnStopStrategy[];
}

/** Options of every start strategy. */
export interface TurnStartOptions {
  /** Whether the turn interrupts the bot. Default true. */
  readonly interrupts?: boolean;
  /** Whether the turn is announced with a UserStartedSpeakingFrame. Default true. */
  readonly announces?: boolean;
}
