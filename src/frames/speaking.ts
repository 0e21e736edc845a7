import { ControlFrame, SystemFrame } from "./frame.ts";

/** The user's turn has started. Turn logic decides this, not raw voice activity. */
export class UserStartedSpeakingFrame extends SystemFrame {
  readonly kind = "UserStartedSpeakingFrame";
}

/** The user's turn is over. */
export class UserStoppedSpeakingFrame extends SystemFrame {
  readonly kind = "UserStoppedSpeakingFrame";
}

/** Sent repeatedly while the user speaks. */
export class UserSpeakingFrame extends SystemFrame {
  readonly kind = "UserSpeakingFrame";
}

/** Fields of a {@link VADUserStartedSpeakingFrame}. */
export interface VADStartFields {
  /** How long speech had to last before it counted, in milliseconds. Default 0. */
  readonly startDelayMs?: number;
  /** When the VAD decided, in milliseconds since 1970. */
  readonly timestampMs?: number | undefined;
}

/** Voice activity began `startDelayMs` before `timestampMs`. */
export class VADUserStartedSpeakingFrame extends SystemFrame {
  readonly kind = "VADUserStartedSpeakingFrame";
  /** How long speech had to last before it counted, in milliseconds. */
  readonly startDelayMs: number;
  /** When the VAD decided, in milliseconds since 1970. */
  readonly timestampMs: number | undefined;

  constructor(fields: VADStartFields = {}) {
    super();
    this.startDelayMs = fields.startDelayMs ?? 0;
    this.timestampMs = fields.timestampMs;
  }
}

/** Fields of a {@link VADUserStoppedSpeakingFrame}. */
export interface VADStopFields {
  /** How long silence had to last before it counted, in milliseconds. Default 0. */
  readonly stopDelayMs?: number;
  /** When the VAD decided, in milliseconds since 1970. */
  readonly timestampMs?: number | undefined;
}

/** Voice activity ended `stopDelayMs` before `timestampMs`. */
export class VADUserStoppedSpeakingFrame extends SystemFrame {
  readonly kind = "VADUserStoppedSpeakingFrame";
  /** How long silence had to last before it counted, in milliseconds. */
  readonly stopDelayMs: number;
  /** When the VAD decided, in milliseconds since 1970. */
  readonly timestampMs: number | undefined;

  constructor(fields: VADStopFields = {}) {
    super();
    this.stopDelayMs = fields.stopDelayMs ?? 0;
    this.timestampMs = fields.timestampMs;
  }
}

/** The bot started speaking: it is heard from now on. Only output transports send it, in both directions. */
export class BotStartedSpeakingFrame extends SystemFrame {
  readonly kind = "BotStartedSpeakingFrame";
}

/** Sent repeatedly while the bot is heard. */
export class BotSpeakingFrame extends SystemFrame {
  readonly kind = "BotSpeakingFrame";
}

/** The bot stopped speaking: it is no longer heard. */
export class BotStoppedSpeakingFrame extends SystemFrame {
  readonly kind = "BotStoppedSpeakingFrame";
}

/**
 * Asks the bot to resume, after the last word that was heard, what the last interruption cut: the user said no words
 * after it. The text-to-speech service says the rest. If the model was still answering, it is asked again. The frame
 * has no effect when nothing was cut. A UserContextAggregator sends it downstream; pushed upstream by another
 * processor, it is turned around there.
 */
export class BotResumeSpeakingFrame extends ControlFrame {
  readonly kind = "BotResumeSpeakingFrame";
}

/**
 * A service, such as speech-to-text with its own endpointing, proposes that the user's turn has started. Turn logic
 * decides.
 */
export class ProposedUserStartedSpeakingFrame extends SystemFrame {
  readonly kind = "ProposedUserStartedSpeakingFrame";
}

/** A service proposes that the user's turn is over. Turn logic decides. */
export class ProposedUserStoppedSpeakingFrame extends SystemFrame {
  readonly kind = "ProposedUserStoppedSpeakingFrame";
}

/** A model judged the user's turn to be complete. */
export class UserTurnInferenceCompletedFrame extends SystemFrame {
  readonly kind = "UserTurnInferenceCompletedFrame";
}

/** The turn that was about to end (EagerTranscriptionFrame) continues: the answer made ahead of time is discarded. */
export class EagerEndOfTurnCancelFrame extends SystemFrame {
  readonly kind = "EagerEndOfTurnCancelFrame";
  /** Which answer to discard. Undefined when a service takes back its prediction: it does not know the id. */
  readonly speculationId: number | undefined;

  constructor(speculationId?: number) {
    super();
    this.speculationId = speculationId;
  }
}

/** The turn has ended as predicted: the answer made ahead of time may be spoken. */
export class EagerEndOfTurnConfirmFrame extends SystemFrame {
  readonly kind = "EagerEndOfTurnConfirmFrame";
  /** Which answer may be spoken. */
  readonly speculationId: number;

  constructor(speculationId: number) {
    super();
    this.speculationId = speculationId;
  }
}

/** The user is muted: the bot ignores what the user says from now on. */
export class UserMuteStartedFrame extends SystemFrame {
  readonly kind = "UserMuteStartedFrame";
}

/** The user is no longer muted: the bot listens again. */
export class UserMuteStoppedFrame extends SystemFrame {
  readonly kind = "UserMuteStoppedFrame";
}

/** Controls whether a speech-to-text service sends audio to its provider. */
export class STTMuteFrame extends SystemFrame {
  readonly kind = "STTMuteFrame";
  /** True to stop sending audio. */
  readonly mute: boolean;

  constructor(mute: boolean) {
    super();
    this.mute = mute;
  }
}

/** Changes how long the user may be silent before counting as idle. */
export class UserIdleTimeoutUpdateFrame extends SystemFrame {
  readonly kind = "UserIdleTimeoutUpdateFrame";
  /** Timeout in milliseconds; 0 switches idle detection off. */
  readonly timeoutMs: number;

  constructor(timeoutMs: number) {
    super();
    this.timeoutMs = timeoutMs;
  }
}

/** Parameters by which a VAD separates speech from noise. */
export interface VADParams {
  /** Confidence of the model above which audio counts as speech, 0 to 1. Default 0.7. */
  readonly confidence?: number;
  /** How long speech must last before it counts, in milliseconds. Default 200. */
  readonly startMs?: number;
  /** How long silence must last before speech counts as ended, in milliseconds. Default 200. */
  readonly stopMs?: number;
  /** Loudness below which nothing counts as speech, 0 to 1. Default 0.6. */
  readonly minVolume?: number;
}

/** Publishes a VAD's parameters at its start and at every change, for processors whose waits depend on them. */
export class SpeechControlParamsFrame extends SystemFrame {
  readonly kind = "SpeechControlParamsFrame";
  /** Current parameters of the VAD. */
  readonly vadParams: VADParams | undefined;

  constructor(vadParams?: VADParams) {
    super();
    this.vadParams = vadParams;
  }
}

/** Asks a VAD to change its parameters. */
export class VADParamsUpdateFrame extends ControlFrame {
  readonly kind = "VADParamsUpdateFrame";
  /** New parameters; those left out stay as they are. */
  readonly params: VADParams;

  constructor(params: VADParams) {
    super();
    this.params = params;
  }
}
