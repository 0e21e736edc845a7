import { measurePeak } from "../../../audio/index.ts";

/** Louder than this is sound: more than what returns has to be, so that a faint end is not missed there. */
const SOUND_PEAK = 500;
const SLOT_MS = 10;
/** Sound after a shorter pause continues what was before it. */
const ONSET_PAUSE_MS = 80;
/** How long what has left is remembered; longer than any pal takes to say it. */
const REMEMBERED_MS = 20_000;

/** A stretch of sound between two positions, in samples. */
interface Stretch {
  readonly from: number;
  to: number;
}

/**
 * What was sent to the pal: where in it there is sound, and when which part left. Positions count samples; times are on the
 * pipeline's clock.
 */
export class SentAudio {
  readonly #sampleRate: number;
  readonly #onsetPause: number;
  #sound: Stretch[] = [];
  /** Where sound begins after a pause, and has not been matched with what returned. */
  #onsets: number[] = [];
  /** How far sending was at which times, oldest first. */
  #left: { readonly position: number; readonly atMs: number }[] = [];

  constructor(sampleRate: number) {
    this.#sampleRate = sampleRate;
    this.#onsetPause = (ONSET_PAUSE_MS * sampleRate) / 1000;
  }

  /** How much has left, as far as it is known. */
  get leftPosition(): number {
    return this.#left.at(-1)?.position ?? 0;
  }

  /** The oldest onset that has not been matched. */
  get nextOnset(): number | undefined {
    return this.#onsets[0];
  }

  /** Takes audio that was handed over, at its position. `afterPause`: nothing was leaving any more. */
  wrote(pcm: Int16Array, from: number, afterPause: boolean): void {
    const slot = Math.max(1, Math.round((this.#sampleRate * SLOT_MS) / 1000));
    let pause = afterPause;
    for (let at = 0; at < pcm.length; at += slot) {
      const part = pcm.subarray(at, at + slot);
      if (measurePeak(part) <= SOUND_PEAK) continue;
      this.#addSound(from + at, from + at + part.length, pause);
      pause = false;
    }
  }

  /** So much had left at this time. */
  leftUpTo(position: number, atMs: number): void {
    const last = this.#left.at(-1);
    const before = this.#left.at(-2);
    // Between two equal positions only the first and the last time matter.
    if (last?.position === position && before?.position === position) this.#left.pop();
    this.#left.push({ position, atMs });
    const oldestMs = atMs - REMEMBERED_MS;
    while (this.#left.length > 2 && (this.#left[1]?.atMs ?? atMs) < oldestMs) this.#left.shift();
  }

  /** How much had left at this time. */
  positionAt(ms: number): number {
    const index = this.#left.findLastIndex(({ atMs }) => atMs <= ms);
    const [at, next] = [this.#left[index], this.#left[index + 1]];
    if (!at) return this.#left[0]?.position ?? 0;
    if (!next || next.atMs === at.atMs) return at.position;
    return Math.floor(at.position + ((next.position - at.position) * (ms - at.atMs)) / (next.atMs - at.atMs));
  }

  /** When the sample at this position left; undefined while it has not. */
  timeOf(position: number): number | undefined {
    const index = this.#left.findIndex((entry) => entry.position > position);
    const [at, next] = [this.#left[index - 1], this.#left[index]];
    if (!next) return undefined;
    if (!at) return next.atMs;
    return at.atMs + ((next.atMs - at.atMs) * (position - at.position)) / (next.position - at.position);
  }

  /** Where the first sound between two positions begins of which more than `longerThanMs` is left. */
  firstSound(from: number, to: number, longerThanMs: number): number | undefined {
    const length = (longerThanMs * this.#sampleRate) / 1000;
    const stretch = this.#sound.find((sound) => sound.to - Math.max(from, sound.from) > length);
    return stretch && stretch.from < to ? Math.max(from, stretch.from) : undefined;
  }

  /** Where the last sound before this position ends: there, if it is within sound. Undefined without any. */
  lastSoundEnd(before: number): number | undefined {
    const stretch = this.#sound.findLast((sound) => sound.from < before);
    return stretch && Math.min(before, stretch.to);
  }

  /** The oldest onset has been matched, or never will be. */
  shiftOnset(): void {
    this.#onsets.shift();
  }

  /** What is after this position was flushed, and what is before it has been heard or never will be. */
  flush(position: number): void {
    this.#sound = [];
    this.#onsets = [];
    this.#left = this.#left.slice(-1).map(({ atMs }) => ({ position, atMs }));
  }

  /** Forgets sound before this position. */
  forget(before: number): void {
    while (this.#sound.length > 1 && (this.#sound[1]?.from ?? before) < before) this.#sound.shift();
  }

  #addSound(from: number, to: number, afterPause: boolean): void {
    const last = this.#sound.at(-1);
    if (afterPause || !last || from - last.to >= this.#onsetPause) this.#onsets.push(from);
    if (last && !afterPause && from <= last.to) last.to = to;
    else this.#sound.push({ from, to });
  }
}
