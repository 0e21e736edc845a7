import { asError } from "../../util/errors.ts";
import type { LeftReason } from "./daily-call.ts";
import type { DailyErrorCode } from "./daily-errors.ts";
import type { DriverFailure, DriverMethod } from "./driver-messages.ts";

/** daily-js' fatal error types (docs.daily.co, "error" event) → ours. */
const CODE_BY_TYPE: Readonly<Record<string, DailyErrorCode>> = {
  "no-room": "roomNotFound",
  "meeting-full": "roomFull",
  "not-allowed": "notAllowed",
  "exp-token": "tokenExpired",
  "nbf-token": "notAllowed",
  "exp-room": "roomExpired",
  "nbf-room": "notAllowed",
  ejected: "ejected",
  "end-of-life": "roomExpired",
  "connection-error": "connectionFailed",
};

interface FatalErrorEvent {
  readonly errorMsg?: unknown;
  readonly error?: { readonly type?: string; readonly msg?: string };
}

function fatal(thrown: unknown): FatalErrorEvent | undefined {
  return typeof thrown === "object" && thrown !== null && "errorMsg" in thrown ? thrown : undefined;
}

/** Thrown inside a driver; carries a code through to the {@link DriverFailure}. */
export class DriverError extends Error {
  readonly code: DailyErrorCode;

  constructor(code: DailyErrorCode, message: string) {
    super(message);
    this.name = "DriverError";
    this.code = code;
  }
}

/** The code of a failure that has none of its own. */
export function usualCode(method: DriverMethod): DailyErrorCode {
  if (method === "join") return "joinFailed";
  return method === "control" ? "requestFailed" : "trackFailed";
}

/** Anything that daily-js threw or rejected with (an Error, a string, an error event) in one shape. */
export function asFailure(thrown: unknown, otherwise: DailyErrorCode): DriverFailure {
  if (thrown instanceof DriverError) return { code: thrown.code, message: thrown.message };
  const event = fatal(thrown);
  if (event) {
    const message = String(event.errorMsg);
    return { code: CODE_BY_TYPE[event.error?.type ?? ""] ?? otherwise, message };
  }
  const { message } = asError(thrown);
  if (message.startsWith("Message data too large")) return { code: "messageTooLarge", message };
  // All that daily-js says when the call machine bundle cannot be fetched.
  if (message.includes("Failed to load call object bundle")) return { code: "connectionFailed", message };
  return { code: otherwise, message };
}

/** Why the room ended the call, from a fatal error event. */
export function toLeftReason(event: unknown): LeftReason {
  switch (fatal(event)?.error?.type) {
    case "ejected":
      return "ejected";
    case "exp-room":
    case "no-room":
    case "end-of-life":
      return "roomEnded";
    case "exp-token":
      return "expired";
    default:
      return "connectionLost";
  }
}
