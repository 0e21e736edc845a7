import { addSaturated, createResampler, type StreamResampler } from "../../audio/index.ts";
import { mixDown } from "../../audio/mix-down.ts";

/** A piece of one speaker's audio. Times are milliseconds since the recording began. */
export interface TrackBlock {
  readonly audio: Int16Array;
  /** Hz. */
  readonly sampleRate: number;
  readonly numChannels: number;
  /** When it began to sound, as far as its arrival tells: late, never early. */
  readonly startMs: number;
  readonly durationMs: number;
}

/** Smaller gaps are jitter: audio goes on without a break. */
const JITTER_MS = 40;
/** A speaker whose audio comes faster than time passes is so far behind at most; then audio is dropped to catch up. */
const MAX_LAG_MS = 2000;
/** A resampler holds a few milliseconds back: what follows the audio asked for is placed, too, to push them out. */
const LOOK_AHEAD_MS = 100;
/** Audio that may wait to be placed. */
const MAX_WAITING_MS = 30_000;

interface Placed {
  /** Sample of the recording it begins at. */
  readonly at: number;
  readonly pcm: Int16Array;
}

/** A stretch without gaps: one stream for the resampler. */
interface Run {
  readonly fromRate: number;
  /** Where the next sample that leaves the resampler belongs. */
  nextSample: number;
}

interface Decision {
  readonly block: TrackBlock;
  /** Where it begins, if there is a gap before it. */
  readonly afterGapAtMs: number | undefined;
}

/**
 * Puts the audio of one speaker where it belongs in time. Audio that was late shows so by what comes after it: a block began
 * no later than the next ones allow, if there was no gap. So blocks wait for a while, and a burst after a stall is laid out
 * backwards from its end, while a real pause stays a pause.
 */
export class TrackTimeline {
  readonly #sampleRate: number;
  #waiting: TrackBlock[] = [];
  #waitingMs = 0;
  /** The end of what has been placed. */
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

  /** Audio dropped because it came faster than time passes, or was not taken off in time. */
  get droppedMs(): number {
    return this.#droppedMs;
  }

  /** Whether nothing is left in it and nothing came since that time. */
  idleSince(timeMs: number): boolean {
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
   * Adds what sounds from sample `from` on to `into`. Calls go on where the last one ended, one at a time; what arrives
   * later for times that have been given out is placed after them.
   */
  async render(from: number, into: Int16Array): Promise<void> {
    const untilMs = this.#msOf(from + into.length);
    for (const { block, afterGapAtMs } of this.#decide(this.#msOf(from), untilMs + LOOK_AHEAD_MS)) {
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

  /** Takes the blocks that begin before `untilMs` and says where they go. */
  #decide(fromMs: number, untilMs: number): Decision[] {
    const startsMs = this.#smoothedStarts();
    const decisions: Decision[] = [];
    let taken = 0;
    for (const [index, block] of this.#waiting.entries()) {
      const startMs = startsMs[index] ?? 0;
      const goesOn = this.#positionMs >= fromMs && startMs - this.#positionMs < JITTER_MS;
      const placeMs = goesOn ? this.#positionMs : Math.max(startMs, fromMs);
      if (placeMs >= untilMs) break;
      taken++;
      this.#waitingMs -= block.durationMs;
      if (this.#lags(placeMs - startMs)) {
        this.#droppedMs += block.durationMs;
        continue;
      }
      decisions.push({ block, afterGapAtMs: goesOn ? undefined : placeMs });
      this.#positionMs = placeMs + block.durationMs;
    }
    this.#waiting.splice(0, taken);
    return decisions;
  }

  /** The latest start of each block that leaves room for all blocks after it. */
  #smoothedStarts(): number[] {
    const startsMs = new Array<number>(this.#waiting.length);
    let nextMs = Infinity;
    for (let index = this.#waiting.length - 1; index >= 0; index--) {
      const block = this.#waiting[index];
      if (block !== undefined) nextMs = Math.min(block.startMs, nextMs - block.durationMs);
      startsMs[index] = nextMs;
    }
    return startsMs;
  }

  /** Dropping goes on until the lag is gone, for one hole instead of many. */
  #lags(lagMs: number): boolean {
    this.#catchingUp = this.#catchingUp ? lagMs > JITTER_MS : lagMs > MAX_LAG_MS;
    return this.#catchingUp;
  }

  async #beginRun(fromRate: number, afterGapAtMs: number | undefined): Promise<void> {
    const nextSample = afterGapAtMs === undefined ? this.#endSample : Math.round(this.#samplesOf(afterGapAtMs));
    if (this.#resampler?.fromRate !== fromRate) {
      this.#resampler?.instance.close();
      this.#resampler = { fromRate, instance: await createResampler(fromRate, this.#sampleRate) };
    }
    this.#run = { fromRate, nextSample };
  }

  /** A tail is still in the resampler. */
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

  /** Where the last run ended. */
  get #endSample(): number {
    const last = this.#placed.at(-1);
    return last === undefined ? Math.round(this.#samplesOf(Math.max(0, this.#positionMs))) : last.at + last.pcm.length;
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

  #msOf(sample: number): number {
    return (sample / this.#sampleRate) * 1000;
  }

  #samplesOf(timeMs: number): number {
    return (timeMs / 1000) * this.#sampleRate;
  }
}
