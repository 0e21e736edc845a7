import { randomUUID } from "node:crypto";

import { DailyApi, type DailyApiOptions } from "../../../../src/api/index.ts";
import { createDailyApp } from "../../../../src/emulator/api/index.ts";
import { DailyState } from "../../../../src/emulator/api/daily/daily-state.ts";
import type { ServerMessage } from "../../../../src/emulator/room/protocol.ts";
import { type RoomMember, RoomRefusal } from "../../../../src/emulator/room/room.ts";
import { RoomServer } from "../../../../src/emulator/room/room-server.ts";
import { TavusState } from "../../../../src/emulator/state/tavus-state.ts";
import { VirtualClock } from "../../../../src/testing/virtual-clock.ts";
import { silentLogger } from "../../../../src/util/logger.ts";
import { RecordingHost } from "../serve-api.ts";

/** A participant that keeps what the room sends to it. */
export class Member implements RoomMember {
  readonly received: ServerMessage[] = [];
  readonly id = randomUUID();

  send(message: ServerMessage): void {
    this.received.push(message);
  }

  close(): void {
    // Nothing to close.
  }

  /** The error with which the room ended the call; undefined while it goes on. */
  get ended(): string | undefined {
    return this.received.find((message) => message.type === "ended")?.error;
  }

  get messages(): unknown[] {
    return this.received.flatMap((message) => (message.type === "app-message" ? [message.data] : []));
  }
}

/** The emulated Daily API without a port, on virtual time: requests are passed to it directly. */
export class DailyServer implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly rooms = new RoomServer({ clock: this.clock, logger: silentLogger });
  readonly tavus = new TavusState({
    host: new RecordingHost(),
    origin: "http://127.0.0.1",
    clock: this.clock,
    logger: silentLogger,
  });
  readonly state = new DailyState({ rooms: this.rooms, clock: this.clock, maxAppMessageSize: 4096 });
  readonly app = createDailyApp({
    daily: this.state,
    tavus: this.tavus,
    roomUrl: (name) => `http://127.0.0.1/${name}`,
  });

  /** Sends one request, with the key unless the headers say otherwise. A string is sent as it is. */
  async request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return await this.app.request(`http://127.0.0.1/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.state.apiKey}`, "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  }

  /** Sends one request and reads the JSON of the answer. */
  async ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
    const answer = await this.request(method, path, body);
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  }

  /** Creates a client of this server. */
  client(options: DailyApiOptions = {}): DailyApi {
    return new DailyApi({
      apiKey: this.state.apiKey,
      apiUrl: "http://127.0.0.1/v1",
      clock: this.clock,
      logger: silentLogger,
      fetch: async (url, init) => await this.app.request(url, init),
      ...options,
    });
  }

  /** Lets somebody into a room. Throws a RoomRefusal. */
  enter(room: string, token?: string): Member {
    const member = new Member();
    const request = { type: "join", room, sessionId: member.id, userName: "", publications: {} } as const;
    const found = this.rooms.room(room);
    if (!found) throw new RoomRefusal("no-room", "There is no such room.");
    found.join({ ...request, ...(token !== undefined && { token }) }, member);
    return member;
  }

  /** Why somebody is not let into a room. */
  refusal(room: string, token?: string): string {
    try {
      this.enter(room, token);
    } catch (thrown) {
      if (thrown instanceof RoomRefusal) return thrown.type;
      throw thrown;
    }
    return "let in";
  }

  /** Now, as Unix time in seconds. */
  get nowS(): number {
    return this.clock.wallMs() / 1000;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.rooms.close();
    await this.tavus.shutDown();
  }
}
