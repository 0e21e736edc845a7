import type { InputAudioRawFrame } from "../../frames/index.ts";
import type { Clock } from "../../util/clock.ts";
import { StreamingConnection } from "../streaming-connection.ts";
import type { LiveStream, LiveStreamEvents } from "./live-stream.ts";

/** Options of a {@link LiveConnection}. */
export interface LiveConnectionOptions<S extends LiveStream> {
  readonly clock: Clock;
  /** Rate of the audio that is expected, in Hz. */
  readonly sampleRate: number;
  readonly keepAliveMs: number;
  readonly connectTimeoutMs?: number;
  /** Opens a stream for audio of a rate. */
  readonly open: (sampleRate: number, events: LiveStreamEvents, signal: AbortSignal) => Promise<S>;
  /** Called when a stream is open and has been sent the audio from before. */
  readonly onOpen: (stream: S) => void;
  /** Called when the open stream is over. */
  readonly onOver: () => void;
  readonly onError: (error: Error) => void;
  readonly mayConnect: () => boolean;
}

/** Deepgram's connections for one service, one after the other: each for audio at the rate at which it arrives. */
export class LiveConnection<S extends LiveStream> {
  readonly #options: LiveConnectionOptions<S>;
  readonly #connection: StreamingConnection;
  #sampleRate: number;
  #stream: S | undefined;
  #takenSeconds = 0;
  #sentSeconds = 0;
  #onOpened: ((stream: S) => void) | undefined;

  constructor(options: LiveConnectionOptions<S>) {
    this.#options = options;
    this.#sampleRate = options.sampleRate;
    const { connectTimeoutMs } = options;
    this.#connection = new StreamingConnection({
      ...{ clock: options.clock, keepAliveMs: options.keepAliveMs },
      ...(connectTimeoutMs !== undefined && { connectTimeoutMs }),
      connect: (lost, signal) => this.#connect(lost, signal),
      onOpen: () => this.#opened(),
      onError: options.onError,
      mayConnect: options.mayConnect,
    });
    this.#connection.open();
  }

  /** The open stream. */
  get stream(): S | undefined {
    return this.#stream;
  }

  /** Duration of all audio that was taken, in seconds. */
  get takenSeconds(): number {
    return this.#takenSeconds;
  }

  /** Duration of all audio that was sent before the open stream, in seconds. */
  get offsetSeconds(): number {
    return this.#sentSeconds;
  }

  send(audio: InputAudioRawFrame): void {
    if (audio.sampleRate !== this.#sampleRate) {
      this.#sampleRate = audio.sampleRate;
      this.#connection.replace();
    }
    this.#takenSeconds += audio.durationMs / 1000;
    this.#connection.send(audio);
  }

  /** Connects again with new settings, once the user is silent. */
  reconnect(): void {
    this.#connection.reconnect();
  }

  setUserSpeaking(speaking: boolean): void {
    this.#connection.setUserSpeaking(speaking);
  }

  /** Sends what is left, waits for the last words and closes the connection, within a bound. */
  async end(timeoutMs: number): Promise<void> {
    const { clock, mayConnect } = this.#options;
    const over = Promise.withResolvers<undefined>();
    const timer = clock.setTimeout(() => over.resolve(undefined), timeoutMs);
    const finish = (stream: S): void => stream.finish(() => over.resolve(undefined));
    if (this.#stream) finish(this.#stream);
    else if (mayConnect() && this.#connection.bufferedMs > 0) this.#onOpened = finish;
    else over.resolve(undefined);
    await over.promise;
    clock.clearTimeout(timer);
    this.close();
  }

  /** Closes the connection for good. Idempotent. */
  close(): void {
    this.#connection.close();
  }

  async #connect(lost: (error: Error) => void, signal: AbortSignal): Promise<S> {
    const events: LiveStreamEvents = { lost, over: (stream) => this.#over(stream) };
    const stream = await this.#options.open(this.#sampleRate, events, signal);
    this.#stream = stream;
    return stream;
  }

  #opened(): void {
    const stream = this.#stream;
    if (!stream) return;
    this.#options.onOpen(stream);
    this.#onOpened?.(stream);
  }

  #over(stream: LiveStream): void {
    if (stream !== this.#stream) return;
    this.#stream = undefined;
    this.#sentSeconds += stream.sentSeconds;
    this.#options.onOver();
  }
}
