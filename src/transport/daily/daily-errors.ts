import { TavusTransportError, type TavusTransportErrorOptions } from "../../util/errors.ts";

/** What failed between this process and a Daily room. */
export type DailyErrorCode =
  | "roomNotFound"
  | "roomFull"
  | "notAllowed"
  | "tokenExpired"
  | "roomExpired"
  | "ejected"
  | "connectionFailed"
  | "joinFailed"
  | "messageTooLarge"
  | "notJoined"
  | "unknownParticipant"
  | "trackFailed"
  | "alreadyPublished"
  | "requestFailed"
  | "runtimeUnavailable"
  | "runtimeDied"
  | "closed";

const NEXT_STEP: Partial<Record<DailyErrorCode, string>> = {
  roomNotFound: "Check the room URL; a conversation that has ended takes its room with it.",
  roomFull: "Raise max_participants of the conversation (pal, bot and user count) or wait for someone to leave.",
  notAllowed: "The room is private: pass the conversation's meeting_token.",
  tokenExpired: "Create a new conversation: a meeting token lasts participant_absent_timeout seconds.",
  roomExpired: "Create a new conversation; this one is over.",
  connectionFailed: "Check that the room's host can be reached from this machine.",
  alreadyPublished: "Close the open one first, or choose another name.",
  runtimeDied: "Close this call and join again with a new one.",
};

/** A failure of the call itself: of daily-js, of the room or of the runtime that hosts daily-js. */
export class DailyCallError extends TavusTransportError {
  /** What failed. */
  readonly code: DailyErrorCode;

  /** Appends the next step for that code to the message, where there is one. */
  constructor(code: DailyErrorCode, message: string, options: TavusTransportErrorOptions = {}) {
    const next = NEXT_STEP[code];
    super(next === undefined ? message : `${message} ${next}`, options);
    this.code = code;
  }
}
