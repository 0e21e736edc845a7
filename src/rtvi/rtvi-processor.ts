import {
  EndTaskFrame,
  ErrorFrame,
  type Frame,
  type FrameDirection,
  InputDTMFFrame,
  InputTransportStartAudioStreamingFrame,
  LLMConfigureOutputFrame,
} from "../frames/index.ts";
import { FrameProcessor, type ProcessContext, type ProcessorSetup } from "../pipeline/index.ts";
import type { EnvironmentVariables } from "../util/environment.ts";
import { asError, InvalidOptionError } from "../util/errors.ts";
import { type ClientFunctionCall, ClientFunctions, noClientError } from "./client-functions.ts";
import { ClientList, type ReadyClient, type RTVIStats } from "./client-list.ts";
import { type ClientMessage, isRTVI, readClientMessage } from "./client-messages.ts";
import {
  ClientRequests,
  type RTVIClientMessage,
  type RTVIRequestHandler,
  type RTVIRequestOptions,
} from "./client-requests.ts";
import { EarlyClients } from "./early-clients.ts";
import { measureBytes } from "./fit-message.ts";
import { MessageRate } from "./message-rate.ts";
import { type RTVIJobGroupUpdate, type ServerMessages, serverMessage, type ServerMessageType } from "./messages.ts";
import { PipelineDrain } from "./pipeline-drain.ts";
import { readIntroduction, type RTVIClient } from "./rtvi-client.ts";
import { RTVIMessageTooLargeError } from "./rtvi-errors.ts";
import { RTVIObserver } from "./rtvi-observer.ts";
import { type ResolvedRTVIOptions, resolveRTVIOptions, type RTVIOptions } from "./rtvi-options.ts";
import type { RTVIRoom } from "./rtvi-room.ts";
import { SentAudioReader } from "./sent-audio.ts";
import { readFile } from "./sent-file.ts";
import { type TypedText, TypedTexts } from "./typed-texts.ts";

/** The same error is sent at most this often, in milliseconds. */
const SAME_ERROR_MS = 1000;

// A type, not an interface: only a type alias has the index signature that the emitter requires.
/** Events of an {@link RTVIProcessor}. What clients send is theirs: check it before use. */
export type RTVIProcessorEvents = {
  /** A client is ready: from now on it receives what happens. Again when a page was loaded anew. */
  clientReady: [client: RTVIClient];
  /** A client that was ready has left the room. */
  clientLeft: [client: RTVIClient];
  /** A client has sent a message to the application that no handler of `onClientRequest` is for. */
  clientMessage: [message: RTVIClientMessage];
  /** A user has written a text; it is on its way to the context. */
  textReceived: [text: string, client: RTVIClient];
  /** A user has pressed keys of a telephone keypad, in this order. */
  dtmfReceived: [buttons: string, client: RTVIClient];
  /** Something has happened in a client's page. */
  uiEvent: [event: string, payload: unknown, client: RTVIClient];
  /** What a client's page shows: a tree of accessible elements. */
  uiSnapshot: [tree: unknown, client: RTVIClient];
  /** A client no longer wants the work with this id. */
  uiJobGroupCancelled: [jobId: string, reason: string | undefined, client: RTVIClient];
};

/** Who receives a message of the application. */
export interface RTVISendOptions {
  /** One client, or its session id. Default: all that are ready. */
  readonly to?: RTVIClient | string | undefined;
}

/**
 * Speaks RTVI with the web clients in a room: reports to each that is ready what happens in the pipeline, and does what they
 * ask for. A transport has one (`transport.rtvi`), which its task puts in front of the pipeline. Placed in the pipeline by
 * yourself, it stays there. Nothing is sent before a client has sent `client-ready`.
 */
export class RTVIProcessor extends FrameProcessor<RTVIProcessorEvents> {
  readonly #room: RTVIRoom;
  readonly #options: ResolvedRTVIOptions;
  readonly #clients: ClientList;
  readonly #early = new EarlyClients();
  readonly #requests: ClientRequests;
  readonly #functions = new ClientFunctions();
  readonly #texts: TypedTexts;
  readonly #drain: PipelineDrain;
  readonly #rate: MessageRate;
  readonly #audio: SentAudioReader;
  #setup: ProcessorSetup | undefined;
  #observer: RTVIObserver | undefined;
  #botIsReady: boolean;
  #skipsTTS = false;
  #ignored = 0;
  #lastError: { readonly text: string; readonly atMs: number } | undefined;

  /** Makes the processor for a room; a transport does that, with the option `rtvi`. `env`: default `process.env`. */
  constructor(room: RTVIRoom, options: RTVIOptions = {}, env: EnvironmentVariables = process.env) {
    super({ name: "RTVIProcessor" });
    this.#room = room;
    const resolved = resolveRTVIOptions(options, env);
    this.#options = {
      ...resolved,
      functionDetail: (name) => (this.#functions.has(name) ? "full" : resolved.functionDetail(name)),
    };
    this.#botIsReady = resolved.botReady === "automatic";
    const clock = () => this.clock;
    this.#clients = new ClientList(room, { clock, logger: () => this.logger });
    this.#rate = new MessageRate(clock);
    this.#requests = new ClientRequests(clock, (error, type) => {
      this.pushError(error, { category: "application" });
      this.logger.debug("A client's request was not answered.", { type });
    });
    this.#drain = new PipelineDrain(clock, (frame) => this.push(frame));
    this.#texts = new TypedTexts({
      push: (frame) => this.push(frame),
      interrupt: () => this.broadcastInterruption(),
      drain: () => this.#drain.run(),
      skipsTTS: () => this.#skipsTTS,
    });
    this.#audio = new SentAudioReader(
      (frame) => this.push(frame),
      (thrown) => this.pushError(asError(thrown)),
    );
    room.listen({
      onMessage: (message, from) => this.#receive(message, from),
      onUserJoined: (sessionId) => this.#userJoined(sessionId),
      onUserLeft: (sessionId) => this.#userLeft(sessionId),
      onRoomLeft: () => this.#forgetAll(),
    });
  }

  /** The clients that are ready. */
  get clients(): readonly RTVIClient[] {
    return this.#clients.all.map(({ client }) => client);
  }

  /** How many messages were sent, could not be sent, and were ignored. */
  get traffic(): RTVIStats {
    return { ...this.#clients.stats, ignored: this.#ignored };
  }

  /** With `botReady: "app"`: sends `bot-ready` to the clients that wait for it, and at once to those that come later. */
  setBotReady(): void {
    this.#botIsReady = true;
    for (const client of this.#clients.all) this.#answerReady(client);
  }

  /**
   * Sends a message of the application's own: the page's `onServerMessage` receives it. A client that is not ready receives
   * nothing.
   *
   * @throws RTVIMessageTooLargeError, and InvalidOptionError for data that is not JSON.
   */
  sendServerMessage(data: unknown, options: RTVISendOptions = {}): void {
    this.#sendOwn("server-message", data, options);
  }

  /**
   * Asks the page to do something: one of RTVI's commands (toast, navigate, scroll_to, highlight, focus, click,
   * set_input_value, select_text) or one of your own.
   *
   * @throws RTVIMessageTooLargeError, and InvalidOptionError for a payload that is not JSON.
   */
  sendUICommand(command: string, payload?: unknown, options: RTVISendOptions = {}): void {
    this.#sendOwn("ui-command", { command, ...(payload !== undefined && { payload }) }, options);
  }

  /**
   * Reports work that the bot does beside the conversation.
   *
   * @throws RTVIMessageTooLargeError, and InvalidOptionError for data that is not JSON.
   */
  sendUIJobGroup(update: RTVIJobGroupUpdate, options: RTVISendOptions = {}): void {
    this.#sendOwn("ui-job-group", { at: Math.round(this.clock.wallMs()), ...update }, options);
  }

  /**
   * Answers the messages of this type that clients send (`sendClientRequest(type, data)` in the page). There is one handler
   * for a type. Handlers run beside each other, at most 100.
   */
  onClientRequest(type: string, handler: RTVIRequestHandler, options: RTVIRequestOptions = {}): this {
    this.#requests.register(type, handler, options);
    return this;
  }

  /**
   * Makes the handler of a function that runs in the user's page (`registerFunctionCallHandler` there). It resolves with
   * what the page returns: the first client's answer counts. Any user of the room can send one, so treat it like what users
   * say. The deadline is that of the function, 10 s by default.
   */
  clientFunction(name: string): (args: unknown, call: ClientFunctionCall) => Promise<unknown> {
    this.#functions.register(name);
    return async (_args, call) => {
      if (this.#clients.size === 0) throw noClientError();
      return await this.#functions.wait(name, call);
    };
  }

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    this.#setup = setup;
    this.#watch();
  }

  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void {
    if (direction === "upstream" && this.#drain.returned(frame)) return;
    if (frame instanceof ErrorFrame) this.#reportError(frame);
    else if (frame instanceof LLMConfigureOutputFrame) this.#skipsTTS = frame.skipTTS;
    ctx.push(frame, direction);
  }

  override async cleanup(): Promise<void> {
    this.#forgetAll();
    this.#texts.clear();
    this.#drain.close();
    this.#unwatch();
    await super.cleanup();
  }

  #receive(message: unknown, from: string): void {
    if (!isRTVI(message)) return;
    if (!this.#room.isUser(from)) {
      this.#receiveEarly(message, from);
      return;
    }
    if (this.#rate.checkExceeded(from)) {
      this.#ignore(from);
      return;
    }
    const read = readClientMessage(message);
    const client = this.#clients.get(from);
    if (read.type === "client-ready") {
      this.#clientReady(from, read.id, read.data);
    } else if (!client) {
      this.#ignore(from);
    } else if (read.type === "invalid") {
      this.#ignore(from);
      this.#refuse(client, read.id, read.problem);
    } else if (this.#options.isRefused(read.type)) {
      this.#refuse(client, read.id, `This bot does not take ${read.type}.`);
    } else {
      this.#handle(read, client);
    }
  }

  /** From the pal, or from a participant of whom it is not decided yet what it is. */
  #receiveEarly(message: unknown, from: string): void {
    const read = readClientMessage(message);
    const ignored = read.type === "client-ready" ? this.#early.add(from, read) : from;
    if (ignored !== undefined) this.#ignore(ignored);
  }

  #handle(message: Exclude<ClientMessage, { type: "client-ready" }>, ready: ReadyClient): void {
    const { id } = message;
    const { client } = ready;
    switch (message.type) {
      case "disconnect-bot":
        this.push(new EndTaskFrame("a client asked the bot to disconnect"), "upstream");
        break;
      case "client-message":
        this.#clientMessage(message.data, id, ready);
        break;
      case "send-text": {
        const { content, options } = message.data;
        this.#type(ready, id, content, content, {
          runImmediately: options.run_immediately,
          isSpoken: options.audio_response,
        });
        break;
      }
      case "append-to-context": {
        const { content, run_immediately: runImmediately } = message.data;
        this.#type(ready, id, content, content, { runImmediately, isSpoken: !this.#skipsTTS });
        break;
      }
      case "send-file": {
        const { content = "", options } = message.data;
        const file = readFile(message.data);
        if ("problem" in file) {
          this.#refuse(ready, id, file.problem);
          break;
        }
        this.#type(ready, id, content, file.content, {
          runImmediately: options.run_immediately,
          isSpoken: options.audio_response,
        });
        break;
      }
      case "dtmf":
        for (const button of message.data) this.push(new InputDTMFFrame(button));
        this.emit("dtmfReceived", message.data.join(""), client);
        break;
      case "llm-function-call-result": {
        const { function_name: name, tool_call_id: callId, result } = message.data;
        if (!this.#functions.resolve(name, callId, result)) this.#refuse(ready, id, "No call waits for this result.");
        break;
      }
      case "raw-audio":
        this.#hear(client, message.data, [message.data.base64Audio]);
        break;
      case "raw-audio-batch":
        this.#hear(client, message.data, message.data.base64AudioBatch);
        break;
      case "ui-event":
        this.emit("uiEvent", message.data.event, message.data.payload, client);
        break;
      case "ui-snapshot":
        this.emit("uiSnapshot", message.data.tree, client);
        break;
      case "ui-cancel-job-group":
        this.emit("uiJobGroupCancelled", message.data.job_id, message.data.reason, client);
        break;
    }
  }

  #clientReady(sessionId: string, requestId: string | undefined, data: unknown): void {
    const introduction = readIntroduction(sessionId, data);
    const client = this.#clients.add(introduction, requestId);
    if (!client) {
      this.#ignore(sessionId);
      return;
    }
    if (introduction.problem !== undefined) this.#refuse(client, requestId, introduction.problem);
    // A transport that does not listen from the start does so from here on.
    this.push(new InputTransportStartAudioStreamingFrame());
    this.emit("clientReady", client.client);
    if (this.#botIsReady) this.#answerReady(client);
    this.#tellPresent(client);
  }

  /** The bot may be in the middle of its greeting. */
  #tellPresent(client: ReadyClient): void {
    this.#observer?.tellPresent({
      began: (type) => this.#clients.send(serverMessage(type, undefined), client),
      output: (current, legacy) => {
        this.#clients.send(serverMessage("bot-output", client.isLegacy ? legacy : current), client);
      },
    });
  }

  #answerReady(client: ReadyClient): void {
    if (client.isAnswered) return;
    client.isAnswered = true;
    const { version, requestId } = client;
    const about = { library: "tavus-transport", ...this.#options.about };
    const capabilities = { ...this.#room.capabilities, metrics: this.#setup?.enableMetrics ?? false };
    this.#clients.send(serverMessage("bot-ready", { version, about, capabilities }, requestId), client);
  }

  #clientMessage({ t: type, d: data }: { t: string; d?: unknown }, id: string | undefined, ready: ReadyClient): void {
    let isAnswered = false;
    const message: RTVIClientMessage = {
      type,
      data,
      client: ready.client,
      reply: (answer) => {
        if (isAnswered) return;
        this.#sendOwn(
          "server-response",
          { t: type, ...(answer !== undefined && { d: answer }) },
          { to: ready.client },
          id,
        );
        isAnswered = true;
      },
      fail: (error) => {
        if (!isAnswered) this.#refuse(ready, id, error);
        isAnswered = true;
      },
    };
    if (!this.#requests.run(message)) this.emit("clientMessage", message);
  }

  #type(
    ready: ReadyClient,
    id: string | undefined,
    text: string,
    content: TypedText["content"],
    how: Pick<TypedText, "runImmediately" | "isSpoken">,
  ): void {
    const onAdded = (): void => {
      this.emit("textReceived", text, ready.client);
      if (!this.#options.isSent("user-input")) return;
      this.#sendToAll("user-input", {
        text,
        input_type: "chat",
        timestamp: new Date(this.clock.wallMs()).toISOString(),
        final: true,
        user_id: ready.client.sessionId,
        ...(id !== undefined && { msg_id: id }),
      });
    };
    if (!this.#texts.add({ ...how, content, onAdded })) this.#refuse(ready, id, "Too many texts are waiting.");
  }

  #hear(
    { sessionId }: RTVIClient,
    format: { sampleRate: number; numChannels: number },
    parts: readonly string[],
  ): void {
    const outRate = this.#setup?.audioInSampleRate ?? format.sampleRate;
    this.#audio.hear(sessionId, { ...format, parts }, outRate);
  }

  #refuse(client: ReadyClient, id: string | undefined, error: string): void {
    // Without an id nobody waits for an answer.
    if (id !== undefined) this.#clients.send(serverMessage("error-response", { error }, id), client);
  }

  /** An error's message is for developers: it may name addresses, files, and worse. */
  #reportError({ fatal, processor, errorCategory }: ErrorFrame): void {
    if (this.#clients.size === 0 || !this.#options.isSent("error")) return;
    const text = `${processor ?? "The bot"} has failed (${errorCategory}).`;
    const atMs = this.clock.nowMs();
    if (this.#lastError?.text === text && atMs - this.#lastError.atMs < SAME_ERROR_MS && !fatal) return;
    this.#lastError = { text, atMs };
    this.#sendToAll("error", { error: text, fatal });
  }

  #sendOwn<T extends ServerMessageType>(type: T, data: ServerMessages[T], { to }: RTVISendOptions, id?: string): void {
    const message = serverMessage(type, data, id);
    const maxBytes = this.#room.maxMessageBytes;
    let sizeBytes: number;
    try {
      sizeBytes = measureBytes(message);
    } catch {
      throw new InvalidOptionError("data", "must be JSON, such as an object without cycles and without bigints.");
    }
    if (sizeBytes > maxBytes) throw new RTVIMessageTooLargeError(type, sizeBytes, maxBytes);
    if (to === undefined) {
      this.#clients.sendToAll(message);
      return;
    }
    const client = this.#clients.get(typeof to === "string" ? to : to.sessionId);
    if (client) this.#clients.send(message, client);
  }

  #sendToAll<T extends ServerMessageType>(type: T, data: ServerMessages[T]): void {
    this.#clients.sendToAll(serverMessage(type, data));
  }

  /** From the start: who becomes ready is told what is going on. */
  #watch(): void {
    if (this.#observer || !this.#setup?.observers) return;
    this.#observer = new RTVIObserver({
      options: this.#options,
      outputName: this.#room.outputName,
      hasVoice: this.#room.capabilities.audio_out,
      clock: () => this.clock,
      hasClients: () => this.#clients.size > 0,
      send: (type, data) => this.#sendToAll(type, data),
      sendOutput: (current, legacy) => {
        for (const client of this.#clients.all) {
          const data = client.isLegacy ? legacy : current;
          if (data) this.#clients.send(serverMessage("bot-output", data), client);
        }
      },
    });
    this.#setup.observers.add(this.#observer);
  }

  #unwatch(): void {
    if (!this.#observer) return;
    this.#setup?.observers?.remove(this.#observer);
    this.#observer.close();
    this.#observer = undefined;
  }

  #userJoined(sessionId: string): void {
    const ready = this.#early.take(sessionId);
    if (ready) this.#clientReady(sessionId, ready.id, ready.data);
  }

  #userLeft(sessionId: string): void {
    this.#early.take(sessionId);
    this.#rate.forget(sessionId);
    this.#audio.forget(sessionId);
    this.#requests.abort(sessionId);
    const left = this.#clients.remove(sessionId);
    if (this.#clients.size === 0) this.#functions.abandon();
    if (left) this.emit("clientLeft", left.client);
  }

  #forgetAll(): void {
    for (const { client } of this.#clients.all) this.#userLeft(client.sessionId);
    this.#requests.abort();
    this.#functions.abandon();
    this.#audio.clear();
    this.#early.clear();
    this.#rate.clear();
  }

  #ignore(from: string): void {
    this.#ignored++;
    if (this.#ignored === 1) {
      const what =
        "An RTVI message was ignored: it is not from a user, before client-ready, malformed, or one too many.";
      this.logger.warn(`${what} Later ones are only counted.`, { from });
    }
  }
}
