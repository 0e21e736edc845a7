import { addSaturated, createResampler, type StreamResampler } from "../../audio/index.ts";
import { mixDown } from "../../audio/mix-down.ts";

/** A piece of one speaker's audio. Times are milliseconds since the recording began. */
export interface TrackBlock {
  readonly audio: Int16Array;
  /** Sample rate in Hz. */
  readonly sampleRate: number;
  readonly numChannels: number;
  /** When it began to sound, judging by its arrival: may be late, never early. */
  readonly startMs: number;
  readonly durationMs: number;
}

/** Smaller gaps are jitter: the audio continues without a break. */
const JITTER_MS = 40;
/** If a speaker's audio arrives faster than real time, it may lag this much; then audio is dropped to catch up. */
const MAX_LAG_MS = 2000;
/** A resampler holds back a few milliseconds. The audio after the requested range is placed too, to push them out. */
const LOOK_AHEAD_MS = 100;
/** Maximum audio that may wait to be placed. */
const MAX_WAITING_MS = 30_000;

interface Placed {
  /** Sample of the recording at which it begins. */
  readonly at: number;
  readonly pcm: Int16Array;
}

/** Audio without gaps: one stream for the resampler. */
interface Run {
  readonly fromRate: number;
  /** Position of the next sample that leaves the resampler. */
  nextSample: number;
}

interface Decision {
  readonly block: TrackBlock;
  /** Where the block begins, if there is a gap before it. */
  readonly afterGapAtMs: number | undefined;
}

/**
 * Places the audio of one speaker in time. The blocks after a late one reveal that it was late: without a gap, a block
 * began no later than the next ones allow. So blocks wait for a while, and a burst after a stall is laid out backwards
 * from its end, while a real pause stays a pause.
 */
export class TrackTimeline {
  readonly #sampleRate: number;
  #waiting: TrackBlock[] = [];
  #waitingMs = 0;
  /** End of the placed audio. */
  #positionMs = -Infinity;
  #placed: Placed[] = [];
  #run: Run | undefined;
  #resampler: { readonly fromRate: number; readonly instance: StreamResampler } | undefined;
  #catchingUp = false;
  #droppedMs = 0;

  /** `sampleRate` is the recording's, in Hz. */
  constructor(sampleRate: number) {
    this.#sampleRate = sampleRate;
  }

  /** Duration of the audio dropped because it arrived faster than real time or was not rendered in time. */
  get droppedMs(): number {
    return this.#droppedMs;
  }

  /** Whether nothing is left to render and nothing has arrived since that time. */
  isIdleSince(timeMs: number): boolean {
    return this.#waiting.length === 0 && this.#placed.length === 0 && this.#positionMs < timeMs;
  }

  add(block: TrackBlock): void {
    if (this.#waitingMs + block.durationMs > MAX_WAITING_MS) {
      this.#droppedMs += block.durationMs;
      return;
    }
    this.#waiting.push(block);
    this.#waitingMs += block.durationMs;
  }

  /**
   * Adds the audio from sample `from` on to `into`. Call it for consecutive ranges, one call at a time. Audio that
   * arrives later for a range already rendered is placed after it.
   */
  async render(from: number, into: Int16Array): Promise<void> {
    const untilMs = this.#toMs(from + into.length);
    for (const { block, afterGapAtMs } of this.#placeBlocks(this.#toMs(from), untilMs + LOOK_AHEAD_MS)) {
      if (afterGapAtMs !== undefined || this.#run?.fromRate !== block.sampleRate) {
        this.#endRun();
        await this.#beginRun(block.sampleRate, afterGapAtMs);
      }
      this.#append(this.#convert(block));
    }
    if (this.#waiting.length === 0 || this.#positionMs + JITTER_MS < untilMs) this.#endRun();
    this.#mix(from, into);
  }

  close(): void {
    this.#resampler?.instance.close();
    this.#resampler = undefined;
  }

  /** Takes the blocks that begin before `untilMs` and decides where they belong. */
  #placeBlocks(fromMs: number, untilMs: number): Decision[] {
    const startsMs = this.#computeStarts();
    const decisions: Decision[] = [];
    let taken = 0;
    for (const [index, block] of this.#waiting.entries()) {
      const startMs = startsMs[index] ?? 0;
      const continues = this.#positionMs >= fromMs && startMs - this.#positionMs < JITTER_MS;
      const placeMs = continues ? this.#positionMs : Math.max(startMs, fromMs);
      if (placeMs >= untilMs) break;
      taken++;
      this.#waitingMs -= block.durationMs;
      if (this.#updateCatchingUp(placeMs - startMs)) {
        this.#droppedMs += block.durationMs;
        continue;
      }
      decisions.push({ block, afterGapAtMs: continues ? undefined : placeMs });
      this.#positionMs = placeMs + block.durationMs;
    }
    this.#waiting.splice(0, taken);
    return decisions;
  }

  /** Returns the latest start of each block that leaves room for all blocks after it. */
  #computeStarts(): number[] {
    const startsMs = new Array<number>(this.#waiting.length);
    let nextMs = Infinity;
    for (let index = this.#waiting.length - 1; index >= 0; index--) {
      const block = this.#waiting[index];
      if (block !== undefined) nextMs = Math.min(block.startMs, nextMs - block.durationMs);
      startsMs[index] = nextMs;
    }
    return startsMs;
  }

  /**
   * Decides whether to drop a block. Dropping continues until the lag is gone, which leaves one hole instead of many.
   */
  #updateCatchingUp(lagMs: number): boolean {
    this.#catchingUp = this.#catchingUp ? lagMs > JITTER_MS : lagMs > MAX_LAG_MS;
    return this.#catchingUp;
  }

  async #beginRun(fromRate: number, afterGapAtMs: number | undefined): Promise<void> {
    const nextSample = afterGapAtMs === undefined ? this.#endSample : Math.round(this.#toSamples(afterGapAtMs));
    if (this.#resampler?.fromRate !== fromRate) {
      this.#resampler?.instance.close();
      this.#resampler = { fromRate, instance: await createResampler(fromRate, this.#sampleRate) };
    }
    this.#run = { fromRate, nextSample };
  }

  /** Ends the stream of the resampler and places its tail. */
  #endRun(): void {
    if (this.#run === undefined || this.#resampler === undefined) return;
    this.#append(this.#resampler.instance.flush());
    this.#run = undefined;
  }

  #convert(block: TrackBlock): Int16Array {
    const mono = mixDown(block.audio, block.numChannels);
    return this.#resampler?.instance.process(mono) ?? mono;
  }

  #append(pcm: Int16Array): void {
    if (this.#run === undefined || pcm.length === 0) return;
    this.#placed.push({ at: this.#run.nextSample, pcm });
    this.#run.nextSample += pcm.length;
  }

  /** End of the last run. */
  get #endSample(): number {
    const last = this.#placed.at(-1);
    return last === undefined ? Math.round(this.#toSamples(Math.max(0, this.#positionMs))) : last.at + last.pcm.length;
  }

  #mix(from: number, into: Int16Array): void {
    const end = from + into.length;
    for (const { at, pcm } of this.#placed) {
      if (at >= end) break;
      const first = Math.max(at, from);
      const last = Math.min(at + pcm.length, end);
      if (first >= last) continue;
      addSaturated(into.subarray(first - from, last - from), pcm.subarray(first - at, last - at), () => 1);
    }
    this.#placed = this.#placed.filter(({ at, pcm }) => at + pcm.length > end);
  }

  #toMs(sample: number): number {
    return (sample / this.#sampleRate) * 1000;
  }

  #toSamples(timeMs: number): number {
    return (timeMs / 1000) * this.#sampleRate;
  }
}
