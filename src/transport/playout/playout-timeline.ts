/** A stretch of samples that plays without a gap. Positions count samples per channel. */
export interface PlayoutSegment {
  /** Position of its first sample. */
  readonly from: number;
  /** One past the position of its last sample. */
  to: number;
  /** When the sample at `from` starts to play, on the clock's time. */
  startMs: number;
}

/** Keeps a timer that fires exactly on time from landing one sample short. */
const ROUNDING_SAMPLES = 0.01;

/**
 * Says when which sample plays: stretches of audio on a clock. Positions count samples per channel. What has been played
 * stays played, even when the times of its stretch are corrected later.
 */
export class PlayoutTimeline {
  /** In Hz. */
  readonly sampleRate: number;
  #segments: PlayoutSegment[] = [];
  #end = 0;
  #reached = 0;

  constructor(sampleRate: number) {
    this.sampleRate = sampleRate;
  }

  /** One past the position of the last sample. */
  get end(): number {
    return this.#end;
  }

  /** When the last sample will have been played, on the clock's time; undefined with nothing to play. */
  get endMs(): number | undefined {
    const last = this.#segments.at(-1);
    return last && this.#segmentEndMs(last);
  }

  /**
   * Adds samples that can start at `earliestMs` or, if that is later, right after the last one. `apart` starts a new
   * stretch even without a gap. Returns the stretch that the samples are in.
   */
  append(samples: number, earliestMs: number, apart = false): PlayoutSegment {
    const last = this.#segments.at(-1);
    const lastEndMs = last ? this.#segmentEndMs(last) : -Infinity;
    let segment = last;
    if (!segment || apart || lastEndMs < earliestMs) {
      segment = { from: this.#end, to: this.#end, startMs: Math.max(earliestMs, lastEndMs) };
      this.#segments.push(segment);
    }
    this.#end += samples;
    segment.to = this.#end;
    return segment;
  }

  /** Corrects a stretch to end at `endMs`, and moves everything after it as much. */
  endAt(segment: PlayoutSegment, endMs: number): void {
    this.moveTo(segment, segment.startMs + endMs - this.#segmentEndMs(segment));
  }

  /** Moves a stretch and everything after it, so that the stretch starts at `startMs`. */
  moveTo(segment: PlayoutSegment, startMs: number): void {
    const index = this.#segments.indexOf(segment);
    if (index < 0) return;
    const deltaMs = startMs - segment.startMs;
    for (const later of this.#segments.slice(index)) later.startMs += deltaMs;
  }

  /** How far playing is at `nowMs`: one past the last sample played. Never falls. */
  positionAt(nowMs: number): number {
    let position = this.#reached;
    let played = 0;
    for (const segment of this.#segments) {
      if (nowMs < segment.startMs) break;
      const elapsed = Math.floor(((nowMs - segment.startMs) * this.sampleRate) / 1000 + ROUNDING_SAMPLES);
      position = Math.max(position, Math.min(segment.to, segment.from + elapsed));
      if (position < segment.to) break;
      played++;
    }
    // Keeps the last one: what comes next may continue it.
    if (played > 1) this.#segments.splice(0, Math.min(played, this.#segments.length) - 1);
    this.#reached = position;
    return position;
  }

  /** When `position` will have been played by what is known now; -Infinity when it has been, undefined beyond the end. */
  dueMs(position: number): number | undefined {
    if (position <= this.#reached) return -Infinity;
    const segment = this.#segments.find(({ from, to }) => position > from && position <= to);
    return segment && segment.startMs + ((position - segment.from) * 1000) / this.sampleRate;
  }

  /** Drops what has not been played and returns the position heard, which is the new end. */
  flush(nowMs: number): number {
    this.#end = this.positionAt(nowMs);
    this.#segments = [];
    return this.#end;
  }

  #segmentEndMs(segment: PlayoutSegment): number {
    return segment.startMs + ((segment.to - segment.from) * 1000) / this.sampleRate;
  }
}
