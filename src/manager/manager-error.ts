import { TavusTransportError } from "../util/errors.ts";

const MESSAGE = {
  ended: "The conversation was ended before it was open. Call start() or userJoined() again for another.",
  managerClosed: "The conversation manager is closed. Make a new one.",
} as const;

/** A {@link ConversationManager} cannot do what it was asked for, because of what it was asked for since. */
export class ConversationManagerError extends TavusTransportError {
  /** "ended": nobody wants the conversation any more. "managerClosed": `close()` was called. */
  readonly code: "ended" | "managerClosed";

  constructor(code: "ended" | "managerClosed") {
    super(MESSAGE[code]);
    this.code = code;
  }
}
