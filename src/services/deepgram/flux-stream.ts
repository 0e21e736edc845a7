import { LiveStream, type LiveStreamEvents } from "./live-stream.ts";

/** Deepgram strongly advises blocks of this length. */
const BLOCK_MS = 80;
/** How often `keepAlive` is called while there is no audio, in milliseconds. */
export const FLUX_KEEP_ALIVE_MS = 500;
/** Between turns a block of silence at every so many calls keeps the connection in use. */
const IDLE_CALLS = 8;

/** One connection to `/v2/listen`. Flux knows no KeepAlive: silence takes its place. */
export class FluxStream extends LiveStream {
  readonly #isTurnOpen: () => boolean;
  readonly #blockBytes: number;
  #block: Uint8Array;
  #filled = 0;
  #idleCalls = 0;

  constructor(sampleRate: number, events: LiveStreamEvents, isTurnOpen: () => boolean) {
    super(sampleRate, events);
    this.#isTurnOpen = isTurnOpen;
    this.#blockBytes = ((sampleRate * BLOCK_MS) / 1000) * 2;
    this.#block = new Uint8Array(this.#blockBytes);
  }

  /** Ends the turn with the words so far. Flux ignores it between turns. */
  forceEndTurn(): void {
    this.flushAudio();
    this.sendJson({ type: "ForceEndTurn" });
  }

  /**
   * Called while no audio arrives, as when the user's microphone is off. Flux measures silence in audio: without any, an
   * open turn would never end.
   */
  override keepAlive(): void {
    this.flushAudio();
    this.#idleCalls++;
    if (this.#isTurnOpen()) this.#sendSilence(FLUX_KEEP_ALIVE_MS);
    else if (this.#idleCalls % IDLE_CALLS === 0) this.#sendSilence(BLOCK_MS);
  }

  protected override sendAudio(bytes: Uint8Array): void {
    this.#idleCalls = 0;
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + this.#blockBytes - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === this.#blockBytes) this.flushAudio();
    }
  }

  protected override flushAudio(): void {
    if (this.#filled === 0) return;
    this.sendBytes(this.#block.subarray(0, this.#filled));
    // The socket may still have to send the old one.
    this.#block = new Uint8Array(this.#blockBytes);
    this.#filled = 0;
  }

  #sendSilence(durationMs: number): void {
    this.sendBytes(new Uint8Array(Math.round((this.sampleRate * durationMs) / 1000) * 2));
  }
}
