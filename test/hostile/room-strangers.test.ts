import { randomUUID } from "node:crypto";
import { connect, type Socket } from "node:net";

import { WebSocket } from "ws";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { type Emulator, startEmulator } from "../../src/emulator/index.ts";
import type { ServerMessage } from "../../src/emulator/room/protocol.ts";
import { SIGNAL_PATH } from "../../src/emulator/room/signal-path.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { until } from "../support/until.ts";

/** A participant that speaks the room's signalling by hand. */
class Stranger {
  readonly id = randomUUID();
  readonly received: ServerMessage[] = [];
  readonly socket: WebSocket;
  closed = false;

  constructor(emulator: Emulator) {
    this.socket = new WebSocket(emulator.url.replace("http", "ws") + SIGNAL_PATH);
    this.socket.on("message", (raw: Buffer) => this.received.push(JSON.parse(raw.toString()) as ServerMessage));
    this.socket.on("error", () => undefined);
    this.socket.on("close", () => (this.closed = true));
  }

  async open(): Promise<this> {
    await until("the socket is open", () => this.socket.readyState === WebSocket.OPEN);
    return this;
  }

  send(message: object | string): void {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** Joins the room. `extra` is JSON that is inserted into the message unchanged. */
  join(extra = ""): void {
    this.send(
      `{"type":"join","room":"r","sessionId":"${this.id}","userName":"S","publications":{}${extra === "" ? "" : `,${extra}`}}`,
    );
  }

  answered(type: ServerMessage["type"]): Promise<unknown> {
    return until(`it gets "${type}"`, () => this.received.some((message) => message.type === type));
  }
}

describe("strangers in a room of the emulator", () => {
  let emulator: Emulator;
  let strangers: Stranger[];
  let raw: Socket | undefined;

  beforeEach(async () => {
    emulator = await startEmulator({ logger: silentLogger, pal: { join: "never" }, maxAppMessageSize: 500_000 });
    emulator.createRoom("r");
    strangers = [];
  });
  afterEach(async () => {
    for (const { socket } of strangers) socket.terminate();
    raw?.destroy();
    await emulator.close();
  });

  async function stranger(): Promise<Stranger> {
    const made = new Stranger(emulator);
    strangers.push(made);
    return await made.open();
  }
  const present = (): number => emulator.room("r")?.participants().length ?? 0;

  it.each([
    ["nested deeper than JSON can be written", `"userData":${"[".repeat(100_000)}${"]".repeat(100_000)}`],
    ["larger than Daily takes", `"userData":"${"x".repeat(5000)}"`],
  ])("cannot lock others out with user data that is %s", async (_, userData) => {
    const hostile = await stranger();
    hostile.join(userData);
    await hostile.answered("rejected");
    expect(present()).toBe(0);

    const honest = await stranger();
    honest.join(`"userData":{"likes":"tea"}`);
    await honest.answered("joined");
    hostile.join();
    await hostile.answered("joined");
    hostile.send(`{"type":"update",${userData}}`);
    const later = await stranger();
    later.join();
    await later.answered("joined");
    expect(present()).toBe(3);
  });

  it("cannot publish an unlimited number of tracks", async () => {
    const hostile = await stranger();
    const tracks = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`t${n}`, { kind: "audio", on: true }]));
    hostile.send({ type: "join", room: "r", sessionId: hostile.id, userName: "S", publications: tracks });
    await hostile.answered("rejected");
    expect(present()).toBe(0);
  });

  it("are removed when they stop reading their messages", async () => {
    const id = randomUUID();
    raw = connect(Number(new URL(emulator.url).port), "127.0.0.1");
    raw.on("error", () => undefined);
    raw.write(
      [
        `GET ${SIGNAL_PATH} HTTP/1.1`,
        "Host: 127.0.0.1",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "\r\n",
      ].join("\r\n"),
    );
    await new Promise((resolve) => raw?.once("data", resolve));
    raw.pause();
    // A masked text frame whose mask is zero.
    const text = Buffer.from(
      JSON.stringify({ type: "join", room: "r", sessionId: id, userName: "deaf", publications: {} }),
    );
    raw.write(Buffer.concat([Buffer.from([0x81, 0x80 | 126, text.length >> 8, text.length & 255, 0, 0, 0, 0]), text]));
    await until("it is in the room", () => present() === 1);

    const loud = await stranger();
    loud.join();
    await loud.answered("joined");
    const data = "x".repeat(400_000);
    // The kernel buffers a few megabytes and the server eight; forty exceed both.
    for (let sent = 0; sent < 100 && present() === 2; sent++) {
      loud.send({ type: "app-message", to: "*", data });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await until("the deaf one is out", () => present() === 1);
    expect(loud.closed).toBe(false);
  });
});

describe("requests to the emulator's API without its key", () => {
  it("do not consume a fault that was armed for a test", async () => {
    await using emulator = await startEmulator({ logger: silentLogger, pal: { join: "never" } });
    emulator.tavus.faults.next({ status: 503 });
    const status = async (key: string): Promise<number> =>
      (await fetch(`${emulator.apiUrl}/conversations`, { headers: { "x-api-key": key } })).status;
    expect(await status("wrong")).toBe(401);
    expect(await status(emulator.apiKey)).toBe(503);
    expect(await status(emulator.apiKey)).toBe(200);
  });

  it("do not fill the memory: a long body is logged by its length", async () => {
    await using emulator = await startEmulator({ logger: silentLogger, pal: { join: "never" } });
    const body = JSON.stringify({ face_id: 7, filler: "x".repeat(900_000) });
    const headers = { "x-api-key": emulator.apiKey, "content-type": "application/json" };
    const answer = await fetch(`${emulator.apiUrl}/conversations`, { method: "POST", headers, body });
    expect(answer.status).toBe(400);
    expect(emulator.tavus.requestLog.requests.at(-1)?.body).toBe(`… ${body.length} characters`);
  });
});
