import type { CallOptions } from "../http/call-options.ts";
import { checkOptions } from "../http/fields.ts";
import { isRecord, type JsonObject } from "../names.ts";
import { badResponse, readResource, toDailyNames, type DailyAnswer, type DailyClient } from "./daily-client.ts";
import { toRoomPath } from "./daily-rooms.ts";
import {
  domainSchema,
  ejectionSchema,
  permissionChangesSchema,
  presenceFilterSchema,
  presenceSchema,
} from "./daily-schemas.ts";
import type { DailyPermissions } from "./room-types.ts";
import type {
  DailyDomain,
  DailyEjection,
  DailyPresence,
  DailyPresenceFilter,
  DailySessionDataOptions,
} from "./session-types.ts";

/** The people in a domain's rooms, and what may be done to them. */
export class DailySessions {
  readonly #client: DailyClient;

  constructor(client: DailyClient) {
    this.#client = client;
  }

  async getRoomPresence(roomName: string, filter: DailyPresenceFilter, call: CallOptions): Promise<DailyPresence[]> {
    checkOptions("getRoomPresence", presenceFilterSchema, filter);
    const path = toRoomPath(roomName, "/presence");
    // These names are in camelCase at Daily, too.
    const query = Object.fromEntries(
      Object.entries(filter).filter((entry): entry is [string, string | number] => entry[1] !== undefined),
    );
    const answer = await this.#client.send({ method: "GET", path, query, ...call });
    return readPresences(isRecord(answer.body) ? answer.body.data : undefined, answer);
  }

  async getPresence(call: CallOptions): Promise<Readonly<Record<string, readonly DailyPresence[]>>> {
    const answer = await this.#client.send({ method: "GET", path: "/presence", ...call });
    if (!isRecord(answer.body)) throw badResponse(`Daily answered ${answer.what} without rooms.`, "", answer.text);
    return Object.fromEntries(
      Object.entries(answer.body).map(([room, people]) => [room, readPresences(people, answer)]),
    );
  }

  async eject(roomName: string, whom: DailyEjection, call: CallOptions): Promise<string[]> {
    checkOptions("eject", ejectionSchema, whom);
    const { body, text, what } = await this.#client.send({
      method: "POST",
      path: toRoomPath(roomName, "/eject"),
      body: toDailyNames(whom),
      // The same people, gone: doing it twice has the same effect.
      retry: "repeatable",
      ...call,
    });
    const ids: unknown = isRecord(body) ? (body.ejectedIds ?? body.ejected_ids) : undefined;
    if (!Array.isArray(ids)) throw badResponse(`Daily answered ${what} without ejectedIds.`, "ejectedIds", text);
    return ids.filter((id) => typeof id === "string");
  }

  async sendAppMessage(
    roomName: string,
    data: JsonObject,
    { recipient = "*", ...call }: CallOptions & { readonly recipient?: string },
  ): Promise<void> {
    const path = toRoomPath(roomName, "/send-app-message");
    await this.#client.send({ method: "POST", path, body: { data, recipient }, ...call });
  }

  async updatePermissions(
    roomName: string,
    permissions: Readonly<Record<string, DailyPermissions>>,
    call: CallOptions,
  ): Promise<void> {
    checkOptions("updatePermissions", permissionChangesSchema, permissions);
    const path = toRoomPath(roomName, "/update-permissions");
    await this.#client.send({ method: "POST", path, body: { data: permissions }, retry: "repeatable", ...call });
  }

  async recording(
    roomName: string,
    action: "start" | "stop",
    options: JsonObject,
    call: CallOptions,
  ): Promise<JsonObject> {
    const path = toRoomPath(roomName, `/recordings/${action}`);
    const { body } = await this.#client.send({ method: "POST", path, body: options, ...call });
    return isRecord(body) ? body : {};
  }

  async getData(roomName: string, call: CallOptions): Promise<JsonObject> {
    const path = toRoomPath(roomName, "/get-session-data");
    const { body } = await this.#client.send({ method: "GET", path, ...call });
    if (!isRecord(body)) return {};
    return isRecord(body.data) ? body.data : body;
  }

  async setData(
    roomName: string,
    data: JsonObject,
    { merge = false, keysToDelete }: DailySessionDataOptions,
    call: CallOptions,
  ): Promise<void> {
    const body = toDailyNames({ data, mergeStrategy: merge ? "shallow-merge" : "replace", keysToDelete });
    const path = toRoomPath(roomName, "/set-session-data");
    await this.#client.send({ method: "POST", path, body, ...call });
  }

  async getDomain(call: CallOptions): Promise<DailyDomain> {
    return await this.#client.request(domainSchema, { method: "GET", path: "/", ...call });
  }
}

function readPresences(people: unknown, answer: DailyAnswer): DailyPresence[] {
  if (!Array.isArray(people))
    throw badResponse(`Daily answered ${answer.what} with something that is not a list.`, "data", answer.text);
  return people.map((one: unknown) => {
    const { id, duration, ...rest } = readResource(presenceSchema, one, answer);
    return { ...rest, sessionId: id, ...(duration !== undefined && { durationS: duration }) };
  });
}
