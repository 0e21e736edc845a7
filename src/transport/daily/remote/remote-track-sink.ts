import type { Clock } from "../../../util/clock.ts";
import { TrackSink } from "../track-sink.ts";
import { MEDIA_HEAD_BYTES, MEDIA_MESSAGE, type PlayedReport, writeMediaHead } from "./media-messages.ts";

/** Sends a media message to the far side. */
export type SendMedia = (message: Buffer) => void;

/** What is written in one go leaves in messages of at most this size: seconds of speech in a few, and none holds up a flush. */
const MESSAGE_BYTES = 65_536;
const MESSAGE_SAMPLES = MESSAGE_BYTES / Int16Array.BYTES_PER_ELEMENT;

/**
 * The near end of a sink whose track is in another process. The far side holds all that was written and plays it by its own
 * clock, so that it does not matter what this process does meanwhile.
 */
export class RemoteTrackSink extends TrackSink {
  readonly #id: number;
  readonly #clock: Clock;
  readonly #send: SendMedia;
  /** Written in the work at hand; leaves when that is done, or when it fills a message. */
  #gathered: Int16Array[] = [];
  #gatheredSamples = 0;
  #generation = 0;
  /** The position at which this generation began; the far side counts from there. */
  #generationStart = 0;
  #sent = 0;
  /** The last known playout position, and its time. */
  #known = { position: 0, wallMs: 0 };

  constructor(id: number, sampleRate: number, clock: Clock, send: SendMedia, onClose: () => Promise<void>) {
    super(sampleRate, onClose);
    this.#id = id;
    this.#clock = clock;
    this.#send = send;
  }

  override flush(): number {
    this.#generation++;
    const message = Buffer.alloc(MEDIA_HEAD_BYTES);
    writeMediaHead(view(message), { type: MEDIA_MESSAGE.flush, id: this.#id, third: this.#generation });
    this.#send(message);
    // This process may have been busy since the last report; the far side has played on in the meantime.
    this.ledger.playedUpTo(this.#playedByNow());
    const position = super.flush();
    this.#generationStart = position;
    this.#sent = position;
    return position;
  }

  /** The far side's report: samples played since the last flush. Reports from before the flush are ignored. */
  played(generation: number, { samples, wallMs }: PlayedReport): void {
    if (generation !== this.#generation) return;
    const position = this.#generationStart + samples;
    if (wallMs >= this.#known.wallMs) this.#known = { position, wallMs };
    this.ledger.playedUpTo(position);
  }

  /** What the far side must have played by now, according to its last report: it plays what it has without a pause. */
  #playedByNow(): number {
    const { position, wallMs } = this.#known;
    const sinceMs = Math.max(0, this.#clock.wallMs() - wallMs);
    return Math.min(this.#sent, position + Math.floor((sinceMs * this.sampleRate) / 1000));
  }

  protected override take(pcm: Int16Array): void {
    for (let from = 0; from < pcm.length;) {
      const part = pcm.subarray(from, from + MESSAGE_SAMPLES - this.#gatheredSamples);
      if (this.#gatheredSamples === 0) queueMicrotask(() => this.#sendGathered());
      this.#gathered.push(part);
      this.#gatheredSamples += part.length;
      from += part.length;
      if (this.#gatheredSamples === MESSAGE_SAMPLES) this.#sendGathered();
    }
  }

  protected override drop(): void {
    this.#gathered = [];
    this.#gatheredSamples = 0;
  }

  #sendGathered(): void {
    if (this.#gatheredSamples === 0) return;
    // The far side had nothing left: it continues from now.
    if (this.#playedByNow() === this.#sent) this.#known = { position: this.#sent, wallMs: this.#clock.wallMs() };
    this.#sent += this.#gatheredSamples;
    const message = Buffer.allocUnsafe(MEDIA_HEAD_BYTES + this.#gatheredSamples * Int16Array.BYTES_PER_ELEMENT);
    writeMediaHead(view(message), { type: MEDIA_MESSAGE.pcm, id: this.#id, third: this.#generation });
    let at = MEDIA_HEAD_BYTES;
    for (const { buffer, byteOffset, byteLength } of this.#gathered) {
      message.set(new Uint8Array(buffer, byteOffset, byteLength), at);
      at += byteLength;
    }
    this.drop();
    this.#send(message);
  }
}

function view(message: Buffer): DataView {
  return new DataView(message.buffer, message.byteOffset, message.byteLength);
}
