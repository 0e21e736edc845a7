import { TavusApi } from "../../api/tavus-api.ts";
import type { Participant, DailyCallFactory } from "../daily/daily-call.ts";
import { BaseTransport } from "../base/base-transport.ts";
import type { PcmResamplerFactory } from "../base/output-format.ts";
import type { ConversationApi } from "./conversation-api.ts";
import { TavusInputTransport } from "./tavus-input-transport.ts";
import { resolveTavusOptions, type Environment, type TavusTransportOptions } from "./tavus-options.ts";
import { TavusOutputTransport } from "./tavus-output-transport.ts";
import { TavusTransportClient, type TavusConnection } from "./tavus-transport-client.ts";

/** A type, not an interface: only a type alias has the index signature that the emitter asks for. */
export type TavusTransportEvents = {
  /** The bot is in the room. */
  connected: [connection: TavusConnection];
  /** A user is in the room, early or late. */
  clientConnected: [participant: Participant];
  clientDisconnected: [participant: Participant];
  /** The pal is in the room; again, with a new session id, after it left. */
  palJoined: [participant: Participant];
  palLeft: [participant: Participant];
  /** From anyone in the room; `message` is whatever they sent. */
  appMessage: [message: unknown, fromSessionId: string];
  /** Something failed. What ends the call also ends the task, with this error. */
  error: [error: Error];
};

/** What the transport works with, for tests and special cases. */
export interface TavusTransportDependencies {
  /** Default: a `TavusApi` made of the options. */
  readonly api?: ConversationApi;
  /** Default: daily-js, in the runtime the options name. */
  readonly createCall?: DailyCallFactory;
  /** Default: the library's own. */
  readonly createResampler?: PcmResamplerFactory;
  /** Default: `process.env`. */
  readonly env?: Environment;
}

/**
 * A Tavus conversation as the two ends of a pipeline: users are heard through `input()`, the pal speaks what goes to
 * `output()`. The conversation is created when the pipeline is set up, and ended when its last end is done.
 *
 * Throws an OptionsError that lists all problems with the options and the environment.
 */
export class TavusTransport extends BaseTransport<TavusTransportEvents> {
  readonly #client: TavusTransportClient;
  readonly #createResampler: PcmResamplerFactory | undefined;
  #input: TavusInputTransport | undefined;
  #output: TavusOutputTransport | undefined;

  constructor(options: TavusTransportOptions = {}, dependencies: TavusTransportDependencies = {}) {
    super((error, event) => this.#client.listenerFailed(error, event));
    const resolved = resolveTavusOptions(options, dependencies.env ?? process.env, dependencies.api !== undefined);
    const { roomUrl, apiKey, apiUrl, runtime } = resolved;
    const api = roomUrl === undefined ? (dependencies.api ?? new TavusApi({ apiKey, apiUrl })) : undefined;
    const createCall = dependencies.createCall ?? defaultCallFactory(runtime);
    this.#createResampler = dependencies.createResampler;
    this.#client = new TavusTransportClient(resolved, { api, createCall });
    this.#forwardEvents();
  }

  /** Undefined before the pipeline is set up; "dev-conversation" for a room that was given. */
  get conversationId(): string | undefined {
    return this.#client.conversation?.conversationId;
  }

  /** The room for users to join; undefined before the pipeline is set up. */
  get conversationUrl(): string | undefined {
    return this.#client.conversation?.conversationUrl;
  }

  override input(): TavusInputTransport {
    return (this.#input ??= new TavusInputTransport(this.#client));
  }

  override output(): TavusOutputTransport {
    return (this.#output ??= new TavusOutputTransport(
      this.#client,
      this.#createResampler ? { createResampler: this.#createResampler } : {},
    ));
  }

  #forwardEvents(): void {
    const { emitter } = this;
    this.#client.events
      .on("connected", (connection) => emitter.emit("connected", connection))
      .on("clientConnected", (participant) => emitter.emit("clientConnected", participant))
      .on("clientDisconnected", (participant) => emitter.emit("clientDisconnected", participant))
      .on("palJoined", (participant) => emitter.emit("palJoined", participant))
      .on("palLeft", (participant) => emitter.emit("palLeft", participant))
      .on("appMessage", (message, from) => emitter.emit("appMessage", message, from))
      .on("lost", (error) => emitter.emit("error", error))
      .on("error", (error) => emitter.emit("error", error));
  }
}

/** Loaded when it is needed: daily-js and its runtimes are large. */
function defaultCallFactory(runtime: "auto" | "native" | "chromium"): DailyCallFactory {
  return async ({ url }) => {
    const { createDailyCall } = await import("../daily/index.ts");
    return await createDailyCall({ url, runtime });
  };
}
