import { randomBytes, randomUUID } from "node:crypto";

import type { Clock } from "../../util/clock.ts";
import { SafeEmitter } from "../../util/emitter.ts";
import { jsonLength } from "./json-length.ts";
import type { ClientMessage, PeerInfo, RecordingInfo, RoomErrorType, ServerMessage } from "./protocol.ts";
import { RecordingRefusal, RoomRecordings } from "./room-recordings.ts";

/** Options of a room. */
export interface RoomOptions {
  /** Whether joining requires a token. Default false. */
  readonly isPrivate?: boolean;
  /** Maximum number of participants; further joins are rejected. Default: no limit. */
  readonly maxParticipants?: number;
  /** Longest app message in characters of its JSON. Default 4096, as Daily documents it. */
  readonly maxAppMessageSize?: number;
  /** Wall time, in milliseconds, after which joins are rejected. */
  readonly expiresAtMs?: number;
  /** Whether participants may start recordings. Default false, as in Daily. */
  readonly enableRecording?: boolean;
}

/** Maximum meeting session data, in characters of its JSON, as in daily-js. */
const MAX_SESSION_DATA = 102_400;

/** What a meeting token grants. */
export interface TokenOptions {
  /** The user id of the participant. Default: its session id. */
  readonly userId?: string;
  /** The display name of a participant that joins without one. Default: empty. */
  readonly userName?: string;
  /** Owners may mute and eject. */
  readonly owner?: boolean;
  /** Wall time, in milliseconds since 1970, after which the token is rejected. Default: never. */
  readonly expiresAtMs?: number;
}

/** Events of a {@link Room}, with the arguments that listeners receive. */
export type RoomEvents = {
  /** A participant joined. */
  joined: [peer: PeerInfo];
  /** A participant left, was ejected, or lost its connection. */
  left: [peer: PeerInfo];
  /** A participant sent an app message: to the session ids in `to`, or to all others ("*"). */
  appMessage: [data: unknown, from: string, to: "*" | readonly string[]];
  /** A participant started a recording. */
  recordingStarted: [recording: RecordingInfo];
  /** A recording was stopped after `durationMs` milliseconds. */
  recordingStopped: [recording: RecordingInfo, durationMs: number];
  /** The room ended for all participants. The last event. */
  ended: [message: string];
};

/** What participants are told when their room ends. */
export interface RoomEnd {
  readonly error: RoomErrorType;
  readonly message: string;
}

/** The room's connection to a participant: the server's socket. */
export interface RoomMember {
  send(message: ServerMessage): void;
  /** Closes the connection after everything sent. */
  close(): void;
}

type JoinRequest = Extract<ClientMessage, { type: "join" }>;
type MemberRequest = Exclude<ClientMessage, JoinRequest>;

/** A rejected join. */
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

/** One local room: its participants, who may join, and the messages between them. */
export class Room {
  /** The last part of its URL; for a conversation its id. */
  readonly name: string;
  /** A UUID, the same for the whole life of the room. */
  readonly meetingId: string = randomUUID();
  /** Longest app message, in characters of its JSON. */
  readonly maxAppMessageSize: number;
  /** Emits joins, leaves, app messages and recordings. A listener that throws is logged and affects nothing else. */
  readonly events: SafeEmitter<RoomEvents>;
  readonly #options: RoomOptions;
  readonly #clock: Clock;
  readonly #tokens = new Map<string, TokenOptions>();
  readonly #seats = new Map<string, Seat>();
  readonly #recordings: RoomRecordings;
  #sessionData: Readonly<Record<string, unknown>> | undefined;

  /** @internal */
  constructor(name: string, options: RoomOptions, clock: Clock, onListenerError: (error: Error) => void) {
    this.name = name;
    this.maxAppMessageSize = options.maxAppMessageSize ?? 4096;
    this.#options = options;
    this.#clock = clock;
    this.#recordings = new RoomRecordings(clock, options.enableRecording ?? false);
    this.events = new SafeEmitter(onListenerError);
  }

  /** The participants now in the room, in the order they joined. */
  participants(): readonly PeerInfo[] {
    return [...this.#seats.values()].map(({ peer }) => peer);
  }

  /** Data shared by `setMeetingSessionData`. */
  get sessionData(): Readonly<Record<string, unknown>> | undefined {
    return this.#sessionData;
  }

  /** The running recordings. */
  recordings(): readonly RecordingInfo[] {
    return this.#recordings.running;
  }

  /** Issues a meeting token. Daily's are signed JWTs; this room stores its own. */
  issueToken(options: TokenOptions = {}): string {
    const token = randomBytes(24).toString("base64url");
    this.#tokens.set(token, options);
    return token;
  }

  /** Admits a participant, or throws a `RoomRefusal`. @internal */
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
      room: { name, meetingId, maxAppMessageSize, sessionData: this.#sessionData, recordings: this.recordings() },
    });
    this.#tellOthers(peer.sessionId, { type: "peer-joined", peer });
    this.#seats.set(peer.sessionId, { peer, member });
    this.events.emit("joined", peer);
  }

  /** Handles a request of a participant. @internal */
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
      case "subscribe": {
        const { to, subscriptions } = request;
        this.#seats.get(to)?.member.send({ type: "subscribe", from: sessionId, subscriptions });
        break;
      }
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
      case "session-data":
        this.#setSessionData(seat, request.data, request.merge);
        break;
      case "start-recording":
        this.#startRecording(seat, request);
        break;
      case "stop-recording":
        this.#stopRecording(request.instanceId);
        break;
      case "leave":
        this.leave(sessionId);
        seat.member.close();
        break;
    }
  }

  /** Removes a participant, whatever the state of its socket. No-op for an unknown one. @internal */
  leave(sessionId: string): void {
    const seat = this.#seats.get(sessionId);
    if (!seat) return;
    this.#seats.delete(sessionId);
    this.#tellOthers(sessionId, { type: "peer-left", sessionId });
    this.events.emit("left", seat.peer);
    if (this.#seats.size === 0) this.#endSession();
  }

  /** Removes a participant, as a room owner can. No-op for an unknown session id. */
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

  /** Sends an app message to everyone on behalf of a participant. @internal */
  relay(from: string, data: unknown): void {
    for (const { member } of this.#seats.values()) member.send({ type: "app-message", from, data });
  }

  /** Ends the meeting for all participants. @internal */
  end({ error, message }: RoomEnd = { error: "exp-room", message: "Meeting has ended." }): void {
    for (const [sessionId, { member }] of [...this.#seats]) {
      member.send({ type: "ended", error, message });
      this.#seats.delete(sessionId);
      member.close();
    }
    this.#endSession();
    this.events.emit("ended", message);
    this.events.removeAllListeners();
  }

  #admit(request: JoinRequest): TokenOptions | undefined {
    const { expiresAtMs, isPrivate, maxParticipants } = this.#options;
    const now = this.#clock.wallMs();
    if (expiresAtMs !== undefined && now >= expiresAtMs)
      throw new RoomRefusal("exp-room", "The meeting room has expired.");
    const token = request.token === undefined ? undefined : this.#tokens.get(request.token);
    if ((request.token !== undefined || isPrivate) && !token)
      throw new RoomRefusal("not-allowed", "You are not allowed to join this meeting.");
    if (token?.expiresAtMs !== undefined && now >= token.expiresAtMs)
      throw new RoomRefusal("exp-token", "The meeting token has expired.");
    if (maxParticipants !== undefined && this.#seats.size >= maxParticipants)
      throw new RoomRefusal("meeting-full", "The meeting is full.");
    if (this.#seats.has(request.sessionId))
      throw new RoomRefusal("not-allowed", "This session id is in the meeting already.");
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
    for (const id of receivers)
      if (id !== sender) this.#seats.get(id)?.member.send({ type: "app-message", from: sender, data });
    this.events.emit("appMessage", data, sender, to);
  }

  #setSessionData({ member }: Seat, data: unknown, merge: boolean): void {
    const refuse = (message: string): void => {
      member.send({ type: "rejected", request: "session-data", message });
    };
    if (typeof data !== "object" || data === null || Array.isArray(data)) {
      refuse("Meeting session data must be an object.");
      return;
    }
    const next = { ...(merge && this.#sessionData), ...data };
    if ((jsonLength(next) ?? Infinity) > MAX_SESSION_DATA) {
      refuse(`Meeting session data too large: at most ${MAX_SESSION_DATA} characters.`);
      return;
    }
    this.#sessionData = next;
    this.#tellAll({ type: "session-data", data: next });
  }

  #startRecording(seat: Seat, request: Extract<MemberRequest, { type: "start-recording" }>): void {
    try {
      const recording = this.#recordings.start(seat.peer.sessionId, request);
      this.#tellAll({ type: "recording-started", recording });
      this.events.emit("recordingStarted", recording);
    } catch (thrown) {
      if (!(thrown instanceof RecordingRefusal)) throw thrown;
      const { instanceId, message } = thrown;
      seat.member.send({ type: "recording-failed", instanceId, message });
    }
  }

  #stopRecording(instanceId: string | undefined): void {
    const recording = this.#recordings.stop(instanceId);
    if (!recording) return;
    this.#tellAll({ type: "recording-stopped", instanceId: recording.instanceId });
    this.events.emit("recordingStopped", recording, this.#clock.wallMs() - recording.startedAtMs);
  }

  /** A meeting session lasts while somebody is in the room. */
  #endSession(): void {
    this.#sessionData = undefined;
    for (const { instanceId } of this.recordings()) this.#stopRecording(instanceId);
  }

  #mayAdminister(seat: Seat, request: string): boolean {
    if (seat.peer.owner) return true;
    seat.member.send({ type: "rejected", request, message: `Only a room owner may ${request} others.` });
    return false;
  }

  #tellAll(message: ServerMessage): void {
    for (const { member } of this.#seats.values()) member.send(message);
  }

  #tellOthers(sessionId: string, message: ServerMessage): void {
    for (const [id, { member }] of this.#seats) if (id !== sessionId) member.send(message);
  }
}
