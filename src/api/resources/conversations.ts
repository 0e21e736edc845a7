import type { Clock } from "../../util/clock.ts";
import { runWithDeadline, sleep, withDeadline } from "../../util/deadline.ts";
import type { SafeEmitter } from "../../util/emitter.ts";
import { asError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import type { TavusApiEvents } from "../api-events.ts";
import type { CallOptions } from "../http/call-options.ts";
import { isUniqueName } from "../conversations/conversation-name.ts";
import {
  resolveConversationName,
  createBody,
  resolveMaxCallDuration,
  type CreateBodyOptions,
} from "../conversations/create-body.ts";
import {
  TavusApiError,
  TavusBadResponseError,
  TavusConnectionError,
  TavusStatusError,
  TavusVetoError,
  type OrphanOutcome,
} from "../errors.ts";
import { toExcerpt } from "../http/error-response.ts";
import { toPathSegment } from "../http/fields.ts";
import type { Listing } from "../http/listing.ts";
import { isRecord, findOne } from "../names.ts";
import { FACE_VARIABLE, PAL_VARIABLE, type OldNames } from "../old-names.ts";
import { RunningConversations } from "../conversations/running-conversations.ts";
import { mayHaveCreated, pickOrphan, type OrphanSearch } from "../conversations/orphan.ts";
import { readJson, readWith } from "../http/read-answer.ts";
import type { ResourceClient } from "../http/resource-client.ts";
import { checkCreateOptions, conversationSchema, listedConversationSchema } from "../schemas.ts";
import type { Conversation, CreateConversationOptions } from "../types.ts";

/**
 * A hook that runs before each creation. If it throws, or takes longer than ten seconds, the creation is refused with a
 * TavusVetoError. `openConversations` counts what this object has opened and not ended.
 */
export type BeforeCreate = (
  options: CreateConversationOptions,
  account: { readonly openConversations: number },
) => unknown;

/** What `Conversations` needs. */
export interface ConversationsOptions {
  readonly client: ResourceClient;
  readonly oldNames: OldNames;
  readonly events: SafeEmitter<TavusApiEvents>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly maxConcurrent: number;
  readonly beforeCreate: BeforeCreate | undefined;
}

/** Filters of `listConversations`. Only `status` is documented; Tavus' own tools use the others too. */
export interface ListConversationsOptions extends CallOptions {
  /** Only conversations with this status. Default: all. */
  readonly status?: "active" | "ended" | undefined;
  /** Only conversations with this PAL. Default: all. */
  readonly palId?: string | undefined;
  /** Only conversations with this face. Default: all. */
  readonly faceId?: string | undefined;
}

interface OldIds {
  readonly replicaId?: string | undefined;
  readonly personaId?: string | undefined;
}

/** A conversation that is not ended costs money by the minute, so ending it is retried more often. */
const MAX_END_RETRIES = 4;
/** The pauses before each search for what a failed creation left behind. */
const ORPHAN_SEARCH_PAUSES_MS = [0, 1000, 3000];
/**
 * The deadline for finding and ending a leftover conversation: an API that hangs must not delay the end of the process.
 */
const LEFTOVER_TIMEOUT_MS = 15_000;
const HOOK_TIMEOUT_MS = 10_000;
/** LiveKit's stock PAL. Tavus' own default PAL speaks in Daily rooms. */
const LIVEKIT_PAL_ID = "pb87e71797da";

/** Creates, reads and ends conversations, which cost money while they are open. */
export class Conversations {
  readonly #options: ConversationsOptions;
  readonly #open: RunningConversations;

  constructor(options: ConversationsOptions) {
    this.#options = options;
    this.#open = new RunningConversations(options.clock);
  }

  get openCount(): number {
    return this.#open.count;
  }

  async create(options: CreateConversationOptions, call: CallOptions): Promise<Conversation> {
    checkCreateOptions(options);
    const named = this.#toNewNames(options);
    call.signal?.throwIfAborted();
    await this.#askHook(named);
    const release = await this.#takeSlot(call);
    try {
      call.signal?.throwIfAborted();
      return await this.#createOrEnd(named, call, release);
    } finally {
      release();
    }
  }

  async get(id: string, { verbose, ...call }: CallOptions & { readonly verbose?: boolean }): Promise<Conversation> {
    const path = `/conversations/${toPathSegment("conversationId", id)}`;
    const query = verbose === true ? { verbose: "true" } : {};
    return await this.#options.client.get(conversationSchema, path, { conversation_id: id }, call, query);
  }

  list({ signal, timeoutMs, ...filters }: ListConversationsOptions): Listing<Conversation> {
    // Filtered here too: a server may ignore the filter.
    const { status: wanted } = filters;
    return this.#options.client.list(listedConversationSchema, "/conversations", {
      filters,
      keep: ({ status }) => wanted === undefined || status === wanted,
      signal,
      timeoutMs,
      getId: ({ conversationId }) => conversationId,
    });
  }

  async end(conversationId: string, call: CallOptions): Promise<void> {
    const path = `/conversations/${toPathSegment("conversationId", conversationId)}/end`;
    try {
      const { text } = await this.#options.client.http.send({
        method: "POST",
        path,
        retry: "repeatable",
        maxRetries: MAX_END_RETRIES,
        ...call,
      });
      if (!isTavusAnswer(text)) await this.#confirmEnded(conversationId, `POST ${path}`, text, call);
    } catch (thrown) {
      if (!isUnknownConversation(thrown)) throw thrown;
    }
    this.#markEnded(conversationId);
  }

  async delete(conversationId: string, { hard, ...call }: CallOptions & { readonly hard?: boolean }): Promise<void> {
    const path = `/conversations/${toPathSegment("conversationId", conversationId)}`;
    const { text } = await this.#options.client.delete(path, call, hard);
    if (!isTavusAnswer(text)) {
      try {
        await this.#confirmEnded(conversationId, `DELETE ${path}`, text, call);
      } catch (thrown) {
        if (!isUnknownConversation(thrown)) throw thrown;
      }
    }
    this.#markEnded(conversationId);
  }

  async endOrphan(conversationName: string, call: CallOptions): Promise<string | undefined> {
    return await this.#endOrphan({ conversationName, known: this.#open.ids }, call);
  }

  #toNewNames({ replicaId, personaId, ...options }: CreateBodyOptions & OldIds): CreateBodyOptions {
    const { oldNames } = this.#options;
    const face = { name: "faceId", value: options.faceId };
    const pal = { name: "palId", value: options.palId };
    const defaultPalId = options.properties?.livekitWsUrl === undefined ? undefined : LIVEKIT_PAL_ID;
    return {
      ...options,
      faceId: oldNames.pick(face, { name: "replicaId", value: replicaId }, FACE_VARIABLE),
      palId: oldNames.pick(pal, { name: "personaId", value: personaId }, PAL_VARIABLE) ?? defaultPalId,
    };
  }

  async #askHook(options: CreateBodyOptions): Promise<void> {
    const { beforeCreate, clock } = this.#options;
    if (beforeCreate === undefined) return;
    try {
      const answer = Promise.resolve(beforeCreate(options, { openConversations: this.#open.count }));
      await withDeadline(clock, answer, HOOK_TIMEOUT_MS, "beforeCreate");
    } catch (thrown) {
      throw new TavusVetoError(asError(thrown));
    }
  }

  /** Reserves a slot for one more conversation. At the limit, it first checks which conversations are over. */
  async #takeSlot(call: CallOptions): Promise<() => void> {
    const { maxConcurrent } = this.#options;
    if (this.#open.count < maxConcurrent) return this.#open.reserve();
    const before = this.#open.ids;
    if (before.size > 0) {
      const active = new Set((await this.list({ status: "active", ...call })).map((one) => one.conversationId));
      for (const id of before) if (!active.has(id) && (await this.#isOver(id, call))) this.#markEnded(id);
    }
    if (this.#open.count < maxConcurrent) return this.#open.reserve();
    const message = `${this.#open.count} conversations are open here, and maxConcurrentConversations is ${maxConcurrent}.`;
    throw new TavusApiError("concurrencyLimit", message);
  }

  /**
   * Confirms that a conversation is over by its own status. A successful answer may not be Tavus': a captive portal or
   * a proxy answers everything with 200. Throws when the conversation may still be open.
   */
  async #confirmEnded(conversationId: string, what: string, text: string, call: CallOptions): Promise<void> {
    let cause: unknown;
    try {
      if ((await this.get(conversationId, call)).status === "ended") return;
    } catch (thrown) {
      call.signal?.throwIfAborted();
      if (isUnknownConversation(thrown)) return;
      cause = thrown;
    }
    const message = `Tavus answered ${what} with an unexpected body; the conversation may still be open.`;
    throw new TavusBadResponseError(message, "", toExcerpt(text), { retryable: true, cause });
  }

  /** Asks for the conversation itself: a list may lag behind, and nothing would end a conversation forgotten here. */
  async #isOver(conversationId: string, call: CallOptions): Promise<boolean> {
    try {
      return (await this.get(conversationId, call)).status === "ended";
    } catch (thrown) {
      call.signal?.throwIfAborted();
      return isUnknownConversation(thrown);
    }
  }

  async #createOrEnd(
    options: CreateBodyOptions,
    { signal, timeoutMs }: CallOptions,
    release: () => void,
  ): Promise<Conversation> {
    const { clock, events } = this.#options;
    const conversationName = resolveConversationName(options);
    const startedWallMs = clock.wallMs();
    events.emit("conversationCreating", { conversationName });
    let conversation: Conversation;
    try {
      conversation = await this.#create(options, conversationName, { signal, timeoutMs });
    } catch (thrown) {
      if (thrown instanceof TavusApiError && thrown.orphan === undefined && mayHaveCreated(thrown)) {
        // A unique name identifies the conversation, so no clock needs to be trusted.
        const createdAfterMs = isUniqueName(conversationName) ? undefined : startedWallMs;
        thrown.orphan = await this.#endLeftover(
          thrown,
          { conversationName, createdAfterMs, known: this.#open.ids },
          { timeoutMs },
        );
      }
      const mayBeOpen = thrown instanceof TavusApiError && thrown.orphan === "unknown";
      events.emit("conversationNotCreated", { conversationName, mayBeOpen });
      throw signal?.aborted ? asError(signal.reason) : thrown;
    }
    // Released and added in one turn, so that it is never counted twice.
    release();
    if (conversation.status !== "ended") this.#open.add(conversation.conversationId, resolveMaxCallDuration(options));

    events.emit("conversationCreated", conversation);
    if (!signal?.aborted) return conversation;
    await this.#endUnwanted(conversation.conversationId);
    throw asError(signal.reason);
  }

  async #create(options: CreateBodyOptions, conversationName: string, call: CallOptions): Promise<Conversation> {
    const { client } = this.#options;
    const body = createBody(options, conversationName, client.wireNames);
    const { text } = await client.http.send({
      method: "POST",
      path: "/conversations",
      body,
      retry: "creation",
      ...call,
    });
    // The answer to a creation contains neither PAL nor face, so they are taken from the request.
    const asked = { pal_id: options.palId, face_id: options.faceId, conversation_name: conversationName };
    try {
      return readWith(conversationSchema, text, "POST /conversations", asked);
    } catch (thrown) {
      // Without a URL the conversation is unusable, but if it has an id, it exists and costs money.
      if (thrown instanceof TavusBadResponseError && thrown.path !== "") {
        const id = findId(text);
        if (id !== undefined) thrown.orphan = await this.#endUnwanted(id);
      }
      throw thrown;
    }
  }

  /** Ends a conversation that is never returned, so that no caller could end it. */
  async #endUnwanted(conversationId: string): Promise<OrphanOutcome> {
    const { clock } = this.#options;
    try {
      const what = "Ending an unwanted conversation";
      await runWithDeadline(clock, LEFTOVER_TIMEOUT_MS, what, (signal) => this.end(conversationId, { signal }));
      return "ended";
    } catch (thrown) {
      const error = asError(thrown).message;
      const { logger } = this.#options;
      logger.error("A conversation could not be ended; its limits will end it.", { conversationId, error });
      return "unknown";
    }
  }

  async #endLeftover(failure: TavusApiError, search: OrphanSearch, call: CallOptions): Promise<OrphanOutcome> {
    const { clock, logger } = this.#options;
    let failed: unknown;
    const what = "Looking for what a failed creation left";
    try {
      return await runWithDeadline(clock, LEFTOVER_TIMEOUT_MS, what, async (signal) => {
        for (const pauseMs of ORPHAN_SEARCH_PAUSES_MS) {
          if (pauseMs > 0) await sleep(clock, pauseMs, signal);
          try {
            failed = undefined;
            if ((await this.#endOrphan(search, { ...call, signal })) !== undefined) return "ended";
            // Only if there was no answer may the server still be creating it.
            if (!(failure instanceof TavusConnectionError)) return "notFound";
          } catch (thrown) {
            // The cause of the failed creation may persist; a later search may succeed.
            failed = thrown;
          }
        }
        if (failed === undefined) return "notFound";
        throw asError(failed);
      });
    } catch (thrown) {
      failed = thrown;
    }
    logger.warn("A conversation may have been left open; its limits will end it.", {
      conversationName: search.conversationName,
      error: asError(failed).message,
    });
    return "unknown";
  }

  async #endOrphan(search: OrphanSearch, call: CallOptions): Promise<string | undefined> {
    const active = await this.list({ status: "active", ...call });
    const orphan = pickOrphan(active, search);
    if (orphan === undefined) return undefined;
    await this.end(orphan.conversationId, call);
    return orphan.conversationId;
  }

  #markEnded(conversationId: string): void {
    this.#open.delete(conversationId);
    this.#options.events.emit("conversationEnded", { conversationId });
  }
}

/** Whether Tavus itself says that the conversation is unknown: a bare 404 may also come from a proxy or a wrong URL. */
function isUnknownConversation(thrown: unknown): boolean {
  return (
    thrown instanceof TavusStatusError &&
    thrown.resource === "conversation" &&
    /conversation/i.test(thrown.serverMessage ?? "")
  );
}

/** Whether a successful answer without a documented body can be Tavus' own: empty, or an object without an error. */
function isTavusAnswer(text: string): boolean {
  if (text.trim() === "") return true;
  try {
    const body: unknown = JSON.parse(text);
    return isRecord(body) && (body.error === undefined || body.error === null);
  } catch {
    return false;
  }
}

function findId(text: string): string | undefined {
  const id = findOne(readJson(text, "POST /conversations"))?.conversation_id;
  return typeof id === "string" && id !== "" ? id : undefined;
}
