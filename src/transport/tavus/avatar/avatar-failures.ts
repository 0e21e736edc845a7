import { BudgetError } from "../../../api/cost/index.ts";
import { TavusApiError, type TavusErrorCode } from "../../../api/errors.ts";
import { toShutdownCause } from "../../../api/webhooks/webhook-readers.ts";
import { DeadlineError } from "../../../util/errors.ts";
import { PalFitError } from "../conversation/pal-fit-error.ts";
import type { AvatarReason } from "./avatar-state.ts";

const REASON: Record<TavusErrorCode, AvatarReason> = {
  missingKey: "notConfigured",
  unauthorized: "unauthorized",
  forbidden: "forbidden",
  outOfCredits: "outOfCredits",
  concurrencyLimit: "rateLimited",
  notFound: "notFound",
  invalidRequest: "invalidRequest",
  rateLimited: "rateLimited",
  serverError: "serverError",
  timeout: "timeout",
  unreachable: "unreachable",
  badResponse: "serverError",
  vetoed: "vetoed",
};

/** Why the conversation could not be created, or found. */
export function toCreationFailure(error: Error): AvatarReason {
  if (error instanceof TavusApiError) return REASON[error.code];
  if (error instanceof PalFitError) return "invalidRequest";
  if (error instanceof BudgetError) return "vetoed";
  return error instanceof DeadlineError ? "timeout" : "unknown";
}

/** Why Tavus ends the conversation, from its own words. */
export function toShutdownReason(words: string | undefined): AvatarReason {
  if (words !== undefined && /credit|minutes|quota/i.test(words)) return "outOfCredits";
  return toShutdownCause(words) === "maxCallDuration" ? "timeLimit" : "shutDown";
}
