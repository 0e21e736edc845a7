import { randomUUID } from "node:crypto";

import type { Clock } from "../../util/clock.ts";
import { SafeEmitter } from "../../util/emitter.ts";
import { jsonLength } from "./json-length.ts";
import type { ClientMessage, PeerInfo, RecordingInfo, RoomErrorType, ServerMessage } from "./protocol.ts";
import { RoomAdmission } from "./room-admission.ts";
import { RoomEjections } from "./room-ejections.ts";
import type { RoomOptions, RoomPermissions, TokenOptions, TokenReader } from "./room-options.ts";
import { RecordingRefusal, RoomRecordings } from "./room-recordings.ts";

export { RoomRefusal } from "./room-admission.ts";
export type { RoomOptions, TokenOptions } from "./room-options.ts";

/** Maximum meeting session data, in characters of its JSON, as in daily-js. */
const MAX_SESSION_DATA = 102_400;

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

/** What participants receive when their room ends. */
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

interface Seat {
  peer: PeerInfo;
  readonly token: TokenOptions | undefined;
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
  readonly #clock: Clock;
  readonly #admission: RoomAdmission;
  readonly #ejections: RoomEjections;
  readonly #seats = new Map<string, Seat>();
  readonly #recordings: RoomRecordings;
  #options: RoomOptions;
  #sessionData: Readonly<Record<string, unknown>> | undefined;

  /** `readToken` reads tokens that the room has not issued. @internal */
  constructor(
    name: string,
    options: RoomOptions,
    clock: Clock,
    onListenerError: (error: Error) => void,
    readToken?: TokenReader,
  ) {
    this.name = name;
    this.maxAppMessageSize = options.maxAppMessageSize ?? 4096;
    this.#options = options;
    this.#clock = clock;
    this.#admission = new RoomAdmission(clock, readToken);
    this.#ejections = new RoomEjections(clock, (sessionId, error, message) => {
      this.#remove(sessionId, error, message);
    });
    this.#recordings = new RoomRecordings(clock);
    this.events = new SafeEmitter(onListenerError);
  }

  /** Replaces the options, except the size of app messages. Ejections apply to those in the room, too. @internal */
  configure(options: RoomOptions): void {
    this.#options = options;
    for (const { peer, token } of this.#seats.values())
      this.#ejections.schedule(peer.sessionId, peer.joinedAtMs, options, token);
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
    return this.#admission.issueToken(options);
  }

  /** Admits a participant, or throws a `RoomRefusal`. @internal */
  join(request: JoinRequest, member: RoomMember): void {
    const options = this.#options;
    const token = this.#admission.admit(request, options, this.#seats);
    if (options.uniqueUserIds === true && token?.userId !== undefined) this.ejectUsers([token.userId]);
    const permissions = token?.permissions ?? options.permissions;
    const peer: PeerInfo = {
      sessionId: request.sessionId,
      userId: token?.userId ?? request.sessionId,
      userName: request.userName || (token?.userName ?? ""),
      userData: request.userData,
      owner: token?.owner ?? false,
      joinedAtMs: this.#clock.wallMs(),
      publications: request.publications,
      ...(permissions !== undefined && { permissions }),
    };
    const { name, meetingId, maxAppMessageSize } = this;
    member.send({
      type: "joined",
      you: peer,
      peers: [...this.participants()],
      room: {
        name,
        meetingId,
        maxAppMessageSize,
        sessionData: this.#sessionData,
        recordings: this.recordings(),
        startAudioOff: token?.startAudioOff ?? options.startAudioOff ?? false,
        startVideoOff: token?.startVideoOff ?? options.startVideoOff ?? false,
      },
    });
    this.#tellOthers(peer.sessionId, { type: "peer-joined", peer });
    this.#seats.set(peer.sessionId, { peer, token, member });
    this.#ejections.schedule(peer.sessionId, peer.joinedAtMs, options, token);
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
      case "permit":
        if (this.#mayAdminister(seat, "permit"))
          this.setPermissions(request.id, request.permissions as RoomPermissions);
        break;
      case "session-data":
        this.#setSessionData(seat, request.data, request.merge);
        break;
      case "start-recording":
        this.#startRecording(seat, request);
        break;
      case "stop-recording":
        this.stopRecording(request.instanceId);
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
    this.#ejections.cancel(sessionId);
    this.#tellOthers(sessionId, { type: "peer-left", sessionId });
    this.events.emit("left", seat.peer);
    if (this.#seats.size === 0) this.#endSession();
  }

  /** Removes a participant, as a room owner can. No-op for an unknown session id. */
  eject(sessionId: string): void {
    this.#remove(sessionId, "ejected", "Meeting has ended: you were removed from the call.");
  }

  /** Removes all participants with these user ids, and returns their session ids. @internal */
  ejectUsers(userIds: readonly string[], { ban = false }: { readonly ban?: boolean } = {}): string[] {
    if (ban) this.#admission.ban(userIds);
    const found = this.participants().filter(({ userId }) => userIds.includes(userId));
    for (const { sessionId } of found) this.eject(sessionId);
    return found.map(({ sessionId }) => sessionId);
  }

  /** Changes what a participant may do. No-op for an unknown session id. @internal */
  setPermissions(sessionId: string, permissions: RoomPermissions): void {
    const seat = this.#seats.get(sessionId);
    if (!seat) return;
    this.#change(seat, { permissions: { ...seat.peer.permissions, ...permissions } });
    seat.member.send({ type: "you-updated", peer: seat.peer });
  }

  /** Sends an app message to everyone, or to one, on behalf of a participant. @internal */
  relay(from: string, data: unknown, to = "*"): void {
    for (const [sessionId, { member }] of this.#seats)
      if (to === "*" || to === sessionId) member.send({ type: "app-message", from, data });
  }

  /** Replaces the session's shared data. Returns false when it is too large. @internal */
  shareData(data: Readonly<Record<string, unknown>>): boolean {
    if ((jsonLength(data) ?? Infinity) > MAX_SESSION_DATA) return false;
    this.#sessionData = data;
    this.#tellAll({ type: "session-data", data });
    return true;
  }

  /** Starts a recording for nobody in the room. Throws a RecordingRefusal. @internal */
  startRecording(request: Extract<MemberRequest, { type: "start-recording" }>): RecordingInfo {
    return this.#record("", request, this.#options.enableRecording ?? false);
  }

  /** Stops a recording; undefined when none is running. @internal */
  stopRecording(instanceId?: string): RecordingInfo | undefined {
    const recording = this.#recordings.stop(instanceId);
    if (!recording) return undefined;
    this.#tellAll({ type: "recording-stopped", instanceId: recording.instanceId });
    this.events.emit("recordingStopped", recording, this.#clock.wallMs() - recording.startedAtMs);
    return recording;
  }

  /** Ends the meeting for all participants. @internal */
  end({ error, message }: RoomEnd = { error: "exp-room", message: "Meeting has ended." }): void {
    for (const [sessionId, { member }] of [...this.#seats]) {
      member.send({ type: "ended", error, message });
      this.#seats.delete(sessionId);
      this.#ejections.cancel(sessionId);
      member.close();
    }
    this.#endSession();
    this.events.emit("ended", message);
    this.events.removeAllListeners();
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
    if (!this.shareData(next)) refuse(`Meeting session data too large: at most ${MAX_SESSION_DATA} characters.`);
  }

  #startRecording(seat: Seat, request: Extract<MemberRequest, { type: "start-recording" }>): void {
    try {
      const isEnabled = seat.token?.enableRecording ?? this.#options.enableRecording ?? false;
      this.#record(seat.peer.sessionId, request, isEnabled);
    } catch (thrown) {
      if (!(thrown instanceof RecordingRefusal)) throw thrown;
      const { instanceId, message } = thrown;
      seat.member.send({ type: "recording-failed", instanceId, message });
    }
  }

  #record(startedBy: string, request: Extract<MemberRequest, { type: "start-recording" }>, isEnabled: boolean) {
    const recording = this.#recordings.start(startedBy, request, isEnabled);
    this.#tellAll({ type: "recording-started", recording });
    this.events.emit("recordingStarted", recording);
    return recording;
  }

  #remove(sessionId: string, error: RoomErrorType, message: string): void {
    const seat = this.#seats.get(sessionId);
    if (!seat) return;
    seat.member.send({ type: "ended", error, message });
    this.leave(sessionId);
    seat.member.close();
  }

  /** A meeting session lasts while somebody is in the room. */
  #endSession(): void {
    this.#admission.endSession();
    this.#sessionData = undefined;
    for (const { instanceId } of this.recordings()) this.stopRecording(instanceId);
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
