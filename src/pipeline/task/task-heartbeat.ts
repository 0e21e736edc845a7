import { HeartbeatFrame } from "../../frames/index.ts";
import type { Clock, TimerHandle } from "../../util/clock.ts";

export interface HeartbeatOptions {
  readonly clock: Clock;
  readonly periodMs: number;
  readonly monitorMs: number;
  readonly send: (frame: HeartbeatFrame) => void;
  /** Called when none has arrived for `monitorMs`, and again after every further `monitorMs`. */
  readonly onTimeout: (sinceMs: number) => void;
}

/** Sends a frame through the pipeline periodically, and notices when none comes out. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #beatTimer: TimerHandle;
  #monitorTimer: TimerHandle;
  #lastArrivalMs = 0;
  #stalled = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  start(): void {
    this.#lastArrivalMs = this.#options.clock.nowMs();
    this.#beat();
    this.#watch();
  }

  stop(): void {
    this.#options.clock.clearTimeout(this.#beatTimer);
    this.#options.clock.clearTimeout(this.#monitorTimer);
  }

  /** A heartbeat has come out. */
  arrived(): void {
    this.#stalled = false;
    this.#lastArrivalMs = this.#options.clock.nowMs();
    this.#options.clock.clearTimeout(this.#monitorTimer);
    this.#watch();
  }

  #beat(): void {
    const { clock, periodMs } = this.#options;
    this.#beatTimer = clock.setTimeout(() => {
      this.#beat();
      // In a stuck pipeline they would only pile up.
      if (!this.#stalled) this.#send();
    }, periodMs);
  }

  #watch(): void {
    const { clock, monitorMs, onTimeout } = this.#options;
    this.#monitorTimer = clock.setTimeout(() => {
      this.#stalled = true;
      this.#watch();
      // An interruption may have dropped all that were on their way: one more, to notice when frames pass again.
      this.#send();
      onTimeout(clock.nowMs() - this.#lastArrivalMs);
    }, monitorMs);
  }

  #send(): void {
    this.#options.send(new HeartbeatFrame(this.#options.clock.nowMs()));
  }
}
