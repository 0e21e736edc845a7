import { type Frame, TTSTextFrame } from "../../../frames/index.ts";
import type { Clock, TimerHandle } from "../../../util/clock.ts";
import { deferred, type Deferred } from "../../../util/deadline.ts";
import type { Utterance } from "./utterance.ts";

/** More words than anyone says in ten minutes. */
const MAX_WAITING = 2000;

interface TimedFrame {
  readonly frame: Frame;
  readonly utterance: Utterance;
}

/**
 * Frames with a presentation time, mostly spoken words. Words that know their place in the audio are due when that is
 * played. The times of others are from when the audio was made, so they are shifted by the delay between the arrival of
 * their utterance and its being heard.
 */
export class TimedFrames {
  readonly #clock: Clock;
  readonly #release: (frame: Frame) => void;
  /** By time, then by arrival. */
  #waiting: TimedFrame[] = [];
  #timer: TimerHandle;
  #idle: Deferred<void> | undefined;

  /** `release` takes each frame when it is due. */
  constructor(clock: Clock, release: (frame: Frame) => void) {
    this.#clock = clock;
    this.#release = release;
  }

  /** Adds a frame; it is released at once if it is due. */
  add(frame: Frame, utterance: Utterance): void {
    const ptsMs = frame.ptsMs ?? 0;
    const at = this.#waiting.findIndex((other) => (other.frame.ptsMs ?? 0) > ptsMs);
    this.#waiting.splice(at < 0 ? this.#waiting.length : at, 0, { frame, utterance });
    const [first] = this.#waiting;
    // A word that leaves too early is better than one that is lost.
    if (this.#waiting.length > MAX_WAITING) this.#releaseIf((waiting) => waiting === first);
    this.update();
  }

  /** Releases what is due and sets the timer. To be called when more is known of the times of an utterance. */
  update(): void {
    const nowMs = this.#clock.nowMs();
    this.#releaseIf((waiting) => dueMs(waiting) <= nowMs);
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    let nextMs = Infinity;
    for (const waiting of this.#waiting) nextMs = Math.min(nextMs, dueMs(waiting));
    if (nextMs === Infinity) return;
    this.#timer = this.#clock.setTimeout(() => this.update(), nextMs - nowMs);
  }

  /** Releases all frames of the utterance: it has been heard to its end, and so have its words. */
  releaseUtterance(utterance: Utterance): void {
    this.#releaseIf((waiting) => waiting.utterance === utterance);
    this.update();
  }

  /** The words that start in a part of the audio of an utterance's context, as their places there; all in milliseconds. */
  wordsIn(utterance: Utterance, fromMs: number, toMs: number): readonly number[] {
    const words: number[] = [];
    for (const { frame, utterance: ofFrame } of this.#waiting) {
      const offsetMs = ofFrame === utterance ? toAudioOffsetMs(frame) : undefined;
      if (offsetMs !== undefined && offsetMs >= fromMs && offsetMs < toMs) words.push(offsetMs);
    }
    return words;
  }

  /** Releases what is due, then flushes the others, except those of utterances that `staysFor` keeps. Returns what was flushed. */
  flush(staysFor: (utterance: Utterance) => boolean): Frame[] {
    this.update();
    const unheard = this.#waiting.filter(({ utterance }) => !staysFor(utterance)).map(({ frame }) => frame);
    this.#waiting = this.#waiting.filter(({ utterance }) => staysFor(utterance));
    this.update();
    this.#settleIdle();
    return unheard;
  }

  /** Resolves when no frame waits any more. */
  whenIdle(): Promise<void> {
    if (this.#waiting.length === 0) return Promise.resolve();
    return (this.#idle ??= deferred()).promise;
  }

  #releaseIf(isDue: (waiting: TimedFrame) => boolean): void {
    if (!this.#waiting.some(isDue)) return;
    const due = this.#waiting.filter(isDue);
    this.#waiting = this.#waiting.filter((waiting) => !isDue(waiting));
    for (const { frame } of due) this.#release(frame);
    this.#settleIdle();
  }

  #settleIdle(): void {
    if (this.#waiting.length > 0) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }
}

/** Where a spoken word starts in the audio of its context, in milliseconds; undefined where that is unknown. */
export function toAudioOffsetMs(frame: Frame): number | undefined {
  return frame instanceof TTSTextFrame ? frame.audioOffsetMs : undefined;
}

function dueMs({ frame, utterance }: TimedFrame): number {
  const offsetMs = toAudioOffsetMs(frame);
  if (offsetMs !== undefined && utterance.hasAudio) {
    const { playing } = utterance;
    if (!playing || offsetMs >= playing.toMs) return Infinity;
    return playing.sinceMs + Math.max(0, offsetMs - playing.fromMs);
  }
  const shiftMs = utterance.hasAudio ? (utterance.shiftMs ?? Infinity) : 0;
  return (frame.ptsMs ?? 0) + shiftMs;
}
