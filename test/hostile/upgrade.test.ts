import { connect } from "node:net";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type Emulator, startEmulator } from "../../src/emulator/index.ts";
import { BridgeServer } from "../../src/transport/daily/chromium/bridge-server.ts";
import { DAILY_PLACE, placeOf } from "../../src/transport/daily/chromium/place.ts";
import { silentLogger } from "../../src/util/logger.ts";

// `new URL()` throws for the first of these.
const TARGETS = ["//", "//[", "http://[", "/\\", "*", "/%", "/%00", "http://127.0.0.1:99999/", `/${"a".repeat(8000)}`];

/** Sends lines to a port and resolves with the answer when the other side closes. */
function exchange(port: number, lines: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(lines.join("\r\n") + "\r\n\r\n"));
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => (answer += text));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      resolve(answer);
    });
  });
}

function upgrade(port: number, target: string, headers: readonly string[] = []): Promise<string> {
  return exchange(port, [
    `GET ${target} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ...headers,
  ]);
}

const get = (port: number, target: string): Promise<string> =>
  exchange(port, [`GET ${target} HTTP/1.1`, `Host: 127.0.0.1:${port}`, "Connection: close"]);

describe("the emulator's port", () => {
  let emulator: Emulator;
  let port: number;

  beforeAll(async () => {
    emulator = await startEmulator({ logger: silentLogger, pal: { join: "never" } });
    port = Number(new URL(emulator.url).port);
  });
  afterAll(() => emulator.close());

  it.each(TARGETS)("refuses an upgrade of the target %j and keeps serving", async (target) => {
    expect(await upgrade(port, target)).toMatch(/^HTTP\/1.1 40[03] /);
    expect((await fetch(`${emulator.apiUrl}/conversations`)).status).toBe(401);
  });

  it.each(TARGETS)("answers a request for the target %j and keeps serving", async (target) => {
    // "//" is the home page: trailing slashes are ignored.
    expect(await get(port, target)).toMatch(target === "//" ? /^HTTP\/1.1 200 / : /^HTTP\/1.1 4\d\d /);
    expect((await fetch(`${emulator.apiUrl}/conversations`)).status).toBe(401);
  });

  it("refuses an upgrade from another site, or for a rebound name", async () => {
    expect(await upgrade(port, "/_daily/signal", ["Origin: https://evil.example"])).toMatch(/^HTTP\/1.1 403 /);
    const rebound = ["GET /_daily/signal HTTP/1.1", "Host: evil.example", "Connection: Upgrade", "Upgrade: websocket"];
    expect(await exchange(port, rebound)).toMatch(/^HTTP\/1.1 403 /);
  });

  it("survives peers that reset their connection during the refusal", async () => {
    await Promise.all(
      Array.from({ length: 50 }, () => {
        return new Promise<void>((resolve) => {
          const socket = connect(port, "127.0.0.1", () => {
            socket.write(
              `GET // HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
              () => {
                socket.resetAndDestroy();
              },
            );
          });
          socket.on("error", () => undefined);
          socket.on("close", () => {
            resolve();
          });
        });
      }),
    );
    expect((await fetch(`${emulator.apiUrl}/conversations`)).status).toBe(401);
  });
});

describe("the bridge between Node and its call pages", () => {
  let bridge: BridgeServer;
  let port: number;

  beforeAll(async () => {
    bridge = await BridgeServer.start();
    port = Number(new URL(bridge.origin).port);
  });
  afterAll(() => bridge.close());

  const protocol = (token: string): string[] => [`Sec-WebSocket-Protocol: ${token}`];

  it.each([...TARGETS, "/control", "/audio"])("opens no socket without a token, on %j", async (target) => {
    expect(await upgrade(port, target)).toMatch(/^HTTP\/1.1 40[03] /);
    expect(await upgrade(port, target, protocol("null"))).toMatch(/^HTTP\/1.1 40[03] /);
    expect((await fetch(bridge.origin + bridge.documentPath("call", DAILY_PLACE))).status).toBe(200);
  });

  it("opens one socket for a token, on its own path only", async () => {
    const opened: string[] = [];
    const token = bridge.expect("/control", (socket) => {
      opened.push("control");
      socket.terminate();
    });
    expect(await upgrade(port, "/audio", protocol(token))).toMatch(/^HTTP\/1.1 403 /);
    expect(await upgrade(port, "/control", protocol(token.slice(1)))).toMatch(/^HTTP\/1.1 403 /);
    expect(opened).toEqual([]);
    expect(await upgrade(port, "/control", protocol(token))).toMatch(/^HTTP\/1.1 101 /);
    expect(await upgrade(port, "/control", protocol(token))).toMatch(/^HTTP\/1.1 403 /);
    expect(opened).toEqual(["control"]);
  });

  it("opens no socket for another site's page or for a revoked token", async () => {
    const token = bridge.expect("/control", () => undefined);
    expect(await upgrade(port, "/control", [...protocol(token), "Origin: https://evil.example"])).toMatch(/ 403 /);
    bridge.forget(token);
    expect(await upgrade(port, "/control", protocol(token))).toMatch(/^HTTP\/1.1 403 /);
  });

  describe("the documents of a page and its calls", () => {
    async function policy(kind: "page" | "call", roomUrl: string): Promise<string> {
      const response = await fetch(bridge.origin + bridge.documentPath(kind, placeOf(roomUrl)));
      return response.headers.get("content-security-policy") ?? "";
    }
    const connectsTo = (text: string): string => /connect-src ([^;]*)/.exec(text)?.[1] ?? "";

    it.each(["page", "call"] as const)(
      "let a %s for a Daily room reach Daily and the bridge, and no other port of this machine",
      async (kind) => {
        const sources = connectsTo(await policy(kind, "https://tavus.daily.co/c1")).split(" ");
        expect(sources).toContain("wss://*.daily.co");
        expect(sources.filter((source) => /127|localhost/.test(source))).toEqual([`ws://127.0.0.1:${port}`]);
      },
    );

    it.each(["page", "call"] as const)(
      "let a %s for a local room reach that room and the bridge only",
      async (kind) => {
        const text = await policy(kind, "http://127.0.0.1:8123/room");
        expect(connectsTo(text)).toBe(`'self' ws://127.0.0.1:${port} http://127.0.0.1:8123 ws://127.0.0.1:8123`);
        expect(text).not.toContain("daily");
      },
    );

    it("take no room on another machine for one on this one", async () => {
      for (const room of ["https://evil.example/r", "https://127.0.0.1.evil.example/r"])
        expect(await policy("call", room)).toBe(await policy("call", "https://tavus.daily.co/c1"));
    });

    it("open once, and only by the path that Node has given: no page chooses what another may reach", async () => {
      const path = bridge.documentPath("call", "http://127.0.0.1:8123");
      expect((await fetch(bridge.origin + path)).status).toBe(200);
      expect((await fetch(bridge.origin + path)).status).toBe(404);
      const forgotten = bridge.documentPath("call", DAILY_PLACE);
      bridge.forgetDocument(forgotten);
      expect((await fetch(bridge.origin + forgotten)).status).toBe(404);
      expect((await fetch(`${bridge.origin}/document/`)).status).toBe(404);
    });

    it("hold frames in a page only, and a worker that reaches the bridge only", async () => {
      expect(await policy("page", "https://tavus.daily.co/c1")).toMatch(/frame-src 'self'.*frame-ancestors 'none'/);
      const call = await policy("call", "https://tavus.daily.co/c1");
      expect(call).not.toContain("frame-src");
      const worker = await fetch(`${bridge.origin}/audio-worker.js`);
      expect(worker.headers.get("content-security-policy")).toBe(
        `default-src 'none'; connect-src ws://127.0.0.1:${port}`,
      );
    });
  });
});
