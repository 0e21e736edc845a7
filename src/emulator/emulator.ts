import type { AddressInfo } from "node:net";

import { type Clock, systemClock } from "../util/clock.ts";
import { InvalidOptionError } from "../util/errors.ts";
import type { Logger } from "../util/logger.ts";
import { MissingPackageError } from "../util/missing-package.ts";
import { safeLogger } from "../util/safe-logger.ts";
import { loadWrtc } from "../util/wrtc.ts";
import { DailyState } from "./api/daily/daily-state.ts";
import { BUNDLE_PATH } from "./bundle-path.ts";
import type { Pal } from "./pal/pal.ts";
import type { Room, RoomOptions } from "./room/room.ts";
import { RoomServer } from "./room/room-server.ts";
import { readSeeds, type EmulatorSeeds } from "./state/seeds.ts";
import type { ResponseShapes } from "./state/responses.ts";
import { checkPalBehaviour, type PalBehaviour } from "./pal/pal-behaviour.ts";
import { RoomsHost } from "./room/rooms-host.ts";
import { TavusState } from "./state/tavus-state.ts";

/** Options of {@link startEmulator}. All are optional. */
export interface EmulatorOptions {
  /** Port on 127.0.0.1. Default 0: any free port. */
  readonly port?: number;
  /** The key that the API accepts. Default: a random one, see {@link Emulator.apiKey}. */
  readonly apiKey?: string;
  /** The key that the Daily API accepts. Default: a random one, see {@link Emulator.dailyApiKey}. */
  readonly dailyApiKey?: string;
  /**
   * Maximum app message, in characters of JSON. Default 4096, as Daily documents it; "tavus": as large as Tavus' rooms probably accept
   * ({@link TAVUS_APP_MESSAGE_SIZE}).
   */
  readonly maxAppMessageSize?: number | "tavus";
  /** How many conversations may be open at once. Default 10. */
  readonly maxConcurrent?: number;
  /** Conversation seconds until the account is out of credits. Default: unlimited. */
  readonly creditsS?: number;
  /** Faces and PALs in addition to Tavus' stock, as the API represents them. */
  readonly seeds?: EmulatorSeeds;
  /** Accepts any id as a face or an echo PAL, such as those in a developer's own .env. Default false. */
  readonly acceptAnyId?: boolean;
  /** Shapes of the API's answers. Default: as documented. */
  readonly responses?: Partial<ResponseShapes>;
  /** Seed for faults with a probability. Default 1. */
  readonly faultSeed?: number;
  /** How pals behave: when they join and how fast they speak. Default: they join 200 ms after the create call and stay. */
  readonly pal?: PalBehaviour;
  /** Drives timers, credits and pals. Default: the system clock. */
  readonly clock?: Clock;
  /** Receives log records. Default: warnings and errors to standard error. */
  readonly logger?: Logger;
}

/** A Tavus cloud on this machine: its REST API, Daily rooms and Daily's REST API, and pals. */
export interface Emulator extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`: the page that shows all activity; room URLs are below it. */
  readonly url: string;
  /** For `TAVUS_API_URL` or `apiUrl`. */
  readonly apiUrl: string;
  /** For `TAVUS_API_KEY` or `apiKey`. */
  readonly apiKey: string;
  /**
   * Daily's REST API, for rooms of your own: for `DAILY_API_URL` or the `apiUrl` of `DailyApi`. Tavus' rooms are not in
   * it.
   */
  readonly dailyApiUrl: string;
  /** For `DAILY_API_KEY` or the `apiKey` of `DailyApi`. */
  readonly dailyApiKey: string;
  /**
   * For web clients: the location of the bundle that daily-js loads instead of the one on Daily's servers, as
   * `dailyConfig.bundlePathOverride`. A folder; daily-js up to 0.87 takes the file `call-machine-object-bundle.js` in it,
   * as `callObjectBundleUrlOverride`.
   */
  readonly bundleUrl: string;
  /** Conversations, faults, credits, request log: for tests. */
  readonly tavus: TavusState;
  /** The URL of a room of this name, whether or not the room exists. */
  roomUrl(name: string): string;
  /** The open room of this name. The name of a conversation's room is the conversation id. */
  room(name: string): Room | undefined;
  /** Creates a room without a conversation, for `TAVUS_SAMPLE_ROOM_URL` or for trying daily-js. */
  createRoom(name: string, options?: RoomOptions): Room;
  /**
   * Ends a room for all participants and deletes it; the conversation of the room ends, too. Its participants receive
   * Daily's error `exp-room`, or `ejected`. Default `exp-room`: which of the two a deleted room gives is not documented.
   */
  deleteRoom(name: string, error?: "exp-room" | "ejected"): void;
  /** The pal of an open conversation. */
  pal(conversationId: string): Pal | undefined;
  /** Ends all conversations and rooms and closes the port. Idempotent. */
  close(): Promise<void>;
}

/**
 * The value of `maxAppMessageSize: "tavus"`, in characters. The real limit of tavus.daily.co is not published; Pipecat's messages of
 * 6597 characters are known to pass, and pictures of perception tools are larger.
 */
export const TAVUS_APP_MESSAGE_SIZE = 65_536;
const DAILY_APP_MESSAGE_SIZE = 4096;
/** Limit of the signalling sockets, envelope included. */
const LARGEST_APP_MESSAGE_SIZE = 1_000_000;

function toAppMessageSize(size: EmulatorOptions["maxAppMessageSize"] = DAILY_APP_MESSAGE_SIZE): number {
  if (size === "tavus") return TAVUS_APP_MESSAGE_SIZE;
  if (Number.isInteger(size) && size >= 1 && size <= LARGEST_APP_MESSAGE_SIZE) return size;
  throw new InvalidOptionError("maxAppMessageSize", `must be "tavus" or 1 to ${LARGEST_APP_MESSAGE_SIZE}.`);
}

/**
 * Starts the emulator on 127.0.0.1.
 *
 * @throws EmulatorStartError when the port is taken; NativeModuleError when WebRTC for Node is not installed;
 * MissingPackageError when its web server is not; InvalidOptionError for options that cannot work.
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { port = 0, clock = systemClock, pal = {} } = options;
  const logger = safeLogger(options.logger);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidOptionError("port", "must be 0 to 65535.");
  checkPalBehaviour(pal);
  const maxAppMessageSize = toAppMessageSize(options.maxAppMessageSize);
  // Pals need WebRTC: report a missing module now rather than at the first conversation.
  if (pal.join !== "never") loadWrtc();
  // Validate seeds before anything needs closing.
  readSeeds(options.seeds ?? {}, { acceptAnyId: options.acceptAnyId });
  const startWebServer = await loadWebServer();
  const rooms = new RoomServer({
    clock,
    logger,
    onRoom: (room) => {
      tavus.activity.watch(room);
    },
  });
  const host = new RoomsHost({ rooms, clock, logger, maxAppMessageSize, pal });
  let origin = "";
  const { apiKey, maxConcurrent, creditsS, responses, faultSeed, seeds, acceptAnyId } = options;
  const tavus = new TavusState({
    host,
    origin: () => origin,
    clock,
    logger,
    ...(apiKey !== undefined && { apiKey }),
    ...(maxConcurrent !== undefined && { maxConcurrent }),
    ...(creditsS !== undefined && { creditsS }),
    responses,
    faultSeed,
    seeds,
    acceptAnyId,
  });
  host.connect(tavus);
  const roomUrl = (name: string): string => `${origin}/${encodeURIComponent(name)}`;
  const daily = new DailyState({ rooms, clock, maxAppMessageSize, apiKey: options.dailyApiKey });
  const server = await startWebServer({ port, tavus, daily, rooms, roomUrl }).catch((thrown: unknown) => {
    // The rooms' heartbeat would keep the process alive.
    rooms.close();
    throw thrown;
  });
  rooms.attach(server);
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const closeAll = async (): Promise<void> => {
    await tavus.shutDown();
    rooms.close();
    server.closeAllConnections();
    await new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
    });
  };
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= closeAll());
  return {
    url: origin,
    apiUrl: `${origin}/v2`,
    apiKey: tavus.apiKey,
    dailyApiUrl: `${origin}/v1`,
    dailyApiKey: daily.apiKey,
    bundleUrl: `${origin}${BUNDLE_PATH}`,
    tavus,
    roomUrl,
    room: (name) => rooms.room(name),
    createRoom: (name, roomOptions = {}) => rooms.createRoom(name, { maxAppMessageSize, ...roomOptions }),
    deleteRoom: (name, error = "exp-room") => {
      rooms.deleteRoom(name, { error, message: "Meeting has ended." });
    },
    pal: (conversationId) => host.pal(conversationId),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Loads what is built on hono. `npm install --omit=optional` leaves hono out: a bot in production needs no emulator. */
async function loadWebServer() {
  try {
    const { startWebServer } = await import("./web-server.ts");
    return startWebServer;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw thrown;
    throw new MissingPackageError("The emulator", ["hono", "@hono/node-server"], thrown);
  }
}
