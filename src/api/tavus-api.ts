import { systemClock, type Clock } from "../util/clock.ts";
import { sleep } from "../util/deadline.ts";
import { asError, InvalidOptionError } from "../util/errors.ts";
import { consoleLogger, type Logger } from "../util/logger.ts";
import { resolveApiKey, resolveApiUrl } from "./config.ts";
import { createBody } from "./create-body.ts";
import {
  TavusApiError,
  TavusBadResponseError,
  TavusConnectionError,
  TavusStatusError,
  type OrphanOutcome,
} from "./errors.ts";
import { TavusHttp, type FetchLike } from "./http.ts";
import { oneOf, type WireNames } from "./names.ts";
import { mayHaveCreated, pickOrphan, type OrphanSearch } from "./orphan.ts";
import { readJson, readList, readWith } from "./read-answer.ts";
import { checkCreateOptions, conversationSchema, palSchema } from "./schemas.ts";
import type { Conversation, CreateConversationOptions, Pal } from "./types.ts";

export interface TavusApiOptions {
  /** Default: the environment's TAVUS_API_KEY. */
  readonly apiKey?: string | undefined;
  /** Default: the environment's TAVUS_API_URL, else https://tavusapi.com/v2. */
  readonly apiUrl?: string | undefined;
  /** For one HTTP exchange; a call that is retried may take several of them. Default 10000. */
  readonly timeoutMs?: number | undefined;
  /** Names of the id fields on the wire: face and PAL, or replica and persona as before mid-2026. Default "new". */
  readonly wireNames?: WireNames | undefined;
  readonly fetch?: FetchLike | undefined;
  readonly clock?: Clock | undefined;
  readonly logger?: Logger | undefined;
}

/** Every call takes it. When it aborts the call rejects with the signal's reason. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

const MAX_RETRIES = 2;
/** An end that fails costs money by the minute, so it is tried longer. */
const MAX_END_RETRIES = 4;
/** A creation that timed out may still be going on at the server: it is looked for at once, and again after these. */
const ORPHAN_SEARCH_PAUSES_MS = [0, 1000, 3000];
const PAGE_SIZE = 100;
const MAX_PAGES = 50;
/** Enough to tell our own calls from an orphan; bounded so that a process that runs for years stays flat. */
const MAX_KNOWN_IDS = 1000;

/** Tavus over HTTP: conversations and PALs. Failures are {@link TavusApiError}s. */
export class TavusApi {
  readonly #http: TavusHttp;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #wireNames: WireNames;
  readonly #ownIds = new Set<string>();

  /** Throws a TavusKeyError without a key, an InvalidOptionError for a URL or key that cannot work. */
  constructor(options: TavusApiOptions = {}) {
    const { timeoutMs = 10_000, clock = systemClock, logger = consoleLogger } = options;
    if (!(timeoutMs > 0)) throw new InvalidOptionError("timeoutMs", "must be more than 0.");
    this.#clock = clock;
    this.#logger = logger;
    this.#wireNames = options.wireNames ?? "new";
    this.#http = new TavusHttp({
      apiKey: resolveApiKey(options.apiKey),
      apiUrl: resolveApiUrl(options.apiUrl, logger),
      timeoutMs,
      fetch: options.fetch ?? ((url, init) => fetch(url, init)),
      clock,
      logger,
    });
  }

  /**
   * Creates a conversation; it is billed from here on until it ends. Limits are always sent (`maxCallDuration` 1800 s,
   * `participantLeftTimeout` 30 s, `participantAbsentTimeout` 120 s unless given).
   *
   * Repeated only when the request cannot have been carried out. After any other failure the conversation may exist:
   * it is then searched by name and ended, and the error's `orphan` tells the outcome. An abort during the request
   * waits for the answer (at most `timeoutMs`) and ends what was created before it rejects.
   */
  async createConversation(options: CreateConversationOptions = {}, call: CallOptions = {}): Promise<Conversation> {
    checkCreateOptions(options);
    const conversationName = options.conversationName ?? `tavus-transport-${crypto.randomUUID()}`;
    const startedWallMs = this.#clock.wallMs();
    const { signal } = call;
    let conversation: Conversation;
    try {
      conversation = await this.#create(options, conversationName, signal);
    } catch (thrown) {
      if (thrown instanceof TavusApiError && thrown.orphan === undefined && mayHaveCreated(thrown)) {
        // A name of ours is unique, so no clock needs to be trusted.
        const createdAfterMs = options.conversationName === undefined ? undefined : startedWallMs;
        thrown.orphan = await this.#endLeftover(thrown, { conversationName, createdAfterMs, known: this.#ownIds });
      }
      throw signal?.aborted ? asError(signal.reason) : thrown;
    }
    if (!signal?.aborted) {
      this.#remember(conversation.conversationId);
      return conversation;
    }
    await this.#endUnwanted(conversation.conversationId);
    throw asError(signal.reason);
  }

  /** One conversation. `verbose` adds its events and why it was shut down. */
  async getConversation(
    conversationId: string,
    options: CallOptions & { readonly verbose?: boolean } = {},
  ): Promise<Conversation> {
    const path = `/conversations/${pathSegment("conversationId", conversationId)}`;
    const query = options.verbose === true ? { verbose: "true" } : {};
    const text = await this.#get(path, query, options.signal);
    return readWith(conversationSchema, text, `GET ${path}`, { conversation_id: conversationId });
  }

  /** Ends a conversation. One that is unknown or already over counts as ended, so calling twice is fine. */
  async endConversation(conversationId: string, call: CallOptions = {}): Promise<void> {
    const path = `/conversations/${pathSegment("conversationId", conversationId)}/end`;
    try {
      await this.#http.send({ method: "POST", path, retry: "repeatable", maxRetries: MAX_END_RETRIES, ...call });
    } catch (thrown) {
      if (!isUnknownConversation(thrown)) throw thrown;
    }
    this.#ownIds.delete(conversationId);
  }

  /** All conversations of the account, at most 5000, page by page. Entries that cannot be read are left out. */
  async listConversations(
    options: CallOptions & { readonly status?: "active" | "ended" } = {},
  ): Promise<Conversation[]> {
    const found = new Map<string, Conversation>();
    for (let page = 1; page <= MAX_PAGES; page++) {
      const query = { limit: PAGE_SIZE, page, ...(options.status === undefined ? {} : { status: options.status }) };
      const text = await this.#get("/conversations", query, options.signal);
      const { entries, totalCount } = readList(conversationSchema, text, "GET /conversations", roomUrlOf);
      const before = found.size;
      for (const conversation of entries) found.set(conversation.conversationId, conversation);
      // A server that knows no pages sends the first one for ever: nothing new is the end as well.
      if (found.size === before || found.size >= (totalCount ?? Infinity)) break;
    }
    // The filter again: a server may not know it.
    return [...found.values()].filter(({ status }) => options.status === undefined || status === options.status);
  }

  /** One PAL. Asks for it under the other name of the resource too when the first does not know it. */
  async getPal(palId: string, call: CallOptions = {}): Promise<Pal> {
    const id = pathSegment("palId", palId);
    const [first, second] =
      this.#wireNames === "new" ? (["/pals", "/personas"] as const) : (["/personas", "/pals"] as const);
    try {
      return await this.#readPal(`${first}/${id}`, palId, call);
    } catch (firstError) {
      if (!(firstError instanceof TavusStatusError) || (firstError.status !== 404 && firstError.status !== 400)) {
        throw firstError;
      }
      try {
        return await this.#readPal(`${second}/${id}`, palId, call);
      } catch (secondError) {
        const alsoUnknown = secondError instanceof TavusStatusError && secondError.code === "notFound";
        throw alsoUnknown ? firstError : secondError;
      }
    }
  }

  /**
   * Ends the one active conversation of this name and returns its id; undefined when there is none or when several have
   * the name. Conversations that this object created and that have not been ended through it are not touched.
   */
  async endOrphan(conversationName: string, call: CallOptions = {}): Promise<string | undefined> {
    return await this.#endOrphan({ conversationName, known: this.#ownIds }, call);
  }

  async #create(
    options: CreateConversationOptions,
    conversationName: string,
    signal: AbortSignal | undefined,
  ): Promise<Conversation> {
    const text = await this.#http.send({
      method: "POST",
      path: "/conversations",
      body: createBody(options, conversationName, this.#wireNames),
      retry: "creation",
      maxRetries: MAX_RETRIES,
      signal,
    });
    // The answer to a creation names neither PAL nor face; what was asked for is what it has.
    const asked = { pal_id: options.palId, face_id: options.faceId, conversation_name: conversationName };
    try {
      return readWith(conversationSchema, text, "POST /conversations", asked);
    } catch (thrown) {
      // Without its URL the conversation is of no use, but when it has an id it exists and costs money.
      if (thrown instanceof TavusBadResponseError && thrown.path !== "") {
        const id = idIn(text);
        if (id !== undefined) thrown.orphan = await this.#endUnwanted(id);
      }
      throw thrown;
    }
  }

  /** For a conversation that nobody will get to see, and so nobody else can end. */
  async #endUnwanted(conversationId: string): Promise<OrphanOutcome> {
    try {
      await this.endConversation(conversationId);
      return "ended";
    } catch (thrown) {
      const error = asError(thrown).message;
      this.#logger.error("A conversation could not be ended; its limits will end it.", { conversationId, error });
      return "unknown";
    }
  }

  async #endLeftover(failure: TavusApiError, search: OrphanSearch): Promise<OrphanOutcome> {
    // Without an answer the creation may still be going on at the server, so it is looked for more than once.
    const pausesMs = failure instanceof TavusConnectionError ? ORPHAN_SEARCH_PAUSES_MS : [0];
    let failed: unknown;
    for (const pauseMs of pausesMs) {
      if (pauseMs > 0) await sleep(this.#clock, pauseMs);
      try {
        failed = undefined;
        if ((await this.#endOrphan(search)) !== undefined) return "ended";
      } catch (thrown) {
        // What broke the creation may be broken still; the next search may fare better.
        failed = thrown;
      }
    }
    if (failed === undefined) return "notFound";
    this.#logger.warn("A conversation may have been left open; its limits will end it.", {
      conversationName: search.conversationName,
      error: asError(failed).message,
    });
    return "unknown";
  }

  async #endOrphan(search: OrphanSearch, call: CallOptions = {}): Promise<string | undefined> {
    const active = await this.listConversations({ status: "active", ...call });
    const orphan = pickOrphan(active, search);
    if (orphan === undefined) return undefined;
    await this.endConversation(orphan.conversationId, call);
    return orphan.conversationId;
  }

  async #get(path: string, query: Record<string, string | number>, signal: AbortSignal | undefined): Promise<string> {
    return await this.#http.send({ method: "GET", path, query, retry: "repeatable", maxRetries: MAX_RETRIES, signal });
  }

  async #readPal(path: string, palId: string, call: CallOptions): Promise<Pal> {
    const text = await this.#get(path, {}, call.signal);
    return readWith(palSchema, text, `GET ${path}`, { pal_id: palId });
  }

  #remember(conversationId: string): void {
    this.#ownIds.add(conversationId);
    const [oldest] = this.#ownIds;
    if (this.#ownIds.size > MAX_KNOWN_IDS && oldest !== undefined) this.#ownIds.delete(oldest);
  }
}

/** Tavus' own word that there is no such conversation: a bare 404 may as well come from a proxy or a wrong URL. */
function isUnknownConversation(thrown: unknown): boolean {
  return (
    thrown instanceof TavusStatusError &&
    thrown.resource === "conversation" &&
    /conversation/i.test(thrown.serverMessage ?? "")
  );
}

/** An id as one segment of a path. */
function pathSegment(field: string, id: string): string {
  // URL parsing takes dots for steps in the path, and an end would go to another resource.
  if (id === "" || id === "." || id === "..") throw new InvalidOptionError(field, "must be an id.");
  return encodeURIComponent(id);
}

function idIn(text: string): string | undefined {
  const id = oneOf(readJson(text, "POST /conversations"))?.conversation_id;
  return typeof id === "string" && id !== "" ? id : undefined;
}

/** A list entry without its URL still has to be found and ended; Tavus' room URLs are made from the id. */
function roomUrlOf(entry: Readonly<Record<string, unknown>>): Record<string, string> {
  return typeof entry.conversation_id === "string"
    ? { conversation_url: `https://tavus.daily.co/${entry.conversation_id}` }
    : {};
}
