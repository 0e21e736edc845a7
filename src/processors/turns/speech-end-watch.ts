import {
  type Frame,
  InterimTranscriptionFrame,
  STTMetadataFrame,
  TranscriptionFrame,
  VADUserStartedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../../frames/index.ts";
import type { Clock, TimerHandle } from "../../util/clock.ts";

/** How long the final transcript of an interim one may take where the service does not say. */
const DEFAULT_FINAL_WAIT_MS = 1000;

/**
 * Waits after voice activity for the two things that end a turn: enough silence, and the transcript of what was said.
 * The transcript counts as complete when the service says so (`finalized`), else when the service's usual time is up. An
 * interim transcript revokes that: more words are on their way. Words from before the turn do not count for it.
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
  /** When the last interim transcript arrived that no transcript has followed. */
  #interimAtMs: number | undefined;
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
    } else if (frame instanceof InterimTranscriptionFrame) {
      this.#seemed(frame);
    } else if (frame instanceof STTMetadataFrame) {
      this.#sttP99Ms = frame.ttfsP99LatencyMs;
    }
  }

  /** A turn begins: words from before it are no sign that this one was understood. */
  turnStarted(): void {
    this.#forget();
  }

  /** Forgets the turn, not whether the user is speaking. */
  turnStopped(): void {
    this.#forget();
  }

  /** Idempotent. */
  close(): void {
    this.#stopTimer();
  }

  #heard(frame: TranscriptionFrame): void {
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

  /** Words that are not settled yet: the user is saying them, or has just said them. */
  #seemed(frame: InterimTranscriptionFrame): void {
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
