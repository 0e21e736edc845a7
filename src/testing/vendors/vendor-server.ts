import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";

import { type Clock, systemClock } from "../../util/clock.ts";
import { FaultGate } from "./fault-gate.ts";
import { type VendorFault, VendorFaults } from "./vendor-faults.ts";

/** Recorded requests are dropped from the front beyond this number. */
const MAX_RECORDED = 10_000;
/** The code of a WebSocket that ended without a close frame. */
const BROKEN = 1006;
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** What a fake vendor has seen of one request or WebSocket. */
export interface VendorRequest {
  /** "GET", "POST", or "WS" for a WebSocket. */
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
  /** The query of the URL. */
  readonly query: URLSearchParams;
  /** Headers, with names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Body of an HTTP request. */
  readonly body: Buffer;
  /** Text messages received over the WebSocket, in order. */
  readonly texts: readonly string[];
  /** Number of bytes received in binary messages. */
  readonly receivedBytes: number;
  /** Whether the request or connection is over. */
  readonly over: boolean;
  /** Whether the client ended it before the vendor had finished. Meaningful once `over`. */
  readonly abortedByClient: boolean;
  /** When it was over, on the server's clock, in milliseconds; undefined before. */
  readonly overAtMs: number | undefined;
}

/** An HTTP answer of a fake vendor. */
export interface VendorAnswer {
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
  /** Answers with a status and JSON, whole. */
  json(status: number, body: unknown, headers?: Readonly<Record<string, string>>): void;
  /** Begins a streamed answer of status 200. */
  begin(contentType: string): void;
  /** Sends a piece of a streamed answer. Resolves once it has left, or when the client is gone. */
  write(piece: string | Uint8Array): Promise<void>;
  /** Ends a streamed answer. */
  end(): Promise<void>;
}

/** A WebSocket connection of a client, as a fake vendor sees it. */
export interface VendorConnection {
  /** The handshake and what has arrived since. */
  readonly request: VendorRequest;
  /** Aborts when the connection is over. */
  readonly signal: AbortSignal;
  /** Sends a message as JSON. */
  sendJson(message: object): Promise<void>;
  /** Sends a binary message. */
  sendBytes(bytes: Uint8Array): Promise<void>;
  /** Closes the connection after what was sent before. */
  close(code?: number, reason?: string): Promise<void>;
}

/** How a fake vendor takes what arrives on one connection. */
export interface ConnectionHandlers {
  /** Takes a text message. */
  text?(text: string): void;
  /** Takes a binary message. */
  bytes?(bytes: Buffer): void;
  /** Called when the connection is over. */
  closed?(): void;
}

/** What a fake vendor serves. */
export interface VendorRoutes {
  /**
   * Name of the header with the key, in lower case, and the value it must have. Other requests receive a 401. Undefined
   * for a server that needs no key.
   */
  readonly authorization: { readonly header: string; readonly value: string } | undefined;
  /** The body of the 401, as the vendor writes it. */
  readonly unauthorizedBody: object;
  /** Refuses a request or a handshake because of what it asks for. Called for those with the right key. */
  refuse?(request: VendorRequest): VendorRefusal | undefined;
  /** Answers an HTTP request. Returns false if there is no such path, which answers 404. */
  request?(request: VendorRequest, answer: VendorAnswer): boolean;
  /** Accepts a WebSocket on a path, or returns undefined if there is none, which answers 404. */
  connection?(connection: VendorConnection): ConnectionHandlers | undefined;
}

/** How a fake vendor refuses a request or a handshake. */
export interface VendorRefusal {
  /** The HTTP status. */
  readonly status: number;
  /** The body, as JSON. Default: empty. */
  readonly body?: object;
  /** Further headers, such as `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Options of a fake vendor. */
export interface VendorServerOptions {
  /** Clock for delays. Default: the machine's. */
  readonly clock?: Clock;
  /** Splits what is streamed over HTTP into pieces of this many bytes. Default: not split. */
  readonly fragmentBytes?: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * A local HTTP and WebSocket server on 127.0.0.1 that stands in for a vendor: it records requests, requires the key, and
 * applies faults. The fakes of the vendors are made of it; use it for a vendor of your own.
 */
export class VendorServer implements AsyncDisposable {
  /** Faults of the requests and connections to come. */
  readonly faults = new VendorFaults();
  readonly #routes: VendorRoutes;
  readonly #clock: Clock;
  readonly #fragmentBytes: number | undefined;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  readonly #requests: Mutable<VendorRequest>[] = [];

  private constructor(routes: VendorRoutes, options: VendorServerOptions) {
    this.#routes = routes;
    this.#clock = options.clock ?? systemClock;
    this.#fragmentBytes = options.fragmentBytes;
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Starts a server on a free port. */
  static async start(routes: VendorRoutes, options: VendorServerOptions = {}): Promise<VendorServer> {
    const server = new VendorServer(routes, options);
    await new Promise<void>((resolve, reject) => {
      server.#server.once("error", reject);
      server.#server.listen(0, "127.0.0.1", resolve);
    });
    return server;
  }

  /** The server's http URL, without a trailing slash. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The server's ws URL, without a trailing slash. */
  get wsUrl(): string {
    return this.url.replace("http", "ws");
  }

  /** The requests and connections so far, oldest first. */
  get requests(): readonly VendorRequest[] {
    return this.#requests;
  }

  /** Number of requests and connections that are not over. */
  get openCount(): number {
    return this.#requests.filter(({ over }) => !over).length;
  }

  /** Breaks all connections and stops. Idempotent. */
  async close(): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate();
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = this.#record(incoming, incoming.method ?? "GET");
    const faults = this.faults.take();
    const gone = new AbortController();
    let finished = false;
    const gate = this.#newGate(faults, {
      send: (data) => void response.write(data),
      close: () => response.destroy(),
      destroy: () => response.destroy(),
    });
    response.on("error", () => undefined);
    response.once("close", () => {
      gone.abort(new Error("the client is gone"));
      gate.end();
      this.#over(request, !response.writableFinished && !finished);
    });
    try {
      request.body = await readBody(incoming);
    } catch {
      response.destroy();
      return;
    }
    const refusal = this.#findRefusal(request, faults);
    if (refusal) {
      writeRefusal(response, refusal);
      return;
    }
    gate.open();
    const answer: VendorAnswer = {
      signal: gone.signal,
      json: (status, body, headers) => {
        void gate.finish(() => {
          response.writeHead(status, { "content-type": "application/json", ...headers });
          response.end(JSON.stringify(body));
        });
      },
      begin: (contentType) => {
        response.writeHead(200, { "content-type": contentType });
        response.flushHeaders();
      },
      write: (piece) => this.#writeFragments(gate, piece),
      end: () =>
        gate.finish(() => {
          finished = true;
          response.end();
        }),
    };
    if (this.#routes.request?.(request, answer) !== true)
      answer.json(404, { error: { message: `There is no ${request.path}.` } });
  }

  #upgrade(incoming: IncomingMessage, duplex: Duplex, head: Buffer): void {
    duplex.on("error", () => duplex.destroy());
    const request = this.#record(incoming, "WS");
    const faults = this.faults.take();
    const refusal = this.#findRefusal(request, faults);
    if (refusal) {
      this.#over(request, false);
      refuse(duplex, refusal);
      return;
    }
    const gone = new AbortController();
    let socket: WebSocket | undefined;
    let closedByVendor = false;
    const close = (code: number, reason: string): void => {
      closedByVendor = true;
      socket?.close(code, reason);
    };
    const gate = this.#newGate(faults, {
      send: (data) => socket?.send(data),
      close,
      destroy: () => duplex.destroy(),
    });
    const handlers = this.#routes.connection?.({
      request,
      signal: gone.signal,
      sendJson: (message) => gate.send(JSON.stringify(message)),
      sendBytes: (bytes) => gate.send(bytes),
      close: (code = 1000, reason = "") => gate.finish(() => close(code, reason)),
    });
    if (!handlers) {
      this.#over(request, false);
      refuse(duplex, { status: 404, body: { error: `There is no ${request.path}.` } });
      return;
    }
    this.#sockets.handleUpgrade(incoming, duplex, head, (opened) => {
      socket = opened;
      opened.on("error", () => undefined);
      opened.on("message", (data, isBinary) => this.#receive(request, handlers, data, isBinary));
      opened.on("close", (code) => {
        gone.abort(new Error("the connection is over"));
        gate.end();
        // 1006: broken, without a close frame.
        this.#over(request, code !== BROKEN && !closedByVendor);
        handlers.closed?.();
      });
      if (faults.some(({ type }) => type === "stopReading")) duplex.pause();
      gate.open();
    });
  }

  #receive(request: Mutable<VendorRequest>, handlers: ConnectionHandlers, data: RawData, isBinary: boolean): void {
    const bytes = data as Buffer;
    if (isBinary) {
      request.receivedBytes += bytes.length;
      handlers.bytes?.(bytes);
      return;
    }
    const text = bytes.toString("utf8");
    (request.texts as string[]).push(text);
    handlers.text?.(text);
  }

  #newGate(faults: readonly VendorFault[], connection: ConstructorParameters<typeof FaultGate>[1]): FaultGate {
    return new FaultGate(faults, connection, this.#clock);
  }

  async #writeFragments(gate: FaultGate, piece: string | Uint8Array): Promise<void> {
    const bytes = typeof piece === "string" ? Buffer.from(piece) : piece;
    const size = this.#fragmentBytes ?? bytes.length;
    for (let at = 0; at < bytes.length; at += size) await gate.send(bytes.subarray(at, at + size));
  }

  #findRefusal(request: VendorRequest, faults: readonly VendorFault[]): VendorRefusal | undefined {
    const { authorization, unauthorizedBody } = this.#routes;
    if (authorization !== undefined && request.headers[authorization.header] !== authorization.value)
      return { status: 401, body: unauthorizedBody };
    return faults.find((fault) => fault.type === "refuse") ?? this.#routes.refuse?.(request);
  }

  #record(incoming: IncomingMessage, method: string): Mutable<VendorRequest> {
    const url = new URL(incoming.url ?? "/", this.url);
    const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)] as const);
    const request: Mutable<VendorRequest> = {
      method,
      path: url.pathname,
      query: url.searchParams,
      headers: Object.fromEntries(headers),
      body: Buffer.alloc(0),
      texts: [],
      receivedBytes: 0,
      over: false,
      abortedByClient: false,
      overAtMs: undefined,
    };
    this.#requests.push(request);
    if (this.#requests.length > MAX_RECORDED) this.#requests.shift();
    return request;
  }

  #over(request: Mutable<VendorRequest>, abortedByClient: boolean): void {
    if (request.over) return;
    request.over = true;
    request.abortedByClient = abortedByClient;
    request.overAtMs = this.#clock.nowMs();
  }
}

function writeRefusal(response: ServerResponse, { status, body, headers }: VendorRefusal): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(body === undefined ? "" : JSON.stringify(body));
}

/** Refuses a handshake with a status and a body, as vendors explain themselves. */
function refuse(duplex: Duplex, { status, body, headers }: VendorRefusal): void {
  const text = body === undefined ? "" : JSON.stringify(body);
  const lines = [
    `HTTP/1.1 ${status} Refused`,
    "connection: close",
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(text)}`,
    ...Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}`),
  ];
  duplex.end(`${lines.join("\r\n")}\r\n\r\n${text}`, () => duplex.destroy());
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of incoming as AsyncIterable<Buffer>) {
    sizeBytes += part.length;
    if (sizeBytes > MAX_BODY_BYTES) throw new Error("The body is too large.");
    parts.push(part);
  }
  return Buffer.concat(parts);
}
