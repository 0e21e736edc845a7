import { TavusTransportError } from "../util/errors.ts";

/** The command line is invalid; the message says what is expected. The exit code is 2. */
export class UsageError extends TavusTransportError {
  readonly code = "usage";
}
