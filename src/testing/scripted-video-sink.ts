import type { OutputImageRawFrame } from "../frames/index.ts";
import type { VideoSink } from "../transport/base/video-sink.ts";
import type { Clock } from "../util/clock.ts";

/** A {@link VideoSink} for tests: records every image with its time. */
export class ScriptedVideoSink implements VideoSink {
  /** Every accepted image, with its time in milliseconds on the clock. */
  readonly writes: { readonly atMs: number; readonly image: OutputImageRawFrame }[] = [];
  /** How many times `close` was called. */
  closes = 0;
  readonly #clock: Clock;
  #refusing: boolean | Error = false;

  constructor(options: { readonly clock: Clock }) {
    this.#clock = options.clock;
  }

  /** Makes `write` return false or throw the error. Pass false to accept writes again. */
  refuseWrites(refusing: boolean | Error = true): void {
    this.#refusing = refusing;
  }

  write(image: OutputImageRawFrame): boolean {
    if (this.#refusing instanceof Error) throw this.#refusing;
    if (this.#refusing) return false;
    this.writes.push({ atMs: this.#clock.nowMs(), image });
    return true;
  }

  close(): Promise<void> {
    this.closes++;
    return Promise.resolve();
  }
}
