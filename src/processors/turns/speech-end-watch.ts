import {
  type Frame,
  InterimTranscriptionFrame,
  STTMetadataFrame,
  TranscriptionFrame,
  VADUserStartedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../../frames/index.ts";
import type { Clock, TimerHandle } from "../../util/clock.ts";

/** How long the final transcript may take after an interim one, if the service does not declare it. */
const DEFAULT_FINAL_WAIT_MS = 1000;

/**
 * Waits after voice activity for the two conditions that end a turn: enough silence, and the transcript of what was
 * said. The transcript counts as complete when the service says so (`finalized`), otherwise after the service's usual
 * latency. An interim transcript revokes that: more words will follow. Words from before the turn do not count.
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
  /** When the last interim transcript arrived, if no final one has followed. */
  #interimAtMs: number | undefined;
  /** When silence began; without voice activity, when the last transcript arrived. */
  #quietSinceMs: number | undefined;
  #stopDelayMs = 0;
  #soft = true;

  /** `softQuietMs` is the silence required after a transcript without voice activity. */
  constructor(options: { readonly quietMs: number; readonly softQuietMs: number; readonly onOver: () => void }) {
    this.#quietMs = options.quietMs;
    this.#softQuietMs = options.softQuietMs;
    this.#onOver = options.onOver;
  }

  attach(clock: Clock): void {
    this.#clock = clock;
  }

  /** Changes how much silence is enough, from the end of voice activity. Infinity: not known yet. */
  setQuietMs(quietMs: number): void {
    this.#quietMs = quietMs;
    this.#check();
  }

  hear(frame: Frame): void {
    if (frame instanceof VADUserStartedSpeakingFrame) {
      this.#speaking = true;
      // An earlier final transcript does not cover the words that follow.
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
      this.#handleFinal(frame);
    } else if (frame instanceof InterimTranscriptionFrame) {
      this.#handleInterim(frame);
    } else if (frame instanceof STTMetadataFrame) {
      this.#sttP99Ms = frame.ttfsP99LatencyMs;
    }
  }

  /** Starts a turn: words from before it do not show that this one was understood. */
  turnStarted(): void {
    this.#forget();
  }

  /** Ends the turn. Whether the user is speaking is kept. */
  turnStopped(): void {
    this.#forget();
  }

  /** Stops the timer. Idempotent. */
  close(): void {
    this.#stopTimer();
  }

  #handleFinal(frame: TranscriptionFrame): void {
    if (frame.text.trim() === "") return;
    this.#heardText = true;
    this.#finalized ||= frame.finalized;
    this.#interimAtMs = undefined;
    if (!this.#speaking && (this.#soft || this.#quietSinceMs === undefined)) {
      this.#soft = true;
      this.#quietSinceMs = this.#clock?.nowMs();
    }
    this.#check();
  }

  /** Handles preliminary words: the user is saying them or has just said them. */
  #handleInterim(frame: InterimTranscriptionFrame): void {
    if (frame.text.trim() === "") return;
    this.#finalized = false;
    this.#interimAtMs = this.#clock?.nowMs();
    this.#check();
  }

  #forget(): void {
    this.#heardText = false;
    this.#finalized = false;
    this.#interimAtMs = undefined;
    this.#quietSinceMs = undefined;
    this.#soft = true;
    this.#stopTimer();
  }

  #check(): void {
    this.#stopTimer();
    if (this.#clock === undefined || this.#speaking || !this.#heardText || this.#quietSinceMs === undefined) return;
    const finalByMs = this.#interimAtMs === undefined ? -Infinity : this.#interimAtMs + this.#finalWaitMs;
    const leftMs = Math.max(this.#quietSinceMs + this.#waitMs(), finalByMs) - this.#clock.nowMs();
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

  get #finalWaitMs(): number {
    return this.#sttP99Ms > 0 ? this.#sttP99Ms : DEFAULT_FINAL_WAIT_MS;
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
