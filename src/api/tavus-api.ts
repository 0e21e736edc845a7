import { systemClock, type Clock } from "../util/clock.ts";
import { SafeEmitter } from "../util/emitter.ts";
import { InvalidOptionError } from "../util/errors.ts";
import type { Logger } from "../util/logger.ts";
import { safeLogger } from "../util/safe-logger.ts";
import type { TavusApiEvents } from "./api-events.ts";
import type { CallOptions } from "./http/call-options.ts";
import { resolveApiKey, resolveApiUrl } from "./config.ts";
import { TavusHttp, type FetchLike } from "./http/http.ts";
import type { JsonPatchOperation, UpdateResult } from "./http/json-patch.ts";
import type { Listing } from "./http/listing.ts";
import type { WireNames } from "./names.ts";
import { OldNames } from "./old-names.ts";
import { ResourceClient } from "./http/resource-client.ts";
import { Conversations, type BeforeCreate, type ListConversationsOptions } from "./resources/conversations.ts";
import { Deployments } from "./resources/deployments.ts";
import { Documents } from "./resources/documents.ts";
import { Faces, type CreateFaceOptions, type Face, type ListFacesOptions } from "./resources/faces.ts";
import { Guardrails } from "./resources/guardrails.ts";
import { Memories } from "./resources/memories.ts";
import { Objectives } from "./resources/objectives.ts";
import {
  Pals,
  type CreatePalOptions,
  type CreatePersonaOptions,
  type ListPalsOptions,
  type UpdatePalOptions,
} from "./resources/pals.ts";
import { PronunciationDictionaries } from "./resources/pronunciation-dictionaries.ts";
import { Skills } from "./resources/skills.ts";
import { Tools } from "./resources/tools.ts";
import { Videos } from "./resources/videos.ts";
import { Voices } from "./resources/voices.ts";
import { TavusApiOldNames } from "./tavus-api-old-names.ts";
import type { Conversation, CreateConversationOptions, Pal } from "./types.ts";

export type { CallOptions } from "./http/call-options.ts";

export interface TavusApiOptions {
  /** Default: the environment's TAVUS_API_KEY. */
  readonly apiKey?: string | undefined;
  /** Default: the environment's TAVUS_API_URL, else https://tavusapi.com/v2. */
  readonly apiUrl?: string | undefined;
  /** For one HTTP exchange; a call that is retried may take several of them. Default 10000. */
  readonly timeoutMs?: number | undefined;
  /** Names of the id fields on the wire: face and PAL, or replica and persona as before mid-2026. Default "new". */
  readonly wireNames?: WireNames | undefined;
  /** A creation is refused when this many conversations that were opened here are still open. Default: no limit. */
  readonly maxConcurrentConversations?: number | undefined;
  /** Asked before each creation; what it throws vetoes it (a TavusVetoError). */
  readonly beforeCreate?: BeforeCreate | undefined;
  readonly fetch?: FetchLike | undefined;
  readonly clock?: Clock | undefined;
  readonly logger?: Logger | undefined;
}

/**
 * Tavus over HTTP. What a bot needs is a method here: conversations, PALs, faces. The rest of the account is in groups
 * with the same verbs: `api.documents.create(…)`, `api.voices.list()`.
 *
 * Every call takes an AbortSignal and a deadline ({@link CallOptions}). Failures are {@link TavusApiError}s; options that
 * cannot work are an {@link InvalidOptionError} before anything is sent. Lists are {@link Listing}s.
 */
export class TavusApi extends TavusApiOldNames {
  readonly voices: Voices;
  readonly documents: Documents;
  readonly tools: Tools;
  readonly objectives: Objectives;
  readonly guardrails: Guardrails;
  readonly pronunciationDictionaries: PronunciationDictionaries;
  readonly memories: Memories;
  readonly videos: Videos;
  readonly skills: Skills;
  readonly deployments: Deployments;
  protected override readonly oldNames: OldNames;
  readonly #conversations: Conversations;
  readonly #pals: Pals;
  readonly #faces: Faces;
  readonly #events: SafeEmitter<TavusApiEvents>;

  /** Throws a TavusKeyError without a key, an InvalidOptionError for a URL or key that cannot work. */
  constructor(options: TavusApiOptions = {}) {
    super();
    const { timeoutMs = 10_000, clock = systemClock } = options;
    const logger = safeLogger(options.logger);
    const { maxConcurrentConversations: maxConcurrent = Infinity, beforeCreate } = options;
    if (!(timeoutMs > 0)) throw new InvalidOptionError("timeoutMs", "must be more than 0.");
    if (!(maxConcurrent >= 1)) throw new InvalidOptionError("maxConcurrentConversations", "must be at least 1.");
    const http = new TavusHttp({
      apiKey: resolveApiKey(options.apiKey),
      apiUrl: resolveApiUrl(options.apiUrl, logger),
      timeoutMs,
      fetch: options.fetch ?? ((url, init) => fetch(url, init)),
      clock,
      logger,
    });
    const client = new ResourceClient(http, options.wireNames ?? "new", logger);
    const oldNames = new OldNames(logger);
    const events = new SafeEmitter<TavusApiEvents>((error, event) => {
      logger.error("A listener of TavusApi failed.", { event, error: error.message });
    });
    this.oldNames = oldNames;
    this.#events = events;
    this.#conversations = new Conversations({ client, oldNames, events, clock, logger, maxConcurrent, beforeCreate });
    this.#pals = new Pals(client, oldNames);
    this.#faces = new Faces(client);
    this.voices = new Voices(client);
    this.documents = new Documents(client);
    this.tools = new Tools(client);
    this.objectives = new Objectives(client);
    this.guardrails = new Guardrails(client);
    this.pronunciationDictionaries = new PronunciationDictionaries(client);
    this.memories = new Memories(client);
    this.videos = new Videos(client);
    this.skills = new Skills(client);
    this.deployments = new Deployments(client);
  }

  /** Hears of conversations that this object opens and ends. What a listener throws is logged and stops nothing. */
  on<K extends keyof TavusApiEvents>(event: K, listener: (...args: TavusApiEvents[K]) => unknown): this {
    this.#events.on(event, listener);
    return this;
  }

  off<K extends keyof TavusApiEvents>(event: K, listener: (...args: TavusApiEvents[K]) => unknown): this {
    this.#events.off(event, listener);
    return this;
  }

  /** How many conversations were opened (or are being opened) here and have, as far as is known, not ended. */
  get openConversations(): number {
    return this.#conversations.openCount;
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
    return await this.#conversations.create(options, call);
  }

  /** One conversation. `verbose` adds its events and why it was shut down. */
  async getConversation(
    conversationId: string,
    options: CallOptions & { readonly verbose?: boolean } = {},
  ): Promise<Conversation> {
    return await this.#conversations.get(conversationId, options);
  }

  /** The conversations of the account, newest first. */
  listConversations(options: ListConversationsOptions = {}): Listing<Conversation> {
    return this.#conversations.list(options);
  }

  /** Ends a conversation. One that is unknown or already over counts as ended, so calling twice is fine. */
  async endConversation(conversationId: string, call: CallOptions = {}): Promise<void> {
    await this.#conversations.end(conversationId, call);
  }

  /** Deletes a conversation, and ends it if need be; with `hard`, what was recorded is erased too, for good. */
  async deleteConversation(
    conversationId: string,
    options: CallOptions & { readonly hard?: boolean } = {},
  ): Promise<void> {
    await this.#conversations.delete(conversationId, options);
  }

  /**
   * Ends the one active conversation of this name and returns its id; undefined when there is none or when several have
   * the name. Conversations that this object created and that have not been ended through it are not touched.
   */
  async endOrphan(conversationName: string, call: CallOptions = {}): Promise<string | undefined> {
    return await this.#conversations.endOrphan(conversationName, call);
  }

  /** Creates a PAL; it needs a default face, here or in the environment's TAVUS_FACE_ID. */
  async createPal(options: CreatePalOptions, call: CallOptions = {}): Promise<Pal> {
    return await this.#pals.create(options, call);
  }

  /** One PAL. Asks for it under the other name of the resource too when the first does not know it. */
  async getPal(palId: string, call: CallOptions = {}): Promise<Pal> {
    return await this.#pals.get(palId, call);
  }

  listPals(options: ListPalsOptions = {}): Listing<Pal> {
    return this.#pals.list(options);
  }

  /** Changes a PAL by a JSON Patch (RFC 6902): `[{ op: "replace", path: "/pal_name", value: "Ada" }]`. */
  async updatePal(
    palId: string,
    operations: readonly JsonPatchOperation[],
    options: UpdatePalOptions = {},
  ): Promise<UpdateResult> {
    return await this.#pals.update(palId, operations, options);
  }

  /** Makes the draft of a PAL the one that conversations get. */
  async publishPal(palId: string, call: CallOptions = {}): Promise<void> {
    await this.#pals.publish(palId, call);
  }

  async deletePal(palId: string, call: CallOptions = {}): Promise<void> {
    await this.#pals.delete(palId, call);
  }

  /** Starts the training of a face; it takes hours. */
  async createFace(options: CreateFaceOptions, call: CallOptions = {}): Promise<Face> {
    return await this.#faces.create(options, call);
  }

  async getFace(faceId: string, call: CallOptions = {}): Promise<Face> {
    return await this.#faces.get(faceId, call);
  }

  /** Faces; Tavus' stock is `{ faceType: "system" }`. */
  listFaces(options: ListFacesOptions = {}): Listing<Face> {
    return this.#faces.list(options);
  }

  async renameFace(faceId: string, faceName: string, call: CallOptions = {}): Promise<UpdateResult> {
    return await this.#faces.rename(faceId, faceName, call);
  }

  /** Deletes a face; with `hard`, what it was made from is erased too, for good. */
  async deleteFace(faceId: string, options: CallOptions & { readonly hard?: boolean } = {}): Promise<void> {
    await this.#faces.delete(faceId, options);
  }

  protected override async createOldPersona(options: CreatePersonaOptions, call: CallOptions): Promise<Pal> {
    return await this.#pals.createPersona(options, call);
  }
}
