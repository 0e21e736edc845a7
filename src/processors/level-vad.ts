import { levelDb } from "../audio/index.ts";
import {
  type Frame,
  type FrameDirection,
  InputAudioRawFrame,
  VADUserStartedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../frames/index.ts";
import { FrameProcessor, type ProcessContext, type ProcessorSetup } from "../pipeline/index.ts";
import { type Clock, systemClock } from "../util/clock.ts";

export interface LevelVadOptions {
  /** Louder than this, in dB below full scale, counts as speech. Default -40. */
  readonly thresholdDb?: number;
  /** Speech must last this long to begin. Default 60 ms. */
  readonly startMs?: number;
  /** Silence must last this long to end speech. Default 500 ms. */
  readonly stopMs?: number;
  /** Without any audio for this long (a muted microphone), speech is over. Default 1000 ms. */
  readonly gapMs?: number;
}

/**
 * Finds speech by loudness alone: enough for tests and demos, where the microphone is clean. Pushes
 * VADUserStartedSpeakingFrame and VADUserStoppedSpeakingFrame downstream, in order with the audio.
 */
export class LevelVadProcessor extends FrameProcessor {
  readonly #threshold: number;
  readonly #startMs: number;
  readonly #stopMs: number;
  readonly #gapMs: number;
  #clock: Clock = systemClock;
  #speaking = false;
  #loudMs = 0;
  #quietMs = 0;
  #gapTimer: unknown;

  constructor(options: LevelVadOptions = {}) {
    super({ name: "LevelVadProcessor" });
    this.#threshold = options.thresholdDb ?? -40;
    this.#startMs = options.startMs ?? 60;
    this.#stopMs = options.stopMs ?? 500;
    this.#gapMs = options.gapMs ?? 1_000;
  }

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    this.#clock = setup.clock;
  }

  override process(frame: Frame, direction: FrameDirection, context: ProcessContext): void {
    context.push(frame, direction);
    if (frame instanceof InputAudioRawFrame && direction === "downstream") this.#listen(frame, context);
  }

  override async cleanup(): Promise<void> {
    await super.cleanup();
    if (this.#gapTimer !== undefined) this.#clock.clearTimeout(this.#gapTimer);
  }

  #listen({ audio, durationMs }: InputAudioRawFrame, context: ProcessContext): void {
    const loud = levelDb(audio) > this.#threshold;
    this.#loudMs = loud ? this.#loudMs + durationMs : 0;
    this.#quietMs = loud ? 0 : this.#quietMs + durationMs;
    if (!this.#speaking && this.#loudMs >= this.#startMs) {
      this.#speaking = true;
      context.push(new VADUserStartedSpeakingFrame({ startDelayMs: this.#startMs, timestampMs: this.#clock.wallMs() }));
    } else if (this.#speaking && this.#quietMs >= this.#stopMs) {
      this.#speaking = false;
      context.push(this.#stopped(this.#stopMs));
    }
    this.#watchForGap();
  }

  #stopped(stopDelayMs: number): VADUserStoppedSpeakingFrame {
    return new VADUserStoppedSpeakingFrame({ stopDelayMs, timestampMs: this.#clock.wallMs() });
  }

  #watchForGap(): void {
    if (this.#gapTimer !== undefined) this.#clock.clearTimeout(this.#gapTimer);
    this.#gapTimer = undefined;
    if (!this.#speaking) return;
    this.#gapTimer = this.#clock.setTimeout(() => {
      this.#gapTimer = undefined;
      this.#speaking = false;
      this.#loudMs = 0;
      this.push(this.#stopped(this.#gapMs));
    }, this.#gapMs);
  }
}
