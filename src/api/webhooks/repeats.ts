import { createHash } from "node:crypto";

import type { Webhook } from "./types.ts";

/** Remembers what came, the latest so many: Tavus does not say whether it repeats callbacks, so it may. */
export class Repeats {
  readonly #limit: number;
  readonly #seen = new Set<string>();
  /** By conversation: under which of its two names the joining of the pal was taken. */
  readonly #joinedName = new Map<string, string>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether it came before, or is the twin under the old name of one that did. */
  has(webhook: Webhook, body: string): boolean {
    const key = toKey(webhook, body);
    if (this.#seen.has(key)) {
      // What is asked for again stays; the oldest goes first.
      this.#seen.delete(key);
      this.#seen.add(key);
      return true;
    }
    this.#seen.add(key);
    forgetOldest(this.#seen, this.#limit);
    return webhook.type === "palJoined" && this.#isTwin(webhook.conversationId ?? "", webhook.eventType ?? "");
  }

  #isTwin(conversationId: string, name: string): boolean {
    const taken = this.#joinedName.get(conversationId);
    if (taken !== undefined && taken !== name) return true;
    this.#joinedName.set(conversationId, name);
    forgetOldest(this.#joinedName, this.#limit);
    return false;
  }
}

function forgetOldest(collection: Set<string> | Map<string, string>, limit: number): void {
  const [oldest] = collection.keys();
  if (collection.size > limit && oldest !== undefined) collection.delete(oldest);
}

/** Conversation, event and time make one; where one of them is missing, the whole body does. */
function toKey({ conversationId, eventType, timestamp }: Webhook, body: string): string {
  const parts =
    conversationId !== undefined && eventType !== undefined && timestamp !== undefined
      ? JSON.stringify([conversationId, eventType, timestamp])
      : body;
  return createHash("sha256").update(parts).digest("base64");
}
