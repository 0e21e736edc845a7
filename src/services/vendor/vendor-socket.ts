import type { IncomingMessage } from "node:http";
import { type RawData, WebSocket } from "ws";

import type { Clock, TimerHandle } from "../../util/clock.ts";
import { DeadlineError } from "../../util/errors.ts";
import { createVendorError } from "./vendor-error.ts";

/** A peer that has not taken what was sent for this long has stalled: audio sent to it would only pile up. */
const SEND_TIMEOUT_MS = 5000;
/** How long the peer may take to answer a close. */
const CLOSE_TIMEOUT_MS = 2000;
/** How long the body of a refused handshake may take. */
const REASON_TIMEOUT_MS = 2000;
const MAX_REASON_BYTES = 4096;
/** A message of a vendor may hold seconds of base64 audio. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
const NORMAL_CLOSURE = 1000;

/** Options of {@link openVendorSocket}. */
export interface VendorSocketOptions {
  /** Name of the service, which begins every error message. */
  readonly service: string;
  /** The ws or wss URL. Must not contain a key. */
  readonly url: string;
  /** Headers of the handshake, such as the one with the key. */
  readonly headers: Readonly<Record<string, string>>;
  /** Keys that must not appear in errors. */
  readonly secrets: readonly string[];
  readonly clock: Clock;
  /** Gives up the handshake when it aborts. It has no effect on an open connection. */
  readonly signal: AbortSignal;
  /** Called with each text message. Must not throw. */
  readonly onText: (text: string) => void;
  /** Called with each binary message. Default: ignored. */
  readonly onBytes?: (bytes: Uint8Array) => void;
  /** Called once when an open connection is lost, but not after `close`. */
  readonly onLost: (error: Error, closeCode: number | undefined) => void;
}

/** An open WebSocket to a vendor. */
export interface VendorSocket {
  /** Sends a message as JSON. Ignored when the connection is no longer open: `onLost` reports that. */
  sendJson(message: object): void;
  /** Sends binary data. The view must not change until it has been sent. Ignored when the connection is not open. */
  sendBytes(bytes: Uint8Array): void;
  /** Number of bytes that have not left this process. */
  readonly bufferedBytes: number;
  /**
   * Closes the connection; `onLost` is not called any more. Messages that were sent before still leave. Terminates a peer
   * that does not answer within 2 s. Idempotent.
   */
  close(): void;
}

/**
 * Opens a WebSocket with the key in a header. Rejects with a ServiceError when the vendor refuses the handshake (its
 * category is that of the HTTP status, and its message has the vendor's reason), and with the signal's reason when that
 * aborts. The caller bounds the wait with `signal`.
 */
export function openVendorSocket(options: VendorSocketOptions): Promise<VendorSocket> {
  const { service, url, headers, secrets, clock, signal } = options;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    // Compression would cost time for audio, which it cannot shrink.
    const socket = new WebSocket(url, { headers, perMessageDeflate: false, maxPayload: MAX_MESSAGE_BYTES });
    const fail = (error: Error): void => {
      signal.removeEventListener("abort", onAbort);
      reject(error);
      socket.terminate();
    };
    const onAbort = (): void => fail(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    // Remains until the end: a socket without an error listener ends the process.
    socket.on("error", (thrown) => {
      const failure = { service, what: "is unreachable", category: "connectivity" as const, secrets, cause: thrown };
      fail(createVendorError({ ...failure, reason: thrown.message }));
    });
    socket.on("unexpected-response", (_request, response) => {
      void readReason(response, clock).then((reason) => {
        const status = response.statusCode;
        fail(createVendorError({ service, what: "refused the connection", status, reason, secrets }));
      });
    });
    socket.once("open", () => {
      signal.removeEventListener("abort", onAbort);
      resolve(new OpenSocket(socket, options));
    });
  });
}

class OpenSocket implements VendorSocket {
  readonly #socket: WebSocket;
  readonly #options: VendorSocketOptions;
  #closing = false;
  #unsent = 0;
  #sendTimer: TimerHandle;
  #closeTimer: TimerHandle;

  constructor(socket: WebSocket, options: VendorSocketOptions) {
    this.#socket = socket;
    this.#options = options;
    const { onText, onBytes } = options;
    socket.on("message", (data, isBinary) => {
      if (this.#closing) return;
      const bytes = toBytes(data);
      if (isBinary) onBytes?.(bytes);
      else onText(bytes.toString("utf8"));
    });
    socket.on("error", (error) => this.#lost(error.message, undefined, error));
    socket.on("close", (code, reason) => {
      options.clock.clearTimeout(this.#sendTimer);
      options.clock.clearTimeout(this.#closeTimer);
      this.#lost(reason.toString("utf8"), code);
    });
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  sendJson(message: object): void {
    this.#send(JSON.stringify(message));
  }

  sendBytes(bytes: Uint8Array): void {
    this.#send(bytes);
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    const { clock } = this.#options;
    clock.clearTimeout(this.#sendTimer);
    this.#socket.close(NORMAL_CLOSURE);
    this.#closeTimer = clock.setTimeout(() => this.#socket.terminate(), CLOSE_TIMEOUT_MS);
  }

  #send(data: string | Uint8Array): void {
    if (this.#closing || this.#socket.readyState !== WebSocket.OPEN) return;
    this.#unsent++;
    if (this.#unsent === 1) this.#watch();
    this.#socket.send(data, () => {
      this.#unsent--;
      this.#options.clock.clearTimeout(this.#sendTimer);
      if (this.#unsent > 0 && !this.#closing) this.#watch();
    });
  }

  #watch(): void {
    const { clock, service } = this.#options;
    this.#sendTimer = clock.setTimeout(() => {
      this.#lost("", undefined, new DeadlineError(`Sending to ${service}`, SEND_TIMEOUT_MS));
    }, SEND_TIMEOUT_MS);
  }

  #lost(reason: string, closeCode: number | undefined, cause?: Error): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#options.clock.clearTimeout(this.#sendTimer);
    this.#socket.terminate();
    const { service, secrets, onLost } = this.#options;
    if (cause instanceof DeadlineError) {
      onLost(cause, undefined);
      return;
    }
    const what = closeCode === undefined ? "lost the connection" : `closed the connection with code ${closeCode}`;
    onLost(createVendorError({ service, what, category: "connectivity", reason, secrets, cause }), closeCode);
  }
}

/** Reads the vendor's explanation of a refused handshake, within bounds. Never rejects. */
async function readReason(response: IncomingMessage, clock: Clock): Promise<string> {
  const timer = clock.setTimeout(() => response.destroy(), REASON_TIMEOUT_MS);
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      parts.push(part);
      sizeBytes += part.length;
      if (sizeBytes >= MAX_REASON_BYTES) break;
    }
  } catch {
    // What has arrived is better than nothing.
  } finally {
    clock.clearTimeout(timer);
  }
  return toReason(Buffer.concat(parts).toString("utf8", 0, MAX_REASON_BYTES));
}

/** The message in a JSON body, wherever vendors put it; else the body itself. */
export function toReason(body: string): string {
  try {
    const { error, message, err_msg, detail, title } = JSON.parse(body) as Readonly<Record<string, unknown>>;
    const nested = [error, detail].map((value) => (value as { message?: unknown } | null | undefined)?.message);
    const found = [message, err_msg, ...nested, error, detail, title].find((value) => typeof value === "string");
    return typeof found === "string" ? found : body;
  } catch {
    return body;
  }
}

function toBytes(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
