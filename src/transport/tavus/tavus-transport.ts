import type { ConversationCost, CostReport, CostWarning, SpentBudget } from "../../api/cost/index.ts";
import type { Emotion, InCallEvent, Interaction, Sensitivity } from "../../api/events/index.ts";
import type { AvatarState } from "../../frames/index.ts";
import { RTVIProcessor } from "../../rtvi/index.ts";
import type { Clock } from "../../util/clock.ts";
import type { EnvironmentVariables } from "../../util/environment.ts";
import { InvalidOptionError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import { safeLogger } from "../../util/safe-logger.ts";
import type { AudioCapture, Participant, DailyCallFactory, VideoCapture } from "../daily/daily-call.ts";
import { BaseTransport } from "../base/base-transport.ts";
import type { PcmResamplerFactory } from "../base/media-sender/output-format.ts";
import { createApi, createJournal, createWarmUp } from "./client-dependencies.ts";
import type { ConversationApi } from "./conversation/conversation-api.ts";
import { toInCallEventName, type TavusInCallEvents } from "./events/in-call-events.ts";
import { TavusInputTransport } from "./tavus-input-transport.ts";
import { resolveTavusOptions } from "./resolve-tavus-options.ts";
import type { TavusConnection, TavusRoomChange } from "./tavus-client-events.ts";
import type { TavusTransportOptions } from "./tavus-options.ts";
import { OUTPUT_NAME, TavusOutputTransport } from "./tavus-output-transport.ts";
import { TavusTransportClient } from "./tavus-transport-client.ts";
import { defaultCallFactory } from "../room/default-call-factory.ts";
import { parseSubscriptions, type SubscriptionUpdate } from "../room/subscriptions.ts";
import type { ParticipantAudioOptions } from "../room/user-audio.ts";
import type { ParticipantVideoOptions } from "../room/user-video.ts";
import { createRTVIRoom } from "./room/rtvi-room.ts";
import { ToolCalls, type ToolCallHandler, type ToolCallOptions, type ToolCallOutput } from "./events/tool-calls.ts";

/** The events of a {@link TavusTransport}: those of the room, and those that the pal sends during the call. */
// A type, not an interface: only a type alias has the index signature that the emitter asks for.
export type TavusTransportEvents = TavusInCallEvents & {
  /** The bot is in the room. */
  connected: [connection: TavusConnection];
  /** A user is in the room; also once for each user who was there before the bot. */
  clientConnected: [participant: Participant];
  /** A user has left the room, or turned out to be the pal. */
  clientDisconnected: [participant: Participant];
  /** The pal is in the room; again, with a new session id, when it returns. */
  palJoined: [participant: Participant];
  /** The pal has left the room, or turned out to be a user. */
  palLeft: [participant: Participant];
  /** What the avatar does for the bot has changed; each change once. */
  avatarState: [state: AvatarState, before: AvatarState];
  /**
   * The bot is in another room, and the users of the one before have to follow: it has ended, or the pal is elsewhere.
   * `connected` is not emitted again.
   */
  roomChanged: [change: TavusRoomChange];
  /** The conversation's cost, or that of all conversations of the meter, has reached a threshold. Each one once. */
  costWarning: [warning: CostWarning];
  /** The budget is spent: the call is ending. */
  budgetSpent: [budget: SpentBudget];
  /** A message from any participant; `message` is whatever they sent. */
  appMessage: [message: unknown, fromSessionId: string];
  /** Something failed. A failure that ends the call also ends the task, with this error. */
  error: [error: Error];
};

/** The parts that a {@link TavusTransport} works with, for tests and special cases. */
export interface TavusTransportDependencies {
  /** The Tavus API. Default: a `TavusApi` made from the options. */
  readonly api?: ConversationApi;
  /** Makes the call. Default: daily-js, in the runtime that the options name. */
  readonly createCall?: DailyCallFactory;
  /** Makes the resamplers for the bot's audio. Default: the library's own. */
  readonly createResampler?: PcmResamplerFactory;
  /** The environment variables. Default: `process.env`. */
  readonly env?: EnvironmentVariables;
  /** The clock until the pipeline brings its own. Default: the machine's. */
  readonly clock?: Clock;
  /** The logger until the pipeline brings its own; the option `logger` has precedence. Default: the console. */
  readonly logger?: Logger;
}

/** A conversation for users to join. */
export interface TavusConversation {
  /** Its id at Tavus; "dev-conversation" for a room that was given by `roomUrl`, "fallback-room" for one of our own. */
  readonly conversationId: string;
  /** The URL of its room, without a token. */
  readonly conversationUrl: string;
  /** The token for a private room: a secret that admits anyone who has it. */
  readonly meetingToken: string | undefined;
  /** Whether it is the fallback room, without a pal: `TavusTransport.avatar` says why. */
  readonly isFallback: boolean;
}

/** What conversations have cost so far. */
export interface TavusCost {
  /** The transport's conversation; undefined before there is one, and for one that was not created here. */
  readonly conversation: ConversationCost | undefined;
  /** All conversations of the meter: the transport's own, or the one that it shares (`cost.meter`). */
  readonly process: CostReport;
}

/** How `say` sends its text. */
export interface SayOptions {
  /** Identifies the utterance; necessary when it is sent in parts. Default: Tavus chooses one. */
  readonly inferenceId?: string | undefined;
  /** Whether the utterance is complete; false when more of it follows. Default true. */
  readonly done?: boolean | undefined;
}

/** How the pal takes turns; what is left out stays as it is. */
export interface SensitivityOptions {
  /** How soon a pause of the user ends the user's turn. */
  readonly pause?: Sensitivity | undefined;
  /** How easily the user interrupts the pal. */
  readonly interrupt?: Sensitivity | undefined;
}

/**
 * A Tavus conversation as the two ends of a pipeline: `input()` pushes the audio of the users, and the pal speaks what
 * reaches `output()`. The conversation is created when the pipeline is set up (or earlier, by `createConversation()`), and
 * ended when the last of the two is done. Messages to the pal (`say` and the like) can be sent from the event `connected`
 * on; before that and after the call they reject with a DailyCallError `notJoined`.
 */
export class TavusTransport extends BaseTransport<TavusTransportEvents> implements AsyncDisposable {
  readonly #client: TavusTransportClient;
  readonly #createResampler: PcmResamplerFactory | undefined;
  #input: TavusInputTransport | undefined;
  #output: TavusOutputTransport | undefined;
  readonly #rtvi: RTVIProcessor | undefined;
  readonly #toolCalls: ToolCalls;

  /** @throws InvalidOptionError that lists all problems with the options and the environment. */
  constructor(options: TavusTransportOptions = {}, dependencies: TavusTransportDependencies = {}) {
    super((error, event) => this.#client.listenerFailed(error, event));
    const env = dependencies.env ?? process.env;
    const { clock } = dependencies;
    const logger = safeLogger(options.logger ?? dependencies.logger);
    const resolved = resolveTavusOptions(options, env, dependencies.api !== undefined, logger);
    const api = dependencies.api ?? createApi(resolved, logger);
    // With an API of the application's own a journal is kept only when the options name one.
    const journal =
      dependencies.api === undefined || options.journal ? createJournal(resolved, clock, logger) : undefined;
    const createCall = dependencies.createCall ?? defaultCallFactory(resolved);
    this.#createResampler = dependencies.createResampler;
    const warmUp = dependencies.createCall ? undefined : createWarmUp(resolved, dependencies.api !== undefined, logger);
    this.#client = new TavusTransportClient(resolved, { api, createCall, warmUp, journal, clock, env, logger });
    const { rtvi } = resolved;
    this.#rtvi = rtvi === false ? undefined : new RTVIProcessor(createRTVIRoom(this.#client, OUTPUT_NAME), rtvi, env);
    this.#toolCalls = new ToolCalls({
      clock: () => this.#client.clock,
      send: (result) => this.#send(result),
      onError: (error) => this.emitter.emit("error", error),
    });
    this.#forwardEvents();
  }

  /** What this transport's conversation has cost so far, and what all conversations of its meter have. */
  get cost(): TavusCost {
    return { conversation: this.#client.cost, process: this.#client.meter.report };
  }

  /**
   * What speaks RTVI with the web clients in the room: its events report what they ask for, and its methods send to them. The
   * task of the pipeline puts it in front; place it in the pipeline yourself to have it elsewhere.
   *
   * @throws InvalidOptionError when the option `rtvi` is false.
   */
  get rtvi(): RTVIProcessor {
    if (!this.#rtvi) throw new InvalidOptionError("rtvi", "is false, so this transport does not speak RTVI.");
    return this.#rtvi;
  }

  /** What the avatar does for the bot, and if nothing, why. */
  get avatar(): AvatarState {
    return this.#client.avatar;
  }

  /** The id of the conversation; undefined before it exists, "dev-conversation" for a room that was given by `roomUrl`. */
  get conversationId(): string | undefined {
    return this.#client.conversation?.conversationId;
  }

  /** The URL of the room for users to join, without a token; undefined before the conversation exists. */
  get conversationUrl(): string | undefined {
    return this.#client.conversation?.conversationUrl;
  }

  /**
   * Creates the conversation, or finds the one to join, ahead of the pipeline, so that its URL can be shared before the bot
   * runs. The pipeline then uses it. It is billed from here on: run the pipeline, or call `close()`. Another call resolves
   * to the same conversation; after a failure it tries again.
   *
   * @throws TavusApiError when Tavus refuses; PalFitError when a chosen PAL cannot serve a bot; TransportClosedError after
   * `close()`.
   */
  async createConversation(): Promise<TavusConversation> {
    const place = await this.#client.createConversation();
    const { conversationId, conversationUrl, meetingToken, isFallback = false } = place;
    return { conversationId, conversationUrl, meetingToken, isFallback };
  }

  /**
   * The pal says this text, in its own voice. Not for a bot that speaks through the pipeline at the same time.
   *
   * @throws DailyCallError outside of a call, and for a text that is too long for one app message.
   */
  async say(text: string, options: SayOptions = {}): Promise<void> {
    await this.#send({ type: "echoText", text, ...options });
  }

  /**
   * The pal answers this text as if the user had said it. Needs a PAL with a language model.
   *
   * @throws DailyCallError outside of a call, and for a text that is too long for one app message.
   */
  async respond(text: string): Promise<void> {
    await this.#send({ type: "respond", text });
  }

  /**
   * Adds to what the pal's language model knows. `jobStatus: "completed"` says that it is the outcome of a job.
   *
   * @throws DailyCallError outside of a call, and for a text that is too long for one app message.
   */
  async appendContext(context: string, options: { readonly jobStatus?: "completed" } = {}): Promise<void> {
    await this.#send({ type: "appendContext", context, ...options });
  }

  /**
   * Replaces what the pal's language model knows.
   *
   * @throws DailyCallError outside of a call, and for a text that is too long for one app message.
   */
  async overwriteContext(context: string): Promise<void> {
    await this.#send({ type: "overwriteContext", context });
  }

  /**
   * The pal's face shows this emotion until the next one is set. Sent before the pal is in the room, it is lost.
   *
   * @throws DailyCallError outside of a call.
   */
  async setEmotion(emotion: Emotion): Promise<void> {
    await this.#send({ type: "setEmotion", emotion });
  }

  /**
   * Changes how the pal takes turns.
   *
   * @throws DailyCallError outside of a call.
   */
  async setSensitivity({ pause, interrupt }: SensitivityOptions): Promise<void> {
    // Tavus accepts one per message.
    if (pause !== undefined) await this.#send({ type: "pauseSensitivity", sensitivity: pause });
    if (interrupt !== undefined) await this.#send({ type: "interruptSensitivity", sensitivity: interrupt });
  }

  /**
   * Answers a tool call; `onToolCall` does that by itself.
   *
   * @throws DailyCallError outside of a call, and for an output that is too long for one app message.
   */
  async sendToolResult(
    toolCallId: string,
    output: ToolCallOutput,
    status: "success" | "error" = "success",
  ): Promise<void> {
    await this.#send({ type: "toolResult", toolCallId, output, status });
  }

  /**
   * Pushes a participant's camera or screen into the pipeline, as `UserImageRawFrame`s, until the capture is closed, the
   * participant leaves or the call ends. `participant` is a session id or a participant, the pal included. A new capture of
   * a track replaces the one before.
   *
   * @throws InvalidOptionError unless `params.videoInEnabled`, and for wrong options; DailyCallError outside of a call or for
   * a participant that is not in the room.
   */
  async captureParticipantVideo(
    participant: string | Pick<Participant, "sessionId">,
    options: ParticipantVideoOptions = {},
  ): Promise<VideoCapture> {
    return await this.input().captureParticipantVideo(participant, options);
  }

  /**
   * Pushes an audio track of a user into the pipeline, as `UserAudioRawFrame`s with the track's name as `transportSource`,
   * until the capture is closed, the user leaves or the call ends. Microphones are captured without it; it is for the other
   * tracks of a user, for another sample rate, and for ending the capture of a microphone. A new capture of a track replaces
   * the one before.
   *
   * @throws InvalidOptionError unless `params.audioInEnabled`, and for the pal; DailyCallError outside of a call or for a
   * participant that is not in the room.
   */
  async captureParticipantAudio(
    participant: string | Pick<Participant, "sessionId">,
    options: ParticipantAudioOptions = {},
  ): Promise<AudioCapture> {
    return await this.input().captureParticipantAudio(participant, options);
  }

  /**
   * Changes which tracks the bot receives, by session id; what is left out stays as it is. A capture subscribes by itself. A
   * track that is not captured never reaches the pipeline, subscribed or not.
   *
   * @throws InvalidOptionError for a malformed update; DailyCallError outside of a call or for a participant that is not in
   * the room.
   */
  async updateSubscriptions(subscriptions: SubscriptionUpdate): Promise<void> {
    const entries = parseSubscriptions(subscriptions);
    const { call } = this.#client;
    await Promise.all(entries.map(([sessionId, subscription]) => call.subscribe(sessionId, subscription)));
  }

  /**
   * Runs `handler` for every tool call of the pal and sends back what it returns, or what it throws as an error (which is
   * also an `error` event). There is one handler: a new one gets the calls from here on, calls in progress stay with the old.
   */
  onToolCall(handler: ToolCallHandler, options: ToolCallOptions = {}): this {
    this.#toolCalls.use(handler, options);
    return this;
  }

  /**
   * Leaves the room and ends the conversation, as the end of the pipeline does by itself. It is for a conversation whose
   * pipeline never ran; in mid-call it also cancels the task, with a reason that says so. Takes at most 15 seconds, never
   * rejects, and is idempotent.
   */
  async close(): Promise<void> {
    await this.#client.close();
  }

  /** The same as `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The processor for the start of the pipeline; the same one at every call. */
  override input(): TavusInputTransport {
    return (this.#input ??= new TavusInputTransport(this.#client, this.#rtvi));
  }

  /** The processor for the end of the pipeline; the same one at every call. */
  override output(): TavusOutputTransport {
    return (this.#output ??= new TavusOutputTransport(
      this.#client,
      this.#createResampler ? { createResampler: this.#createResampler } : {},
      this.#rtvi,
    ));
  }

  async #send(interaction: Interaction): Promise<void> {
    await this.#client.send(interaction);
  }

  #forwardEvents(): void {
    const { emitter } = this;
    // The name is derived from the event, so its listeners accept the event; TypeScript cannot follow that.
    const inCall = emitter as unknown as { emit(name: string, event: InCallEvent): void };
    this.#client.events
      .on("inCall", (event) => {
        if (event.type === "toolCall") void this.#toolCalls.run(event);
        inCall.emit(toInCallEventName(event), event);
      })
      .on("closing", () => this.#toolCalls.close())
      .on("connected", (connection) => emitter.emit("connected", connection))
      .on("clientConnected", (participant) => emitter.emit("clientConnected", participant))
      .on("clientDisconnected", (participant) => emitter.emit("clientDisconnected", participant))
      .on("palJoined", (participant) => emitter.emit("palJoined", participant))
      .on("palLeft", (participant) => emitter.emit("palLeft", participant))
      .on("costWarning", (warning) => emitter.emit("costWarning", warning))
      .on("budgetSpent", (spent) => emitter.emit("budgetSpent", spent))
      .on("avatarState", (state, before) => emitter.emit("avatarState", state, before))
      .on("roomChanged", (change) => emitter.emit("roomChanged", change))
      .on("appMessage", (message, from) => emitter.emit("appMessage", message, from))
      .on("lost", (error) => emitter.emit("error", error))
      .on("error", (error) => emitter.emit("error", error));
  }
}
