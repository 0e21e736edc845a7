import type { ErrorCategory } from "../../frames/index.ts";
import type { ServiceError } from "../../pipeline/index.ts";
import type { Clock } from "../../util/clock.ts";
import { deferred } from "../../util/deadline.ts";
import { createVendorError, openVendorSocket, type VendorSocket } from "../vendor/index.ts";

/** The only sample rate of realtime sessions, in Hz. */
export const REALTIME_SAMPLE_RATE = 24_000;
/** Audio is sent in blocks of 50 ms: smaller ones are mostly envelope. */
const BLOCK_SAMPLES = REALTIME_SAMPLE_RATE / 20;

/** An event of the server, as far as it is known to be one. */
export interface RealtimeEvent {
  readonly type: string;
  readonly item_id?: unknown;
  readonly delta?: unknown;
  readonly transcript?: unknown;
  readonly languages?: unknown;
  readonly error?: unknown;
}

/** Options of {@link openRealtimeSession}. */
export interface RealtimeSessionOptions {
  /** Name of the service, for errors. */
  readonly service: string;
  /** The wss URL with its query. */
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly clock: Clock;
  /** Gives up when it aborts. It has no effect on an open session. */
  readonly signal: AbortSignal;
  /** The `session` of the `session.update`. */
  readonly session: object;
  /** Called with every event once the session is open. */
  readonly onEvent: (event: RealtimeEvent) => void;
  /** Called once when an open session is lost. */
  readonly onLost: (error: Error) => void;
}

/** An open transcription session. */
export class RealtimeSession {
  readonly #socket: VendorSocket;
  #parts: Int16Array[] = [];
  #samples = 0;

  constructor(socket: VendorSocket) {
    this.#socket = socket;
  }

  /** Adds mono audio at 24 kHz to the speech. */
  append(pcm: Int16Array): void {
    this.#parts.push(pcm);
    this.#samples += pcm.length;
    if (this.#samples >= BLOCK_SAMPLES) this.#send();
  }

  /** Ends the speech: its transcription begins, or continues to its end. */
  commit(): void {
    this.#send();
    this.#socket.sendJson({ type: "input_audio_buffer.commit" });
  }

  /** Drops the speech so far. */
  clear(): void {
    this.#parts = [];
    this.#samples = 0;
    this.#socket.sendJson({ type: "input_audio_buffer.clear" });
  }

  close(): void {
    this.#socket.close();
  }

  #send(): void {
    if (this.#samples === 0) return;
    const bytes = Buffer.alloc(this.#samples * 2);
    let at = 0;
    for (const pcm of this.#parts) for (const sample of pcm) at = bytes.writeInt16LE(sample, at);
    this.#parts = [];
    this.#samples = 0;
    this.#socket.sendJson({ type: "input_audio_buffer.append", audio: bytes.toString("base64") });
  }
}

/** Opens a session and configures it. Rejects with a ServiceError when the vendor refuses the connection or the settings. */
export async function openRealtimeSession(options: RealtimeSessionOptions): Promise<RealtimeSession> {
  const { service, url, apiKey, clock, signal, session, onEvent, onLost } = options;
  const secrets = apiKey === undefined ? [] : [apiKey];
  const ready = deferred<undefined>();
  let isOpen = false;
  // What arrives in the same packet as the handshake waits until there is a socket to answer on.
  const early: RealtimeEvent[] = [];
  let receive = (event: RealtimeEvent): void => void early.push(event);
  const socket = await openVendorSocket({
    ...{ service, url, secrets, clock, signal },
    headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
    onText: (text) => {
      const event = readEvent(text);
      if (event) receive(event);
      // It may have been the one that is waited for.
      else if (!isOpen)
        ready.reject(createVendorError({ service, what: "sent a message that cannot be read", secrets }));
    },
    onLost: (error) => {
      if (isOpen) onLost(error);
      else ready.reject(error);
    },
  });
  receive = (event) => {
    if (isOpen) onEvent(event);
    else if (event.type === "session.created") socket.sendJson({ type: "session.update", session });
    else if (event.type === "session.updated") ready.resolve(undefined);
    else if (event.type === "error")
      ready.reject(toRealtimeError(event.error, service, secrets, "refused the session"));
  };
  const onAbort = (): void => ready.reject(signal.reason as Error);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    signal.throwIfAborted();
    for (const event of early) receive(event);
    await ready.promise;
    isOpen = true;
    return new RealtimeSession(socket);
  } catch (thrown) {
    socket.close();
    throw thrown;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Categories of the vendor's codes and types. Whatever else it reports is taken for a failure of its own. */
const CATEGORIES: ReadonlyMap<unknown, ErrorCategory> = new Map<unknown, ErrorCategory>([
  ["invalid_api_key", "authentication"],
  ["authentication_error", "authentication"],
  ["insufficient_quota", "quota"],
  ["rate_limit_exceeded", "rateLimit"],
  ["rate_limit_error", "rateLimit"],
  ["invalid_request_error", "invalidRequest"],
]);

/** Converts what is in an `error` of the vendor. */
export function toRealtimeError(
  reported: unknown,
  service: string,
  secrets: readonly string[],
  what: string,
  permanent?: boolean,
): ServiceError {
  const { code, type, message } = (reported ?? {}) as Readonly<Record<string, unknown>>;
  const category = CATEGORIES.get(code) ?? CATEGORIES.get(type) ?? "server";
  const reason = typeof message === "string" ? message : undefined;
  // A refused event says nothing about the next one; a refused key does.
  return createVendorError({
    ...{ service, what, category, reason, secrets },
    permanent: category === "invalidRequest" ? permanent : undefined,
  });
}

function readEvent(text: string): RealtimeEvent | undefined {
  try {
    const event = JSON.parse(text) as Partial<RealtimeEvent> | null;
    return typeof event?.type === "string" ? (event as RealtimeEvent) : undefined;
  } catch {
    return undefined;
  }
}
