import { DEFAULT_API_URL } from "../../api/config.ts";
import type { Emotion, InCallEvent, Interaction, Sensitivity } from "../../api/events/index.ts";
import { ConversationJournal } from "../../api/journal/index.ts";
import { TavusApi } from "../../api/tavus-api.ts";
import type { Clock } from "../../util/clock.ts";
import type { Environment } from "../../util/environment.ts";
import type { Logger } from "../../util/logger.ts";
import { safeLogger } from "../../util/safe-logger.ts";
import type { AudioCapture, Participant, DailyCallFactory, VideoCapture } from "../daily/daily-call.ts";
import { BaseTransport } from "../base/base-transport.ts";
import type { PcmResamplerFactory } from "../base/media-sender/output-format.ts";
import type { ConversationApi } from "./conversation/conversation-api.ts";
import { inCallEventName, type TavusInCallEvents } from "./events/in-call-events.ts";
import { TavusInputTransport } from "./tavus-input-transport.ts";
import { resolveTavusOptions, type ResolvedTavusOptions, type TavusTransportOptions } from "./tavus-options.ts";
import { TavusOutputTransport } from "./tavus-output-transport.ts";
import { TavusTransportClient, type TavusConnection } from "./tavus-transport-client.ts";
import { checkedSubscriptions, type SubscriptionUpdate } from "./users/subscriptions.ts";
import type { ParticipantAudioOptions } from "./users/user-audio.ts";
import type { ParticipantVideoOptions } from "./users/user-video.ts";
import { ToolCalls, type ToolCallHandler, type ToolCallOptions, type ToolCallOutput } from "./events/tool-calls.ts";

/** A type, not an interface: only a type alias has the index signature that the emitter asks for. */
export type TavusTransportEvents = TavusInCallEvents & {
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
  /** For what happens before the pipeline brings its own. Default: the machine's, and the console. */
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** A conversation for users to join. */
export interface TavusConversation {
  readonly conversationId: string;
  /** Without a token. */
  readonly conversationUrl: string;
  /** For a private room: a secret that lets everyone in. */
  readonly meetingToken: string | undefined;
}

export interface SayOptions {
  /** Names the utterance; needed when it comes in parts. */
  readonly inferenceId?: string | undefined;
  /** False when more of the utterance follows. Default true. */
  readonly done?: boolean | undefined;
}

export interface SensitivityOptions {
  /** How soon a pause of the participant ends the turn. */
  readonly pause?: Sensitivity | undefined;
  /** How easily the participant interrupts the pal. */
  readonly interrupt?: Sensitivity | undefined;
}

/**
 * A Tavus conversation as the two ends of a pipeline: users are heard through `input()`, the pal speaks what goes to
 * `output()`. The conversation is created when the pipeline is set up (or before, by `createConversation()`), and ended
 * when its last end is done. Messages to the pal (`say` and the like) can be sent from the event `connected` on; before and
 * after they reject with a DailyCallError `notJoined`.
 *
 * Throws an InvalidOptionError that lists all problems with the options and the environment.
 */
export class TavusTransport extends BaseTransport<TavusTransportEvents> implements AsyncDisposable {
  readonly #client: TavusTransportClient;
  readonly #createResampler: PcmResamplerFactory | undefined;
  #input: TavusInputTransport | undefined;
  #output: TavusOutputTransport | undefined;
  readonly #toolCalls: ToolCalls;

  constructor(options: TavusTransportOptions = {}, dependencies: TavusTransportDependencies = {}) {
    super((error, event) => this.#client.listenerFailed(error, event));
    const env = dependencies.env ?? process.env;
    const { clock } = dependencies;
    const logger = safeLogger(dependencies.logger);
    const resolved = resolveTavusOptions(options, env, dependencies.api !== undefined, logger);
    const api = dependencies.api ?? ownApi(resolved, logger);
    // Beside an API of the application's own a journal is kept only when it is asked for.
    const journal =
      dependencies.api === undefined || options.journal ? createJournal(resolved, clock, logger) : undefined;
    const { runtime } = resolved;
    const createCall = dependencies.createCall ?? defaultCallFactory(runtime);
    this.#createResampler = dependencies.createResampler;
    this.#client = new TavusTransportClient(resolved, { api, createCall, journal, clock, logger });
    this.#toolCalls = new ToolCalls({
      clock: () => this.#client.clock,
      send: (result) => this.#send(result),
      onError: (error) => this.emitter.emit("error", error),
    });
    this.#forwardEvents();
  }

  /** Undefined before it exists; "dev-conversation" for a room that was given. */
  get conversationId(): string | undefined {
    return this.#client.conversation?.conversationId;
  }

  /** The room for users to join; undefined before the conversation exists. */
  get conversationUrl(): string | undefined {
    return this.#client.conversation?.conversationUrl;
  }

  /**
   * Creates the conversation, or finds the one to join, ahead of the pipeline: its URL can be given away before the bot
   * runs. The pipeline uses it then. It is billed from here on: run the pipeline, or call `close()`. Asking again gives the
   * same one; after a failure it is tried again.
   */
  async createConversation(): Promise<TavusConversation> {
    const { conversationId, conversationUrl, meetingToken } = await this.#client.createConversation();
    return { conversationId, conversationUrl, meetingToken };
  }

  /** The pal says this text, in its own voice. Not for a bot that speaks through the pipeline at the same time. */
  async say(text: string, options: SayOptions = {}): Promise<void> {
    await this.#send({ type: "echoText", text, ...options });
  }

  /** The pal answers this as if the user had said it. Needs a PAL with a language model. */
  async respond(text: string): Promise<void> {
    await this.#send({ type: "respond", text });
  }

  /** Adds to what the pal's language model knows. `jobStatus: "completed"`: it is the outcome of a job. */
  async appendContext(context: string, options: { readonly jobStatus?: "completed" } = {}): Promise<void> {
    await this.#send({ type: "appendContext", context, ...options });
  }

  /** Replaces what the pal's language model knows. */
  async overwriteContext(context: string): Promise<void> {
    await this.#send({ type: "overwriteContext", context });
  }

  /** The pal's face shows this emotion until the next call. Sent before the pal is there, it is lost. */
  async setEmotion(emotion: Emotion): Promise<void> {
    await this.#send({ type: "setEmotion", emotion });
  }

  async setSensitivity({ pause, interrupt }: SensitivityOptions): Promise<void> {
    // Tavus takes one a message.
    if (pause !== undefined) await this.#send({ type: "pauseSensitivity", sensitivity: pause });
    if (interrupt !== undefined) await this.#send({ type: "interruptSensitivity", sensitivity: interrupt });
  }

  /** Answers a tool call by hand; `onToolCall` does it by itself. */
  async sendToolResult(
    toolCallId: string,
    output: ToolCallOutput,
    status: "success" | "error" = "success",
  ): Promise<void> {
    await this.#send({ type: "toolResult", toolCallId, output, status });
  }

  /**
   * Shows the pipeline what a participant's camera or screen shows, as `UserImageRawFrame`s, until the capture is closed,
   * they leave or the call ends. The pal is a participant, too, if its session is named. Asking again replaces the
   * capture. Needs `params.videoInEnabled`, else it rejects with an InvalidOptionError; with a DailyCallError outside of
   * a call or for who is not there.
   */
  async captureParticipantVideo(
    participant: string | Pick<Participant, "sessionId">,
    options: ParticipantVideoOptions = {},
  ): Promise<VideoCapture> {
    return await this.input().captureParticipantVideo(participant, options);
  }

  /**
   * Lets the pipeline hear a track of a user, as `UserAudioRawFrame`s with the track's name as `transportSource`, until the
   * capture is closed, they leave or the call ends. Microphones are captured by themselves; this is for what else a user
   * sends, for another sample rate, and to stop hearing someone. Asking again for a track replaces its capture. Needs
   * `params.audioInEnabled`; rejects with an InvalidOptionError for the pal, and with a DailyCallError outside of a call or
   * for a participant that is not in the room.
   */
  async captureParticipantAudio(
    participant: string | Pick<Participant, "sessionId">,
    options: ParticipantAudioOptions = {},
  ): Promise<AudioCapture> {
    return await this.input().captureParticipantAudio(participant, options);
  }

  /**
   * Changes what the bot receives, by session id; what is left out stays as it is. A capture subscribes by itself. What is
   * not captured never reaches the pipeline, subscribed or not. Rejects with an InvalidOptionError, and with a DailyCallError
   * outside of a call or for a participant that is not in the room.
   */
  async updateSubscriptions(subscriptions: SubscriptionUpdate): Promise<void> {
    const entries = checkedSubscriptions(subscriptions);
    const { call } = this.#client;
    await Promise.all(entries.map(([sessionId, subscription]) => call.subscribe(sessionId, subscription)));
  }

  /**
   * Runs this for every tool call of the pal and sends back what it returns, or what it throws as an error (which is an
   * `error` event, too). One handler; a new one gets the calls from here on, those that run stay with the old.
   */
  onToolCall(handler: ToolCallHandler, options: ToolCallOptions = {}): this {
    this.#toolCalls.use(handler, options);
    return this;
  }

  /**
   * Leaves the room and ends the conversation, as the end of the pipeline does by itself. For a conversation whose
   * pipeline never ran; in mid-call it cancels the task as well, with a reason that says so. Bounded, never rejects,
   * idempotent.
   */
  async close(): Promise<void> {
    await this.#client.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
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

  async #send(interaction: Interaction): Promise<void> {
    await this.#client.send(interaction);
  }

  #forwardEvents(): void {
    const { emitter } = this;
    // The name is made of the event, so its listeners take it; that the two belong together TypeScript cannot follow.
    const inCall = emitter as unknown as { emit(name: string, event: InCallEvent): void };
    this.#client.events
      .on("inCall", (event) => {
        if (event.type === "toolCall") void this.#toolCalls.run(event);
        inCall.emit(inCallEventName(event), event);
      })
      .on("closing", () => this.#toolCalls.close())
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

/** Undefined where there is nothing to ask it, and no key to ask with. */
function ownApi({ roomUrl, apiKey, apiUrl }: ResolvedTavusOptions, logger: Logger): ConversationApi | undefined {
  return roomUrl === undefined && apiKey !== undefined ? new TavusApi({ apiKey, apiUrl, logger }) : undefined;
}

function createJournal(
  { journal: path, apiKey = "", apiUrl = DEFAULT_API_URL, roomUrl }: ResolvedTavusOptions,
  clock: Clock | undefined,
  logger: Logger,
): ConversationJournal | undefined {
  if (path === undefined || roomUrl !== undefined) return undefined;
  return new ConversationJournal({ path, apiKey, apiUrl, clock, logger });
}

/** Loaded when it is needed: daily-js and its runtimes are large. */
function defaultCallFactory(runtime: "auto" | "native" | "chromium"): DailyCallFactory {
  return async (options) => {
    const { createDailyCall } = await import("../daily/index.ts");
    return await createDailyCall({ ...options, runtime });
  };
}
