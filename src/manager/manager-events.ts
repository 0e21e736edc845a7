/** A conversation that a {@link ConversationManager} opened. */
export interface ManagedConversation {
  /** Its id at Tavus. */
  readonly conversationId: string;
  /** The URL of its room for users to join, without a token. */
  readonly conversationUrl: string;
  /** The token for a private room (`requireAuth`): a secret that admits anyone who has it. */
  readonly meetingToken: string | undefined;
}

/**
 * Why a conversation ended: `end()` or `close()` was called, the last user left, the budget is spent, its time limit has
 * passed, or it was reported to be over.
 */
export type ConversationEndReason = "ended" | "closed" | "lastUserLeft" | "budgetSpent" | "timeLimit" | "over";

/** The end of a conversation. */
export interface EndedConversation {
  /** Its id. */
  readonly conversationId: string;
  /** Why it ended. */
  readonly reason: ConversationEndReason;
  /** How long it lasted, in minutes. */
  readonly minutes: number;
  /** What it cost. Absent without a price per minute. */
  readonly money?: number;
  /**
   * False when Tavus could not be reached: it costs money until a later attempt, the journal's next sweep or its time limit
   * ends it.
   */
  readonly confirmed: boolean;
}

/** An event in the shape of TEN's extension. */
export interface TenEvent {
  /** Always "tavus_event". */
  readonly data_type: "tavus_event";
  /** What happened. */
  readonly event: "persona_created" | "conversation_created" | "conversation_ended" | "error";
  /** When, in milliseconds since 1970. */
  readonly timestamp_ms: number;
  /** Its fields, under Tavus' older names. */
  readonly payload: Readonly<Record<string, unknown>>;
}

/** The events of a {@link ConversationManager}. */
export type ConversationManagerEvents = {
  /** A PAL was created (`autoCreatePal`). */
  palCreated: [pal: { readonly palId: string; readonly palName: string }];
  /** A conversation is open, and costs money until it ends. */
  conversationCreated: [conversation: Pick<ManagedConversation, "conversationId" | "conversationUrl">];
  /** The conversation is over. Once for each that was created, and before the next one is. */
  conversationEnded: [ended: EndedConversation];
  /** Something failed. What a method rejects with is an event as well. */
  error: [error: Error];
  /** Each of the above in the shape of TEN's extension. */
  data: [event: TenEvent];
};
