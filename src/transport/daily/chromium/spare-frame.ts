import type { Clock, TimerHandle } from "../../../util/clock.ts";
import type { CallFrame } from "./call-frame.ts";

/** What killed one frame may kill the next: a new one is opened this long after. */
const REPLACE_DEAD_AFTER_MS = 1000;

/** Keeps one call frame ready while it is held. One that was taken is replaced at once, one that died a little later. */
export class SpareFrame {
  readonly #open: () => Promise<CallFrame>;
  readonly #clock: Clock;
  #frame: Promise<CallFrame> | undefined;
  #replacing: TimerHandle;
  #holders = 0;

  constructor(open: () => Promise<CallFrame>, clock: Clock) {
    this.#open = open;
    this.#clock = clock;
  }

  get isHeld(): boolean {
    return this.#holders > 0;
  }

  /** Resolves when the frame is ready; rejects when it cannot be opened. */
  async hold(): Promise<void> {
    this.#holders++;
    try {
      await (this.#frame ?? this.#prepare());
    } catch (thrown) {
      this.#holders--;
      throw thrown;
    }
  }

  /** The frame, which is the caller's from now on; undefined when there is none. */
  async take(): Promise<CallFrame | undefined> {
    const taken = this.#frame;
    this.#frame = undefined;
    this.#replace();
    // Without one the caller opens a frame, and says why that fails.
    const frame = await taken?.catch(() => undefined);
    return frame?.isConnected === true ? frame : undefined;
  }

  async release(): Promise<void> {
    this.#holders--;
    if (this.isHeld) return;
    this.#clock.clearTimeout(this.#replacing);
    this.#replacing = undefined;
    const left = this.#frame;
    this.#frame = undefined;
    await (await left?.catch(() => undefined))?.close();
  }

  async #prepare(): Promise<void> {
    const opening = this.#open();
    this.#frame = opening;
    const forget = (): void => {
      if (this.#frame === opening) this.#frame = undefined;
    };
    try {
      const frame = await opening;
      frame.page.onceGone(() => {
        forget();
        if (!this.isHeld) return;
        this.#replacing ??= this.#clock.setTimeout(() => {
          this.#replacing = undefined;
          this.#replace();
        }, REPLACE_DEAD_AFTER_MS);
      });
    } catch (thrown) {
      forget();
      throw thrown;
    }
  }

  /** Where it fails, the next call opens a frame of its own. */
  #replace(): void {
    if (this.isHeld && !this.#frame) void this.#prepare().catch(() => undefined);
  }
}
