import {
  type Frame,
  type FrameDirection,
  UserStartedSpeakingFrame,
  UserStoppedSpeakingFrame,
} from "../../frames/index.ts";
import { FrameProcessor, type ProcessContext, type ProcessorSetup } from "../../pipeline/index.ts";
import { vadTurnStrategies } from "./default-strategies.ts";
import type { UserTurnStrategies } from "./turn-strategies.ts";
import { UserTurnController } from "./user-turn-controller.ts";

/** Options of a {@link UserTurnProcessor}. */
export interface UserTurnProcessorOptions {
  /** Strategies that start and end a turn. Default: voice activity. */
  readonly strategies?: UserTurnStrategies;
  /** Ends a turn when no strategy has decided for this long after speech, in milliseconds. Default 5000. */
  readonly stopTimeoutMs?: number;
}

// A type, not an interface: only a type alias has the index signature that the emitter requires.
/** Events of a {@link UserTurnProcessor}. */
export type UserTurnProcessorEvents = {
  /** The user's turn has started. */
  userTurnStarted: [];
  /** The user's turn is over. */
  userTurnStopped: [];
  /** No strategy has ended the turn in time. `userTurnStopped` follows. */
  userTurnStopTimeout: [];
};

/**
 * Decides the user's turns without collecting words: its strategies start and end a turn, it broadcasts
 * UserStartedSpeakingFrame and UserStoppedSpeakingFrame, and the start of a turn interrupts the bot. Put it behind a
 * VAD processor. A bot with a context gets its turns from the UserContextAggregator instead.
 */
export class UserTurnProcessor extends FrameProcessor<UserTurnProcessorEvents> {
  readonly #turns: UserTurnController;

  constructor(options: UserTurnProcessorOptions = {}) {
    super({ name: "UserTurnProcessor" });
    this.#turns = new UserTurnController({
      strategies: options.strategies ?? vadTurnStrategies(),
      ...(options.stopTimeoutMs !== undefined && { stopTimeoutMs: options.stopTimeoutMs }),
      listener: {
        turnStarted: ({ announce, interrupt }) => {
          if (announce) this.broadcast(() => new UserStartedSpeakingFrame());
          if (interrupt) this.broadcastInterruption();
          this.emit("userTurnStarted");
        },
        inferenceTriggered: () => undefined,
        turnStopped: ({ announce }) => {
          if (announce) this.broadcast(() => new UserStoppedSpeakingFrame());
          this.emit("userTurnStopped");
        },
        stopTimedOut: () => this.emit("userTurnStopTimeout"),
        textDiscarded: () => undefined,
      },
    });
  }

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    this.#turns.setup(setup.clock, setup.logger);
    await this.#turns.prepare();
  }

  override process(frame: Frame, direction: FrameDirection, context: ProcessContext): void {
    if (!this.#turns.resolves(frame)) context.push(frame, direction);
    this.#turns.hear(frame);
  }

  override async cleanup(): Promise<void> {
    await super.cleanup();
    this.#turns.close();
  }
}
