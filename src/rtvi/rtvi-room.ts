import type { RTVICapabilities } from "./messages.ts";

/** What happens in a room, as far as RTVI needs to know. */
export interface RTVIRoomListener {
  /** Somebody has sent an app message; it may be anything. */
  readonly onMessage: (message: unknown, fromSessionId: string) => void;
  /** A session is a user from now on: it has joined, or it was decided that it is one. */
  readonly onUserJoined: (sessionId: string) => void;
  /** A user has left, or turned out not to be one. */
  readonly onUserLeft: (sessionId: string) => void;
  /** The room was left: everybody in it is gone. */
  readonly onRoomLeft: () => void;
}

/** How an `RTVIProcessor` reaches the users of a room. A transport implements it. */
export interface RTVIRoom {
  /** The name of the transport's output processor: what it pushes has been heard. */
  readonly outputName: string;
  /** The longest message that the room takes now, in bytes of its JSON. */
  readonly maxMessageBytes: number;
  /** What the bot hears, sees and shows in the room. `metrics` is added. */
  readonly capabilities: Omit<RTVICapabilities, "metrics">;
  /** Whether this session is a user in the room: not the bot itself, and not its pal. */
  isUser(sessionId: string): boolean;
  /** Sends a message to one session. Rejects when it cannot be sent. */
  send(message: unknown, toSessionId: string): Promise<void>;
  /** Reports what happens from now on. Called once. */
  listen(listener: RTVIRoomListener): void;
}
