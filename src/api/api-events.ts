import type { Conversation } from "./types.ts";

/** What `TavusApi` tells while it opens and ends conversations. Listeners run before the call in question goes on. */
export type TavusApiEvents = {
  /** A creation is about to be sent; from here on a conversation of this name may exist. */
  conversationCreating: [creation: { readonly conversationName: string }];
  /** A conversation exists, and is billed unless its status is "ended". */
  conversationCreated: [conversation: Conversation];
  /** The creation failed; `mayBeOpen`: there may be a conversation of this name all the same, and it was not found. */
  conversationNotCreated: [failure: { readonly conversationName: string; readonly mayBeOpen: boolean }];
  /** A conversation was ended or deleted through this object, or turned out to be over. */
  conversationEnded: [ended: { readonly conversationId: string }];
};
