import type { InputAudioRawFrame } from "../../frames/index.ts";
import type { StreamingSocket } from "../streaming-connection.ts";
import type { VendorSocket } from "../vendor/index.ts";
import { toMonoBytes } from "./deepgram-socket.ts";

/** What a {@link LiveStream} reports. */
export interface LiveStreamEvents {
  /** The connection is over: lost, closed by us, or finished. */
  over(stream: LiveStream): void;
  /** The connection was lost. */
  lost(error: Error): void;
}

/** One connection for live audio, as the `StreamingConnection` sees it. */
export abstract class LiveStream implements StreamingSocket {
  readonly #sampleRate: number;
  readonly #events: LiveStreamEvents;
  #sentSeconds = 0;
  #socket: VendorSocket | undefined;
  #finished: (() => void) | undefined;
  #over = false;

  constructor(sampleRate: number, events: LiveStreamEvents) {
    this.#sampleRate = sampleRate;
    this.#events = events;
  }

  get sampleRate(): number {
    return this.#sampleRate;
  }

  /** Duration of the audio that was sent. */
  get sentSeconds(): number {
    return this.#sentSeconds;
  }

  opened(socket: VendorSocket): void {
    this.#socket = socket;
  }

  send(audio: InputAudioRawFrame): void {
    // Audio that was kept from before a change of its format is of no use.
    if (audio.sampleRate === this.#sampleRate && !this.#finished) this.sendAudio(toMonoBytes(audio));
  }

  abstract keepAlive(): void;

  /** Sends no more audio; `done` is called when Deepgram has sent its last words and closed the connection. */
  finish(done: () => void): void {
    this.flushAudio();
    this.#finished = done;
    this.sendJson({ type: "CloseStream" });
  }

  close(): void {
    this.#end();
    if (!this.#finished) this.sendJson({ type: "CloseStream" });
    this.#socket?.close();
  }

  /** Deepgram has closed the connection, or it has broken. */
  lost(error: Error): void {
    this.#end();
    if (this.#finished) this.#finished();
    else this.#events.lost(error);
  }

  sendJson(message: object): void {
    this.#socket?.sendJson(message);
  }

  /** Sends or collects mono 16-bit PCM. */
  protected abstract sendAudio(bytes: Uint8Array): void;

  /** Sends what was collected. Does nothing by default. */
  protected flushAudio(): void {}

  protected sendBytes(bytes: Uint8Array): void {
    this.#sentSeconds += bytes.length / 2 / this.#sampleRate;
    this.#socket?.sendBytes(bytes);
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#events.over(this);
  }
}
