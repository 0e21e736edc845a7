import type { Clock, TimerHandle } from "../../../util/clock.ts";
import type { VendorConnection } from "../vendor-server.ts";

/** How the recogniser's end of a connection behaves. */
export interface ListenChannelOptions {
  readonly clock: Clock;
  /** Without audio or another message for this long, the connection is closed. */
  readonly idleTimeoutMs: number;
  /** How long each message takes. */
  readonly latencyMs: number;
}

/** The recogniser's end of a connection: it answers late, and closes a connection that has gone quiet. */
export class ListenChannel {
  readonly #connection: VendorConnection;
  readonly #options: ListenChannelOptions;
  #idleTimer: TimerHandle;
  #open = true;

  constructor(connection: VendorConnection, options: ListenChannelOptions) {
    this.#connection = connection;
    this.#options = options;
    this.noteActivity();
  }

  /** Whether messages of the client still count. */
  get open(): boolean {
    return this.#open;
  }

  send(message: object): void {
    this.#later(() => void this.#connection.sendJson(message));
  }

  /** Closes the connection after what was sent before. */
  close(code: number, reason: string): void {
    this.end();
    this.#later(() => void this.#connection.close(code, reason));
  }

  /** The client is alive: the connection stays open. */
  noteActivity(): void {
    const { clock, idleTimeoutMs } = this.#options;
    clock.clearTimeout(this.#idleTimer);
    const reason = "NET-0001: no audio and no text message arrived within the timeout window.";
    this.#idleTimer = clock.setTimeout(() => this.close(1011, reason), idleTimeoutMs);
  }

  /** Stops timers. */
  end(): void {
    this.#open = false;
    this.#options.clock.clearTimeout(this.#idleTimer);
  }

  #later(action: () => void): void {
    const { clock, latencyMs } = this.#options;
    if (latencyMs === 0) action();
    else clock.setTimeout(action, latencyMs);
  }
}

/** A message of the client; undefined when it is no JSON object. */
export function parseMessage(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const message: unknown = JSON.parse(text);
    return typeof message === "object" && message !== null ? (message as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
