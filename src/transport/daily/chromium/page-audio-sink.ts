import type { PlayoutOutcome } from "../../base/audio-sink.ts";
import type { HostedSink } from "../call-host.ts";
import { PlayoutLedger } from "../playout-ledger.ts";
import { AUDIO_HEAD_BYTES, AUDIO_MESSAGE, CREDIT_MS, writeAudioHead } from "./bridge-messages.ts";

const FULL_MS = 10_000;

/** Hands a binary message to the page's audio worker. */
export type SendAudio = (message: Buffer) => void;

/**
 * The near end of a sink whose track is in a page. The page's clock is the master: Node sends on credit, at most
 * {@link CREDIT_MS} ahead of what the page says it has played, and never by a timer of its own.
 */
export class PageAudioSink implements HostedSink {
  readonly sampleRate: number;
  readonly channels = 1;
  readonly #id: number;
  readonly #send: SendAudio;
  readonly #onClose: () => Promise<void>;
  readonly #ledger = new PlayoutLedger();
  readonly #creditSamples: number;
  #waiting: Int16Array[] = [];
  #generation = 0;
  /** Position at which this generation began; the page counts from there. */
  #generationStart = 0;
  #sent = 0;
  #closing: Promise<void> | undefined;

  constructor(id: number, sampleRate: number, send: SendAudio, onClose: () => Promise<void>) {
    this.#id = id;
    this.sampleRate = sampleRate;
    this.#send = send;
    this.#onClose = onClose;
    this.#creditSamples = (sampleRate * CREDIT_MS) / 1_000;
  }

  get writtenSamples(): number {
    return this.#ledger.written;
  }

  get playedSamples(): number {
    return this.#ledger.played;
  }

  get closed(): boolean {
    return this.#ledger.closed;
  }

  write(pcm: Int16Array): boolean {
    const buffered = this.#ledger.written - this.#ledger.played;
    if (this.closed || buffered + pcm.length > (this.sampleRate * FULL_MS) / 1_000) return false;
    this.#ledger.wrote(pcm.length);
    this.#waiting.push(pcm);
    this.#spendCredit();
    return true;
  }

  endUtterance(): void {
    // A track has no marks: the silence after the last sample is the end.
  }

  flush(): number {
    this.#waiting = [];
    this.#generation++;
    const message = Buffer.alloc(AUDIO_HEAD_BYTES);
    writeAudioHead(view(message), { type: AUDIO_MESSAGE.flush, id: this.#id, third: this.#generation });
    this.#send(message);
    const position = this.#ledger.flushed();
    this.#generationStart = position;
    this.#sent = position;
    return position;
  }

  /** The page's account: samples played since the last flush. One of before the flush says nothing any more. */
  played(generation: number, samples: number): void {
    if (generation !== this.#generation) return;
    this.#ledger.playedUpTo(this.#generationStart + samples);
    this.#spendCredit();
  }

  whenPlayed(position: number): Promise<PlayoutOutcome> {
    return this.#ledger.whenPlayed(position);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  release(): void {
    this.#ledger.close();
    this.#waiting = [];
  }

  async #close(): Promise<void> {
    this.release();
    await this.#onClose();
  }

  #spendCredit(): void {
    let next = this.#waiting[0];
    while (next && this.#sent - this.#ledger.played < this.#creditSamples) {
      this.#waiting.shift();
      this.#sent += next.length;
      const message = Buffer.allocUnsafe(AUDIO_HEAD_BYTES + next.byteLength);
      writeAudioHead(view(message), { type: AUDIO_MESSAGE.pcm, id: this.#id, third: this.#generation });
      message.set(new Uint8Array(next.buffer, next.byteOffset, next.byteLength), AUDIO_HEAD_BYTES);
      this.#send(message);
      next = this.#waiting[0];
    }
  }
}

function view(message: Buffer): DataView {
  return new DataView(message.buffer, message.byteOffset, message.byteLength);
}
