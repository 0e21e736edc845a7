import { SystemFrame } from "./frame.ts";

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

export interface VadStartFields {
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

  constructor(fields: VadStartFields = {}) {
    super();
    this.startDelayMs = fields.startDelayMs ?? 0;
    this.timestampMs = fields.timestampMs;
  }
}

export interface VadStopFields {
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

  constructor(fields: VadStopFields = {}) {
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
