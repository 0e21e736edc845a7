import type { LeftReason } from "../../daily/daily-call.ts";
import type { AvatarReason, AvatarState } from "../../../frames/avatar.ts";

export type { AvatarReason, AvatarState };

/** What happens to an avatar, as far as its state depends on it. */
export type AvatarInput =
  | { readonly type: "notConfigured" }
  /** A conversation is being created or looked for. */
  | { readonly type: "opening" }
  | AvatarFailure
  | { readonly type: "palJoined"; readonly sessionId: string }
  /** `remaining`: another session of the pal that is still in the room. */
  | { readonly type: "palLeft"; readonly remaining: string | undefined }
  /** The pal did not join in time. */
  | { readonly type: "palLate" }
  /** Audio is sent to the pal, and nothing is heard from it. */
  | { readonly type: "palSilent" }
  | { readonly type: "palHeard"; readonly sessionId: string };

/** The conversation cannot be used, or not any more. */
export interface AvatarFailure {
  readonly type: "failed";
  readonly reason: AvatarReason;
  readonly error?: Error | undefined;
}

/** The state after an input; the same object when the input changes nothing. */
export function nextAvatarState(state: AvatarState, input: AvatarInput): AvatarState {
  switch (input.type) {
    case "notConfigured":
      return state.is === "none" && state.reason === "notConfigured" ? state : { is: "none", reason: "notConfigured" };
    case "opening":
      return state.is === "none" || state.is === "failed" ? { is: "joining" } : state;
    case "failed":
      return fail(state, input);
    case "palJoined":
      // A second session of a pal that speaks changes nothing. Without a conversation there is no pal.
      return state.is === "speaking" || state.is === "none" ? state : { is: "speaking", sessionId: input.sessionId };
    case "palLeft":
      return leave(state, input.remaining);
    case "palLate":
      return state.is === "joining" ? { is: "absent", reason: "notJoined" } : state;
    case "palSilent":
      return state.is === "speaking" ? { is: "absent", reason: "silent" } : state;
    case "palHeard":
      return isSilent(state) ? { is: "speaking", sessionId: input.sessionId } : state;
  }
}

/** The first failure is the cause; those that follow from it change nothing. */
function fail(state: AvatarState, { reason, error }: AvatarFailure): AvatarState {
  if (state.is === "none" || state.is === "failed") return state;
  return { is: "failed", reason, ...(error === undefined ? {} : { error }) };
}

function leave(state: AvatarState, remaining: string | undefined): AvatarState {
  if (state.is !== "speaking" && !isSilent(state)) return state;
  if (remaining === undefined) return { is: "absent", reason: "left" };
  return state.is === "speaking" && state.sessionId === remaining ? state : { is: "speaking", sessionId: remaining };
}

function isSilent(state: AvatarState): boolean {
  return state.is === "absent" && state.reason === "silent";
}

/** Why the avatar fails when the room ends the call. Undefined for an end that does not come from Tavus. */
export function toRoomEndReason(reason: LeftReason): AvatarReason | undefined {
  switch (reason) {
    case "expired":
      return "timeLimit";
    case "roomEnded":
    case "ejected":
      return "roomEnded";
    case "connectionLost":
      return undefined;
  }
}
