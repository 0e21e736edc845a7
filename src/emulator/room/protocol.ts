import { z } from "zod";

import { jsonLength } from "./json-length.ts";
import type { RoomPermissions } from "./room-options.ts";

// The local room's own signalling: JSON over one WebSocket per participant. It is unrelated to Daily's real one,
// which is not public. Only the call machine bundle and the pal speak it; daily-js never sees it.

/** Maximum tracks per participant. */
const MOST_TRACKS = 100;
/** In characters of JSON (daily-js checks its own user's data likewise). */
const LONGEST_USER_DATA = 4096;
const LONGEST_LAYOUT = 10_000;

/** Which published medium: "cam-audio", "cam-video", "screen-audio", "screen-video", or the name of a custom track. */
const tag = z.string().min(1).max(50);
const sessionId = z.uuid();

const publication = z.object({ kind: z.enum(["audio", "video"]), on: z.boolean() });
const publications = z.record(tag, publication).refine((tags) => Object.keys(tags).length <= MOST_TRACKS);
/** Daily allows 4096 characters of JSON. Data nested too deeply for JSON could not be forwarded. */
const userData = z.unknown().refine((data) => (jsonLength(data) ?? Infinity) <= LONGEST_USER_DATA);

const subscribable = z.union([z.boolean(), z.literal("staged")]);
const subscriptionRequest = z.object({
  "cam-audio": subscribable,
  "cam-video": subscribable,
  "screen-audio": subscribable,
  "screen-video": subscribable,
  custom: z.union([subscribable, z.record(tag, subscribable)]),
});

/** A participant's published media: tag → kind, and whether it is switched on. */
export type Publications = Readonly<Record<string, { readonly kind: "audio" | "video"; readonly on: boolean }>>;
/** One subscriber's subscriptions to one publisher. */
export type SubscriptionRequest = z.infer<typeof subscriptionRequest>;

const description = z.object({ type: z.enum(["offer", "answer"]), sdp: z.string(), tags: z.record(z.string(), tag) });
const candidate = z.object({
  candidate: z.string(),
  sdpMid: z.string().nullable(),
  sdpMLineIndex: z.number().nullable(),
});
/** `role` identifies the connection: the one on which the *sender of this message* publishes, or receives. */
const signal = z.object({
  role: z.enum(["publisher", "subscriber"]),
  description: description.optional(),
  candidate: candidate.optional(),
});
export type Signal = z.infer<typeof signal>;

/** daily-js' permissions: sets arrive as lists. */
const permissions = z.object({
  canSend: z
    .union([
      z.boolean(),
      z.array(z.enum(["video", "audio", "screenVideo", "screenAudio", "customVideo", "customAudio"])).max(6),
    ])
    .optional(),
  canAdmin: z.union([z.boolean(), z.array(z.enum(["participants", "streaming", "transcription"])).max(3)]).optional(),
  hasPresence: z.boolean().optional(),
  canReceive: z
    .record(z.string(), z.unknown())
    .refine((rules) => (jsonLength(rules) ?? Infinity) <= LONGEST_USER_DATA)
    .optional(),
});

/** Options of a recording, kept while it runs and sent to everyone. */
const layout = z.unknown().refine((value) => (jsonLength(value) ?? Infinity) <= LONGEST_LAYOUT);
const recordingType = z.enum(["cloud", "cloud-audio-only", "raw-tracks", "local"]);

export const clientMessage = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("join"),
    room: z.string().max(200),
    sessionId,
    token: z.string().max(4096).optional(),
    userName: z.string().max(1000),
    userData: userData.optional(),
    publications,
  }),
  z.object({ type: z.literal("publish"), publications }),
  z.object({ type: z.literal("update"), userName: z.string().max(1000).optional(), userData: userData.optional() }),
  z.object({ type: z.literal("subscribe"), to: sessionId, subscriptions: subscriptionRequest }),
  z.object({ type: z.literal("signal"), to: sessionId, signal }),
  z.object({
    type: z.literal("app-message"),
    to: z.union([z.literal("*"), z.array(sessionId).max(100)]),
    data: z.unknown(),
  }),
  z.object({ type: z.literal("eject"), id: sessionId }),
  z.object({ type: z.literal("mute"), id: sessionId, audio: z.boolean().optional(), video: z.boolean().optional() }),
  z.object({ type: z.literal("permit"), id: sessionId, permissions }),
  z.object({ type: z.literal("session-data"), data: z.unknown(), merge: z.boolean() }),
  z.object({
    type: z.literal("start-recording"),
    recordingType: recordingType.optional(),
    layout: layout.optional(),
    instanceId: z.string().max(100).optional(),
  }),
  z.object({ type: z.literal("stop-recording"), instanceId: z.string().max(100).optional() }),
  z.object({ type: z.literal("leave") }),
]);
export type ClientMessage = z.infer<typeof clientMessage>;

/** A participant as the server describes it to the others. */
export interface PeerInfo {
  /** Unique to this join; a UUID. */
  readonly sessionId: string;
  /** The `userId` of the token, or else the session id. */
  readonly userId: string;
  /** The display name; may be empty. */
  readonly userName: string;
  /** Set by the participant: at most 4096 characters of JSON. */
  readonly userData?: unknown;
  /** Whether it may mute and eject others. */
  readonly owner: boolean;
  /** Wall time of the join, in milliseconds since 1970. */
  readonly joinedAtMs: number;
  /** The media it publishes. */
  readonly publications: Publications;
  /** What it may do. Absent: everything. */
  readonly permissions?: RoomPermissions;
}

/** Daily's fatal error types that a room can answer with (docs.daily.co, "error" event). */
export type RoomErrorType =
  | "no-room"
  | "meeting-full"
  | "not-allowed"
  | "exp-token"
  | "exp-room"
  | "nbf-token"
  | "nbf-room"
  | "ejected"
  | "connection-error";

/** A running recording. Nothing is recorded; participants see it start and stop. */
export interface RecordingInfo {
  /** Distinguishes concurrent recordings. */
  readonly instanceId: string;
  /** The id of the recording in callbacks. */
  readonly recordingId: string;
  /** The type that was requested. */
  readonly type: "cloud" | "cloud-audio-only" | "raw-tracks";
  /** A session id. */
  readonly startedBy: string;
  /** Daily's DailyStreamingLayoutConfig, unchanged. */
  readonly layout: unknown;
  /** Wall time of the start, in milliseconds since 1970. */
  readonly startedAtMs: number;
}

export interface RoomInfo {
  readonly name: string;
  readonly meetingId: string;
  readonly maxAppMessageSize: number;
  /** What `setMeetingSessionData` has set. */
  readonly sessionData?: unknown;
  readonly recordings: readonly RecordingInfo[];
  /** Whether a participant that asks for nothing else joins with the microphone off. */
  readonly startAudioOff: boolean;
  /** Whether a participant that asks for nothing else joins with the camera off. */
  readonly startVideoOff: boolean;
}

export type ServerMessage =
  | { readonly type: "joined"; readonly you: PeerInfo; readonly peers: PeerInfo[]; readonly room: RoomInfo }
  | { readonly type: "failed"; readonly error: RoomErrorType; readonly message: string }
  | { readonly type: "peer-joined"; readonly peer: PeerInfo }
  | { readonly type: "peer-updated"; readonly peer: PeerInfo }
  | { readonly type: "peer-left"; readonly sessionId: string }
  | { readonly type: "you-updated"; readonly peer: PeerInfo }
  | { readonly type: "subscribe"; readonly from: string; readonly subscriptions: SubscriptionRequest }
  | { readonly type: "signal"; readonly from: string; readonly signal: Signal }
  | { readonly type: "app-message"; readonly from: string; readonly data: unknown }
  | { readonly type: "muted"; readonly audio?: boolean; readonly video?: boolean }
  | { readonly type: "session-data"; readonly data: unknown }
  | { readonly type: "recording-started"; readonly recording: RecordingInfo }
  | { readonly type: "recording-stopped"; readonly instanceId: string }
  | { readonly type: "recording-failed"; readonly instanceId: string; readonly message: string }
  | { readonly type: "rejected"; readonly request: string; readonly message: string }
  | { readonly type: "ended"; readonly error: RoomErrorType; readonly message: string };
