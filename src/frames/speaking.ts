import { ControlFrame, SystemFrame } from "./frame.ts";

/** The user's turn began (decided by turn logic, not by raw voice activity). */
export class UserStartedSpeakingFrame extends SystemFrame {
  readonly kind = "UserStartedSpeakingFrame";
}

/** The user's turn is over. */
export class UserStoppedSpeakingFrame extends SystemFrame {
  readonly kind = "UserStoppedSpeakingFrame";
}

/** Repeated while voice activity lasts. */
export class UserSpeakingFrame extends SystemFrame {
  readonly kind = "UserSpeakingFrame";
}

export interface VADStartFields {
  /** How long speech had to last before it counted, in milliseconds. Default 0. */
  readonly startDelayMs?: number;
  /** When it was decided, milliseconds since 1970. */
  readonly timestampMs?: number | undefined;
}

/** Voice activity began, `startDelayMs` before `timestampMs`. */
export class VADUserStartedSpeakingFrame extends SystemFrame {
  readonly kind = "VADUserStartedSpeakingFrame";
  readonly startDelayMs: number;
  readonly timestampMs: number | undefined;

  constructor(fields: VADStartFields = {}) {
    super();
    this.startDelayMs = fields.startDelayMs ?? 0;
    this.timestampMs = fields.timestampMs;
  }
}

export interface VADStopFields {
  /** How long silence had to last before it counted, in milliseconds. Default 0. */
  readonly stopDelayMs?: number;
  /** When it was decided, milliseconds since 1970. */
  readonly timestampMs?: number | undefined;
}

/** Voice activity ended, `stopDelayMs` before `timestampMs`. */
export class VADUserStoppedSpeakingFrame extends SystemFrame {
  readonly kind = "VADUserStoppedSpeakingFrame";
  readonly stopDelayMs: number;
  readonly timestampMs: number | undefined;

  constructor(fields: VADStopFields = {}) {
    super();
    this.stopDelayMs = fields.stopDelayMs ?? 0;
    this.timestampMs = fields.timestampMs;
  }
}

/** The bot is heard from now on. Only output transports make it, in both directions. */
export class BotStartedSpeakingFrame extends SystemFrame {
  readonly kind = "BotStartedSpeakingFrame";
}

/** Repeated while the bot is heard. */
export class BotSpeakingFrame extends SystemFrame {
  readonly kind = "BotSpeakingFrame";
}

/** The bot is no longer heard. */
export class BotStoppedSpeakingFrame extends SystemFrame {
  readonly kind = "BotStoppedSpeakingFrame";
}

/**
 * Asks the bot to say on what the last interruption cut, from the last word that was heard: no words followed the
 * interruption. The text-to-speech service says the rest; where the model was still answering, the model is asked again.
 * With nothing cut it does nothing. A UserContextAggregator sends it; sent upstream, it turns round there.
 */
export class BotResumeSpeakingFrame extends ControlFrame {
  readonly kind = "BotResumeSpeakingFrame";
}

/** A service, such as speech-to-text with its own endpointing, thinks that the user's turn began; turn logic decides. */
export class ProposedUserStartedSpeakingFrame extends SystemFrame {
  readonly kind = "ProposedUserStartedSpeakingFrame";
}

/** A service thinks that the user's turn is over; turn logic decides. */
export class ProposedUserStoppedSpeakingFrame extends SystemFrame {
  readonly kind = "ProposedUserStoppedSpeakingFrame";
}

/** A model found the user's turn complete. */
export class UserTurnInferenceCompletedFrame extends SystemFrame {
  readonly kind = "UserTurnInferenceCompletedFrame";
}

/** The turn that was about to end (EagerTranscriptionFrame) goes on: what was answered of it ahead of time is void. */
export class EagerEndOfTurnCancelFrame extends SystemFrame {
  readonly kind = "EagerEndOfTurnCancelFrame";
  /** Which answer is void; a service that takes back its prediction does not know it. */
  readonly speculationId: number | undefined;

  constructor(speculationId?: number) {
    super();
    this.speculationId = speculationId;
  }
}

/** The turn has ended as predicted: what was answered ahead of time may be said. */
export class EagerEndOfTurnConfirmFrame extends SystemFrame {
  readonly kind = "EagerEndOfTurnConfirmFrame";
  readonly speculationId: number;

  constructor(speculationId: number) {
    super();
    this.speculationId = speculationId;
  }
}

/** From now on the bot does not listen. */
export class UserMuteStartedFrame extends SystemFrame {
  readonly kind = "UserMuteStartedFrame";
}

/** The bot listens again. */
export class UserMuteStoppedFrame extends SystemFrame {
  readonly kind = "UserMuteStoppedFrame";
}

/** Tells a speech-to-text service whether to send audio to its provider. */
export class STTMuteFrame extends SystemFrame {
  readonly kind = "STTMuteFrame";
  readonly mute: boolean;

  constructor(mute: boolean) {
    super();
    this.mute = mute;
  }
}

/** Changes how long the user may be silent before it is noticed. */
export class UserIdleTimeoutUpdateFrame extends SystemFrame {
  readonly kind = "UserIdleTimeoutUpdateFrame";
  /** Milliseconds; 0 switches it off. */
  readonly timeoutMs: number;

  constructor(timeoutMs: number) {
    super();
    this.timeoutMs = timeoutMs;
  }
}

/** How voice activity is told from noise. */
export interface VADParams {
  /** Confidence of the model from which audio counts as speech, 0 to 1. Default 0.7. */
  readonly confidence?: number;
  /** Speech must last this long to begin, in milliseconds. Default 200. */
  readonly startMs?: number;
  /** Silence must last this long to end speech, in milliseconds. Default 200. */
  readonly stopMs?: number;
  /** Loudness below which nothing counts as speech, 0 to 1. Default 0.6. */
  readonly minVolume?: number;
}

/** Published by a VAD at its start and at every change, for those who size their waits by it. */
export class SpeechControlParamsFrame extends SystemFrame {
  readonly kind = "SpeechControlParamsFrame";
  readonly vadParams: VADParams | undefined;

  constructor(vadParams?: VADParams) {
    super();
    this.vadParams = vadParams;
  }
}

/** Asks a VAD to change its parameters; what is left out stays as it is. */
export class VADParamsUpdateFrame extends ControlFrame {
  readonly kind = "VADParamsUpdateFrame";
  readonly params: VADParams;

  constructor(params: VADParams) {
    super();
    this.params = params;
  }
}
