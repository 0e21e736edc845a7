import { asError } from "../../util/errors.ts";
import { SafeEmitter } from "../../util/emitter.ts";
import { IncomingLink } from "./incoming-link.ts";
import { keepAllowed } from "./may-send.ts";
import { type BitrateLimit, type LocalTrack, OutgoingLink, type RtcClasses } from "./outgoing-link.ts";
import type {
  ClientMessage,
  PeerInfo,
  Publications,
  RecordingInfo,
  RoomErrorType,
  RoomInfo,
  ServerMessage,
  Signal,
  SubscriptionRequest,
} from "./protocol.ts";
import type { RoomPermissions } from "./room-options.ts";
import { SIGNAL_PATH } from "./signal-path.ts";

export interface RoomClientEnvironment extends RtcClasses {
  readonly WebSocket: typeof WebSocket;
}

export interface RoomClientJoin {
  readonly url: string;
  readonly sessionId: string;
  readonly token?: string | undefined;
  readonly userName: string;
  readonly userData?: unknown;
}

export type RoomClientEvents = {
  peerJoined: [peer: PeerInfo];
  peerUpdated: [peer: PeerInfo];
  peerLeft: [peer: PeerInfo];
  /** What we may do has changed. */
  youUpdated: [you: PeerInfo];
  track: [sessionId: string, tag: string, track: MediaStreamTrack | undefined];
  appMessage: [data: unknown, from: string];
  muted: [request: { readonly audio?: boolean; readonly video?: boolean }];
  sessionData: [data: unknown];
  recordingStarted: [recording: RecordingInfo];
  recordingStopped: [instanceId: string];
  recordingFailed: [instanceId: string, message: string];
  rejected: [request: string, message: string];
  /** The room, or the connection to it, is gone without our request. */
  ended: [error: RoomErrorType, message: string];
};

/** The room rejected the join. */
export class RoomJoinError extends Error {
  readonly type: RoomErrorType;

  constructor(type: RoomErrorType, message: string) {
    super(message);
    this.name = "RoomJoinError";
    this.type = type;
  }
}

/**
 * One participant's place in a local room: the signalling socket and the mesh of peer connections. Runs in a page, in
 * Node under daily-js, and in Node for the pal; the WebRTC classes are injected.
 */
export class RoomClient {
  readonly events: SafeEmitter<RoomClientEvents>;
  readonly #env: RoomClientEnvironment;
  readonly #onError: (error: Error) => void;
  readonly #peers = new Map<string, PeerInfo>();
  readonly #outgoing = new Map<string, OutgoingLink>();
  readonly #incoming = new Map<string, IncomingLink>();
  readonly #tracks = new Map<string, LocalTrack>();
  #limit: BitrateLimit = () => undefined;
  #socket: WebSocket | undefined;
  #joined = false;
  #permissions: RoomPermissions | undefined;
  #refuse: ((error: RoomJoinError) => void) | undefined;

  constructor(env: RoomClientEnvironment, onError: (error: Error) => void) {
    this.#env = env;
    this.#onError = onError;
    this.events = new SafeEmitter(onError);
  }

  get peers(): ReadonlyMap<string, PeerInfo> {
    return this.#peers;
  }

  /** Connects and joins. Throws a {@link RoomJoinError}. */
  async join(options: RoomClientJoin): Promise<{ readonly you: PeerInfo; readonly room: RoomInfo }> {
    const { url, ...rest } = options;
    const room = new URL(url);
    const socket = new this.#env.WebSocket(
      `${room.protocol === "https:" ? "wss:" : "ws:"}//${room.host}${SIGNAL_PATH}`,
    );
    this.#socket = socket;
    const answer = new Promise<{ you: PeerInfo; room: RoomInfo }>((resolve, reject) => {
      this.#refuse = reject;
      socket.onmessage = (event) => {
        const message = JSON.parse(event.data as string) as ServerMessage;
        if (message.type === "failed") {
          reject(new RoomJoinError(message.error, message.message));
        } else if (message.type === "joined") {
          this.#joined = true;
          this.#permissions = message.you.permissions;
          for (const peer of message.peers) this.#addPeer(peer);
          resolve(message);
        } else {
          this.#receive(message);
        }
      };
      socket.onclose = () => {
        if (this.#joined) this.#end("connection-error", "The connection to the local room was lost.");
        else reject(new RoomJoinError("connection-error", `No local room server answers at ${room.host}.`));
      };
    });
    socket.onerror = () => undefined; // A close event always follows, with all details.
    socket.onopen = () => {
      this.#send({ type: "join", room: room.pathname.slice(1), publications: this.#publications(), ...rest });
    };
    try {
      return await answer;
    } catch (thrown) {
      this.#close();
      throw thrown;
    }
  }

  /** Sets, replaces or (undefined) removes the track published under a tag. */
  publish(tag: string, local: LocalTrack | undefined): void {
    if (local) this.#tracks.set(tag, local);
    else this.#tracks.delete(tag);
    if (this.#joined) this.#publishAll();
  }

  /** Limits the bit rates of tracks, from now on and for those that are published later. */
  limitBitrates(limit: BitrateLimit): void {
    this.#limit = limit;
    for (const link of this.#outgoing.values()) link.limitBitrates(limit);
  }

  /** Whether any participant receives this tag from us. */
  isSending(tag: string): boolean {
    return [...this.#outgoing.values()].some((link) => link.isSending(tag));
  }

  subscribe(sessionId: string, subscriptions: SubscriptionRequest): void {
    this.#send({ type: "subscribe", to: sessionId, subscriptions });
  }

  update(change: { userName?: string; userData?: unknown }): void {
    this.#send({ type: "update", ...change });
  }

  sendAppMessage(data: unknown, to: "*" | string[]): void {
    this.#send({ type: "app-message", to, data });
  }

  eject(id: string): void {
    this.#send({ type: "eject", id });
  }

  mute(id: string, media: { audio?: boolean; video?: boolean }): void {
    this.#send({ type: "mute", id, ...media });
  }

  permit(id: string, permissions: unknown): void {
    // The room validates the application's data.
    this.#send({ type: "permit", id, permissions } as ClientMessage);
  }

  /** Shares data with everyone in the room: replaces the shared data, or merges into it. */
  setSessionData(data: unknown, merge: boolean): void {
    this.#send({ type: "session-data", data, merge });
  }

  startRecording(options: { recordingType?: unknown; layout?: unknown; instanceId?: unknown }): void {
    // The room validates the application's data.
    this.#send({ type: "start-recording", ...options } as ClientMessage);
  }

  stopRecording(instanceId: string | undefined): void {
    this.#send({ type: "stop-recording", ...(instanceId !== undefined && { instanceId }) });
  }

  /** Level of each microphone that we receive, 0 to 1, by session id. */
  microphoneLevels(): Map<string, number> {
    return new Map([...this.#incoming].map(([id, link]) => [id, link.level("cam-audio")]));
  }

  /** All peer connections, for statistics. */
  connections(): RTCPeerConnection[] {
    return [...this.#outgoing.values(), ...this.#incoming.values()].map(({ connection }) => connection);
  }

  /** The peer connection on which we receive from a participant, for statistics. */
  receivingConnection(sessionId: string): RTCPeerConnection | undefined {
    return this.#incoming.get(sessionId)?.connection;
  }

  leave(): void {
    if (this.#joined) this.#send({ type: "leave" });
    this.#close();
  }

  #publishAll(): void {
    this.#send({ type: "publish", publications: this.#publications() });
    for (const link of this.#outgoing.values()) link.setTracks(this.#allowed());
  }

  /** The tracks that we may send. */
  #allowed(): ReadonlyMap<string, LocalTrack> {
    return keepAllowed(this.#tracks, this.#permissions?.canSend);
  }

  #publications(): Publications {
    return Object.fromEntries(
      [...this.#allowed()].map(([tag, { track, on }]) => [
        tag,
        { kind: track.kind === "video" ? "video" : "audio", on },
      ]),
    );
  }

  #send(message: ClientMessage): void {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(message));
  }

  #receive(message: Exclude<ServerMessage, { type: "joined" | "failed" }>): void {
    switch (message.type) {
      case "peer-joined":
        this.#addPeer(message.peer);
        this.events.emit("peerJoined", message.peer);
        break;
      case "peer-updated":
        this.#peers.set(message.peer.sessionId, message.peer);
        this.events.emit("peerUpdated", message.peer);
        break;
      case "peer-left":
        this.#removePeer(message.sessionId);
        break;
      case "you-updated":
        this.#permissions = message.peer.permissions;
        this.#publishAll();
        this.events.emit("youUpdated", message.peer);
        break;
      case "subscribe":
        this.#outgoing.get(message.from)?.setSubscriptions(message.subscriptions);
        break;
      case "signal":
        this.#signal(message.from, message.signal).catch((thrown: unknown) => {
          // Ignore a link that was closed during negotiation.
          if (this.#peers.has(message.from)) this.#onError(asError(thrown));
        });
        break;
      case "app-message":
        this.events.emit("appMessage", message.data, message.from);
        break;
      case "muted":
        this.events.emit("muted", message);
        break;
      case "session-data":
        this.events.emit("sessionData", message.data);
        break;
      case "recording-started":
        this.events.emit("recordingStarted", message.recording);
        break;
      case "recording-stopped":
        this.events.emit("recordingStopped", message.instanceId);
        break;
      case "recording-failed":
        this.events.emit("recordingFailed", message.instanceId, message.message);
        break;
      case "rejected":
        this.events.emit("rejected", message.request, message.message);
        break;
      case "ended":
        this.#end(message.error, message.message);
        break;
    }
  }

  async #signal(from: string, signal: Signal): Promise<void> {
    const link = signal.role === "publisher" ? this.#incoming.get(from) : this.#outgoing.get(from);
    await link?.receive(signal);
  }

  #addPeer(peer: PeerInfo): void {
    const id = peer.sessionId;
    const send = (signal: Signal): void => {
      this.#send({ type: "signal", to: id, signal });
    };
    this.#peers.set(id, peer);
    const outgoing = new OutgoingLink(this.#env, send, this.#onError, this.#limit);
    outgoing.setTracks(this.#allowed());
    this.#outgoing.set(id, outgoing);
    this.#incoming.set(
      id,
      new IncomingLink(this.#env, send, (tag, track) => {
        this.events.emit("track", id, tag, track);
      }),
    );
  }

  #removePeer(id: string): void {
    const peer = this.#peers.get(id);
    this.#peers.delete(id);
    this.#outgoing.get(id)?.close();
    this.#incoming.get(id)?.close();
    this.#outgoing.delete(id);
    this.#incoming.delete(id);
    if (peer) this.events.emit("peerLeft", peer);
  }

  #end(error: RoomErrorType, message: string): void {
    this.#close();
    this.events.emit("ended", error, message);
  }

  #close(): void {
    this.#joined = false;
    this.#refuse?.(new RoomJoinError("connection-error", "Left before the join was answered."));
    for (const link of [...this.#outgoing.values(), ...this.#incoming.values()]) link.close();
    this.#outgoing.clear();
    this.#incoming.clear();
    this.#peers.clear();
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }
}
