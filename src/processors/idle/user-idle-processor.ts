import type { Frame, FrameDirection } from "../../frames/index.ts";
import { FrameProcessor, type ProcessContext, type ProcessorSetup } from "../../pipeline/index.ts";
import { UserIdleController } from "./user-idle-controller.ts";

/** Options of a {@link UserIdleProcessor}. */
export interface UserIdleProcessorOptions {
  /**
   * How long the user may be silent after the bot has spoken, in milliseconds. 0: off, until a
   * UserIdleTimeoutUpdateFrame sets it.
   */
  readonly timeoutMs: number;
}

// A type, not an interface: only a type alias has the index signature that the emitter requires.
/** Events of a {@link UserIdleProcessor}. */
export type UserIdleEvents = {
  /**
   * The user has not answered the bot. Emitted again only after the bot has spoken again or the user has had a turn
   * without words.
   */
  userIdle: [];
};

/**
 * Emits `userIdle` when the user does not answer the bot. Put it behind turn logic. A UserContextAggregator can do the
 * same.
 */
export class UserIdleProcessor extends FrameProcessor<UserIdleEvents> {
  readonly #idle: UserIdleController;

  /** @throws InvalidOptionError for a negative or infinite timeout. */
  constructor(options: UserIdleProcessorOptions) {
    super({ name: "UserIdleProcessor" });
    this.#idle = new UserIdleController(options.timeoutMs, () => this.emit("userIdle"));
  }

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    this.#idle.setup(setup.clock);
  }

  override process(frame: Frame, direction: FrameDirection, context: ProcessContext): void {
    context.push(frame, direction);
    this.#idle.hear(frame);
  }

  override async cleanup(): Promise<void> {
    await super.cleanup();
    this.#idle.close();
  }
}
