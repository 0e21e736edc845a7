import { systemClock, type Clock } from "../util/clock.ts";
import { SafeEmitter } from "../util/emitter.ts";
import { InvalidOptionError } from "../util/errors.ts";
import type { Logger } from "../util/logger.ts";
import { safeLogger } from "../util/safe-logger.ts";
import type { TavusApiEvents } from "./api-events.ts";
import type { CallOptions } from "./http/call-options.ts";
import { resolveApiKey, resolveApiUrl } from "./config.ts";
import { ApiHttp, type FetchLike } from "./http/http.ts";
import { TAVUS_SERVICE } from "./http/tavus-service.ts";
import type { JsonPatchOperation, UpdateResult } from "./http/json-patch.ts";
import type { Listing } from "./http/listing.ts";
import type { WireNames } from "./names.ts";
import { OldNames } from "./old-names.ts";
import { ResourceClient } from "./http/resource-client.ts";
import { Conversations, type BeforeCreate, type ListConversationsOptions } from "./resources/conversations.ts";
import { Deployments } from "./resources/deployments.ts";
import { Documents } from "./resources/documents.ts";
import { Faces, type ListFacesOptions } from "./resources/faces.ts";
import { Guardrails } from "./resources/guardrails.ts";
import { Memories } from "./resources/memories.ts";
import { Objectives } from "./resources/objectives.ts";
import { Pals, type ListPalsOptions, type UpdatePalOptions } from "./resources/pals.ts";
import { PronunciationDictionaries } from "./resources/pronunciation-dictionaries.ts";
import { Skills } from "./resources/skills.ts";
import { Tools } from "./resources/tools.ts";
import type { CreateFaceOptions, Face } from "./resources/types/faces.ts";
import type { CreatePalOptions, CreatePersonaOptions } from "./resources/types/pals.ts";
import { Videos } from "./resources/videos.ts";
import { Voices } from "./resources/voices.ts";
import { TavusApiOldNames } from "./tavus-api-old-names.ts";
import type { Conversation, CreateConversationOptions, Pal } from "./types.ts";

export type { CallOptions } from "./http/call-options.ts";

/** The options of {@link TavusApi}. */
export interface TavusApiOptions {
  /** The API key, from Tavus' developer portal. Default: the environment's TAVUS_API_KEY. */
  readonly apiKey?: string | undefined;
  /** The base URL of the API. Default: the environment's TAVUS_API_URL, else https://tavusapi.com/v2. */
  readonly apiUrl?: string | undefined;
  /** The deadline of one HTTP exchange, in milliseconds. A call that is retried may take several. Default 10000. */
  readonly timeoutMs?: number | undefined;
  /** Names of the id fields on the wire: face and PAL, or replica and persona as before mid-2026. Default "new". */
  readonly wireNames?: WireNames | undefined;
  /** Creations are refused while this many conversations opened by this object are still open. Default: no limit. */
  readonly maxConcurrentConversations?: number | undefined;
  /** Called before each creation; if it throws, the creation is refused with a TavusVetoError. Default: none. */
  readonly beforeCreate?: BeforeCreate | undefined;
  /** Sends the HTTP requests. Default: the global `fetch`. */
  readonly fetch?: FetchLike | undefined;
  /** The clock for deadlines and pauses. Default: the machine's. */
  readonly clock?: Clock | undefined;
  /** Receives warnings, errors and (as debug lines) every request. Default: `consoleLogger`. */
  readonly logger?: Logger | undefined;
}

/**
 * A client of the Tavus REST API (docs.tavus.io/api-reference). Conversations, PALs and faces, which a bot needs, are
 * methods of this class. The rest of the account is in groups with the same verbs: `api.documents.create(…)`,
 * `api.voices.list()`.
 *
 * Every call takes an AbortSignal and a deadline ({@link CallOptions}). Every failure is a {@link TavusApiError};
 * invalid options throw an {@link InvalidOptionError} before anything is sent. Lists are {@link Listing}s.
 */
export class TavusApi extends TavusApiOldNames {
  /** Tavus' stock voices. */
  readonly voices: Voices;
  /** Documents that pals look things up in. */
  readonly documents: Documents;
  /** Tools that the models of pals can call. */
  readonly tools: Tools;
  /** Sets of objectives that pals pursue. */
  readonly objectives: Objectives;
  /** Rules that pals must not break. */
  readonly guardrails: Guardrails;
  /** Dictionaries of how words are pronounced. */
  readonly pronunciationDictionaries: PronunciationDictionaries;
  /** What pals remember between calls. */
  readonly memories: Memories;
  /** Videos of faces that speak a script. */
  readonly videos: Videos;
  /** Tavus' skills, and the skills of each PAL. */
  readonly skills: Skills;
  /** Widgets and pages that Tavus hosts for a PAL. */
  readonly deployments: Deployments;
  /** Warns about old names. @internal */
  protected override readonly oldNames: OldNames;
  readonly #conversations: Conversations;
  readonly #pals: Pals;
  readonly #faces: Faces;
  readonly #events: SafeEmitter<TavusApiEvents>;

  /**
   * Creates a client; sends nothing.
   *
   * @throws TavusKeyError without a key.
   * @throws InvalidOptionError for an invalid key, URL, timeout or limit.
   */
  constructor(options: TavusApiOptions = {}) {
    super();
    const { timeoutMs = 10_000, clock = systemClock } = options;
    const logger = safeLogger(options.logger);
    const { maxConcurrentConversations: maxConcurrent = Infinity, beforeCreate } = options;
    if (!(timeoutMs > 0)) throw new InvalidOptionError("timeoutMs", "must be more than 0.");
    if (!(maxConcurrent >= 1)) throw new InvalidOptionError("maxConcurrentConversations", "must be at least 1.");
    const http = new ApiHttp({
      service: TAVUS_SERVICE,
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

  /**
   * Adds a listener for conversations that this object opens and ends. An error that it throws is logged and ignored.
   */
  on<K extends keyof TavusApiEvents>(event: K, listener: (...args: TavusApiEvents[K]) => unknown): this {
    this.#events.on(event, listener);
    return this;
  }

  /** Removes a listener. */
  off<K extends keyof TavusApiEvents>(event: K, listener: (...args: TavusApiEvents[K]) => unknown): this {
    this.#events.off(event, listener);
    return this;
  }

  /** The number of conversations that this object has opened or is opening and that are not known to have ended. */
  get openConversations(): number {
    return this.#conversations.openCount;
  }

  /**
   * Creates a conversation, which is billed from its creation until it ends. Limits are always sent: `maxCallDuration`
   * 1800 s, `participantLeftTimeout` 30 s and `participantAbsentTimeout` 120 s unless given.
   *
   * The request is repeated only if the server cannot have carried it out. After any other failure the conversation may
   * exist: it is then searched for by name and ended, and the error's `orphan` says with what result. An abort during
   * the request waits for the answer (at most `timeoutMs`) and ends the new conversation before the call rejects.
   *
   * @throws InvalidOptionError for invalid options, listing all problems.
   * @throws TavusVetoError when `beforeCreate` throws or times out.
   * @throws TavusApiError with code `concurrencyLimit` at `maxConcurrentConversations` or at Tavus' own limit.
   */
  async createConversation(options: CreateConversationOptions = {}, call: CallOptions = {}): Promise<Conversation> {
    return await this.#conversations.create(options, call);
  }

  /** Gets one conversation. `verbose` adds its events and the reason for its shutdown. */
  async getConversation(
    conversationId: string,
    options: CallOptions & { readonly verbose?: boolean } = {},
  ): Promise<Conversation> {
    return await this.#conversations.get(conversationId, options);
  }

  /** Lists the conversations of the account, in Tavus' order. */
  listConversations(options: ListConversationsOptions = {}): Listing<Conversation> {
    return this.#conversations.list(options);
  }

  /** Ends a conversation. One that is unknown or already over counts as ended, so the call can be repeated. */
  async endConversation(conversationId: string, call: CallOptions = {}): Promise<void> {
    await this.#conversations.end(conversationId, call);
  }

  /** Deletes a conversation, and ends it if it is open. `hard` also erases its assets, irrevocably. */
  async deleteConversation(
    conversationId: string,
    options: CallOptions & { readonly hard?: boolean } = {},
  ): Promise<void> {
    await this.#conversations.delete(conversationId, options);
  }

  /**
   * Ends the only active conversation of this name and returns its id. Returns undefined when none or several have the
   * name. Leaves alone conversations that this object created and has not ended.
   */
  async endOrphan(conversationName: string, call: CallOptions = {}): Promise<string | undefined> {
    return await this.#conversations.endOrphan(conversationName, call);
  }

  /**
   * Creates a PAL.
   *
   * @throws InvalidOptionError for invalid options, or without a default face (`defaultFaceId` or the environment's
   * TAVUS_FACE_ID), which Tavus requires.
   */
  async createPal(options: CreatePalOptions, call: CallOptions = {}): Promise<Pal> {
    return await this.#pals.create(options, call);
  }

  /** Gets one PAL. If it is unknown under one name of the resource (`/pals`, `/personas`), asks under the other. */
  async getPal(palId: string, call: CallOptions = {}): Promise<Pal> {
    return await this.#pals.get(palId, call);
  }

  /** Lists the PALs of the account and Tavus' stock PALs. */
  listPals(options: ListPalsOptions = {}): Listing<Pal> {
    return this.#pals.list(options);
  }

  /** Changes a PAL with a JSON Patch (RFC 6902), such as `[{ op: "replace", path: "/pal_name", value: "Ada" }]`. */
  async updatePal(
    palId: string,
    operations: readonly JsonPatchOperation[],
    options: UpdatePalOptions = {},
  ): Promise<UpdateResult> {
    return await this.#pals.update(palId, operations, options);
  }

  /** Publishes the draft of a PAL, so that new conversations use it. */
  async publishPal(palId: string, call: CallOptions = {}): Promise<void> {
    await this.#pals.publish(palId, call);
  }

  /** Deletes a PAL. */
  async deletePal(palId: string, call: CallOptions = {}): Promise<void> {
    await this.#pals.delete(palId, call);
  }

  /** Starts the training of a face, which takes three to four hours. */
  async createFace(options: CreateFaceOptions, call: CallOptions = {}): Promise<Face> {
    return await this.#faces.create(options, call);
  }

  /** Gets one face. If it is unknown under one name of the resource (`/faces`, `/replicas`), asks under the other. */
  async getFace(faceId: string, call: CallOptions = {}): Promise<Face> {
    return await this.#faces.get(faceId, call);
  }

  /** Lists faces. `{ faceType: "system" }` lists Tavus' stock. */
  listFaces(options: ListFacesOptions = {}): Listing<Face> {
    return this.#faces.list(options);
  }

  /** Renames a face. */
  async renameFace(faceId: string, faceName: string, call: CallOptions = {}): Promise<UpdateResult> {
    return await this.#faces.rename(faceId, faceName, call);
  }

  /** Deletes a face. `hard` also erases its assets, irrevocably. */
  async deleteFace(faceId: string, options: CallOptions & { readonly hard?: boolean } = {}): Promise<void> {
    await this.#faces.delete(faceId, options);
  }

  /** Creates a PAL through the older endpoint. @internal */
  protected override async createOldPersona(options: CreatePersonaOptions, call: CallOptions): Promise<Pal> {
    return await this.#pals.createPersona(options, call);
  }
}
