import type { Readable, Writable } from "node:stream";

type Fields = Readonly<Record<string, unknown>>;

/** What happened in a target (of which session), or in the browser itself. */
export interface DevToolsEvent {
  readonly method: string;
  readonly params: Fields;
  readonly sessionId?: string;
}

interface Message extends Partial<DevToolsEvent> {
  readonly id?: number;
  readonly result?: Fields;
  readonly error?: { readonly message: string };
}

interface Request {
  readonly sessionId: string | undefined;
  resolve(result: Fields): void;
  reject(error: Error): void;
}

/**
 * A client of Chromium's DevTools protocol, over its pipes: JSON messages, each followed by a zero byte. It enables no
 * domain by itself, least of all `Network`, which would send every message of every WebSocket here a second time.
 */
export class DevTools {
  readonly #input: Writable;
  readonly #requests = new Map<number, Request>();
  readonly #listeners = new Set<(event: DevToolsEvent) => void>();
  #parts: Buffer[] = [];
  #nextId = 1;
  #ended: Error | undefined;

  constructor(input: Writable, output: Readable) {
    this.#input = input;
    // A browser that is gone also ends the output, or exits.
    input.on("error", () => undefined);
    output.on("error", () => undefined);
    output.on("data", (chunk: Buffer) => {
      this.#read(chunk);
    });
  }

  /** Sends a command to the browser, or to the target of a session. Rejects with what the browser says. */
  send(method: string, params: Fields = {}, sessionId?: string): Promise<Fields> {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = this.#nextId++;
    this.#input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => {
      this.#requests.set(id, { sessionId, resolve, reject });
    });
  }

  /** Calls the listener with every event. Returns what removes it. */
  listen(listener: (event: DevToolsEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The browser is gone, or the target of that session (a crashed one never answers): rejects what waits for an answer. */
  end(error: Error, sessionId?: string): void {
    if (sessionId === undefined) this.#ended ??= error;
    for (const [id, request] of this.#requests) {
      if (sessionId !== undefined && request.sessionId !== sessionId) continue;
      this.#requests.delete(id);
      request.reject(error);
    }
  }

  #read(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(0); end >= 0; end = chunk.indexOf(0, start)) {
      const text = Buffer.concat([...this.#parts, chunk.subarray(start, end)]).toString("utf8");
      this.#parts = [];
      start = end + 1;
      this.#receive(JSON.parse(text) as Message);
    }
    if (start < chunk.length) this.#parts.push(chunk.subarray(start));
  }

  #receive({ id, method, params = {}, sessionId, result = {}, error }: Message): void {
    if (method !== undefined) {
      const event = { method, params, ...(sessionId !== undefined && { sessionId }) };
      for (const listener of this.#listeners) listener(event);
    }
    if (id === undefined) return;
    const request = this.#requests.get(id);
    this.#requests.delete(id);
    if (error) request?.reject(new Error(error.message));
    else request?.resolve(result);
  }
}
