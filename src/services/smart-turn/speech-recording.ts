import { mixDown } from "../../audio/mix-down.ts";
import type { InputAudioRawFrame } from "../../frames/index.ts";

/** The last seconds of a user's turn: mono PCM at the rate of the frames. */
export interface RecordedSpeech {
  readonly pcm: Int16Array<ArrayBuffer>;
  /** In Hz. */
  readonly sampleRate: number;
}

/** Keeps the last seconds of audio in one buffer, and knows where in it the user's turn begins. */
export class SpeechRecording {
  readonly #maxMs: number;
  readonly #preSpeechMs: number;
  #sampleRate = 0;
  #buffer = new Int16Array(0);
  /** Where in the buffer the next sample is written. */
  #at = 0;
  /** Number of samples that the turn has so far; before speech, of what may become a part of it. */
  #length = 0;
  #inTurn = false;

  /** Keeps `maxMs` of a turn. What was heard in the `preSpeechMs` before speech was noticed is a part of the turn. */
  constructor(options: { readonly maxMs: number; readonly preSpeechMs: number }) {
    this.#maxMs = options.maxMs;
    this.#preSpeechMs = options.preSpeechMs;
  }

  /** Adds a frame. `speaking`: there is voice activity. Audio of another rate starts a new recording. */
  add(frame: InputAudioRawFrame, speaking: boolean): void {
    if (frame.sampleRate !== this.#sampleRate) {
      this.#sampleRate = frame.sampleRate;
      this.#buffer = new Int16Array(this.#toSamples(this.#maxMs));
      this.#at = 0;
      this.#length = 0;
    }
    if (speaking && !this.#inTurn) {
      this.#inTurn = true;
      this.#length = Math.min(this.#length, this.#toSamples(this.#preSpeechMs));
    }
    this.#write(mixDown(frame.audio, frame.numChannels));
  }

  /** Copies the turn so far. Empty before speech. */
  copy(): RecordedSpeech {
    const length = this.#inTurn ? this.#length : 0;
    const pcm = new Int16Array(length);
    const wrapped = Math.max(0, length - this.#at);
    pcm.set(this.#buffer.subarray(this.#buffer.length - wrapped));
    pcm.set(this.#buffer.subarray(this.#at - (length - wrapped), this.#at), wrapped);
    return { pcm, sampleRate: this.#sampleRate };
  }

  /** Ends the turn. Its last moments may belong to the next one. */
  endTurn(): void {
    this.#inTurn = false;
  }

  #write(pcm: Int16Array): void {
    const size = this.#buffer.length;
    const kept = pcm.length > size ? pcm.subarray(pcm.length - size) : pcm;
    const first = kept.subarray(0, size - this.#at);
    this.#buffer.set(first, this.#at);
    this.#buffer.set(kept.subarray(first.length), 0);
    this.#at = size === 0 ? 0 : (this.#at + kept.length) % size;
    this.#length = Math.min(this.#length + kept.length, size);
  }

  #toSamples(durationMs: number): number {
    return Math.round((durationMs * this.#sampleRate) / 1000);
  }
}
