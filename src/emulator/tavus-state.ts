import { randomBytes } from "node:crypto";

import { systemClock, type Clock } from "../util/clock.ts";
import { consoleLogger, type Logger } from "../util/logger.ts";
import { Catalog } from "./catalog.ts";
import { ConversationStore } from "./conversation-store.ts";
import type { ConversationHost } from "./conversation.ts";
import { Faults } from "./faults.ts";
import { RequestLog } from "./request-log.ts";

export interface TavusStateOptions {
  /** Opens and closes rooms. */
  readonly host: ConversationHost;
  /** Where the rooms are: a room's URL is `${origin}/${conversationId}`. A function when the port is known later. */
  readonly origin: string | (() => string);
  /** The key that clients must send. Default: a random one. */
  readonly apiKey?: string | undefined;
  /** How many conversations may be open at once. Default 10. */
  readonly maxConcurrent?: number | undefined;
  /** Seconds of conversation in the account. Default: without end. */
  readonly creditsS?: number | undefined;
  /** `max_call_duration` is capped to this without a word, as plans do. Default 3600. */
  readonly maxCallDurationCapS?: number | undefined;
  /** Under which names conversations tell their PAL and face. The real service is known to differ. Default "both". */
  readonly conversationNames?: "new" | "old" | "both" | undefined;
  /** How `GET /pals/{id}` answers: the bare object, or `{"data": [object]}` as documented. Default "bare". */
  readonly palShape?: "bare" | "list" | undefined;
  readonly clock?: Clock | undefined;
  readonly logger?: Logger | undefined;
}

/** One Tavus account in memory: what the REST API shows and changes. */
export class TavusState {
  readonly apiKey: string;
  readonly maxCallDurationCapS: number;
  readonly conversationNames: "new" | "old" | "both";
  readonly palShape: "bare" | "list";
  readonly catalog = new Catalog();
  readonly faults = new Faults();
  readonly requestLog = new RequestLog();
  readonly conversations: ConversationStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly #origin: string | (() => string);

  constructor(options: TavusStateOptions) {
    this.apiKey = options.apiKey ?? randomBytes(16).toString("hex");
    this.maxCallDurationCapS = options.maxCallDurationCapS ?? 3600;
    this.conversationNames = options.conversationNames ?? "both";
    this.palShape = options.palShape ?? "bare";
    this.clock = options.clock ?? systemClock;
    this.logger = options.logger ?? consoleLogger;
    this.#origin = options.origin;
    this.conversations = new ConversationStore({
      host: options.host,
      clock: this.clock,
      logger: this.logger,
      maxConcurrent: options.maxConcurrent ?? 10,
      creditsS: options.creditsS ?? Infinity,
    });
  }

  get openConversations(): number {
    return this.conversations.openConversations;
  }

  /** How often `POST /conversations/{id}/end` was called for this conversation. */
  endCalls(conversationId: string): number {
    return this.conversations.endCalls(conversationId);
  }

  roomUrl(conversationId: string): string {
    return `${typeof this.#origin === "string" ? this.#origin : this.#origin()}/${conversationId}`;
  }

  participantJoined(conversationId: string, who: { readonly isPal: boolean }): void {
    this.conversations.participantJoined(conversationId, who);
  }

  participantLeft(conversationId: string, who: { readonly isPal: boolean }): void {
    this.conversations.participantLeft(conversationId, who);
  }

  /** Ends all conversations. */
  async close(): Promise<void> {
    await this.conversations.close();
  }
}
