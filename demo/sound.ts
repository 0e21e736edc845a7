import { levelDb } from "../src/audio/index.ts";

/** A stretch of sound, in milliseconds since the demo started. */
export interface Span {
  readonly startMs: number;
  endMs: number;
}

/** Silence shorter than this is part of what is being said. */
const HANGOVER_MS = 300;
export const LOUD_PEAK = 400;

/** Makes spans of speech out of a stream of levels. */
export class SpanDetector {
  readonly spans: Span[] = [];
  #open: Span | undefined;

  /** Returns whether a new span began. */
  feed(atMs: number, peak: number): boolean {
    if (peak < LOUD_PEAK) {
      if (this.#open && atMs - this.#open.endMs > HANGOVER_MS) this.#open = undefined;
      return false;
    }
    if (this.#open) {
      this.#open.endMs = atMs;
      return false;
    }
    this.#open = { startMs: atMs, endMs: atMs };
    this.spans.push(this.#open);
    return true;
  }

  /** Milliseconds since the last sound; infinite before any. */
  silentForMs(nowMs: number): number {
    const last = this.spans.at(-1);
    return last ? nowMs - last.endMs : Infinity;
  }
}

/** Sound in the order of arrival, with the time of each part. */
export class Recording {
  readonly sampleRate: number;
  readonly #blocks: { readonly atMs: number; readonly pcm: Int16Array }[] = [];

  constructor(sampleRate: number) {
    this.sampleRate = sampleRate;
  }

  add(atMs: number, pcm: Int16Array): void {
    this.#blocks.push({ atMs, pcm });
  }

  pcm(): Int16Array {
    return joined(this.#blocks.map(({ pcm }) => pcm));
  }

  between(fromMs: number, toMs: number): Int16Array {
    return joined(this.#blocks.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).map(({ pcm }) => pcm));
  }
}

export function joined(parts: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Loudness of every 10 ms, in dB below full scale, -100 at the least. */
export function envelope(pcm: Int16Array, sampleRate: number): number[] {
  const size = sampleRate / 100;
  const levels: number[] = [];
  for (let at = 0; at + size <= pcm.length; at += size) levels.push(levelDb(pcm.subarray(at, at + size)));
  return levels;
}

const SPOKEN_DB = -35;
const LOST_DB = -60;

/**
 * Counts the 10 ms blocks that were spoken and not heard: the two envelopes are laid over each other where they fit best,
 * then every loud block of the one must sound in the other.
 */
export function dropouts(spoken: readonly number[], heard: readonly number[]): number {
  const floor = (level: number | undefined): number => Math.max(level ?? -100, LOST_DB);
  let best = { lag: 0, fit: -Infinity };
  for (let lag = 0; lag <= Math.max(0, heard.length - spoken.length / 2); lag++) {
    let fit = 0;
    for (const [i, level] of spoken.entries()) fit -= Math.abs(floor(level) - floor(heard[i + lag]));
    if (fit > best.fit) best = { lag, fit };
  }
  return spoken.filter((level, i) => {
    // Only where it was loud all around: at an edge the codec may blur a block's level.
    const loudAround = [i - 1, i, i + 1].every((n) => (spoken[n] ?? -100) > SPOKEN_DB);
    return loudAround && level > SPOKEN_DB && (heard[i + best.lag] ?? -100) < LOST_DB;
  }).length;
}
