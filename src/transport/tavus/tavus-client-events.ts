import type { InCallEvent, StartedSpeakingEvent, StoppedSpeakingEvent } from "../../api/events/index.ts";
import type { CostWarning, SpentBudget } from "../../api/cost/index.ts";
import type { AvatarState } from "../../frames/index.ts";
import type { Participant } from "../daily/daily-call.ts";

/** The bot's stay in the room of its conversation. */
export interface TavusConnection {
  /** The bot's own session in the room. */
  readonly sessionId: string;
  /**
   * The conversation in the room; "dev-conversation" for a room that was given by `roomUrl`, "fallback-room" for one of our
   * own, in which there is no pal.
   */
  readonly conversationId: string;
  /** The room's URL for users to join, without a token. */
  readonly conversationUrl: string;
}

/** Another room than before, for users to follow into. */
export interface TavusRoomChange extends TavusConnection {
  /** The token for users of a private room: a secret that admits anyone who has it. */
  readonly meetingToken: string | undefined;
  /** Whether it is a room of our own, without a pal. */
  readonly isFallback: boolean;
}

/** A type, not an interface: only a type alias has the index signature that the emitter asks for. */
export type TavusClientEvents = {
  connected: [connection: TavusConnection];
  palJoined: [participant: Participant];
  palLeft: [participant: Participant];
  clientConnected: [participant: Participant];
  clientDisconnected: [participant: Participant];
  appMessage: [message: unknown, fromSessionId: string];
  /** An event of the pal: each one once, however many messages report it, and in order. */
  inCall: [event: InCallEvent];
  /** Those events that say that the pal itself started or stopped speaking. */
  palSpeaking: [event: StartedSpeakingEvent | StoppedSpeakingEvent];
  /** The avatar's state has changed; each change once. `lastedMs`: how long the state before lasted. */
  avatarState: [state: AvatarState, before: AvatarState, lastedMs: number];
  /** The bot is in another room; the users of the one before have to follow. `connected` is not emitted again. */
  roomChanged: [change: TavusRoomChange];
  /** The call of the room is about to be left for another room: captures end, `call` throws until `roomChanged`. */
  roomLeft: [];
  /** The call is over, and not because this side ended it. */
  lost: [error: Error];
  /** Something failed; the call continues, or is being closed anyway. */
  error: [error: Error];
  /** A warning about the cost of a conversation of this client, or of all conversations of its meter. */
  costWarning: [warning: CostWarning];
  /** The budget is spent; the call has to end. Once. */
  budgetSpent: [budget: SpentBudget];
  /** A call that is up is being closed, for this reason; its owners do not know yet. */
  closedInCall: [reason: string];
  /** Leaving and ending have begun. */
  closing: [];
};
