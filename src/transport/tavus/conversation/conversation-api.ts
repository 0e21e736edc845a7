import type { ConversationEnder } from "../../../api/journal/index.ts";
import type { Conversation, CreateConversationOptions } from "../../../api/types.ts";
import type { FittedPal } from "./pal-fit-error.ts";

/** What the transport needs of the Tavus API; `TavusApi` has it, and so can a fake. */
export interface ConversationApi {
  createConversation(
    options: CreateConversationOptions,
  ): Promise<Pick<Conversation, "conversationId" | "conversationUrl" | "palId" | "meetingToken">>;
  /** Only for a conversation that is joined and not created. */
  getConversation?(conversationId: string): Promise<Pick<Conversation, "conversationUrl" | "palId">>;
  /** Ending one that is over counts as success. The signal aborts when nobody can wait any longer. */
  endConversation(conversationId: string, call?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Only for the journal: finds what a process left open that was killed while it created a conversation. */
  listConversations?: NonNullable<ConversationEnder["listConversations"]>;
  getPal(palId: string): Promise<FittedPal>;
}
