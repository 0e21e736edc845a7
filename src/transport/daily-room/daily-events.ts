import type { CallStatusEvents, NetworkConnectionChange, TranscriptionMessage } from "../daily/call-controls.ts";
import type { Participant } from "../daily/daily-call.ts";

/** The bot's stay in a room. */
export interface DailyConnection {
  /** The bot's own session in the room. */
  readonly sessionId: string;
  /** The room's URL, without a token. */
  readonly roomUrl: string;
}

/** Where the transport is between the start of its pipeline and the end. "error": the join failed, or the room ended the call. */
export type DailyTransportState = "joining" | "joined" | "leaving" | "left" | "error";

/** The name of what a call reports and a transport passes on as it is. */
export type ForwardedEvent = Exclude<keyof CallStatusEvents, "activeSpeakerChanged" | "networkConnectionChanged">;

/** All of them. */
export const FORWARDED_EVENTS = Object.keys({
  networkQualityChanged: true,
  cpuLoadChanged: true,
  recordingStarted: true,
  recordingStopped: true,
  recordingError: true,
  transcriptionStarted: true,
  transcriptionStopped: true,
  transcriptionError: true,
  transcriptionMessage: true,
  telephonyEvent: true,
} satisfies Record<ForwardedEvent, true>) as ForwardedEvent[];

/**
 * The events of a {@link DailyTransport}. Those of the room are held until the pipeline has started, then emitted in the
 * order of the room.
 */
// A type, not an interface: only a type alias has the index signature that the emitter asks for.
export type DailyTransportEvents = Omit<CallStatusEvents, "activeSpeakerChanged" | "networkConnectionChanged"> & {
  /** The bot is in the room. */
  joined: [connection: DailyConnection];
  /** The same as `joined`, by the name that all transports have for it. */
  connected: [connection: DailyConnection];
  /**
   * The bot is about to leave, and still in the room. The promises that listeners return are awaited, for at most 2 s. Not
   * emitted when the room ended the call.
   */
  beforeLeave: [];
  /** The bot is no longer in the room; once for each `joined`, also after an `error` that ended the call. */
  left: [];
  /** Something failed. A failure that ends the call also ends the task, with this error. */
  error: [error: Error];
  /** The transport joins, is in its room, or leaves. Emitted at once, also before the pipeline has started. */
  callStateUpdated: [state: DailyTransportState];
  /** The first participant of this stay is in the room; right before its `participantJoined`. */
  firstParticipantJoined: [participant: Participant];
  /** Another participant is in the room; also once for each who was there before the bot. */
  participantJoined: [participant: Participant];
  /** A participant has changed: its name, its data or its tracks. */
  participantUpdated: [participant: Participant];
  /** A participant has left. */
  participantLeft: [participant: Participant];
  /** A user is in the room: here that is every participant, right after `participantJoined`. */
  clientConnected: [participant: Participant];
  /** A user has left, right after `participantLeft`. */
  clientDisconnected: [participant: Participant];
  /** A message from any participant; `message` is whatever they sent. */
  appMessage: [message: unknown, fromSessionId: string];
  /** Somebody speaks louder than the one before; `participant` is undefined for the bot itself. */
  activeSpeakerChanged: [sessionId: string, participant: Participant | undefined];
  /** A connection was lost or is back. While signalling is interrupted, app messages are dropped. */
  networkConnectionStatusUpdated: [change: NetworkConnectionChange];
};

/** What the two processors of a transport react to, before or after the application's listeners. */
export type DailySignals = {
  /** In the room, and the pipeline has started; before `joined`. */
  connected: [];
  /** Somebody is in the room; before `participantJoined`. */
  present: [participant: Participant];
  /** The listeners have been called; after `clientConnected`. */
  clientConnected: [];
  /** Somebody has left; before `participantLeft`. */
  gone: [sessionId: string];
  /** Daily's transcription heard somebody other than the bot; before `transcriptionMessage`. */
  transcribed: [message: TranscriptionMessage, userId: string];
  /** Before `appMessage`. */
  appMessage: [message: unknown, fromSessionId: string];
  /** The call is over, and not because this side ended it. */
  lost: [error: Error];
  /** The application closes a call that is up; its owners do not know yet. */
  closedInCall: [];
};
