import { ControlFrame, DataFrame, SystemFrame } from "./frame.ts";

/** The bot's own media connection is up. */
export class BotConnectedFrame extends SystemFrame {
  readonly kind = "BotConnectedFrame";
}

/** A user is there. */
export class ClientConnectedFrame extends SystemFrame {
  readonly kind = "ClientConnectedFrame";
}

/** Travels upstream once the output transport can take media; what is sent before is refused. */
export class OutputTransportReadyFrame extends ControlFrame {
  readonly kind = "OutputTransportReadyFrame";
  override readonly uninterruptible = true;
}

/** An app message that came in. */
export class InputTransportMessageFrame extends SystemFrame {
  readonly kind = "InputTransportMessageFrame";
  readonly message: unknown;
  /** Session id of the sender. */
  readonly fromSessionId: string | undefined;

  constructor(message: unknown, fromSessionId?: string) {
    super();
    this.message = message;
    this.fromSessionId = fromSessionId;
  }
}

/** An app message to send in its turn, after the audio queued before it. */
export class OutputTransportMessageFrame extends DataFrame {
  readonly kind = "OutputTransportMessageFrame";
  readonly message: unknown;
  /** Session id of the receiver; undefined sends to everyone. */
  readonly to: string | undefined;

  constructor(message: unknown, to?: string) {
    super();
    this.message = message;
    this.to = to;
  }
}

/** An app message to send at once. */
export class OutputTransportMessageUrgentFrame extends SystemFrame {
  readonly kind = "OutputTransportMessageUrgentFrame";
  readonly message: unknown;
  /** Session id of the receiver; undefined sends to everyone. */
  readonly to: string | undefined;

  constructor(message: unknown, to?: string) {
    super();
    this.message = message;
    this.to = to;
  }
}
