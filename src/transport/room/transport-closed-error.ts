import { TavusTransportError } from "../../util/errors.ts";

/** The transport was closed while something still waited for it, such as a pipeline in its setup. */
export class TransportClosedError extends TavusTransportError {
  /** Always "closed". */
  readonly code = "closed";

  /** Made by the transport. */
  constructor() {
    super("The transport was closed while it was being set up; make a new one to start again.");
  }
}
