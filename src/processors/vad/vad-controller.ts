import type { VADParams } from "../../frames/index.ts";
import type { Clock, TimerHandle } from "../../util/clock.ts";
import { resolveVADParams } from "./vad-params.ts";

/** State of a `VADController`; "starting" and "stopping" may be taken back. */
export type VADState = "quiet" | "starting" | "speaking" | "stopping";
/** What a block has decided: speech has started or stopped. */
export type VADChange = "started" | "stopped";

/** Options of a `VADController`. */
export interface VADControllerOptions {
  /** Clock for the gap timer. */
  readonly clock: Clock;
  /** Parameters; those left out keep their defaults. */
  readonly params?: VADParams;
  /** Speech ends when no audio arrives for this long (a muted microphone), in milliseconds. Default 1000. */
  readonly gapMs?: number;
  /** Called when audio has stopped arriving. `wasSpeaking`: whether that ended speech. */
  readonly onGap: (wasSpeaking: boolean) => void;
}

/**
 * Decides from the confidence of each block when speech starts and stops. Speech must last `startMs` to start, and
 * silence `stopMs` to stop it. Until then the transition may be taken back, and nothing is reported.
 */
export class VADController {
  readonly #clock: Clock;
  readonly #gapMs: number;
  readonly #onGap: (wasSpeaking: boolean) => void;
  #params: Required<VADParams>;
  #state: VADState = "quiet";
  /** How long the transition has lasted so far. */
  #transitionMs = 0;
  #lastAudioMs = 0;
  #gapTimer: TimerHandle;

  /** @throws InvalidOptionError for parameters that are out of range. */
  constructor(options: VADControllerOptions) {
    this.#clock = options.clock;
    this.#gapMs = options.gapMs ?? 1000;
    this.#onGap = options.onGap;
    this.#params = resolveVADParams(options.params ?? {});
  }

  /** Current state. */
  get state(): VADState {
    return this.#state;
  }

  /** Current parameters. */
  get params(): Required<VADParams> {
    return this.#params;
  }

  /** Whether speech has started and not stopped. A transition does not change it. */
  get speaking(): boolean {
    return this.#state === "speaking" || this.#state === "stopping";
  }

  /**
   * Changes parameters.
   *
   * @throws InvalidOptionError for a value that is out of range; the old parameters are then kept.
   */
  update(changes: VADParams): void {
    this.#params = resolveVADParams(changes, this.#params);
  }

  /** Notes that audio has arrived, whether or not it completes a block. */
  noteAudio(): void {
    this.#lastAudioMs = this.#clock.nowMs();
  }

  /** Takes the analysis of one block. Returns the change it causes, if any. */
  hear(confidence: number, volume: number, durationMs: number): VADChange | undefined {
    const speech = confidence >= this.#params.confidence && volume >= this.#params.minVolume;
    const settled = this.speaking ? "speaking" : "quiet";
    if (speech === this.speaking) {
      this.#enter(settled);
      return undefined;
    }
    if (this.#state === settled) this.#enter(speech ? "starting" : "stopping");
    this.#transitionMs += durationMs;
    if (this.#transitionMs < (speech ? this.#params.startMs : this.#params.stopMs)) return undefined;
    this.#enter(speech ? "speaking" : "quiet");
    return speech ? "started" : "stopped";
  }

  /** Stops the timer. Idempotent. */
  close(): void {
    this.#clock.clearTimeout(this.#gapTimer);
    this.#gapTimer = undefined;
    this.#state = "quiet";
  }

  #enter(state: VADState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#transitionMs = 0;
    // One timer for the whole stretch checks when the last audio arrived, instead of one timer per frame.
    if (state !== "quiet" && this.#gapTimer === undefined) this.#watchForGap(this.#gapMs);
  }

  #watchForGap(delayMs: number): void {
    this.#gapTimer = this.#clock.setTimeout(() => {
      this.#gapTimer = undefined;
      if (this.#state === "quiet") return;
      const leftMs = this.#lastAudioMs + this.#gapMs - this.#clock.nowMs();
      if (leftMs > 0) {
        this.#watchForGap(leftMs);
        return;
      }
      const wasSpeaking = this.speaking;
      this.#enter("quiet");
      this.#onGap(wasSpeaking);
    }, delayMs);
  }
}
