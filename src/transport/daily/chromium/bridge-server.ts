import { randomBytes, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createRequire } from "node:module";
import type { Duplex } from "node:stream";

import { type WebSocket, WebSocketServer } from "ws";

import { isLoopbackRequest } from "../../../util/loopback.ts";
import { refuseUpgrade, requestPath } from "../../../util/upgrade.ts";
import { DAILY_DOMAINS } from "../daily-domains.ts";
import { BRIDGE_PATHS } from "./bridge-messages.ts";
import { DAILY_PLACE } from "./place.ts";

const BROWSER_CODE = new URL("../../../../dist/browser/", import.meta.url);
const FILES: Readonly<Record<string, URL | string>> = {
  "/call-page.js": new URL("call-page.js", BROWSER_CODE),
  "/audio-worker.js": new URL("audio-worker.js", BROWSER_CODE),
  "/daily.js": createRequire(import.meta.url).resolve("@daily-co/daily-js"),
};

/** The largest picture of a page has 5.5 MB. */
const LARGEST_MESSAGE_BYTES = 8_388_608;

/** The documents: a page, whose frames are calls, and such a call. */
const DOCUMENTS = {
  page: `<!doctype html><meta charset="utf-8"><title>tavus-transport calls</title><body><script src="/call-page.js"></script>`,
  call: `<!doctype html><meta charset="utf-8"><title>tavus-transport call</title><script src="/daily.js"></script><script src="/call-page.js"></script>`,
} as const;
type DocumentKind = keyof typeof DOCUMENTS;

const DAILY_SOURCES = DAILY_DOMAINS.flatMap((domain) => [`https://*.${domain}`, `wss://*.${domain}`]).join(" ");
const DAILY_SCRIPTS = DAILY_DOMAINS.map((domain) => `https://c.${domain}`).join(" ");
const asSockets = (origin: string): string => origin.replace(/^http/, "ws");

/**
 * What a document may reach: the bridge, and either the one local room that it is for, or Daily. One for a remote room never
 * reaches other ports of this machine, and none reaches Daily's error tracker. daily-js evaluates its call machine, hence
 * `unsafe-eval`.
 */
function contentPolicy(kind: DocumentKind, bridgeOrigin: string, place: string): string {
  const isDaily = place === DAILY_PLACE;
  const reachable = isDaily ? DAILY_SOURCES : `${place} ${asSockets(place)}`;
  return [
    "default-src 'none'",
    `script-src 'self' 'unsafe-eval'${isDaily ? ` ${DAILY_SCRIPTS}` : ""}`,
    "worker-src 'self' blob:",
    `connect-src 'self' ${asSockets(bridgeOrigin)} ${reachable}`,
    "media-src 'self' blob: mediastream:",
    ...(kind === "page" ? ["frame-src 'self'", "frame-ancestors 'none'"] : ["frame-ancestors 'self'"]),
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

type OnSocket = (socket: WebSocket) => void;

/**
 * The loopback server between Node and its call pages: the page's files, and sockets that each need a one-time token. The
 * token is the socket's subprotocol, the one header that a page may choose: it is in no URL, and a stranger is rejected
 * before it has a WebSocket to send anything.
 */
export class BridgeServer {
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LARGEST_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  readonly #expected = new Map<string, { readonly path: string; readonly onSocket: OnSocket }>();
  /** By path. */
  readonly #documents = new Map<string, { readonly kind: DocumentKind; readonly place: string }>();

  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#serve(request, response);
    });
    this.#server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const onSocket = isLoopbackRequest(request.headers) ? this.#redeem(request) : undefined;
      if (!onSocket) {
        refuseUpgrade(socket);
        return;
      }
      this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
        // Without a listener an error of the socket would end the process. A close event follows.
        webSocket.on("error", () => {
          webSocket.terminate();
        });
        onSocket(webSocket);
      });
    });
  }

  static async start(): Promise<BridgeServer> {
    const bridge = new BridgeServer();
    await new Promise<void>((resolve, reject) => {
      bridge.#server.once("error", reject);
      bridge.#server.listen(0, "127.0.0.1", resolve);
    });
    // The browser keeps this process from ending while there are calls; connections do not, least of all idle ones.
    bridge.#server.unref();
    bridge.#server.on("connection", (socket) => socket.unref());
    return bridge;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /**
   * The path of a document for rooms of that place. It opens once: a page that could open another would choose what it may
   * reach.
   */
  documentPath(kind: DocumentKind, place: string): string {
    const path = BRIDGE_PATHS.document + newTicket();
    this.#documents.set(path, { kind, place });
    return path;
  }

  /** Invalidates the path of a document that was not opened. */
  forgetDocument(path: string): void {
    this.#documents.delete(path);
  }

  /** Makes a token that opens one socket on that path, once. */
  expect(path: string, onSocket: OnSocket): string {
    const token = newTicket();
    this.#expected.set(token, { path, onSocket });
    return token;
  }

  /** Invalidates a token that was not used. */
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

  /** The owner of the socket that a request asks for; undefined when its token is not for that path, or was used. */
  #redeem(request: IncomingMessage): OnSocket | undefined {
    const path = requestPath(request);
    const given = Buffer.from(request.headers["sec-websocket-protocol"] ?? "");
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
    const path = requestPath(request);
    if (!isLoopbackRequest(request.headers) || request.method !== "GET") {
      response.writeHead(403).end();
      return;
    }
    const document = this.#documents.get(path);
    if (document) {
      this.#documents.delete(path);
      const { kind, place } = document;
      response
        .writeHead(200, {
          "content-type": "text/html; charset=utf-8",
          "content-security-policy": contentPolicy(kind, this.origin, place),
          "x-content-type-options": "nosniff",
          "referrer-policy": "no-referrer",
        })
        .end(DOCUMENTS[kind]);
      return;
    }
    const file = FILES[path];
    if (!file) {
      response.writeHead(404).end();
      return;
    }
    try {
      const code = await readFile(file);
      response
        .writeHead(200, {
          "content-type": "text/javascript; charset=utf-8",
          // A worker has the policy of its own file, not that of the page.
          "content-security-policy": `default-src 'none'; connect-src ${asSockets(this.origin)}`,
          "x-content-type-options": "nosniff",
        })
        .end(code);
    } catch {
      response.writeHead(500).end();
    }
  }
}

function newTicket(): string {
  return randomBytes(24).toString("base64url");
}
