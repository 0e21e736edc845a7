import { type Frame, TTSTextFrame } from "../../frames/index.ts";
import type { Clock, TimerHandle } from "../../util/clock.ts";
import { deferred, type Deferred } from "../../util/deadline.ts";

/** More words than anyone says in ten minutes. */
const MAX_WAITING = 2000;

/** An utterance as its frames come in; its times are known once it is heard. */
export interface Utterance {
  /** When its first frame came in, on the clock's time. */
  readonly arrivedMs: number;
  hasAudio: boolean;
  /** Must be heard to its end, through interruptions. */
  uninterruptible: boolean;
  /** How much later it is heard than it came in; undefined until its first sample has been played. */
  shiftMs: number | undefined;
  /** The stretch of its audio that is being played, or was last, and since when. */
  playing: { readonly fromMs: number; readonly toMs: number; readonly sinceMs: number } | undefined;
}

interface TimedFrame {
  readonly frame: Frame;
  readonly utterance: Utterance;
}

/**
 * Frames with a presentation time, mostly spoken words. Words that know their place in the audio are due when that is
 * played. The times of others are those of the generation of the audio; they are moved by as much as their utterance is
 * heard later than it came in.
 */
export class TimedFrames {
  readonly #clock: Clock;
  readonly #release: (frame: Frame) => void;
  /** By time, then by arrival. */
  #waiting: TimedFrame[] = [];
  #timer: TimerHandle;
  #idle: Deferred<void> | undefined;

  constructor(clock: Clock, release: (frame: Frame) => void) {
    this.#clock = clock;
    this.#release = release;
  }

  add(frame: Frame, utterance: Utterance): void {
    const ptsMs = frame.ptsMs ?? 0;
    const at = this.#waiting.findIndex((other) => (other.frame.ptsMs ?? 0) > ptsMs);
    this.#waiting.splice(at < 0 ? this.#waiting.length : at, 0, { frame, utterance });
    const [first] = this.#waiting;
    // A word too early is better than one that is lost.
    if (this.#waiting.length > MAX_WAITING) this.#releaseIf((waiting) => waiting === first);
    this.update();
  }

  /** Releases what is due and sets the timer; call it when an utterance has got its shift. */
  update(): void {
    const nowMs = this.#clock.nowMs();
    this.#releaseIf((waiting) => dueMs(waiting) <= nowMs);
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    const nextMs = Math.min(...this.#waiting.map(dueMs));
    if (nextMs === Infinity) return;
    this.#timer = this.#clock.setTimeout(() => this.update(), nextMs - nowMs);
  }

  /** The utterance has been heard to its end, and so have its words. */
  releaseUtterance(utterance: Utterance): void {
    this.#releaseIf((waiting) => waiting.utterance === utterance);
    this.update();
  }

  /** Releases what is due, then gives back what will never be heard: all but what `staysFor` keeps. */
  interrupt(staysFor: (utterance: Utterance) => boolean): Frame[] {
    this.update();
    const dropped = this.#waiting.filter(({ utterance }) => !staysFor(utterance)).map(({ frame }) => frame);
    this.#waiting = this.#waiting.filter(({ utterance }) => staysFor(utterance));
    this.update();
    this.#settleIdle();
    return dropped;
  }

  /** Resolves when nothing waits any more. */
  whenIdle(): Promise<void> {
    if (this.#waiting.length === 0) return Promise.resolve();
    return (this.#idle ??= deferred()).promise;
  }

  #releaseIf(isDue: (waiting: TimedFrame) => boolean): void {
    const due = this.#waiting.filter(isDue);
    if (due.length === 0) return;
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

function dueMs({ frame, utterance }: TimedFrame): number {
  const offsetMs = frame instanceof TTSTextFrame ? frame.audioOffsetMs : undefined;
  if (offsetMs !== undefined && utterance.hasAudio) {
    const { playing } = utterance;
    if (!playing || offsetMs >= playing.toMs) return Infinity;
    return playing.sinceMs + Math.max(0, offsetMs - playing.fromMs);
  }
  const shiftMs = utterance.hasAudio ? (utterance.shiftMs ?? Infinity) : 0;
  return (frame.ptsMs ?? 0) + shiftMs;
}
