import { randomBytes, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createRequire } from "node:module";
import type { Duplex } from "node:stream";

import { type WebSocket, WebSocketServer } from "ws";

import { systemClock } from "../../../util/clock.ts";
import { isLoopbackRequest } from "../../../util/loopback.ts";
import { DAILY_DOMAINS } from "../daily-domains.ts";
import { BRIDGE_PATHS, type Hello } from "./bridge-messages.ts";

const BROWSER_CODE = new URL("../../../../dist/browser/", import.meta.url);
const FILES: Readonly<Record<string, URL | string>> = {
  "/call-page.js": new URL("call-page.js", BROWSER_CODE),
  "/audio-worker.js": new URL("audio-worker.js", BROWSER_CODE),
  "/daily.js": createRequire(import.meta.url).resolve("@daily-co/daily-js"),
};

/** The largest picture that a page sends has 5.5 MB. */
const LARGEST_MESSAGE_BYTES = 8_388_608;
/** A socket that has not said who it is by then is closed. */
const HELLO_DEADLINE_MS = 10_000;

const PAGE = `<!doctype html><meta charset="utf-8"><title>tavus-transport call</title><script src="/daily.js"></script><script src="/call-page.js"></script>`;

/** What a call page may reach. Daily's error tracker is in neither list. */
const LOOPBACK_SOURCES = "http://127.0.0.1:* ws://127.0.0.1:* http://localhost:* ws://localhost:*";
const DAILY_SOURCES = DAILY_DOMAINS.map((domain) => `https://*.${domain} wss://*.${domain}`).join(" ");
const POLICY = [
  "default-src 'none'",
  `script-src 'self' 'unsafe-eval' ${DAILY_DOMAINS.map((domain) => `https://c.${domain}`).join(" ")}`,
  "worker-src 'self' blob:",
  `connect-src 'self' ${LOOPBACK_SOURCES} ${DAILY_SOURCES}`,
  "media-src 'self' blob: mediastream:",
].join("; ");

type OnSocket = (socket: WebSocket) => void;

/** The loopback server between Node and its call pages: the page's files, and sockets that each need a one-time token. */
export class BridgeServer {
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LARGEST_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  readonly #expected = new Map<string, { readonly path: string; readonly onSocket: OnSocket }>();

  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#serve(request, response);
    });
    this.#server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (!isLoopbackRequest(request.headers)) {
        socket.destroy();
        return;
      }
      this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
        this.#greet(request.url ?? "", webSocket);
      });
    });
  }

  static async start(): Promise<BridgeServer> {
    const bridge = new BridgeServer();
    await new Promise<void>((resolve, reject) => {
      bridge.#server.once("error", reject);
      bridge.#server.listen(0, "127.0.0.1", resolve);
    });
    return bridge;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get pageUrl(): string {
    return this.origin + BRIDGE_PATHS.page;
  }

  /** A token that opens one socket on that path, once. */
  expect(path: string, onSocket: OnSocket): string {
    const token = randomBytes(24).toString("base64url");
    this.#expected.set(token, { path, onSocket });
    return token;
  }

  /** A token that was not used and will not be. */
  forget(token: string): void {
    this.#expected.delete(token);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  #greet(path: string, socket: WebSocket): void {
    const impatience = systemClock.setTimeout(() => {
      socket.terminate();
    }, HELLO_DEADLINE_MS);
    socket.once("close", () => {
      systemClock.clearTimeout(impatience);
    });
    socket.once("message", (raw: Buffer) => {
      systemClock.clearTimeout(impatience);
      const onSocket = this.#redeem(path, raw);
      if (onSocket) onSocket(socket);
      else socket.terminate();
    });
    socket.on("error", () => {
      socket.terminate();
    });
  }

  #redeem(path: string, raw: Buffer): OnSocket | undefined {
    let hello: Partial<Hello>;
    try {
      hello = JSON.parse(raw.toString("utf8")) as Partial<Hello>;
    } catch {
      return undefined;
    }
    const given = Buffer.from(String(hello.token));
    for (const [token, { path: expectedPath, onSocket }] of this.#expected) {
      const wanted = Buffer.from(token);
      if (expectedPath === path && given.length === wanted.length && timingSafeEqual(given, wanted)) {
        this.#expected.delete(token);
        return onSocket;
      }
    }
    return undefined;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "/";
    if (!isLoopbackRequest(request.headers) || request.method !== "GET") {
      response.writeHead(403).end();
      return;
    }
    if (path === BRIDGE_PATHS.page) {
      response
        .writeHead(200, { "content-type": "text/html; charset=utf-8", "content-security-policy": POLICY })
        .end(PAGE);
      return;
    }
    const file = FILES[path];
    if (!file) {
      response.writeHead(404).end();
      return;
    }
    try {
      const code = await readFile(file);
      response.writeHead(200, { "content-type": "text/javascript; charset=utf-8" }).end(code);
    } catch {
      response.writeHead(500).end();
    }
  }
}
