/** Audio is judged in windows of this length. */
export const WINDOW_MS = 10;
/** A window counts as sound above this level: about -41 dBFS. */
const SOUND_RMS = 300;
/** This much sound in a row is speech; less is a click. */
const SPEECH_WINDOWS = 3;

/** What a detector has heard up to the end of a window. Times are milliseconds of audio, not of the clock. */
export interface HeardWindow {
  /** End of the window, from the start of the stream. */
  readonly atMs: number;
  /** Whether the window is part of speech. */
  readonly speech: boolean;
  /** How long it has been quiet; 0 during sound. */
  readonly quietMs: number;
}

/** Detects speech in raw mono 16-bit PCM by its level, in windows of 10 ms of audio. */
export class SpeechDetector {
  readonly #windowBytes: number;
  readonly #onWindow: (window: HeardWindow) => void;
  #rest: Buffer = Buffer.alloc(0);
  #atMs = 0;
  #quietMs = 0;
  #soundWindows = 0;

  constructor(sampleRate: number, onWindow: (window: HeardWindow) => void) {
    this.#windowBytes = Math.round((sampleRate * WINDOW_MS) / 1000) * 2;
    this.#onWindow = onWindow;
  }

  /** Duration of the audio so far, in whole windows. */
  get audioMs(): number {
    return this.#atMs;
  }

  /** Takes bytes as they arrive, split anywhere. */
  hear(bytes: Buffer): void {
    const audio = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    let at = 0;
    for (; at + this.#windowBytes <= audio.length; at += this.#windowBytes)
      this.#judge(measureRms(audio.subarray(at, at + this.#windowBytes)));
    this.#rest = Buffer.from(audio.subarray(at));
  }

  #judge(rms: number): void {
    this.#atMs += WINDOW_MS;
    const sound = rms > SOUND_RMS;
    this.#soundWindows = sound ? this.#soundWindows + 1 : 0;
    this.#quietMs = sound ? 0 : this.#quietMs + WINDOW_MS;
    this.#onWindow({ atMs: this.#atMs, speech: this.#soundWindows >= SPEECH_WINDOWS, quietMs: this.#quietMs });
  }
}

function measureRms(pcm: Buffer): number {
  let sum = 0;
  for (let at = 0; at + 1 < pcm.length; at += 2) sum += pcm.readInt16LE(at) ** 2;
  return Math.sqrt(sum / (pcm.length / 2));
}
