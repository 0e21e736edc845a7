import type { ConversationCost } from "../../../api/cost/index.ts";

/** The conversation id of a room without a conversation: one of our own, in which there is no pal. */
export const FALLBACK_CONVERSATION_ID = "fallback-room";

/** A room in which the call can be held: that of a conversation, or one of our own. */
export interface CallPlace {
  readonly conversationId: string;
  /** The room's URL, without a token. */
  readonly conversationUrl: string;
  /** The token for users; undefined for a room that needs none. */
  readonly meetingToken: string | undefined;
  /** The bot's own token. Default: the one for users. */
  readonly botToken?: string | undefined;
  /** Whether it is a room of our own, without a pal. */
  readonly isFallback?: boolean;
  /** What it has cost so far; undefined where nothing was created here that costs. */
  readonly cost?: ConversationCost | undefined;
  /** Ends what was made for the call: bounded by `timeoutMs`, never rejects, once for any number of callers. */
  end(timeoutMs?: number): Promise<void>;
}

/** A place, and how to recognize the pal in it. */
export interface OpenedPlace {
  readonly place: CallPlace;
  /** The name a pal would have, the weakest evidence of the pal. Bounded, never rejects. */
  readonly palName: Promise<string | undefined>;
}
