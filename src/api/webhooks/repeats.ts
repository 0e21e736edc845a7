import { createHash } from "node:crypto";

import type { Webhook } from "./types.ts";

/** Remembers the latest webhooks to drop repeats. Tavus does not document whether it repeats callbacks. */
export class Repeats {
  readonly #limit: number;
  readonly #seen = new Set<string>();
  /** Maps each conversation to the name, of two, under which its first `palJoined` was admitted. */
  readonly #joinedName = new Map<string, string>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Records a webhook. Returns whether it is new: not a repeat, and not the duplicate of one under its other name. */
  admit(webhook: Webhook, body: string): boolean {
    const key = toKey(webhook, body);
    if (this.#seen.has(key)) {
      // Moved to the end, because the oldest is forgotten first.
      this.#seen.delete(key);
      this.#seen.add(key);
      return false;
    }
    this.#seen.add(key);
    forgetOldest(this.#seen, this.#limit);
    return webhook.type !== "palJoined" || this.#admitJoin(webhook.conversationId ?? "", webhook.eventType ?? "");
  }

  #admitJoin(conversationId: string, name: string): boolean {
    const admitted = this.#joinedName.get(conversationId);
    if (admitted !== undefined && admitted !== name) return false;
    this.#joinedName.set(conversationId, name);
    forgetOldest(this.#joinedName, this.#limit);
    return true;
  }
}

function forgetOldest(collection: Set<string> | Map<string, string>, limit: number): void {
  const [oldest] = collection.keys();
  if (collection.size > limit && oldest !== undefined) collection.delete(oldest);
}

/** A webhook is identified by conversation, event and time, or by its whole body when one of them is missing. */
function toKey({ conversationId, eventType, timestamp }: Webhook, body: string): string {
  const parts =
    conversationId !== undefined && eventType !== undefined && timestamp !== undefined
      ? JSON.stringify([conversationId, eventType, timestamp])
      : body;
  return createHash("sha256").update(parts).digest("base64");
}
