import type { VADParams } from "../../frames/index.ts";
import type { Clock, TimerHandle } from "../../util/clock.ts";
import { vadParams } from "./vad-params.ts";

export type VADState = "quiet" | "starting" | "speaking" | "stopping";
/** What becomes of a block: speech has begun, or has ended. */
export type VADChange = "started" | "stopped";

export interface VADControllerOptions {
  readonly clock: Clock;
  readonly params?: VADParams;
  /** Without any audio for this long (a muted microphone), speech is over. Default 1000 ms. */
  readonly gapMs?: number;
  /** The audio broke off. `wasSpeaking` tells whether that ended speech. */
  readonly onGap: (wasSpeaking: boolean) => void;
}

/**
 * Decides from the confidence of block after block when speech begins and ends. Speech must last `startMs` to begin and
 * silence `stopMs` to end it; until then the transition can be taken back, and nothing is told.
 */
export class VADController {
  readonly #clock: Clock;
  readonly #gapMs: number;
  readonly #onGap: (wasSpeaking: boolean) => void;
  #params: Required<VADParams>;
  #state: VADState = "quiet";
  /** How long the transition lasts already. */
  #transitionMs = 0;
  #lastAudioMs = 0;
  #gapTimer: TimerHandle;

  /** @throws InvalidOptionError for parameters outside their range. */
  constructor(options: VADControllerOptions) {
    this.#clock = options.clock;
    this.#gapMs = options.gapMs ?? 1000;
    this.#onGap = options.onGap;
    this.#params = vadParams(options.params ?? {});
  }

  get state(): VADState {
    return this.#state;
  }

  get params(): Required<VADParams> {
    return this.#params;
  }

  /** Whether speech has begun and not ended; a transition does not change it. */
  get speaking(): boolean {
    return this.#state === "speaking" || this.#state === "stopping";
  }

  /** @throws InvalidOptionError for a value outside its range; the old parameters then stay. */
  update(changes: VADParams): void {
    this.#params = vadParams(changes, this.#params);
  }

  /** Audio has come, whether or not it makes up a block yet. */
  audioCame(): void {
    this.#lastAudioMs = this.#clock.nowMs();
  }

  /** Takes the verdict on one block. */
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

  /** Stops its timer. Idempotent. */
  close(): void {
    this.#clock.clearTimeout(this.#gapTimer);
    this.#gapTimer = undefined;
    this.#state = "quiet";
  }

  #enter(state: VADState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#transitionMs = 0;
    // One timer for the whole stretch that looks when the last audio came: none is set and cleared at every frame.
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
