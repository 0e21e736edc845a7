const PREFIX = "tavus-transport-";
const MADE_HERE = /^tavus-transport-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A name that no other conversation has. */
export function newConversationName(): string {
  return `${PREFIX}${crypto.randomUUID()}`;
}

/** Whether a conversation of this name can only be the one it was made for; names that people give come twice. */
export function isUniqueName(conversationName: string): boolean {
  return MADE_HERE.test(conversationName);
}
