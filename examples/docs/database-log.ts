// Setup, cleanup, errors and custom events: stores every transcript.
import {
  type Frame,
  type FrameDirection,
  FrameProcessor,
  type ProcessContext,
  type ProcessorSetup,
  TranscriptionFrame,
} from "tavus-transport";

export interface Store {
  connect(signal: AbortSignal): Promise<void>;
  insert(line: string, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

// #region class
export type DatabaseLogEvents = {
  /** A line is in the database. */
  stored: [line: string];
};

export class DatabaseLog extends FrameProcessor<DatabaseLogEvents> {
  readonly #store: Store;

  constructor(store: Store) {
    super();
    this.#store = store;
  }

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    await this.#store.connect(setup.signal); // throw, and the pipeline does not start
  }

  override async process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): Promise<void> {
    ctx.push(frame, direction); // first, so that no frame waits for the database
    if (!(frame instanceof TranscriptionFrame)) return;
    try {
      await this.#store.insert(frame.text, ctx.signal);
      this.emit("stored", frame.text);
    } catch (thrown) {
      ctx.pushError(thrown as Error, { category: "connectivity" }); // the bot continues
    }
  }

  override async cleanup(): Promise<void> {
    await this.#store.close(); // also after a setup that failed; may be called twice
    await super.cleanup();
  }
}
// #endregion
