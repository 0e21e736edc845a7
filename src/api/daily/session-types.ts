import type { JsonObject } from "../names.ts";

/** Somebody in a room. */
export interface DailyPresence {
  /** The session id; `eject` and `sendAppMessage` take it. */
  readonly sessionId: string;
  /** The name of the room. */
  readonly room?: string | undefined;
  /** The user id in the token. */
  readonly userId?: string | undefined;
  /** The name in the call. */
  readonly userName?: string | undefined;
  /** When the person joined, in ISO 8601. */
  readonly joinTime?: string | undefined;
  /** How long the person has been in the room, in seconds. */
  readonly durationS?: number | undefined;
  /** Daily's answer, unchanged. */
  readonly raw: JsonObject;
}

/** Filters of a room's presence. */
export interface DailyPresenceFilter {
  /** At most this many people. Default: all. */
  readonly limit?: number | undefined;
  /** Only people with this user id. Default: all. */
  readonly userId?: string | undefined;
  /** Only people with this name. Default: all. */
  readonly userName?: string | undefined;
}

/** Whom to eject from a room. */
export interface DailyEjection {
  /** Session ids, at most 100. */
  readonly ids?: readonly string[] | undefined;
  /** User ids in tokens, at most 100. */
  readonly userIds?: readonly string[] | undefined;
  /** Whether these user ids may not join again during the session. Default false. */
  readonly ban?: boolean | undefined;
}

/** How to change the data of a meeting session. */
export interface DailySessionDataOptions {
  /** Whether the data is merged into what is there, key by key. Default false: it replaces it. */
  readonly merge?: boolean | undefined;
  /** Keys to delete while merging. Default: none. */
  readonly keysToDelete?: readonly string[] | undefined;
}

/** The domain that a key belongs to. */
export interface DailyDomain {
  /** Its name: the first part of its rooms' host. */
  readonly domainName: string;
  /** Its id, which self-signed tokens name. */
  readonly domainId?: string | undefined;
  /** Its configuration, in Daily's own names. */
  readonly config: JsonObject;
  /** Daily's answer, unchanged. */
  readonly raw: JsonObject;
}
