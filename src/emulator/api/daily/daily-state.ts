import { randomBytes, randomUUID } from "node:crypto";

import type { Clock } from "../../../util/clock.ts";
import type { Room } from "../../room/room.ts";
import type { TokenOptions } from "../../room/room-options.ts";
import type { RoomServer } from "../../room/room-server.ts";
import { dailyFailures } from "./daily-failure.ts";
import { readToken, signToken } from "./daily-jwt.ts";
import {
  changeConfig,
  fromClaims,
  toClaims,
  toRoomOptions,
  toTokenOptions,
  type RoomConfig,
  type TokenProperties,
} from "./daily-properties.ts";

/** A room of the domain. */
export interface DailyRoomRecord {
  readonly id: string;
  readonly name: string;
  readonly createdAtMs: number;
  readonly privacy: "public" | "private";
  readonly config: RoomConfig;
  readonly room: Room;
}

export interface DailyStateOptions {
  readonly rooms: RoomServer;
  readonly clock: Clock;
  readonly maxAppMessageSize: number;
  /** The key that clients must send. Default: a random one. */
  readonly apiKey?: string | undefined;
}

/** More rooms are rejected. */
const MAX_ROOMS = 1000;
/** Ids of deleted rooms that still work as cursors. */
const MAX_CURSORS = 10_000;

/** One Daily domain in memory: rooms and tokens. Tavus' rooms are not in it, because they are in Tavus' domain. */
export class DailyState {
  readonly apiKey: string;
  readonly domainId = randomUUID();
  readonly domainName = "emulator";
  readonly clock: Clock;
  readonly #rooms: RoomServer;
  readonly #maxAppMessageSize: number;
  /** In order of creation. */
  readonly #records = new Map<string, DailyRoomRecord>();
  /** The order of creation by room id, so that a cursor outlives its room. */
  readonly #order = new Map<string, number>();
  #created = 0;

  constructor({ rooms, clock, maxAppMessageSize, apiKey }: DailyStateOptions) {
    this.#rooms = rooms;
    this.clock = clock;
    this.#maxAppMessageSize = maxAppMessageSize;
    this.apiKey = apiKey ?? randomBytes(32).toString("hex");
  }

  /** The rooms that have not expired, newest first. */
  list(): readonly DailyRoomRecord[] {
    return [...this.#records.values()].filter((record) => !this.#isExpired(record)).reverse();
  }

  /** Where a room is in the order of creation. Undefined for an id that was never given. */
  orderOf(roomId: string): number | undefined {
    return this.#order.get(roomId);
  }

  /** Throws the 404 for a room that is unknown or expired. */
  get(name: string): DailyRoomRecord {
    const record = this.#records.get(name);
    if (record === undefined || this.#isExpired(record)) throw dailyFailures.noSuchRoom(name);
    return record;
  }

  create(name: string, privacy: "public" | "private", properties: RoomConfig): DailyRoomRecord {
    const old = this.#records.get(name);
    // An expired room counts as deleted.
    if (old !== undefined && this.#isExpired(old)) this.#forget(old);
    if (this.#rooms.room(name)) throw dailyFailures.invalid(`a room named ${name} already exists`);
    if (this.#records.size >= MAX_ROOMS) this.#collectExpired();
    if (this.#records.size >= MAX_ROOMS) throw dailyFailures.invalid(`at most ${MAX_ROOMS} rooms`);
    const config = changeConfig({}, properties);
    const room = this.#rooms.createRoom(
      name,
      { ...toRoomOptions(privacy, config), maxAppMessageSize: this.#maxAppMessageSize },
      (token) => this.#readToken(token, name),
    );
    const record = { id: randomUUID(), name, createdAtMs: this.clock.wallMs(), privacy, config, room };
    this.#records.set(name, record);
    this.#order.set(record.id, this.#created++);
    if (this.#order.size > MAX_CURSORS) this.#order.delete(this.#order.keys().next().value ?? "");
    // The room may also be deleted through the emulator.
    room.events.on("ended", () => {
      if (this.#records.get(name)?.id === record.id) this.#records.delete(name);
    });
    return record;
  }

  update(name: string, privacy: "public" | "private" | undefined, change: RoomConfig): DailyRoomRecord {
    const before = this.get(name);
    const config = changeConfig(before.config, change);
    const record = { ...before, privacy: privacy ?? before.privacy, config };
    this.#records.set(name, record);
    record.room.configure(toRoomOptions(record.privacy, config));
    return record;
  }

  /** Throws the 404 for an unknown room, and another one for a room that has expired, which it deletes. */
  delete(name: string): void {
    const record = this.#records.get(name);
    if (record === undefined) throw dailyFailures.noSuchRoom(name);
    const isExpired = this.#isExpired(record);
    this.#forget(record);
    if (isExpired) throw dailyFailures.expiredRoom(name);
  }

  createToken(properties: TokenProperties): string {
    const iat = Math.floor(this.clock.wallMs() / 1000);
    return signToken({ ...toClaims(properties), d: this.domainId, iat }, this.apiKey);
  }

  /** The properties of a valid token. Undefined for one that is expired, too early, or not of this domain. */
  validateToken(token: string, { ignoreNbf }: { readonly ignoreNbf: boolean }): TokenProperties | undefined {
    const properties = this.#readClaims(token);
    const options = properties && toTokenOptions(properties);
    if (options === undefined) return undefined;
    const { expiresAtMs = Infinity, notBeforeMs = -Infinity } = options;
    const now = this.clock.wallMs();
    return now < expiresAtMs && (ignoreNbf || now >= notBeforeMs) ? properties : undefined;
  }

  #readClaims(token: string): TokenProperties | undefined {
    const claims = readToken(token, this.apiKey);
    return claims?.d === this.domainId ? fromClaims(claims) : undefined;
  }

  /** Expiry is checked by the room, which answers a late holder otherwise than a stranger. */
  #readToken(token: string, roomName: string): TokenOptions | undefined {
    const properties = this.#readClaims(token);
    if (properties === undefined) return undefined;
    const opens = properties.room_name;
    return opens === undefined || opens === roomName ? toTokenOptions(properties) : undefined;
  }

  #isExpired({ config }: DailyRoomRecord): boolean {
    return typeof config.exp === "number" && this.clock.wallMs() >= config.exp * 1000;
  }

  /** Deletes expired rooms that nobody is in, as Daily does from time to time. */
  #collectExpired(): void {
    for (const record of [...this.#records.values()])
      if (this.#isExpired(record) && record.room.participants().length === 0) this.#forget(record);
  }

  #forget({ name }: DailyRoomRecord): void {
    this.#records.delete(name);
    this.#rooms.deleteRoom(name, { error: "ejected", message: "The room was deleted." });
  }
}
