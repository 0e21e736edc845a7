import { createResampler, PcmBytes, type StreamResampler } from "../audio/index.ts";
import { mixDown } from "../audio/mix-down.ts";
import { UserAudioRawFrame } from "../frames/index.ts";

/** Messages of one session that may wait for its resampler to be made. */
const MAX_WAITING = 50;

/** Audio as a client sends it. */
export interface SentAudio {
  /** Base64 of signed 16-bit PCM, little-endian, its channels interleaved. */
  readonly parts: readonly string[];
  /** In Hz. */
  readonly sampleRate: number;
  readonly numChannels: number;
}

interface Stream {
  readonly fromRate: number;
  readonly making: Promise<StreamResampler>;
  /** Undefined while it is being made. */
  resampler: StreamResampler | undefined;
  waiting: SentAudio[];
}

/** Turns audio that clients send as messages into frames of the pipeline's rate, one channel. */
export class SentAudioReader {
  readonly #push: (frame: UserAudioRawFrame) => void;
  readonly #onError: (thrown: unknown) => void;
  readonly #streams = new Map<string, Stream>();

  constructor(push: (frame: UserAudioRawFrame) => void, onError: (thrown: unknown) => void) {
    this.#push = push;
    this.#onError = onError;
  }

  /** Takes audio of a session; `toRate` is the pipeline's. */
  hear(sessionId: string, audio: SentAudio, toRate: number): void {
    const stream = this.#streamOf(sessionId, audio.sampleRate, toRate);
    if (stream.resampler) this.#deliver(sessionId, audio, stream.resampler, toRate);
    else if (stream.waiting.length < MAX_WAITING) stream.waiting.push(audio);
  }

  forget(sessionId: string): void {
    const stream = this.#streams.get(sessionId);
    this.#streams.delete(sessionId);
    stream?.making.then(
      (resampler) => resampler.close(),
      () => undefined,
    );
  }

  clear(): void {
    for (const sessionId of this.#streams.keys()) this.forget(sessionId);
  }

  #streamOf(sessionId: string, fromRate: number, toRate: number): Stream {
    const known = this.#streams.get(sessionId);
    if (known?.fromRate === fromRate) return known;
    this.forget(sessionId);
    const stream: Stream = { fromRate, making: createResampler(fromRate, toRate), resampler: undefined, waiting: [] };
    this.#streams.set(sessionId, stream);
    stream.making.then((resampler) => {
      if (this.#streams.get(sessionId) !== stream) return;
      stream.resampler = resampler;
      for (const audio of stream.waiting) this.#deliver(sessionId, audio, resampler, toRate);
      stream.waiting = [];
    }, this.#onError);
    return stream;
  }

  #deliver(userId: string, { parts, numChannels }: SentAudio, resampler: StreamResampler, sampleRate: number): void {
    for (const part of parts) {
      const pcm = new PcmBytes().read(Buffer.from(part, "base64"));
      const audio = resampler.process(mixDown(pcm, numChannels));
      if (audio.length > 0) this.#push(new UserAudioRawFrame({ audio, sampleRate, userId }));
    }
  }
}
