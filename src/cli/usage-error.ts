import { TransportError } from "../util/errors.ts";

/** The command line is wrong; the message says what it takes. Exit code 2. */
export class UsageError extends TransportError {
  readonly code = "usage";
}
