import { isSilent } from "../../../audio/index.ts";
import {
  BotSpeakingFrame,
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  SpeechOutputAudioRawFrame,
  TTSAudioRawFrame,
  type Frame,
  type OutputAudioRawFrame,
} from "../../../frames/index.ts";
import type { Clock } from "../../../util/clock.ts";

const BOT_SPEAKING_PERIOD_MS = 200;
/** Silence in a speech stream that ends the bot's turn. Silence in TTS audio never does: pauses made it flap. */
const STREAM_SILENCE_MS = 350;

/**
 * Whether the bot is heard on one destination, by what has been played; emits when that changes. The state changes before
 * the frame is emitted, so that two ways of noticing the same change cannot report it twice.
 */
export class SpeechState {
  readonly #clock: Clock;
  readonly #broadcast: (make: () => Frame) => void;
  readonly #destination: string | undefined;
  #speaking: "tts" | "stream" | undefined;
  #nextReportMs = 0;
  #silentMs = 0;

  /** `destination` is set on the frames; undefined is the default one. */
  constructor(clock: Clock, destination: string | undefined, broadcast: (make: () => Frame) => void) {
    this.#clock = clock;
    this.#destination = destination;
    this.#broadcast = broadcast;
  }

  /** Whether the bot is heard. */
  get speaking(): boolean {
    return this.#speaking !== undefined;
  }

  /** The first sample of this chunk has been played. */
  chunkStarted(frame: OutputAudioRawFrame): void {
    // Speech that a stream began and TTS audio continues ends as TTS speech does.
    if (this.#speaking === "stream" && frame instanceof TTSAudioRawFrame) this.#speaking = "tts";
    if (this.#speaking !== undefined) return;
    if (frame instanceof TTSAudioRawFrame) this.#speaking = "tts";
    else if (frame instanceof SpeechOutputAudioRawFrame && !isSilent(frame.audio)) this.#speaking = "stream";
    else return;
    this.#silentMs = 0;
    this.#nextReportMs = this.#clock.nowMs() + BOT_SPEAKING_PERIOD_MS;
    this.#emit(() => new BotStartedSpeakingFrame());
  }

  /** The last sample of this chunk has been played. */
  chunkPlayed(frame: OutputAudioRawFrame): void {
    if (this.#speaking === undefined) return;
    if (this.#speaking === "stream") {
      this.#silentMs = isSilent(frame.audio) ? this.#silentMs + frame.durationMs : 0;
      if (this.#silentMs > STREAM_SILENCE_MS) {
        this.stop();
        return;
      }
    }
    const nowMs = this.#clock.nowMs();
    // Chunks end a little before the period does, as the first sample is noticed a little late.
    if (nowMs < this.#nextReportMs - 1) return;
    this.#nextReportMs = Math.max(this.#nextReportMs, nowMs - BOT_SPEAKING_PERIOD_MS) + BOT_SPEAKING_PERIOD_MS;
    this.#emit(() => new BotSpeakingFrame());
  }

  /** A TTSStoppedFrame leaves now. It ends TTS speech, but not a speech stream. */
  utteranceEnded(): void {
    if (this.#speaking === "tts") this.stop();
  }

  /** The bot is not heard any more. */
  stop(): void {
    if (this.#speaking === undefined) return;
    this.#speaking = undefined;
    this.#emit(() => new BotStoppedSpeakingFrame());
  }

  #emit(make: () => Frame): void {
    this.#broadcast(() => {
      const frame = make();
      frame.transportDestination = this.#destination;
      return frame;
    });
  }
}
