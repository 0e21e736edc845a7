import { TavusTransportError } from "../../util/errors.ts";

/** A chat with a bot could not begin, or is over. The message says why. */
export class ChatError extends TavusTransportError {
  readonly code = "chat";
}
