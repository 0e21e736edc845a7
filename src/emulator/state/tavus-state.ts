import { randomBytes } from "node:crypto";

import { systemClock, type Clock } from "../../util/clock.ts";
import { withDeadline } from "../../util/deadline.ts";
import type { Logger } from "../../util/logger.ts";
import { safeLogger } from "../../util/safe-logger.ts";
import { ActivityLog } from "./activity-log.ts";
import { Catalog } from "./catalog.ts";
import { readSeeds, type EmulatorSeeds } from "./seeds.ts";
import { ConversationStore } from "../conversations/conversation-store.ts";
import type { ConversationHost } from "../conversations/conversation.ts";
import { Faults } from "./faults.ts";
import { Jobs } from "./jobs.ts";
import { RequestLog } from "./request-log.ts";
import { type Document, ResourceStore } from "./resource-store.ts";
import { DOCUMENTED_RESPONSES, type ResponseShapes } from "./responses.ts";
import { Webhooks } from "../conversations/webhooks.ts";

export interface TavusStateOptions {
  /** Opens and closes rooms. */
  readonly host: ConversationHost;
  /** Origin of the rooms: a room's URL is `${origin}/${conversationId}`. A function, for a port that is known later. */
  readonly origin: string | (() => string);
  /** The key that clients must send. Default: a random one. */
  readonly apiKey?: string | undefined;
  /** How many conversations may be open at once. Default 10. */
  readonly maxConcurrent?: number | undefined;
  /** Seconds of conversation in the account. Default: unlimited. */
  readonly creditsS?: number | undefined;
  /** `max_call_duration` is silently capped to this, in seconds, as Tavus' plans do. Default 3600. */
  readonly maxCallDurationCapS?: number | undefined;
  /** Shapes of answers; the real service has been observed to differ from its documents. Default: as documented. */
  readonly responses?: Partial<ResponseShapes> | undefined;
  /** Status of the answer "maximum concurrent conversations"; 400 and 429 have both been reported. Default 400. */
  readonly concurrencyStatus?: 400 | 429 | undefined;
  /** How long training a face, processing a document and generating a video take. Default 100 ms. */
  readonly jobMs?: number | undefined;
  /** Faces and PALs in addition to Tavus' stock. */
  readonly seeds?: EmulatorSeeds | undefined;
  /** Creates a face or an echo PAL for every id requested. Default false. */
  readonly acceptAnyId?: boolean | undefined;
  /** Seed for faults with a probability. Default 1. */
  readonly faultSeed?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly logger?: Logger | undefined;
}

/** One Tavus account in memory: the data behind the REST API. */
export class TavusState {
  /** The key that clients must send as `x-api-key`. */
  readonly apiKey: string;
  /** @internal */
  readonly maxCallDurationCapS: number;
  /** @internal */
  readonly responses: ResponseShapes;
  /** @internal */
  readonly concurrencyStatus: 400 | 429;
  /** @internal */
  readonly jobMs: number;
  /** @internal */
  readonly catalog: Catalog;
  /** @internal */
  readonly documents = new ResourceStore();
  /** @internal */
  readonly videos = new ResourceStore();
  /** @internal */
  readonly tools = new ResourceStore();
  /** @internal */
  readonly objectives = new ResourceStore();
  /** @internal */
  readonly guardrails = new ResourceStore();
  /** @internal */
  readonly pronunciationDictionaries = new ResourceStore();
  /** Memories by `store/id`. A conversation that names stores leaves a memory in each when it ends. @internal */
  readonly memories = new ResourceStore();
  /** Ids of the tools attached to each PAL. @internal */
  readonly toolsOfPal = new Map<string, Set<string>>();
  /** By PAL, then by skill. @internal */
  readonly skillsOfPal = new Map<string, Map<string, Document>>();
  /** @internal */
  readonly deployments = new ResourceStore();
  /** Sessions of the PAL builder. @internal */
  readonly builders = new ResourceStore();
  /** Faults to inject into the API's answers. */
  readonly faults: Faults;
  /** @internal */
  readonly jobs: Jobs;
  /** The callbacks sent so far. */
  readonly webhooks: Webhooks;
  /** The requests to the API so far. */
  readonly requestLog: RequestLog;
  /** Everything that happens, for the page at `/`. @internal */
  readonly activity: ActivityLog;
  /** The conversations of the account, and its credits. */
  readonly conversations: ConversationStore;
  /** @internal */
  readonly clock: Clock;
  /** @internal */
  readonly logger: Logger;
  readonly #origin: string | (() => string);

  /** Throws an InvalidOptionError for seeds that cannot be used. @internal */
  constructor(options: TavusStateOptions) {
    const { seeds = {}, acceptAnyId = false } = options;
    this.catalog = new Catalog({ ...readSeeds(seeds, { acceptAnyId }), acceptAnyId });
    this.apiKey = options.apiKey ?? randomBytes(16).toString("hex");
    this.maxCallDurationCapS = options.maxCallDurationCapS ?? 3600;
    this.responses = { ...DOCUMENTED_RESPONSES, ...options.responses };
    this.concurrencyStatus = options.concurrencyStatus ?? 400;
    this.jobMs = options.jobMs ?? 100;
    this.faults = new Faults(options.faultSeed);
    this.clock = options.clock ?? systemClock;
    this.logger = safeLogger(options.logger);
    this.#origin = options.origin;
    this.jobs = new Jobs(this.clock);
    this.activity = new ActivityLog(this.clock);
    this.requestLog = new RequestLog(({ api, method, path, query, body, status }) => {
      const title = `${api === "daily" ? "Daily: " : ""}${method} ${path} → ${status ?? "connection reset"}`;
      this.activity.add({ kind: "request", title, failed: (status ?? 500) >= 400, detail: { query, body } });
    });
    this.webhooks = new Webhooks(this.clock, this.logger, ({ url, body, status }) => {
      const { event_type: event, conversation_id: id } = body;
      this.activity.add({
        kind: "webhook",
        room: typeof id === "string" ? id : undefined,
        title: `${typeof event === "string" ? event : "callback"} → ${status ?? "not received"}`,
        failed: status === undefined || status >= 400,
        detail: { url, body },
      });
    });
    this.conversations = new ConversationStore({
      host: options.host,
      clock: this.clock,
      logger: this.logger,
      maxConcurrent: options.maxConcurrent ?? 10,
      creditsS: options.creditsS ?? Infinity,
      sendCallback: (url, body) => {
        this.webhooks.send(url, body);
      },
      onEvent: ({ id }, { event_type: title, properties }) => {
        this.activity.add({ kind: "event", room: id, title, detail: properties });
      },
      onEnded: ({ id, memoryStores }) => {
        for (const store of memoryStores) this.memories.put(`${store}/m${id.slice(1)}`, { conversation_id: id });
      },
    });
  }

  /** How many conversations are open, and billed. */
  get openConversations(): number {
    return this.conversations.openConversations;
  }

  /** How often `POST /conversations/{id}/end` was called for this conversation. */
  endCalls(conversationId: string): number {
    return this.conversations.endCalls(conversationId);
  }

  /** @internal */
  roomUrl(conversationId: string): string {
    return `${typeof this.#origin === "string" ? this.#origin : this.#origin()}/${conversationId}`;
  }

  /** @internal */
  participantJoined(conversationId: string, who: { readonly isPal: boolean }): void {
    this.conversations.participantJoined(conversationId, who);
  }

  /** @internal */
  participantLeft(conversationId: string, who: { readonly isPal: boolean }): void {
    this.conversations.participantLeft(conversationId, who);
  }

  /** Reports that a recording was started in the room. Ignored unless the conversation has `enable_recording`. */
  recordingStarted(conversationId: string, recordingId: string): void {
    this.conversations.recordingStarted(conversationId, recordingId);
  }

  /** Reports that a recording was stopped. When storage is named for it, its callback is sent after the call. */
  recordingStopped(conversationId: string, recordingId: string): void {
    this.conversations.recordingStopped(conversationId, recordingId);
  }

  /** Ends all conversations. @internal */
  async close(): Promise<void> {
    await this.conversations.close();
  }

  /** Ends all conversations, drops background work, and gives the last callbacks one second to be sent. @internal */
  async shutDown(): Promise<void> {
    await this.close();
    this.jobs.close();
    await withDeadline(this.clock, this.webhooks.idle(), 1000, "The last callbacks").catch(() => undefined);
    this.webhooks.close();
  }
}
