import { PcmQueue } from "../../../audio/pcm-queue.ts";
import type { Clock, TimerHandle } from "../../../util/clock.ts";
import { TrackSink } from "../track-sink.ts";
import { MEDIA_HEAD_BYTES, MEDIA_MESSAGE, type PlayedReport, writeMediaHead } from "./media-messages.ts";

/** Sends a media message to the far side. */
export type SendMedia = (message: Buffer) => void;

/** What is written in one go leaves in few messages, of at most this size. */
const MESSAGE_BYTES = 65_536;
const MESSAGE_SAMPLES = MESSAGE_BYTES / Int16Array.BYTES_PER_ELEMENT;
/** So much of a burst leaves at once: the voice continues for as long if this process is busy from then on. */
const AT_ONCE_MS = 4000;
/** The rest leaves message by message, as fast as a page takes them: a flush waits for one of them, not for half a minute. */
const MESSAGE_EVERY_MS = 3;

/**
 * The near end of a sink whose track is in another process. The far side holds all that was written and plays it by its own
 * clock, so that it does not matter what this process does meanwhile.
 */
export class RemoteTrackSink extends TrackSink {
  readonly #id: number;
  readonly #clock: Clock;
  readonly #send: SendMedia;
  /** Written, and about to leave. */
  readonly #waiting = new PcmQueue();
  #timer: TimerHandle;
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
    this.#waiting.push(pcm);
    if (this.#waiting.length >= MESSAGE_SAMPLES) this.#sendAtOnce();
    else queueMicrotask(() => this.#sendAtOnce());
  }

  protected override drop(): void {
    this.#waiting.clear();
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #sendAtOnce(): void {
    const atOnce = (this.sampleRate * AT_ONCE_MS) / 1000;
    while (this.#waiting.length > 0 && this.#sent - this.ledger.played < atOnce) this.#sendMessage();
    if (this.#waiting.length > 0) this.#timer ??= this.#clock.setTimeout(() => this.#sendNext(), MESSAGE_EVERY_MS);
  }

  #sendNext(): void {
    this.#timer = undefined;
    this.#sendMessage();
    this.#sendAtOnce();
  }

  #sendMessage(): void {
    // The far side had nothing left: it continues from now.
    if (this.#playedByNow() === this.#sent) this.#known = { position: this.#sent, wallMs: this.#clock.wallMs() };
    const samples = Math.min(this.#waiting.length, MESSAGE_SAMPLES);
    const message = Buffer.allocUnsafe(MEDIA_HEAD_BYTES + samples * Int16Array.BYTES_PER_ELEMENT);
    writeMediaHead(view(message), { type: MEDIA_MESSAGE.pcm, id: this.#id, third: this.#generation });
    this.#waiting.read(new Int16Array(message.buffer, message.byteOffset + MEDIA_HEAD_BYTES, samples));
    this.#sent += samples;
    this.#send(message);
  }
}

function view(message: Buffer): DataView {
  return new DataView(message.buffer, message.byteOffset, message.byteLength);
}
