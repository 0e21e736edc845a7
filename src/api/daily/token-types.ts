import type { JsonObject } from "../names.ts";
import type { DailyPermissions } from "./room-types.ts";

/** The options of a new meeting token. */
export interface CreateMeetingTokenOptions {
  /** The one room that the token opens. null: every room of the domain. */
  readonly roomName: string | null;
  /** The token opens the room for this many seconds from now. null: forever. Default 3600, or until `expiresAtS`. */
  readonly expiresInS?: number | null | undefined;
  /** The token opens the room until this Unix time in seconds. Excludes `expiresInS`. */
  readonly expiresAtS?: number | undefined;
  /** The token opens the room from this Unix time in seconds on. Default: at once. */
  readonly notBeforeS?: number | undefined;
  /** Whether the holder owns the meeting: may eject, mute and record. Default false. */
  readonly isOwner?: boolean | undefined;
  /** The holder's name in the call. Default: the one that the client joins with. */
  readonly userName?: string | undefined;
  /** The holder's id in the call, at most 36 characters. Default: the session id. */
  readonly userId?: string | undefined;
  /** What the holder may do. Default: the room's. */
  readonly permissions?: DailyPermissions | undefined;
  /** Whether the holder is ejected when the token expires. Default false. */
  readonly ejectAtTokenExp?: boolean | undefined;
  /** The holder is ejected this many seconds after joining. Default: the room's rule. */
  readonly ejectAfterElapsed?: number | undefined;
  /** Whether the holder may share a screen. Default: the room's. */
  readonly enableScreenshare?: boolean | undefined;
  /** Whether the holder joins with the camera off. Default: the room's. */
  readonly startVideoOff?: boolean | undefined;
  /** Whether the holder joins with the microphone off. Default: the room's. */
  readonly startAudioOff?: boolean | undefined;
  /** What the holder may record. Default: the room's. */
  readonly enableRecording?: string | undefined;
  /** Whether a cloud recording starts when the holder joins. Default false. */
  readonly startCloudRecording?: boolean | undefined;
  /** Whether transcription starts when the holder, an owner, joins. Default false. */
  readonly autoStartTranscription?: boolean | undefined;
  /** The language of Daily Prebuilt. Default: the room's. */
  readonly lang?: string | undefined;
  /** Properties that this client does not know, in Daily's own names. They are merged last. */
  readonly extraProperties?: JsonObject | undefined;
}

/** What a valid meeting token grants. */
export interface DailyMeetingToken {
  /** The one room that it opens. Undefined: every room of the domain. */
  readonly roomName?: string | undefined;
  /** Whether the holder owns the meeting. */
  readonly isOwner: boolean;
  /** The holder's name in the call. */
  readonly userName?: string | undefined;
  /** The holder's id in the call. */
  readonly userId?: string | undefined;
  /** When it expires, as Unix time in seconds. Undefined: never. */
  readonly expiresAtS?: number | undefined;
  /** When it becomes valid, as Unix time in seconds. */
  readonly notBeforeS?: number | undefined;
  /** Daily's answer, unchanged. */
  readonly raw: JsonObject;
}
