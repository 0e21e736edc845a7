import type { InputAudioRawFrame } from "../frames/index.ts";
import type { Clock, TimerHandle } from "../util/clock.ts";
import { asError } from "../util/errors.ts";
import { AbortScope } from "./abort-scope.ts";
import { AudioBacklog } from "./speech/audio-backlog.ts";
import { within } from "./work-bounds.ts";

/** An open connection to a streaming recogniser. */
export interface StreamingSocket {
  /** Sends audio. */
  send(audio: InputAudioRawFrame): void;
  /** Keeps the connection alive with a provider that closes idle connections. */
  keepAlive?(): void;
  /** Closes the connection. */
  close(): void;
}

/** Options of a {@link StreamingConnection}. */
export interface StreamingConnectionOptions {
  /** Clock for timeouts and pauses. */
  readonly clock: Clock;
  /**
   * Opens a connection. Call `lost` once if the connection breaks, but not after `close`. `signal` aborts on the
   * timeout.
   */
  readonly connect: (lost: (error: Error) => void, signal: AbortSignal) => Promise<StreamingSocket>;
  /** Called with the error of every failed attempt and every lost connection. */
  readonly onError: (error: Error) => void;
  /** Called when a connection is open and has been sent the audio from before. */
  readonly onOpen?: () => void;
  /** Called before every attempt: return false if the service is unusable. Default: always true. */
  readonly mayConnect?: () => boolean;
  /** How long one attempt may take, in milliseconds. Default 10 000. */
  readonly connectTimeoutMs?: number;
  /**
   * Pause before the first retry, in milliseconds; it doubles with every further one. Only a connection that has been
   * open for 5 s starts over: one that is lost again and again is not a working one. Default 250.
   */
  readonly backoffMs?: number;
  /** Longest pause between attempts, in milliseconds. Default 10 000. */
  readonly maxBackoffMs?: number;
  /** How much audio is kept while there is no connection, in milliseconds; older audio is dropped. Default 10 000. */
  readonly maxBufferedMs?: number;
  /** Interval in milliseconds at which `keepAlive` is called while no audio is sent. Default 5000. */
  readonly keepAliveMs?: number;
}

/** A connection that lives this long works: the next failure is a new one. */
const STABLE_MS = 5000;

/**
 * Keeps a streaming recogniser connected. It reconnects after a loss, with growing pauses. After a change of settings,
 * call `reconnect`, which waits until the user is silent. Meanwhile audio is kept within a bound and sent once the
 * connection is open.
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
  /** Whether the connection that is being opened is for audio of another format. */
  #stale = false;
  #openedAtMs = -Infinity;

  constructor(options: StreamingConnectionOptions) {
    this.#options = options;
  }

  /** Whether a connection is open. */
  get connected(): boolean {
    return this.#socket !== undefined;
  }

  /** Duration of the audio that waits for a connection, in milliseconds. */
  get bufferedMs(): number {
    return this.#backlog.durationMs;
  }

  /** Number of frames dropped because there was no connection for too long. */
  get droppedFrames(): number {
    return this.#backlog.droppedFrames;
  }

  /** Connects, unless connected or connecting. Failures are passed to `onError` and retried. */
  open(): void {
    if (this.#socket || this.#connecting || this.#closing.signal.aborted) return;
    this.#options.clock.clearTimeout(this.#retryTimer);
    void this.#connect();
  }

  /** Sends audio, or keeps it until the connection is open. */
  send(audio: InputAudioRawFrame): void {
    if (this.#socket) this.#sendNow(this.#socket, audio);
    else this.#backlog.add(audio, this.#options.maxBufferedMs ?? 10_000);
  }

  /** Notes whether the user is speaking; a pending `reconnect` waits until they are silent. */
  setUserSpeaking(speaking: boolean): void {
    this.#userSpeaking = speaking;
    if (!speaking && this.#reconnectWanted) this.reconnect();
  }

  /** Replaces the connection, for example after a change of settings, once the user is silent. */
  reconnect(): void {
    this.#reconnectWanted = this.#userSpeaking || this.#connecting;
    if (this.#reconnectWanted) return;
    this.#disconnect();
    this.#attempts = 0;
    this.open();
  }

  /**
   * Replaces the connection at once, even while the user is speaking, because audio in another format follows. Audio is
   * kept until the new connection is open.
   */
  replace(): void {
    this.#stale = this.#connecting;
    this.#disconnect();
    this.open();
  }

  /** Closes the connection for good. Idempotent. */
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
    const opening = connect((error) => this.#handleLoss(opened, error), scope.signal);
    try {
      const what = "Connecting to the recogniser";
      opened = await within(opening, { clock, signal: scope.signal, timeoutMs: connectTimeoutMs, what });
      this.#connecting = false;
      this.#handleOpen(opened);
    } catch (thrown) {
      this.#connecting = false;
      scope.abort(asError(thrown));
      // A connection that opens too late must not stay open.
      opening.then((late) => late.close()).catch(() => undefined);
      if (this.#closing.signal.aborted) return;
      onError(asError(thrown));
      this.#retryLater();
    }
  }

  #handleOpen(socket: StreamingSocket): void {
    this.#socket = socket;
    if (this.#stale || (this.#reconnectWanted && !this.#userSpeaking)) {
      // The settings or the audio have changed since this connection was requested.
      this.#stale = false;
      this.#reconnectWanted = false;
      this.#disconnect();
      this.open();
      return;
    }
    this.#openedAtMs = this.#options.clock.nowMs();
    for (const audio of this.#backlog.take()) this.send(audio);
    this.#keepAliveLater();
    if (this.connected) this.#options.onOpen?.();
  }

  #sendNow(socket: StreamingSocket, audio: InputAudioRawFrame): void {
    try {
      socket.send(audio);
      this.#keepAliveLater();
    } catch (thrown) {
      this.#handleLoss(socket, asError(thrown));
      this.send(audio);
    }
  }

  #handleLoss(socket: StreamingSocket | undefined, error: Error): void {
    if (socket === undefined || socket !== this.#socket) return;
    this.#disconnect();
    if (this.#options.clock.nowMs() - this.#openedAtMs >= STABLE_MS) this.#attempts = 0;
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
        this.#handleLoss(this.#socket, asError(thrown));
      }
    }, keepAliveMs);
  }
}
