import type { InputAudioRawFrame } from "../frames/index.ts";
import type { Clock, TimerHandle } from "../util/clock.ts";
import { asError } from "../util/errors.ts";
import { AbortScope } from "./abort-scope.ts";
import { AudioBacklog } from "./speech/audio-backlog.ts";
import { within } from "./work-bounds.ts";

/** An open connection to a streaming recogniser. */
export interface StreamingSocket {
  send(audio: InputAudioRawFrame): void;
  /** Tells a provider that hangs up on silent callers that we are still here. */
  keepAlive?(): void;
  close(): void;
}

export interface StreamingConnectionOptions {
  readonly clock: Clock;
  /** Connects; `lost` is to be called once when the connection breaks, and not after `close`. */
  readonly connect: (lost: (error: Error) => void, signal: AbortSignal) => Promise<StreamingSocket>;
  /** Told of every failed attempt and every loss. */
  readonly onError: (error: Error) => void;
  /** Asked before every attempt: an unusable service does not reconnect. Default: always. */
  readonly mayConnect?: () => boolean;
  /** Default 10 000. */
  readonly connectTimeoutMs?: number;
  /** Pause before the next attempt; doubles with every further one. Default 250. */
  readonly backoffMs?: number;
  /** Default 10 000. */
  readonly maxBackoffMs?: number;
  /** Audio kept while there is no connection; older audio goes. Default 10 000. */
  readonly maxBufferedMs?: number;
  /** Without audio for this long, `keepAlive` is called, again and again. Default 5000. */
  readonly keepAliveMs?: number;
}

/**
 * Keeps a streaming recogniser connected. A lost connection is made again, with growing pauses; a change of settings
 * asks for a new one with `reconnect`, which waits until the user does not speak. Audio meanwhile is kept, bounded, and
 * sent when the connection is there.
 */
export class StreamingConnection {
  readonly #options: StreamingConnectionOptions;
  readonly #backlog = new AudioBacklog();
  readonly #closing = new AbortController();
  #socket: StreamingSocket | undefined;
  #connecting = false;
  #attempts = 0;
  #retryTimer: TimerHandle;
  #keepAliveTimer: TimerHandle;
  #userSpeaking = false;
  #reconnectWanted = false;

  constructor(options: StreamingConnectionOptions) {
    this.#options = options;
  }

  get connected(): boolean {
    return this.#socket !== undefined;
  }

  /** Frames that were lost while there was no connection for too long. */
  get droppedFrames(): number {
    return this.#backlog.droppedFrames;
  }

  /** Connects, unless it is connected or about to be. Failures go to `onError` and are tried again. */
  open(): void {
    if (this.#socket || this.#connecting || this.#closing.signal.aborted) return;
    this.#options.clock.clearTimeout(this.#retryTimer);
    void this.#connect();
  }

  send(audio: InputAudioRawFrame): void {
    if (this.#socket) this.#sendNow(this.#socket, audio);
    else this.#backlog.add(audio, this.#options.maxBufferedMs ?? 10_000);
  }

  setUserSpeaking(speaking: boolean): void {
    this.#userSpeaking = speaking;
    if (!speaking && this.#reconnectWanted) this.reconnect();
  }

  /** A new connection, such as new settings need; once the user is silent. */
  reconnect(): void {
    this.#reconnectWanted = this.#userSpeaking || this.#connecting;
    if (this.#reconnectWanted) return;
    this.#disconnect();
    this.#attempts = 0;
    this.open();
  }

  /** Idempotent. */
  close(): void {
    this.#closing.abort();
    this.#disconnect();
    this.#options.clock.clearTimeout(this.#retryTimer);
    this.#backlog.take();
  }

  async #connect(): Promise<void> {
    const { clock, connect, mayConnect, onError, connectTimeoutMs = 10_000 } = this.#options;
    if (mayConnect?.() === false) return;
    this.#connecting = true;
    using scope = new AbortScope(this.#closing.signal);
    let opened: StreamingSocket | undefined;
    const opening = connect((error) => this.#lost(opened, error), scope.signal);
    try {
      const what = "Connecting to the recogniser";
      opened = await within(opening, { clock, signal: scope.signal, timeoutMs: connectTimeoutMs, what });
      this.#connecting = false;
      this.#opened(opened);
    } catch (thrown) {
      this.#connecting = false;
      scope.abort(asError(thrown));
      // What opens all the same, too late, must not stay open.
      opening.then((late) => late.close()).catch(() => undefined);
      if (this.#closing.signal.aborted) return;
      onError(asError(thrown));
      this.#retryLater();
    }
  }

  #opened(socket: StreamingSocket): void {
    this.#socket = socket;
    if (this.#reconnectWanted && !this.#userSpeaking) {
      // It was asked for with settings that have changed since.
      this.reconnect();
      return;
    }
    this.#attempts = 0;
    for (const audio of this.#backlog.take()) this.send(audio);
    this.#keepAliveLater();
  }

  #sendNow(socket: StreamingSocket, audio: InputAudioRawFrame): void {
    try {
      socket.send(audio);
      this.#keepAliveLater();
    } catch (thrown) {
      this.#lost(socket, asError(thrown));
      this.send(audio);
    }
  }

  #lost(socket: StreamingSocket | undefined, error: Error): void {
    if (socket === undefined || socket !== this.#socket) return;
    this.#disconnect();
    this.#options.onError(error);
    this.#retryLater();
  }

  #disconnect(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#options.clock.clearTimeout(this.#keepAliveTimer);
    try {
      socket?.close();
    } catch (thrown) {
      this.#options.onError(asError(thrown));
    }
  }

  #retryLater(): void {
    const { clock, backoffMs = 250, maxBackoffMs = 10_000 } = this.#options;
    const delayMs = Math.min(maxBackoffMs, backoffMs * 2 ** this.#attempts);
    this.#attempts++;
    clock.clearTimeout(this.#retryTimer);
    this.#retryTimer = clock.setTimeout(() => this.open(), delayMs);
  }

  #keepAliveLater(): void {
    const { clock, keepAliveMs = 5000 } = this.#options;
    clock.clearTimeout(this.#keepAliveTimer);
    this.#keepAliveTimer = clock.setTimeout(() => {
      try {
        this.#socket?.keepAlive?.();
        this.#keepAliveLater();
      } catch (thrown) {
        this.#lost(this.#socket, asError(thrown));
      }
    }, keepAliveMs);
  }
}
