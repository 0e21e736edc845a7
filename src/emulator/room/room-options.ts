/** Media that a participant may be allowed to send. */
export type Sendable = "video" | "audio" | "screenVideo" | "screenAudio" | "customVideo" | "customAudio";

/** What a participant may do. The room enforces `canSend` only. */
export interface RoomPermissions {
  /** What it may send: everything, nothing, or these. Default: everything. */
  readonly canSend?: boolean | readonly Sendable[];
  /** Shown to the participant. */
  readonly canAdmin?: unknown;
  /** Shown to the participant. */
  readonly hasPresence?: boolean;
  /** Shown to the participant. */
  readonly canReceive?: unknown;
}

/** What a room and a meeting token can both determine. */
export interface JoinRules {
  /** Wall time, in milliseconds since 1970, before which joins are rejected. Default: none. */
  readonly notBeforeMs?: number;
  /** Ejects participants this long after they joined, in milliseconds. Default: never. */
  readonly ejectAfterMs?: number;
  /** Ejects participants at `expiresAtMs`. Default false. */
  readonly ejectAtExpiry?: boolean;
  /** Participants join with the microphone off unless they ask otherwise. Default false. */
  readonly startAudioOff?: boolean;
  /** Participants join with the camera off unless they ask otherwise. Default false. */
  readonly startVideoOff?: boolean;
  /** What participants may do. Default: everything. */
  readonly permissions?: RoomPermissions;
}

/** Options of a room. */
export interface RoomOptions extends JoinRules {
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
  /** Whether a join ejects participants with the same user id. Default false. */
  readonly uniqueUserIds?: boolean;
}

/** What a meeting token grants. Its ejection rules replace the room's. */
export interface TokenOptions extends JoinRules {
  /** The user id of the participant. Default: its session id. */
  readonly userId?: string;
  /** The display name of a participant that joins without one. Default: empty. */
  readonly userName?: string;
  /** Owners may mute and eject. */
  readonly owner?: boolean;
  /** Wall time, in milliseconds since 1970, after which the token is rejected. Default: never. */
  readonly expiresAtMs?: number;
  /** Whether the holder may start recordings. Default: the room's rule. */
  readonly enableRecording?: boolean;
}

/** Reads a token that the room has not issued. Undefined when it does not open the room. */
export type TokenReader = (token: string) => TokenOptions | undefined;
