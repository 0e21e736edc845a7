import type { Conversation } from "./types.ts";

/** The events that `TavusApi` emits while it opens and ends conversations. Listeners run before the call continues. */
export type TavusApiEvents = {
  /** A creation is about to be sent. From now on, a conversation of this name may exist. */
  conversationCreating: [creation: { readonly conversationName: string }];
  /** A conversation exists, and is billed unless its status is "ended". */
  conversationCreated: [conversation: Conversation];
  /** The creation failed. `mayBeOpen`: a conversation of this name may exist all the same, but could not be found. */
  conversationNotCreated: [failure: { readonly conversationName: string; readonly mayBeOpen: boolean }];
  /** A conversation was ended or deleted through this object, or was found to be over. */
  conversationEnded: [ended: { readonly conversationId: string }];
};
