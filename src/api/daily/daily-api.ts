import { systemClock, type Clock } from "../../util/clock.ts";
import { InvalidOptionError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import { safeLogger } from "../../util/safe-logger.ts";
import type { CallOptions } from "../http/call-options.ts";
import { ApiHttp, type FetchLike } from "../http/http.ts";
import type { Listing } from "../http/listing.ts";
import type { JsonObject } from "../names.ts";
import { DailyClient } from "./daily-client.ts";
import { resolveDailyApiKey, resolveDailyApiUrl } from "./daily-config.ts";
import type { ListDailyRoomsOptions } from "./daily-room-list.ts";
import { DailyRooms } from "./daily-rooms.ts";
import { DAILY_SERVICE } from "./daily-service.ts";
import { DailySessions } from "./daily-sessions.ts";
import { DailyTokens } from "./daily-tokens.ts";
import type {
  CreateDailyRoomOptions,
  CreateTemporaryRoomOptions,
  DailyPermissions,
  DailyRoom,
  UpdateDailyRoomOptions,
} from "./room-types.ts";
import type {
  DailyDomain,
  DailyEjection,
  DailyPresence,
  DailyPresenceFilter,
  DailySessionDataOptions,
} from "./session-types.ts";
import type { CreateMeetingTokenOptions, DailyMeetingToken } from "./token-types.ts";

/** The options of {@link DailyApi}. */
export interface DailyApiOptions {
  /** The API key, from Daily's dashboard. Default: the environment's DAILY_API_KEY. */
  readonly apiKey?: string | undefined;
  /** The base URL of the API. Default: the environment's DAILY_API_URL, else https://api.daily.co/v1. */
  readonly apiUrl?: string | undefined;
  /** The deadline of one HTTP exchange, in milliseconds. A call that is retried may take several. Default 10000. */
  readonly timeoutMs?: number | undefined;
  /** Sends the HTTP requests. Default: the global `fetch`. */
  readonly fetch?: FetchLike | undefined;
  /** The clock for deadlines, pauses and expiries. Default: the machine's. */
  readonly clock?: Clock | undefined;
  /** Receives warnings and (as debug lines) every request. Default: `consoleLogger`. */
  readonly logger?: Logger | undefined;
}

/**
 * A client of Daily's REST API (docs.daily.co/reference/rest-api): rooms of your own domain, meeting tokens for them, and
 * the people in them. Tavus' rooms belong to Tavus' domain and need no Daily key.
 *
 * Every call takes an AbortSignal and a deadline ({@link CallOptions}). Every failure is a {@link DailyApiError};
 * invalid options throw an {@link InvalidOptionError} before anything is sent.
 */
export class DailyApi {
  readonly #client: DailyClient;
  readonly #rooms: DailyRooms;
  readonly #tokens: DailyTokens;
  readonly #sessions: DailySessions;

  /**
   * Creates a client; sends nothing.
   *
   * @throws DailyKeyError without a key.
   * @throws InvalidOptionError for an invalid key, URL or timeout.
   */
  constructor(options: DailyApiOptions = {}) {
    const { timeoutMs = 10_000, clock = systemClock } = options;
    const logger = safeLogger(options.logger);
    if (!(timeoutMs > 0)) throw new InvalidOptionError("timeoutMs", "must be more than 0.");
    const http = new ApiHttp({
      service: DAILY_SERVICE,
      apiKey: resolveDailyApiKey(options.apiKey),
      apiUrl: resolveDailyApiUrl(options.apiUrl, logger),
      timeoutMs,
      fetch: options.fetch ?? ((url, init) => fetch(url, init)),
      clock,
      logger,
    });
    this.#client = new DailyClient(http);
    this.#rooms = new DailyRooms(this.#client, clock, logger);
    this.#tokens = new DailyTokens(this.#client, clock);
    this.#sessions = new DailySessions(this.#client);
  }

  /**
   * Creates a room. Without `properties.exp` it exists until it is deleted; `createTemporaryRoom` sets that.
   *
   * Without a name the room gets one that no other room has. A creation whose answer is lost is then repeated and finds
   * the room of the first attempt, so that never two exist. With a name of yours it is repeated only if the server
   * cannot have carried it out. When the room may exist all the same, the error's `roomName` is its name.
   *
   * @throws InvalidOptionError for invalid options, listing all problems.
   * @throws DailyApiError with code `invalidRequest` when the name is taken.
   */
  async createRoom(options: CreateDailyRoomOptions = {}, call: CallOptions = {}): Promise<DailyRoom> {
    return await this.#rooms.create(options, call);
  }

  /**
   * Creates a room for one call: private, so that it needs a token, and with an end. When it expires, everybody is
   * ejected, so that neither a forgotten bot nor a forgotten room stays.
   *
   * @throws InvalidOptionError for invalid options, or with `properties.exp`.
   */
  async createTemporaryRoom(options: CreateTemporaryRoomOptions = {}, call: CallOptions = {}): Promise<DailyRoom> {
    return await this.#rooms.createTemporary(options, call);
  }

  /** Gets a room. One that is unknown or expired throws a DailyStatusError with code `notFound`. */
  async getRoom(roomName: string, call: CallOptions = {}): Promise<DailyRoom> {
    return await this.#rooms.get(roomName, call);
  }

  /** Changes a room. A property that is null gets its default again. Sessions that run keep some old properties. */
  async updateRoom(roomName: string, options: UpdateDailyRoomOptions, call: CallOptions = {}): Promise<DailyRoom> {
    return await this.#rooms.update(roomName, options, call);
  }

  /** Deletes a room and ejects everybody. One that is unknown or expired counts as deleted. */
  async deleteRoom(roomName: string, call: CallOptions = {}): Promise<void> {
    await this.#rooms.delete(roomName, call);
  }

  /**
   * Lists the rooms of the domain, newest first.
   *
   * @throws InvalidOptionError for a page size other than 1 to 100.
   */
  listRooms(options: ListDailyRoomsOptions = {}): Listing<DailyRoom> {
    return this.#rooms.list(options);
  }

  /**
   * Creates a meeting token. It opens one room, expires after an hour and grants no ownership unless the options say
   * otherwise. Whoever has it can join: keep it out of logs.
   *
   * @throws InvalidOptionError for invalid options, listing all problems.
   */
  async createMeetingToken(options: CreateMeetingTokenOptions, call: CallOptions = {}): Promise<string> {
    return await this.#tokens.create(options, call);
  }

  /**
   * Validates a meeting token and gets what it grants. `ignoreNotBefore` accepts one that is valid only later.
   *
   * @throws DailyStatusError with code `invalidRequest` or `notFound` for a token that is expired, or of another domain.
   */
  async getMeetingToken(
    token: string,
    options: CallOptions & { readonly ignoreNotBefore?: boolean } = {},
  ): Promise<DailyMeetingToken> {
    return await this.#tokens.get(token, options);
  }

  /** Gets who is in a room. */
  async getRoomPresence(
    roomName: string,
    filter: DailyPresenceFilter = {},
    call: CallOptions = {},
  ): Promise<DailyPresence[]> {
    return await this.#sessions.getRoomPresence(roomName, filter, call);
  }

  /** Gets who is in the domain's rooms, by room name. The answer may be 15 s old, so do not ask more often. */
  async getPresence(call: CallOptions = {}): Promise<Readonly<Record<string, readonly DailyPresence[]>>> {
    return await this.#sessions.getPresence(call);
  }

  /** Ejects people from a room, and returns the session ids of those who were there. */
  async eject(roomName: string, whom: DailyEjection, call: CallOptions = {}): Promise<string[]> {
    return await this.#sessions.eject(roomName, whom, call);
  }

  /** Sends an app message to one session id in a room, or to everybody ("*", the default). At most 4 KB of JSON. */
  async sendAppMessage(
    roomName: string,
    data: JsonObject,
    options: CallOptions & { readonly recipient?: string } = {},
  ): Promise<void> {
    await this.#sessions.sendAppMessage(roomName, data, options);
  }

  /** Changes what people in a room may do, by session id; "*" is everybody. */
  async updatePermissions(
    roomName: string,
    permissions: Readonly<Record<string, DailyPermissions>>,
    call: CallOptions = {},
  ): Promise<void> {
    await this.#sessions.updatePermissions(roomName, permissions, call);
  }

  /**
   * Starts a recording of the people in a room. `options` have Daily's own names (`type`, `layout`, `instanceId`, …);
   * the room has to allow it with `enableRecording`. Returns Daily's answer.
   */
  async startRecording(roomName: string, options: JsonObject = {}, call: CallOptions = {}): Promise<JsonObject> {
    return await this.#sessions.recording(roomName, "start", options, call);
  }

  /** Stops a recording. `options` have Daily's own names (`type`, `instanceId`). Returns Daily's answer. */
  async stopRecording(roomName: string, options: JsonObject = {}, call: CallOptions = {}): Promise<JsonObject> {
    return await this.#sessions.recording(roomName, "stop", options, call);
  }

  /** Gets the data that the people in a room share (`meetingSessionState().data` in daily-js). */
  async getSessionData(roomName: string, call: CallOptions = {}): Promise<JsonObject> {
    return await this.#sessions.getData(roomName, call);
  }

  /** Replaces the data that the people in a room share, or merges into it. */
  async setSessionData(
    roomName: string,
    data: JsonObject,
    options: DailySessionDataOptions = {},
    call: CallOptions = {},
  ): Promise<void> {
    await this.#sessions.setData(roomName, data, options, call);
  }

  /** Gets the domain that the key belongs to. */
  async getDomain(call: CallOptions = {}): Promise<DailyDomain> {
    return await this.#sessions.getDomain(call);
  }
}
