import type { OutputImageRawFrame } from "../frames/index.ts";
import type { VideoSink } from "../transport/base/video-sink.ts";
import type { Clock } from "../util/clock.ts";

/** A {@link VideoSink} that remembers what it was shown, and when. */
export class ScriptedVideoSink implements VideoSink {
  readonly writes: { readonly atMs: number; readonly image: OutputImageRawFrame }[] = [];
  closes = 0;
  readonly #clock: Clock;
  #refusing: boolean | Error = false;

  constructor(options: { readonly clock: Clock }) {
    this.#clock = options.clock;
  }

  /** From now on `write` returns false, or throws the error. */
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
