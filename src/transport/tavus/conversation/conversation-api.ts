import type { LeaseApi } from "../../../api/conversations/conversation-lease.ts";
import type { ConversationEnder } from "../../../api/journal/index.ts";
import type { Conversation, CreateConversationOptions } from "../../../api/types.ts";
import type { FittedPal } from "./pal-fit-error.ts";

/** What the transport needs of the Tavus API: `TavusApi` implements it, and so can a fake. */
export interface ConversationApi extends LeaseApi {
  /** Creates a conversation. */
  createConversation(
    options: CreateConversationOptions,
  ): Promise<Pick<Conversation, "conversationId" | "conversationUrl" | "palId" | "meetingToken">>;
  /** Looks up a conversation. Necessary only for one that is joined by its id. */
  getConversation?(conversationId: string): Promise<Pick<Conversation, "conversationUrl" | "palId">>;
  /** Lists conversations. Only for the journal, to find those of a process that was killed during a creation. */
  listConversations?: NonNullable<ConversationEnder["listConversations"]>;
  /** Looks up a PAL. */
  getPal(palId: string): Promise<FittedPal>;
}
