/** A room that was made for a call whose avatar has failed. */
export interface FallbackRoom {
  /** The room's name: what deletes it. */
  readonly name: string;
  /** The room's URL, without a token. */
  readonly url: string;
}

/** What the transport needs of Daily's REST API to make a room of its own: `DailyApi` implements it, and so can a fake. */
export interface FallbackRoomApi {
  /** Creates a room. `exp` is in seconds since 1970. */
  createRoom(options: {
    readonly privacy: "private";
    readonly properties: { readonly exp: number; readonly ejectAtRoomExp: boolean };
  }): Promise<FallbackRoom>;
  /** Creates a token for a room. `expiresAtS` is in seconds since 1970. */
  createMeetingToken(options: {
    readonly roomName: string;
    readonly expiresAtS: number;
    readonly userName?: string;
  }): Promise<string>;
  /** Deletes a room. */
  deleteRoom(name: string): Promise<unknown>;
}

/** What happens when the avatar fails, as users write it. */
export type AvatarFallback =
  "none" | "microphone" | { readonly roomUrl: string; readonly token?: string | undefined } | FallbackRoomApi;

/** The same, checked: `is` says which. */
export type ResolvedFallback =
  | { readonly is: "none" }
  | { readonly is: "microphone" }
  | { readonly is: "room"; readonly url: string; readonly token: string | undefined }
  | { readonly is: "api"; readonly api: FallbackRoomApi };

/** The methods that an object must have to be taken for a `FallbackRoomApi`. */
const METHODS = ["createRoom", "createMeetingToken", "deleteRoom"] as const;

/** Whether the value makes rooms. */
export function isFallbackRoomApi(value: unknown): value is FallbackRoomApi {
  return (
    typeof value === "object" &&
    value !== null &&
    METHODS.every((name) => typeof (value as Record<string, unknown>)[name] === "function")
  );
}
