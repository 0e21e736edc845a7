import type { Conversation, CreateConversationOptions, Pal } from "../../api/types.ts";

/** What the transport needs of the Tavus API; `TavusApi` has it, and so can a fake. */
export interface ConversationApi {
  createConversation(
    options: CreateConversationOptions,
  ): Promise<Pick<Conversation, "conversationId" | "conversationUrl" | "palId" | "meetingToken">>;
  /** Ending one that is over counts as success. */
  endConversation(conversationId: string): Promise<void>;
  getPal(palId: string): Promise<Pick<Pal, "palName" | "pipelineMode">>;
}
