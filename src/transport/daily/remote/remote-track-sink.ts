import type { Clock } from "../../../util/clock.ts";
import { TrackSink } from "../track-sink.ts";
import { MEDIA_HEAD_BYTES, MEDIA_MESSAGE, CREDIT_MS, type PlayedReport, writeMediaHead } from "./media-messages.ts";

/** Sends a media message to the far side. */
export type SendMedia = (message: Buffer) => void;

/**
 * The near end of a sink whose track is in another process. The clock over there is the master: the bot sends on credit, at
 * most {@link CREDIT_MS} ahead of the playout that the far side reports, and never by a timer of its own.
 */
export class RemoteTrackSink extends TrackSink {
  readonly #id: number;
  readonly #clock: Clock;
  readonly #send: SendMedia;
  readonly #creditSamples: number;
  #waiting: Int16Array[] = [];
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
    this.#creditSamples = (sampleRate * CREDIT_MS) / 1000;
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
    this.#spendCredit();
  }

  /** What the far side must have played by now, according to its last report: it plays what it has without a pause. */
  #playedByNow(): number {
    const { position, wallMs } = this.#known;
    const sinceMs = Math.max(0, this.#clock.wallMs() - wallMs);
    return Math.min(this.#sent, position + Math.floor((sinceMs * this.sampleRate) / 1000));
  }

  protected override take(pcm: Int16Array): void {
    this.#waiting.push(pcm);
    this.#spendCredit();
  }

  protected override drop(): void {
    this.#waiting = [];
  }

  #spendCredit(): void {
    let next = this.#waiting[0];
    // The far side had nothing left: it continues from now.
    if (next && this.#playedByNow() === this.#sent)
      this.#known = { position: this.#sent, wallMs: this.#clock.wallMs() };
    while (next && this.#sent - this.ledger.played < this.#creditSamples) {
      this.#waiting.shift();
      this.#sent += next.length;
      const message = Buffer.allocUnsafe(MEDIA_HEAD_BYTES + next.byteLength);
      writeMediaHead(view(message), { type: MEDIA_MESSAGE.pcm, id: this.#id, third: this.#generation });
      message.set(new Uint8Array(next.buffer, next.byteOffset, next.byteLength), MEDIA_HEAD_BYTES);
      this.#send(message);
      next = this.#waiting[0];
    }
  }
}

function view(message: Buffer): DataView {
  return new DataView(message.buffer, message.byteOffset, message.byteLength);
}
