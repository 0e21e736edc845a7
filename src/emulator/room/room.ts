import { randomBytes, randomUUID } from "node:crypto";

import type { Clock } from "../../util/clock.ts";
import { SafeEmitter } from "../../util/emitter.ts";
import { jsonLength } from "./json-length.ts";
import type { ClientMessage, PeerInfo, RoomErrorType, ServerMessage } from "./protocol.ts";

export interface RoomOptions {
  /** Private rooms let in only who has a token. Default false. */
  readonly isPrivate?: boolean;
  readonly maxParticipants?: number;
  /** Longest app message in characters of its JSON. Default 4096, as Daily documents it. */
  readonly maxAppMessageSize?: number;
  /** Wall time after which nobody can join any more. */
  readonly expiresAtMs?: number;
}

export interface TokenOptions {
  readonly userId?: string;
  readonly userName?: string;
  /** Owners may mute and eject. */
  readonly owner?: boolean;
  readonly expiresAtMs?: number;
}

export type RoomEvents = {
  joined: [peer: PeerInfo];
  left: [peer: PeerInfo];
  appMessage: [data: unknown, from: string, to: "*" | readonly string[]];
  ended: [message: string];
};

/** How the room reaches a participant; the server's socket. */
export interface RoomMember {
  send(message: ServerMessage): void;
  /** Closes the way to the participant, after what was sent. */
  close(): void;
}

type JoinRequest = Extract<ClientMessage, { type: "join" }>;
type MemberRequest = Exclude<ClientMessage, JoinRequest>;

/** Thrown to who may not come in. */
export class RoomRefusal extends Error {
  readonly type: RoomErrorType;

  constructor(type: RoomErrorType, message: string) {
    super(message);
    this.name = "RoomRefusal";
    this.type = type;
  }
}

interface Seat {
  peer: PeerInfo;
  readonly member: RoomMember;
}

/** One local room: who is in it, who may come in, and what they say to each other. */
export class Room {
  readonly name: string;
  readonly meetingId: string = randomUUID();
  readonly maxAppMessageSize: number;
  readonly events: SafeEmitter<RoomEvents>;
  readonly #options: RoomOptions;
  readonly #clock: Clock;
  readonly #tokens = new Map<string, TokenOptions>();
  readonly #seats = new Map<string, Seat>();

  constructor(name: string, options: RoomOptions, clock: Clock, onListenerError: (error: Error) => void) {
    this.name = name;
    this.maxAppMessageSize = options.maxAppMessageSize ?? 4_096;
    this.#options = options;
    this.#clock = clock;
    this.events = new SafeEmitter(onListenerError);
  }

  participants(): readonly PeerInfo[] {
    return [...this.#seats.values()].map(({ peer }) => peer);
  }

  /** A meeting token. Daily's are signed JWTs; here the room just remembers them. */
  issueToken(options: TokenOptions = {}): string {
    const token = randomBytes(24).toString("base64url");
    this.#tokens.set(token, options);
    return token;
  }

  /** Seats a participant, or throws a {@link RoomRefusal}. */
  join(request: JoinRequest, member: RoomMember): void {
    const token = this.#admit(request);
    const peer: PeerInfo = {
      sessionId: request.sessionId,
      userId: token?.userId ?? request.sessionId,
      userName: request.userName || (token?.userName ?? ""),
      userData: request.userData,
      owner: token?.owner ?? false,
      joinedAtMs: this.#clock.wallMs(),
      publications: request.publications,
    };
    const { name, meetingId, maxAppMessageSize } = this;
    member.send({
      type: "joined",
      you: peer,
      peers: [...this.participants()],
      room: { name, meetingId, maxAppMessageSize },
    });
    this.#tellOthers(peer.sessionId, { type: "peer-joined", peer });
    this.#seats.set(peer.sessionId, { peer, member });
    this.events.emit("joined", peer);
  }

  /** What a seated participant asks for. */
  handle(sessionId: string, request: MemberRequest): void {
    const seat = this.#seats.get(sessionId);
    if (!seat) return;
    switch (request.type) {
      case "publish":
        this.#change(seat, { publications: request.publications });
        break;
      case "update": {
        const { userName, userData } = request;
        this.#change(seat, {
          ...(userName !== undefined && { userName }),
          ...(userData !== undefined && { userData }),
        });
        break;
      }
      case "wish":
        this.#seats.get(request.to)?.member.send({ type: "wish", from: sessionId, wish: request.wish });
        break;
      case "signal":
        this.#seats.get(request.to)?.member.send({ type: "signal", from: sessionId, signal: request.signal });
        break;
      case "app-message":
        this.#appMessage(seat, request.to, request.data);
        break;
      case "eject":
        if (this.#mayAdminister(seat, "eject")) this.eject(request.id);
        break;
      case "mute":
        if (this.#mayAdminister(seat, "mute")) {
          const { id, type: _, ...media } = request;
          this.#seats.get(id)?.member.send({ type: "muted", ...media } as ServerMessage);
        }
        break;
      case "leave":
        this.leave(sessionId);
        seat.member.close();
        break;
    }
  }

  /** Takes a participant out, whatever became of its socket. No-op for who is not there. */
  leave(sessionId: string): void {
    const seat = this.#seats.get(sessionId);
    if (!seat) return;
    this.#seats.delete(sessionId);
    this.#tellOthers(sessionId, { type: "peer-left", sessionId });
    this.events.emit("left", seat.peer);
  }

  eject(sessionId: string): void {
    const seat = this.#seats.get(sessionId);
    if (!seat) return;
    seat.member.send({
      type: "ended",
      error: "ejected",
      message: "Meeting has ended: you were removed from the call.",
    });
    this.leave(sessionId);
    seat.member.close();
  }

  /** Sends everyone an app message in the name of a participant. */
  relay(from: string, data: unknown): void {
    for (const { member } of this.#seats.values()) member.send({ type: "app-message", from, data });
  }

  /** Ends the meeting for everyone in it. */
  end(message = "Meeting has ended."): void {
    for (const [sessionId, { member }] of [...this.#seats]) {
      member.send({ type: "ended", error: "exp-room", message });
      this.#seats.delete(sessionId);
      member.close();
    }
    this.events.emit("ended", message);
    this.events.removeAllListeners();
  }

  #admit(request: JoinRequest): TokenOptions | undefined {
    const { expiresAtMs, isPrivate, maxParticipants } = this.#options;
    const now = this.#clock.wallMs();
    if (expiresAtMs !== undefined && now >= expiresAtMs)
      throw new RoomRefusal("exp-room", "The meeting room has expired.");
    const token = request.token === undefined ? undefined : this.#tokens.get(request.token);
    if ((request.token !== undefined || isPrivate) && !token) {
      throw new RoomRefusal("not-allowed", "You are not allowed to join this meeting.");
    }
    if (token?.expiresAtMs !== undefined && now >= token.expiresAtMs) {
      throw new RoomRefusal("exp-token", "The meeting token has expired.");
    }
    if (maxParticipants !== undefined && this.#seats.size >= maxParticipants) {
      throw new RoomRefusal("meeting-full", "The meeting is full.");
    }
    if (this.#seats.has(request.sessionId)) {
      throw new RoomRefusal("not-allowed", "This session id is in the meeting already.");
    }
    return token;
  }

  #change(seat: Seat, change: Partial<PeerInfo>): void {
    seat.peer = { ...seat.peer, ...change };
    this.#tellOthers(seat.peer.sessionId, { type: "peer-updated", peer: seat.peer });
  }

  #appMessage(from: Seat, to: "*" | string[], data: unknown): void {
    const sender = from.peer.sessionId;
    if ((jsonLength(data ?? null) ?? Infinity) > this.maxAppMessageSize) {
      const message = `App message too large: the room takes at most ${this.maxAppMessageSize} characters.`;
      from.member.send({ type: "rejected", request: "app-message", message });
      return;
    }
    const receivers = to === "*" ? [...this.#seats.keys()] : to;
    for (const id of receivers) {
      if (id !== sender) this.#seats.get(id)?.member.send({ type: "app-message", from: sender, data });
    }
    this.events.emit("appMessage", data, sender, to);
  }

  #mayAdminister(seat: Seat, request: string): boolean {
    if (seat.peer.owner) return true;
    seat.member.send({ type: "rejected", request, message: `Only a room owner may ${request} others.` });
    return false;
  }

  #tellOthers(sessionId: string, message: ServerMessage): void {
    for (const [id, { member }] of this.#seats) if (id !== sessionId) member.send(message);
  }
}
