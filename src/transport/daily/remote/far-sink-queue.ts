import { PcmQueue } from "../../../audio/pcm-queue.ts";

/** What the far end of a sink has played of a generation, in samples. */
export interface PlayedSamples {
  readonly generation: number;
  readonly samples: number;
}

/** The far end of a remote sink, where its track is: what waits to be played, and the account of what was. */
export class FarSinkQueue {
  readonly #queue = new PcmQueue();
  #generation = 0;
  #played = 0;
  #reported = 0;

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  push(generation: number, pcm: Int16Array): void {
    // Audio that was on its way when an interruption flushed the sink is dropped here.
    if (generation === this.#generation) this.#queue.push(pcm);
  }

  /** Drops what waits. From here on, only audio of this generation is played and counted. */
  flush(generation: number): void {
    this.#generation = generation;
    this.#queue.clear();
    this.#played = 0;
    this.#reported = 0;
  }

  /** Plays a frame: fills it with what waits, and its rest with silence. */
  play(frame: Int16Array): void {
    this.#played += this.#queue.read(frame);
  }

  /** What has been played, to be reported; undefined when that was reported before. */
  takeReport(): PlayedSamples | undefined {
    if (this.#played === this.#reported) return undefined;
    this.#reported = this.#played;
    return { generation: this.#generation, samples: this.#played };
  }

  clear(): void {
    this.#queue.clear();
  }
}
