import { ServiceError } from "../../pipeline/index.ts";
import type { Clock } from "../../util/clock.ts";
import { sleep } from "../../util/deadline.ts";
import { asError } from "../../util/errors.ts";
import { AbortScope } from "../abort-scope.ts";
import { openVendorSocket, type VendorSocket } from "../vendor/index.ts";
import { within } from "../work-bounds.ts";

const CONNECT_TIMEOUT_MS = 5000;
/** Pauses between attempts; after the last one the next text tries again. */
const PAUSES_MS: readonly number[] = [200, 500];
/** A connection that is lost sooner than this, without having spoken, counts as refused. */
const SHORT_MS = 5000;
const MAX_SHORT = 3;

/** Where to connect to. */
export interface SpeechEndpoint {
  /** The ws or wss URL, without any key. */
  readonly url: string;
  /** Headers of the handshake, with the key. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Options of a {@link SpeechConnection}. */
export interface SpeechConnectionOptions {
  /** Name of the vendor, which begins every error message. */
  readonly service: string;
  readonly clock: Clock;
  /** Keys that must not appear in errors. */
  readonly secrets: readonly string[];
  /** Called before every attempt. */
  readonly endpoint: () => SpeechEndpoint;
  /** Called with each message. Must not throw. */
  readonly onText: (text: string) => void;
  /** Called when an open connection is lost. */
  readonly onLost: (error: Error) => void;
  /** Called when connecting has failed and nothing waits for it. */
  readonly onError: (error: Error) => void;
}

type State =
  | { readonly type: "idle" }
  | { readonly type: "connecting"; readonly opened: Promise<VendorSocket>; readonly abort: AbortController }
  | { readonly type: "open"; readonly socket: VendorSocket; readonly sinceMs: number }
  | { readonly type: "closed" };

/**
 * Keeps one WebSocket to a text-to-speech vendor open, so that no sentence waits for a handshake. It connects ahead of
 * need and again after a loss, with pauses, at most three times; then the next text tries again. What the vendor refuses
 * for good is not tried again.
 */
export class SpeechConnection {
  readonly #options: SpeechConnectionOptions;
  #state: State = { type: "idle" };
  #waiting = 0;
  #shortConnections = 0;
  /** Whether the open connection has spoken, which proves its settings. */
  #proven = false;
  /** Why a connection was lost in the moment in which it opened. */
  #lostEarly: Error | undefined;

  constructor(options: SpeechConnectionOptions) {
    this.#options = options;
  }

  /** The open socket, if there is one. */
  get socket(): VendorSocket | undefined {
    return this.#state.type === "open" ? this.#state.socket : undefined;
  }

  /** Connects in the background, unless connected, connecting or closed. */
  warm(): void {
    if (this.#state.type === "idle") void this.#open().catch(() => undefined);
  }

  /** Returns the open socket, connecting first if necessary. Rejects when that fails or the signal aborts. */
  async get(signal: AbortSignal): Promise<VendorSocket> {
    if (this.#state.type === "open") return this.#state.socket;
    this.#waiting++;
    try {
      const { clock, service } = this.#options;
      const what = `Connecting to ${service}`;
      const timeoutMs = CONNECT_TIMEOUT_MS * (PAUSES_MS.length + 2);
      return await within(this.#open(), { clock, signal, timeoutMs, what });
    } finally {
      this.#waiting--;
    }
  }

  /** Notes that the vendor has spoken over the connection. */
  noteSpoken(): void {
    this.#proven = true;
    this.#shortConnections = 0;
  }

  /** Replaces the connection, for example after a change of settings. */
  replace(): void {
    if (this.#state.type === "closed") return;
    this.#drop({ type: "idle" });
    this.#shortConnections = 0;
    this.warm();
  }

  /** Closes the connection for good. Idempotent. */
  close(): void {
    this.#drop({ type: "closed" });
  }

  #drop(next: State): void {
    const state = this.#state;
    this.#state = next;
    if (state.type === "open") state.socket.close();
    if (state.type === "connecting") state.abort.abort(new Error("The connection was closed."));
  }

  #open(): Promise<VendorSocket> {
    const state = this.#state;
    if (state.type === "open") return Promise.resolve(state.socket);
    if (state.type === "connecting") return state.opened;
    if (state.type === "closed") return Promise.reject(new Error("The service has been closed."));
    const abort = new AbortController();
    const opened = this.#connect(abort.signal);
    const connecting: State = { type: "connecting", opened, abort };
    this.#state = connecting;
    opened.then(
      (socket) => {
        if (this.#state !== connecting) {
          socket.close();
          return;
        }
        this.#proven = false;
        this.#state = { type: "open", socket, sinceMs: this.#options.clock.nowMs() };
        const lost = this.#lostEarly;
        this.#lostEarly = undefined;
        if (lost) this.#lost(socket, lost);
      },
      (thrown: unknown) => {
        if (this.#state !== connecting) return;
        this.#state = { type: "idle" };
        if (this.#waiting === 0) this.#options.onError(asError(thrown));
      },
    );
    return opened;
  }

  async #connect(signal: AbortSignal): Promise<VendorSocket> {
    for (const pauseMs of PAUSES_MS) {
      try {
        return await this.#attempt(signal);
      } catch (thrown) {
        if (signal.aborted || (thrown instanceof ServiceError && !thrown.retryable)) throw thrown;
        await sleep(this.#options.clock, pauseMs, signal);
      }
    }
    return this.#attempt(signal);
  }

  async #attempt(signal: AbortSignal): Promise<VendorSocket> {
    const { service, clock, secrets, endpoint, onText } = this.#options;
    using scope = new AbortScope(signal);
    let socket: VendorSocket | undefined;
    const onLost = (error: Error): void => this.#lost(socket, error);
    const opening = openVendorSocket({
      ...{ service, clock, secrets, ...endpoint(), onText, onLost },
      signal: scope.signal,
    });
    try {
      const what = `Connecting to ${service}`;
      socket = await within(opening, { clock, signal: scope.signal, timeoutMs: CONNECT_TIMEOUT_MS, what });
      return socket;
    } catch (thrown) {
      scope.abort(asError(thrown));
      // A connection that opens too late must not stay open.
      opening.then((late) => late.close()).catch(() => undefined);
      throw thrown;
    }
  }

  #lost(socket: VendorSocket | undefined, error: Error): void {
    const state = this.#state;
    if (state.type === "connecting") this.#lostEarly = error;
    if (state.type !== "open" || state.socket !== socket) return;
    this.#state = { type: "idle" };
    const { clock, service, onLost } = this.#options;
    const isShort = !this.#proven && clock.nowMs() - state.sinceMs < SHORT_MS;
    this.#shortConnections = isShort ? this.#shortConnections + 1 : 0;
    if (this.#shortConnections < MAX_SHORT) {
      onLost(error);
      this.warm();
      return;
    }
    this.#shortConnections = 0;
    const message = `${service} ended ${MAX_SHORT} connections in a row within ${SHORT_MS / 1000} s. ${error.message}`;
    onLost(new ServiceError(message, { category: "server", permanent: true, cause: error }));
  }
}
