import { ControlFrame, DataFrame, SystemFrame } from "./frame.ts";

/** The bot's own media connection is up. */
export class BotConnectedFrame extends SystemFrame {
  readonly kind = "BotConnectedFrame";
}

/** A user has joined. */
export class ClientConnectedFrame extends SystemFrame {
  readonly kind = "ClientConnectedFrame";
}

/** Sent upstream once the output transport accepts media; it rejects media sent earlier. */
export class OutputTransportReadyFrame extends ControlFrame {
  readonly kind = "OutputTransportReadyFrame";
  override readonly uninterruptible = true;
}

/** An app message that the transport received. */
export class InputTransportMessageFrame extends SystemFrame {
  readonly kind = "InputTransportMessageFrame";
  /** The message, as the sender wrote it. */
  readonly message: unknown;
  /** Session id of the sender. */
  readonly fromSessionId: string | undefined;

  constructor(message: unknown, fromSessionId?: string) {
    super();
    this.message = message;
    this.fromSessionId = fromSessionId;
  }
}

/** A user has pressed a key of a telephone keypad. */
export class InputDTMFFrame extends SystemFrame {
  readonly kind = "InputDTMFFrame";
  /** The key: "0" to "9", "*" or "#". */
  readonly button: string;

  constructor(button: string) {
    super();
    this.button = button;
  }
}

/** An app message to send in order, after the audio queued before it. */
export class OutputTransportMessageFrame extends DataFrame {
  readonly kind = "OutputTransportMessageFrame";
  /** The message to send. */
  readonly message: unknown;
  /** Session id of the receiver. Undefined: everyone. */
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
  /** The message to send. */
  readonly message: unknown;
  /** Session id of the receiver. Undefined: everyone. */
  readonly to: string | undefined;

  constructor(message: unknown, to?: string) {
    super();
    this.message = message;
    this.to = to;
  }
}

/** Starts audio capture on a transport that does not capture from the start (`audioInStreamOnStart: false`). */
export class InputTransportStartAudioStreamingFrame extends ControlFrame {
  readonly kind = "InputTransportStartAudioStreamingFrame";
}

/** Changes settings of the transport's audio input filter. */
export class FilterUpdateSettingsFrame extends ControlFrame {
  readonly kind = "FilterUpdateSettingsFrame";
  /** The settings to change; each filter defines its own keys. */
  readonly settings: Readonly<Record<string, unknown>>;

  constructor(settings: Readonly<Record<string, unknown>>) {
    super();
    this.settings = settings;
  }
}

/** Switches the transport's audio input filter on or off. */
export class FilterEnableFrame extends ControlFrame {
  readonly kind = "FilterEnableFrame";
  /** True to switch it on. */
  readonly enable: boolean;

  constructor(enable: boolean) {
    super();
    this.enable = enable;
  }
}

/** Changes settings of the mixer of one output destination. */
export class MixerUpdateSettingsFrame extends ControlFrame {
  readonly kind = "MixerUpdateSettingsFrame";
  /** The settings to change, such as `{ volume: 0.3 }`; each mixer defines its own keys. */
  readonly settings: Readonly<Record<string, unknown>>;

  constructor(settings: Readonly<Record<string, unknown>>) {
    super();
    this.settings = settings;
  }
}

/** Switches the mixer of one output destination on or off. */
export class MixerEnableFrame extends ControlFrame {
  readonly kind = "MixerEnableFrame";
  /** True to switch it on. */
  readonly enable: boolean;

  constructor(enable: boolean) {
    super();
    this.enable = enable;
  }
}

/** Starts the `AudioRecorder`. */
export class AudioBufferStartRecordingFrame extends ControlFrame {
  readonly kind = "AudioBufferStartRecordingFrame";
}

/** Stops the `AudioRecorder`, which then emits what it has recorded. */
export class AudioBufferStopRecordingFrame extends ControlFrame {
  readonly kind = "AudioBufferStopRecordingFrame";
  override readonly uninterruptible = true;
}
