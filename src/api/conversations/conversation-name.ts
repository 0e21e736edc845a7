const PREFIX = "tavus-transport-";
const MADE_HERE = /^tavus-transport-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Creates a conversation name that no other conversation has. */
export function newConversationName(): string {
  return `${PREFIX}${crypto.randomUUID()}`;
}

/** Whether a name is one that `newConversationName` made, so that only one conversation can have it. */
export function isUniqueName(conversationName: string): boolean {
  return MADE_HERE.test(conversationName);
}
