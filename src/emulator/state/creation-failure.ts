import type { Fault } from "./faults.ts";

/**
 * The ways in which creating a conversation fails: a status (400 is the limit of concurrent conversations), a connection
 * that is reset, or no answer at all.
 */
export type CreationFailure = "400" | "401" | "402" | "403" | "404" | "429" | "500" | "503" | "reset" | "timeout";

const TOO_MANY = { message: "User has reached maximum concurrent conversations" };

/** Bodies as documented, or as clients have seen them; those of 403, 404 and 5xx are guesses. */
const FAULTS: Readonly<Record<CreationFailure, Fault>> = {
  "400": { status: 400, body: TOO_MANY },
  "401": { status: 401, body: { message: "Invalid access token" } },
  "402": { status: 402, body: { message: "The user is out of conversational credits" } },
  "403": { status: 403, body: { message: "Forbidden" } },
  "404": { status: 404, body: { message: "Not Found" } },
  "429": { status: 429, body: TOO_MANY },
  "500": { status: 500, body: { message: "Internal Server Error" } },
  "503": { status: 503, body: "<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>" },
  reset: { reset: true },
  timeout: { hang: true },
};

/** All of them. */
export const CREATION_FAILURES = Object.keys(FAULTS) as readonly CreationFailure[];

export function creationFault(failure: CreationFailure): Fault {
  return FAULTS[failure];
}
