import { TavusTransportError } from "../util/errors.ts";

/** The emulator could not listen on its port. */
export class EmulatorStartError extends TavusTransportError {
  readonly code = "portUnavailable";
}
