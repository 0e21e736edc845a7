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

/** Begins capture where the transport does not capture from the start (`audioInStreamOnStart: false`). */
export class InputTransportStartAudioStreamingFrame extends ControlFrame {
  readonly kind = "InputTransportStartAudioStreamingFrame";
}

/** Settings for the transport's input filter; what they mean is the filter's business. */
export class FilterUpdateSettingsFrame extends ControlFrame {
  readonly kind = "FilterUpdateSettingsFrame";
  readonly settings: Readonly<Record<string, unknown>>;

  constructor(settings: Readonly<Record<string, unknown>>) {
    super();
    this.settings = settings;
  }
}

/** Switches the transport's input filter on or off. */
export class FilterEnableFrame extends ControlFrame {
  readonly kind = "FilterEnableFrame";
  readonly enable: boolean;

  constructor(enable: boolean) {
    super();
    this.enable = enable;
  }
}

/** Settings for the mixer of one output destination, such as `{ volume: 0.3 }`. */
export class MixerUpdateSettingsFrame extends ControlFrame {
  readonly kind = "MixerUpdateSettingsFrame";
  readonly settings: Readonly<Record<string, unknown>>;

  constructor(settings: Readonly<Record<string, unknown>>) {
    super();
    this.settings = settings;
  }
}

/** Switches the mixer of one output destination on or off. */
export class MixerEnableFrame extends ControlFrame {
  readonly kind = "MixerEnableFrame";
  readonly enable: boolean;

  constructor(enable: boolean) {
    super();
    this.enable = enable;
  }
}

/** Starts the recorder. */
export class AudioBufferStartRecordingFrame extends ControlFrame {
  readonly kind = "AudioBufferStartRecordingFrame";
}

/** Stops the recorder, which then hands over what it has. */
export class AudioBufferStopRecordingFrame extends ControlFrame {
  readonly kind = "AudioBufferStopRecordingFrame";
  override readonly uninterruptible = true;
}
