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
  vetoed: "The hook beforeCreate refused the conversation",
  joinFailed: "The conversation's room cannot be joined",
  notJoined: "The pal has not joined in time",
  left: "The pal has left the room",
  silent: "The pal does not say what it is sent",
  timeLimit: "The conversation's time, or the account's credit, is used up",
  shutDown: "Tavus ends the conversation",
  roomEnded: "The conversation's room has ended",
  unknown: "The avatar failed",
};

/** One line: what failed, and what happens now. */
export function describeFailure(
  state: Extract<AvatarState, { is: "absent" | "failed" }>,
  fallback: ResolvedFallback["is"],
): string {
  return `${WHAT_FAILED[state.reason]}; ${whatNow(state, fallback)}.`;
}

function whatNow({ is }: AvatarState, fallback: ResolvedFallback["is"]) {
  if (fallback === "none")
    return is === "absent" ? "nobody hears the bot until the pal is back" : "the call cannot go on";
  return "the bot speaks through its microphone" + (is === "absent" ? " until the pal is back" : "");
}
