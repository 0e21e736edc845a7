import type { AvatarReason, AvatarState } from "./avatar-state.ts";
import type { ResolvedFallback } from "./fallback.ts";

const WHAT_FAILED: Record<AvatarReason, string> = {
  notStarted: "There is no conversation yet",
  notConfigured: "No Tavus account is configured",
  unauthorized: "Tavus does not accept the API key (401)",
  outOfCredits: "The Tavus account has no credits left (402)",
  forbidden: "Tavus does not allow this conversation (403)",
  notFound: "Tavus does not know the face, the PAL or the conversation (404)",
  invalidRequest: "Tavus, or the check of the PAL, refuses the conversation (400)",
  rateLimited: "Tavus allows no further conversation now (429, or the concurrency limit)",
  serverError: "Tavus failed to create the conversation",
  unreachable: "Tavus' API cannot be reached",
  timeout: "Creating the conversation took too long",
  vetoed: "The hook beforeCreate, or a budget that is spent, refused the conversation",
  joinFailed: "The conversation's room cannot be joined",
  notJoined: "The pal has not joined in time",
  left: "The pal has left the room",
  silent: "The pal does not say what it is sent",
  timeLimit: "The conversation's time, or the account's credit, is used up",
  shutDown: "Tavus ends the conversation",
  roomEnded: "The conversation's room has ended",
  unknown: "The avatar failed",
};

/** One line: what failed, and what happens now. `wasInRoom`: the bot is in the conversation's room. */
export function describeFailure(
  state: Extract<AvatarState, { is: "absent" | "failed" }>,
  fallback: ResolvedFallback["is"],
  wasInRoom: boolean,
): string {
  return `${WHAT_FAILED[state.reason]}; ${tellWhatNow(state, fallback, wasInRoom)}.`;
}

function tellWhatNow({ is }: AvatarState, fallback: ResolvedFallback["is"], wasInRoom: boolean): string {
  if (fallback === "straight") return "the bot speaks without it";
  if (is === "absent") {
    return fallback === "none"
      ? "nobody hears the bot until the pal is back"
      : "the bot speaks through its microphone until the pal is back";
  }
  if (fallback === "room" || fallback === "api") return "the call is held in the fallback room";
  if (!wasInRoom) return "there is no call without a fallback room";
  return fallback === "none" ? "nobody hears the bot" : "the bot speaks through its microphone while the room lasts";
}
