import type { Clock } from "../../util/clock.ts";
import { InvalidOptionError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import type { CallOptions } from "../http/call-options.ts";
import { checkOptions, toPathSegment } from "../http/fields.ts";
import type { Listing } from "../http/listing.ts";
import { toDailyNames, type DailyClient } from "./daily-client.ts";
import { DailyApiError, DailyBadResponseError, DailyConnectionError } from "./daily-errors.ts";
import { listRooms, type ListDailyRoomsOptions } from "./daily-room-list.ts";
import { createRoomSchema, createTemporaryRoomSchema, roomSchema, updateRoomSchema } from "./daily-schemas.ts";
import type {
  CreateDailyRoomOptions,
  CreateTemporaryRoomOptions,
  DailyRoom,
  UpdateDailyRoomOptions,
} from "./room-types.ts";

const DEFAULT_LIFETIME_S = 3600;

/** The rooms of a domain. */
export class DailyRooms {
  readonly #client: DailyClient;
  readonly #clock: Clock;
  readonly #logger: Logger;

  constructor(client: DailyClient, clock: Clock, logger: Logger) {
    this.#client = client;
    this.#clock = clock;
    this.#logger = logger;
  }

  async create(options: CreateDailyRoomOptions, call: CallOptions): Promise<DailyRoom> {
    checkOptions("createRoom", createRoomSchema, options);
    const { name = newRoomName(), privacy, properties, extraProperties } = options;
    const isUnique = options.name === undefined;
    const body = {
      ...toDailyNames({ name, privacy }),
      ...(properties !== undefined || extraProperties !== undefined
        ? { properties: toDailyNames(properties ?? {}, extraProperties) }
        : {}),
    };
    let isRepeated = false;
    try {
      return await this.#client.request(roomSchema, {
        method: "POST",
        path: "/rooms",
        body,
        // A room of a unique name can only be ours, so an attempt whose answer was lost is recognized.
        retry: isUnique ? "repeatable" : "once",
        onRepeat: () => {
          isRepeated = true;
        },
        ...call,
      });
    } catch (thrown) {
      if (!(thrown instanceof DailyApiError) || !mayHaveCreated(thrown, isRepeated)) throw thrown;
      const found = isUnique ? await this.#find(name, call) : "unknown";
      if (typeof found === "object") return found;
      if (found === "unknown") thrown.roomName = name;
      throw thrown;
    }
  }

  async createTemporary(options: CreateTemporaryRoomOptions, call: CallOptions): Promise<DailyRoom> {
    checkOptions("createTemporaryRoom", createTemporaryRoomSchema, options);
    const { expiresInS = DEFAULT_LIFETIME_S, privacy = "private", properties = {}, ...rest } = options;
    if (properties.exp !== undefined)
      throw new InvalidOptionError("properties.exp", "is set by expiresInS; use createRoom for a time of your own.");
    const exp = Math.ceil(this.#clock.wallMs() / 1000) + expiresInS;
    return await this.create({ ...rest, privacy, properties: { ejectAtRoomExp: true, ...properties, exp } }, call);
  }

  async get(name: string, call: CallOptions): Promise<DailyRoom> {
    return await this.#client.request(roomSchema, { method: "GET", path: toRoomPath(name), ...call });
  }

  async update(name: string, options: UpdateDailyRoomOptions, call: CallOptions): Promise<DailyRoom> {
    checkOptions("updateRoom", updateRoomSchema, options);
    const { privacy, properties = {}, extraProperties } = options;
    const body = { ...toDailyNames({ privacy }), properties: toDailyNames(properties, extraProperties) };
    // Doing it twice has the same effect.
    return await this.#client.request(roomSchema, {
      method: "POST",
      path: toRoomPath(name),
      body,
      retry: "repeatable",
      ...call,
    });
  }

  async delete(name: string, call: CallOptions): Promise<void> {
    try {
      await this.#client.send({ method: "DELETE", path: toRoomPath(name), ...call });
    } catch (thrown) {
      // Unknown, or expired: both are what the caller wants.
      if (!(thrown instanceof DailyApiError) || thrown.code !== "notFound") throw thrown;
    }
  }

  list(options: ListDailyRoomsOptions): Listing<DailyRoom> {
    return listRooms(this.#client, this.#logger, options);
  }

  /** Looks for the room that a failed creation may have left. */
  async #find(name: string, call: CallOptions): Promise<DailyRoom | "none" | "unknown"> {
    try {
      return await this.get(name, call);
    } catch (thrown) {
      call.signal?.throwIfAborted();
      return thrown instanceof DailyApiError && thrown.code === "notFound" ? "none" : "unknown";
    }
  }
}

/** Creates a room name that no other room has. */
function newRoomName(): string {
  return `room-${crypto.randomUUID()}`;
}

export function toRoomPath(name: string, rest = ""): string {
  return `/rooms/${toPathSegment("roomName", name)}${rest}`;
}

/** Whether the room may exist although the creation failed. */
function mayHaveCreated(error: DailyApiError, isRepeated: boolean): boolean {
  if (error instanceof DailyConnectionError) return isRepeated || error.delivered === "unknown";
  if (error instanceof DailyBadResponseError) return error.status === undefined;
  // Every repetition follows a failure that may have created the room: this one may say that the name is taken.
  return isRepeated || error.code === "serverError" || error.code === "timeout";
}
