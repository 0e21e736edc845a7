import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";

import { type WebSocket, WebSocketServer } from "ws";

import type { Clock, TimerHandle } from "../../util/clock.ts";
import { asError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import { isLoopbackRequest } from "../../util/loopback.ts";
import { refuseUpgrade, requestPath } from "../../util/upgrade.ts";
import { clientMessage, type ServerMessage } from "./protocol.ts";
import { Room, type RoomEnd, type RoomMember, type RoomOptions, RoomRefusal } from "./room.ts";
import type { TokenReader } from "./room-options.ts";
import { SIGNAL_PATH } from "./signal-path.ts";

/** A participant whose socket stays silent for three of these intervals is removed from its room. */
const PING_INTERVAL_MS = 5000;
const PINGS_MISSED_AT_MOST = 3;
/** A socket must send its join within this time. */
const JOIN_DEADLINE_MS = 10_000;
const LARGEST_SIGNAL_BYTES = 1_048_576;
/** A participant with more unread bytes than this is removed from its room. */
const MOST_UNREAD_BYTES = 8_388_608;
/** Maximum sockets, joined or not. */
const MOST_SOCKETS = 1000;

export interface RoomServerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called with every new room. */
  readonly onRoom?: (room: Room) => void;
}

/** The rooms of one emulator, and the sockets of their participants. */
export class RoomServer {
  readonly #rooms = new Map<string, Room>();
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LARGEST_SIGNAL_BYTES,
    perMessageDeflate: false,
    clientTracking: true,
  });
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #onRoom: ((room: Room) => void) | undefined;
  readonly #silentPings = new WeakMap<WebSocket, number>();
  #pingTimer: TimerHandle;

  constructor({ clock, logger, onRoom }: RoomServerOptions) {
    this.#clock = clock;
    this.#logger = logger;
    this.#onRoom = onRoom;
    this.#schedulePing();
  }

  /** Handles the upgrade requests of an HTTP server on the signalling path. */
  attach(server: Server): void {
    server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const isFull = this.#sockets.clients.size >= MOST_SOCKETS;
      if (isFull || !isLoopbackRequest(request.headers) || requestPath(request) !== SIGNAL_PATH) {
        refuseUpgrade(socket);
        return;
      }
      this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
        this.#accept(webSocket);
      });
    });
  }

  /** `readToken` reads tokens that the room has not issued. Throws for a name that is taken. */
  createRoom(name: string, options: RoomOptions = {}, readToken?: TokenReader): Room {
    if (this.#rooms.has(name)) throw new Error(`A room named "${name}" exists already.`);
    const onListenerError = (error: Error): void => {
      this.#logger.error("A room listener failed.", { room: name, error });
    };
    const room = new Room(name, options, this.#clock, onListenerError, readToken);
    this.#rooms.set(name, room);
    this.#onRoom?.(room);
    return room;
  }

  room(name: string): Room | undefined {
    return this.#rooms.get(name);
  }

  get rooms(): readonly Room[] {
    return [...this.#rooms.values()];
  }

  /** Ends a room for all participants and deletes it. No-op for an unknown name. */
  deleteRoom(name: string, reason?: RoomEnd): void {
    const room = this.#rooms.get(name);
    this.#rooms.delete(name);
    room?.end(reason);
  }

  close(): void {
    this.#clock.clearTimeout(this.#pingTimer);
    for (const name of [...this.#rooms.keys()]) this.deleteRoom(name);
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
  }

  #accept(socket: WebSocket): void {
    const member: RoomMember = {
      send: (message: ServerMessage) => {
        if (socket.readyState !== socket.OPEN) return;
        socket.send(JSON.stringify(message));
        // Unread data accumulates in our memory.
        if (socket.bufferedAmount > MOST_UNREAD_BYTES) socket.terminate();
      },
      close: () => {
        socket.close();
      },
    };
    let seat: { readonly room: Room; readonly sessionId: string } | undefined;
    const joinTimer = this.#clock.setTimeout(() => {
      socket.terminate();
    }, JOIN_DEADLINE_MS);
    this.#silentPings.set(socket, 0);
    socket.on("pong", () => this.#silentPings.set(socket, 0));
    socket.on("error", (error) => {
      this.#logger.debug("A room socket failed.", { error });
    });
    socket.on("close", () => {
      this.#clock.clearTimeout(joinTimer);
      // However the socket died (page closed, process killed), its participant leaves the room at once.
      seat?.room.leave(seat.sessionId);
    });
    socket.on("message", (raw: Buffer) => {
      try {
        const request = clientMessage.parse(JSON.parse(raw.toString("utf8")));
        if (request.type !== "join") {
          seat?.room.handle(seat.sessionId, request);
          return;
        }
        if (seat) throw new RoomRefusal("not-allowed", "This socket has joined already.");
        const room = this.#rooms.get(request.room);
        if (!room) throw new RoomRefusal("no-room", `The meeting you're trying to join does not exist.`);
        room.join(request, member);
        seat = { room, sessionId: request.sessionId };
        this.#clock.clearTimeout(joinTimer);
      } catch (thrown) {
        if (thrown instanceof RoomRefusal) {
          member.send({ type: "failed", error: thrown.type, message: thrown.message });
        } else {
          this.#logger.warn("A room participant sent something that is not signalling.", {
            error: asError(thrown).message,
          });
          member.send({ type: "rejected", request: "unknown", message: "That message is not valid here." });
        }
      }
    });
  }

  #schedulePing(): void {
    this.#pingTimer = this.#clock.setTimeout(() => {
      for (const socket of this.#sockets.clients) {
        const silent = (this.#silentPings.get(socket) ?? 0) + 1;
        if (silent > PINGS_MISSED_AT_MOST) socket.terminate();
        else socket.ping();
        this.#silentPings.set(socket, silent);
      }
      this.#schedulePing();
    }, PING_INTERVAL_MS);
  }
}
