import { TavusTransportError } from "../util/errors.ts";

/** The command line is wrong; the message says what it takes. Exit code 2. */
export class UsageError extends TavusTransportError {
  readonly code = "usage";
}
