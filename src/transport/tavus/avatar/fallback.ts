/** What a request to Daily takes besides its own options. */
export interface FallbackRoomCall {
  /** Aborts at the deadline of the request. */
  readonly signal?: AbortSignal;
}

/** What the transport needs of Daily's REST API to make a room of its own: `DailyApi` implements it, and so can a fake. */
export interface FallbackRoomApi {
  /** Creates a room. `exp` is in seconds since 1970. */
  createRoom(
    options: {
      readonly name: string;
      readonly privacy: "private";
      readonly properties: { readonly exp: number; readonly ejectAtRoomExp: boolean };
    },
    call?: FallbackRoomCall,
  ): Promise<{ readonly url: string }>;
  /** Creates a token for a room. `expiresAtS` is in seconds since 1970. */
  createMeetingToken(
    options: { readonly roomName: string; readonly expiresAtS: number; readonly userName?: string },
    call?: FallbackRoomCall,
  ): Promise<string>;
  /** Deletes a room; one that does not exist is a success. */
  deleteRoom(name: string, call?: FallbackRoomCall): Promise<unknown>;
}

/** What happens when the avatar fails, as users write it. */
export type AvatarFallback =
  | "none"
  | "microphone"
  | {
      /** The URL of a Daily room of your own. */
      readonly roomUrl: string;
      /** The meeting token for it, if the room is private. Users get the same one. */
      readonly token?: string | undefined;
    }
  | FallbackRoomApi;

/** The same, checked: `is` says which. */
export type ResolvedFallback =
  | { readonly is: "none" }
  | { readonly is: "microphone" }
  /** For a video service: the audio of the TTS service goes to the output as it is. */
  | { readonly is: "straight" }
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
