import {
  type Frame,
  STTMetadataFrame,
  TranscriptionFrame,
  VADUserStartedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../../frames/index.ts";
import type { Clock, TimerHandle } from "../../util/clock.ts";

/**
 * Waits after voice activity for the two things that end a turn: enough silence, and the transcript of what was said.
 * The transcript counts as complete when the service says so (`finalized`), else when the service's usual time is up.
 */
export class SpeechEndWatch {
  readonly #onOver: () => void;
  readonly #softQuietMs: number;
  #clock: Clock | undefined;
  #timer: TimerHandle;
  #quietMs: number;
  #sttP99Ms = 0;
  #speaking = false;
  #heardText = false;
  #finalized = false;
  /** Since when nothing was heard; without voice activity, since the last transcript. */
  #quietSinceMs: number | undefined;
  #stopDelayMs = 0;
  #soft = true;

  /** `softQuietMs` is the silence after a transcript that no voice activity came with. */
  constructor(options: { readonly quietMs: number; readonly softQuietMs: number; readonly onOver: () => void }) {
    this.#quietMs = options.quietMs;
    this.#softQuietMs = options.softQuietMs;
    this.#onOver = options.onOver;
  }

  attach(clock: Clock): void {
    this.#clock = clock;
  }

  /** Changes how much silence is enough, counted from the end of voice activity; Infinity: not known yet. */
  setQuietMs(quietMs: number): void {
    this.#quietMs = quietMs;
    this.#check();
  }

  hear(frame: Frame): void {
    if (frame instanceof VADUserStartedSpeakingFrame) {
      this.#speaking = true;
      // What was final before says nothing of the words to come.
      this.#finalized = false;
      this.#quietSinceMs = undefined;
      this.#stopTimer();
    } else if (frame instanceof VADUserStoppedSpeakingFrame) {
      this.#speaking = false;
      this.#soft = false;
      this.#stopDelayMs = frame.stopDelayMs;
      this.#quietSinceMs = this.#clock?.nowMs();
      this.#check();
    } else if (frame instanceof TranscriptionFrame) {
      this.#heard(frame);
    } else if (frame instanceof STTMetadataFrame) {
      this.#sttP99Ms = frame.ttfsP99LatencyMs;
    }
  }

  /** Forgets the turn, not whether the user is speaking. */
  turnStopped(): void {
    this.#heardText = false;
    this.#finalized = false;
    this.#quietSinceMs = undefined;
    this.#soft = true;
    this.#stopTimer();
  }

  /** Idempotent. */
  close(): void {
    this.#stopTimer();
  }

  #heard(frame: TranscriptionFrame): void {
    if (frame.text.trim() === "") return;
    this.#heardText = true;
    this.#finalized ||= frame.finalized;
    if (!this.#speaking && (this.#soft || this.#quietSinceMs === undefined)) {
      this.#soft = true;
      this.#quietSinceMs = this.#clock?.nowMs();
    }
    this.#check();
  }

  #check(): void {
    this.#stopTimer();
    if (this.#clock === undefined || this.#speaking || !this.#heardText || this.#quietSinceMs === undefined) return;
    const leftMs = this.#quietSinceMs + this.#waitMs() - this.#clock.nowMs();
    if (leftMs === Infinity) return;
    if (leftMs <= 0) {
      this.#quietSinceMs = undefined;
      this.#onOver();
      return;
    }
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      this.#check();
    }, leftMs);
  }

  #waitMs(): number {
    if (this.#soft) return this.#softQuietMs;
    const transcriptMs = this.#finalized ? 0 : Math.max(0, this.#sttP99Ms - this.#stopDelayMs);
    return Math.max(this.#quietMs, transcriptMs);
  }

  #stopTimer(): void {
    this.#clock?.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
