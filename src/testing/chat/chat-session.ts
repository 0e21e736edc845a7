import { measurePeak } from "../../audio/index.ts";
import {
  createDailyCall,
  type DailyCall,
  type DailyCallFactory,
  MICROPHONE,
  type Participant,
} from "../../transport/daily/index.ts";
import { type Clock, systemClock } from "../../util/clock.ts";
import { deferred } from "../../util/deadline.ts";
import { SafeEmitter } from "../../util/emitter.ts";
import { asError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import { safeLogger } from "../../util/safe-logger.ts";
import { BotActivity } from "./bot-activity.ts";
import { Changes } from "./changes.ts";
import { ChatError } from "./chat-errors.ts";
import { type ChatCall, type ChatTurn, GrowingTurn } from "./chat-turn.ts";
import { type BotMessage, type BotOutput, readBotMessage, RTVI_VERSION, toClientMessage } from "./rtvi-messages.ts";

/** The room of a bot. */
export interface ChatRoom {
  /** The URL of the room, such as a transport's `conversationUrl`. */
  readonly url: string;
  /** The meeting token, for private rooms. */
  readonly token?: string;
}

/** What {@link ChatSession.join} takes besides the room. */
export interface ChatSessionOptions {
  /** The name of the user in the room. Default "Chat". */
  readonly userName?: string;
  /** How long joining, and then the bot's readiness, may take, in ms. Default 30 000 each. */
  readonly readyTimeoutMs?: number;
  /** Aborts the join. Default: none. */
  readonly signal?: AbortSignal;
  /** Creates the call. Default: `createDailyCall`, without a browser for rooms on this machine. */
  readonly createCall?: DailyCallFactory;
  /** Default: the machine's time. */
  readonly clock?: Clock;
  /** Default: warnings and errors to standard error. */
  readonly logger?: Logger;
}

/** The events of a {@link ChatSession}. */
export type ChatEvents = {
  /** The user has said a line. */
  said: [text: string];
  /** More of the bot's speech has been heard. */
  heard: [turn: ChatTurn];
  /** The bot has called a function. */
  called: [call: ChatCall];
  /** A function call is over: its result where the bot reports it. */
  callEnded: [id: string, outcome: { readonly cancelled: boolean; readonly result: unknown }];
  /** The bot reported an error, or refused a message of this client. */
  botError: [message: string, fatal: boolean];
  /** The bot sent a message of the application (`server-message`). */
  botMessage: [data: unknown];
  /** The bot has nothing more to say, think or call for now. */
  quiet: [turn: ChatTurn];
  /** The bot left, the conversation ended, or the call failed. */
  ended: [reason: string];
};

/** No message from the bot for this long, while it is at nothing: it has said what it had to say. */
const QUIET_MS = 500;
/** The same, while it reports that there is more to say, and neither thinks nor speaks: the rest will not follow. */
const STALLED_MS = 5000;
/** How often a bot that does not answer is greeted. */
const GREET_EVERY_MS = 2000;
/** A bot that is busy for this many timeouts hangs. */
const BUSY_FACTOR = 10;
/** How often waits look at how long the bot has been at nothing. */
const POLL_MS = 100;
const HEARD_RATE = 16_000;
/** Louder than the noise of a codec, of 32 767. */
const LOUD_PEAK = 500;
const MAX_TURNS = 1000;
const LEAVE_TIMEOUT_MS = 3000;

/**
 * A user who talks to a bot by text: a participant of the bot's room who speaks RTVI. The bot answers as it does to speech:
 * its model, its voice and its pal are the real ones. What it said is what was played.
 */
export class ChatSession implements AsyncDisposable {
  readonly #call: DailyCall;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #emitter: SafeEmitter<ChatEvents>;
  readonly #changes: Changes;
  readonly #activity = new BotActivity();
  /** The turns before the current one. */
  readonly #pastTurns: GrowingTurn[] = [];
  #current: GrowingTurn;
  readonly #greeted = new Set<string>();
  readonly #heardFrom = new Set<string>();
  /** The turn of a line that the bot has not reacted to yet, while it was still busy with the one before. */
  #nextTurn: GrowingTurn | undefined;
  /** Whether there has been silence since the bot began to work on the current turn. */
  #wasSilent = true;
  #botSessionId: string | undefined;
  #isJoined = false;
  #isQuiet = false;
  #quietTimer: unknown;
  #lastActivityMs: number;
  #messages = 0;
  #unnamedSegments = 0;
  readonly #ended = deferred<string>();
  #endReason: string | undefined;

  private constructor(call: DailyCall, clock: Clock, logger: Logger) {
    this.#call = call;
    this.#clock = clock;
    this.#logger = logger;
    this.#emitter = new SafeEmitter<ChatEvents>((error, event) => {
      logger.error("A listener of a chat failed.", { event, error: error.message });
    });
    this.#changes = new Changes(clock);
    this.#lastActivityMs = clock.nowMs();
    this.#current = new GrowingTurn(undefined, clock.nowMs());
    call
      .on("participantJoined", (participant) => this.#meet(participant))
      .on("participantUpdated", (participant) => this.#listenTo(participant))
      .on("participantLeft", ({ sessionId }) => {
        if (sessionId === this.#botSessionId) this.#end("The bot left the room.");
      })
      .on("appMessage", (data, from) => this.#receive(data, from))
      .on("left", (_reason, message) => this.#end(`The conversation ended: ${message}`))
      .on("error", (error) => this.#end(`The call failed: ${error.message}`));
  }

  /**
   * Joins the room as a user, and resolves when the bot is ready.
   *
   * @throws ChatError when no bot in the room answers in time; what {@link DailyCall.join} throws; the signal's reason.
   */
  static async join(room: ChatRoom, options: ChatSessionOptions = {}): Promise<ChatSession> {
    const { userName = "Chat", readyTimeoutMs = 30_000, signal, createCall = createDailyCall } = options;
    const clock = options.clock ?? systemClock;
    const logger = safeLogger(options.logger);
    signal?.throwIfAborted();
    const timeouts = { joinTimeoutMs: readyTimeoutMs, leaveTimeoutMs: LEAVE_TIMEOUT_MS };
    const call = await createCall({ url: room.url, clock, logger, ...timeouts });
    const session = new ChatSession(call, clock, logger);
    try {
      await session.#join({ url: room.url, userName, ...(room.token !== undefined && { token: room.token }) });
      await session.#untilReady(readyTimeoutMs, signal);
      return session;
    } catch (thrown) {
      await session.close();
      throw thrown;
    }
  }

  /** The turns so far, at most the last 1000; the last one is the current one. */
  get turns(): readonly ChatTurn[] {
    return [...this.#pastTurns, this.#current, ...(this.#nextTurn ? [this.#nextTurn] : [])];
  }

  /** The turn of the user's last line. */
  get turn(): ChatTurn {
    return this.#nextTurn ?? this.#current;
  }

  /** Whether the bot has nothing to say, to think or to call, and has not had for half a second. */
  get isQuiet(): boolean {
    return this.#isQuiet;
  }

  /** How long ago the bot last reported anything, or the user last said something, in ms. */
  get idleMs(): number {
    return this.#clock.nowMs() - this.#lastActivityMs;
  }

  /** Resolves with the reason when the chat is over. */
  get ended(): Promise<string> {
    return this.#ended.promise;
  }

  /** Why the chat is over; undefined while it is not. */
  get endReason(): string | undefined {
    return this.#endReason;
  }

  /**
   * Says a line to the bot. Whatever the bot is saying is interrupted.
   *
   * @throws ChatError when the chat is over; DailyCallError `messageTooLarge` for a line beyond the room's limit.
   */
  async say(text: string): Promise<void> {
    const botSessionId = this.#botSessionId;
    if (botSessionId === undefined || this.#endReason !== undefined)
      throw new ChatError(this.#endReason ?? "The bot is not ready.");
    const wasQuiet = this.#isQuiet;
    const turn = new GrowingTurn(text, this.#clock.nowMs());
    if (this.#nextTurn) this.#begin(this.#nextTurn);
    if (wasQuiet) this.#begin(turn);
    else this.#nextTurn = turn;
    this.#wasSilent = wasQuiet;
    this.#touch();
    this.#emitter.emit("said", text);
    const options = { run_immediately: true, audio_response: true };
    await this.#send("send-text", { content: text, options }, botSessionId);
  }

  /**
   * Resolves with true as soon as the condition holds, which is checked whenever something happens; with false after
   * `timeoutMs`, or when the chat is over without it.
   */
  async waitFor(condition: () => boolean, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    if (this.#endReason !== undefined) return condition();
    return await this.#changes.wait(condition, timeoutMs, signal);
  }

  /**
   * Like {@link waitFor}, but the time counts only while the bot is at nothing; a bot that is busy for ten times as long hangs.
   */
  async waitForBot(condition: () => boolean, idleTimeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    for (let waitedMs = 0; waitedMs < BUSY_FACTOR * idleTimeoutMs; waitedMs += POLL_MS) {
      if (await this.waitFor(condition, POLL_MS, signal)) return true;
      const isIdle = this.#isQuiet && this.idleMs >= idleTimeoutMs;
      if (this.#endReason !== undefined || signal?.aborted === true || isIdle) return false;
    }
    return false;
  }

  /** Adds a listener. */
  on<K extends keyof ChatEvents>(event: K, listener: (...args: ChatEvents[K]) => unknown): this {
    this.#emitter.on(event, listener);
    return this;
  }

  /** Removes a listener. */
  off<K extends keyof ChatEvents>(event: K, listener: (...args: ChatEvents[K]) => unknown): this {
    this.#emitter.off(event, listener);
    return this;
  }

  /** Leaves the room. Idempotent. */
  async close(): Promise<void> {
    this.#end("The chat was closed.");
    await this.#call.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #join(options: { readonly url: string; readonly token?: string; readonly userName: string }): Promise<void> {
    await this.#call.join(options);
    this.#isJoined = true;
    for (const participant of this.#call.participants().values()) this.#meet(participant);
  }

  async #untilReady(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    const untilMs = this.#clock.nowMs() + timeoutMs;
    for (let leftMs = timeoutMs; leftMs > 0; leftMs = untilMs - this.#clock.nowMs()) {
      const isReady = await this.waitFor(
        () => this.#botSessionId !== undefined,
        Math.min(leftMs, GREET_EVERY_MS),
        signal,
      );
      signal?.throwIfAborted();
      if (isReady) return;
      if (this.#endReason !== undefined) break;
      // A bot that had not decided who is a user has ignored the first greeting.
      this.#greeted.clear();
      for (const participant of this.#call.participants().values()) this.#meet(participant);
    }
    if (this.#endReason !== undefined) throw new ChatError(this.#endReason);
    throw new ChatError(
      `No bot in the room answered within ${timeoutMs} ms. Bots of tavus-transport answer RTVI clients as soon as they run, ` +
        "unless their transport has the option `rtvi: false`.",
    );
  }

  /** Greets a participant, who may be the bot, and listens to its voice. */
  #meet(participant: Participant): void {
    if (!this.#isJoined || participant.local) return;
    this.#listenTo(participant);
    const { sessionId } = participant;
    if (this.#greeted.has(sessionId)) return;
    this.#greeted.add(sessionId);
    const data = { version: RTVI_VERSION, about: { library: "tavus-transport-chat" } };
    this.#send("client-ready", data, sessionId).catch((thrown: unknown) => {
      this.#logger.warn("A participant could not be greeted.", { sessionId, error: asError(thrown).message });
    });
  }

  #listenTo({ sessionId, local, microphone }: Participant): void {
    if (!this.#isJoined || local || microphone.state === "off" || this.#heardFrom.has(sessionId)) return;
    this.#heardFrom.add(sessionId);
    const onAudio = ({ pcm }: { readonly pcm: Int16Array }): void => this.#hear(pcm);
    this.#call.captureAudio(sessionId, MICROPHONE, { sampleRate: HEARD_RATE }, onAudio).catch((thrown: unknown) => {
      this.#heardFrom.delete(sessionId);
      this.#logger.debug("A participant cannot be heard.", { sessionId, error: asError(thrown).message });
    });
  }

  #hear(pcm: Int16Array): void {
    if (this.#nextTurn) return;
    const turn = this.#current;
    if (measurePeak(pcm) < LOUD_PEAK) this.#wasSilent = true;
    else if (this.#wasSilent) turn.firstSoundMs ??= this.#clock.nowMs() - turn.startedMs;
  }

  async #send(type: string, data: unknown, to: string): Promise<void> {
    await this.#call.sendAppMessage(toClientMessage(type, `chat-${++this.#messages}`, data), to);
  }

  #receive(data: unknown, from: string): void {
    if (this.#botSessionId !== undefined && from !== this.#botSessionId) return;
    const message = readBotMessage(data);
    if (message === "foreign" || message === "unused") return;
    if (message === "malformed") {
      this.#logger.warn("A malformed RTVI message was ignored.", { from });
      return;
    }
    if (message.type === "bot-ready") {
      if (this.#botSessionId === undefined) this.#meetBot(from, message.data.version);
    } else if (this.#botSessionId !== undefined) {
      this.#apply(message);
    }
  }

  #meetBot(sessionId: string, version: string): void {
    if (!version.startsWith("2."))
      this.#logger.warn("The bot speaks another version of RTVI; what it says may be missing.", { version });
    this.#botSessionId = sessionId;
    this.#current = new GrowingTurn(undefined, this.#clock.nowMs());
    this.#touch();
  }

  #apply(message: BotMessage): void {
    const wasBusy = this.#activity.isBusy || this.#current.hasUnspoken;
    this.#activity.apply(message);
    this.#touch();
    switch (message.type) {
      case "bot-interrupted":
        if (wasBusy) this.#current.cut();
        this.#beginNext();
        break;
      case "user-llm-text":
      case "bot-llm-started":
        this.#beginNext();
        break;
      case "bot-output":
        this.#hearWords(message.data);
        break;
      case "llm-function-call-in-progress": {
        const { tool_call_id: id, function_name: name, arguments: given } = message.data;
        const call: ChatCall = { id, name: name ?? undefined, arguments: given };
        if (this.#current.addCall(call)) this.#emitter.emit("called", call);
        break;
      }
      case "llm-function-call-stopped": {
        const { tool_call_id: id, cancelled, result } = message.data;
        this.#emitter.emit("callEnded", id, { cancelled: cancelled === true, result });
        break;
      }
      case "error":
        this.#emitter.emit("botError", message.data.text, message.data.fatal);
        break;
      case "error-response":
        this.#emitter.emit("botError", message.data.text, false);
        break;
      case "server-message":
        this.#emitter.emit("botMessage", message.data);
        break;
      default:
    }
    this.#scheduleQuiet();
    this.#changes.report();
  }

  #hearWords(output: BotOutput): void {
    const { segment_id: given, spoken_status: status } = output;
    if (given === undefined && (status === "new" || status === undefined)) this.#unnamedSegments++;
    const key = given ?? `unnamed-${this.#unnamedSegments}`;
    // What was heard of the turn before is still reported after the interruption.
    const turn = this.#pastTurns.findLast((past) => past.hasSegment(key)) ?? this.#current;
    if (turn.apply(key, output, this.#clock.nowMs())) this.#emitter.emit("heard", turn);
  }

  #beginNext(): void {
    if (this.#nextTurn) this.#begin(this.#nextTurn);
  }

  #begin(turn: GrowingTurn): void {
    this.#nextTurn = undefined;
    this.#pastTurns.push(this.#current);
    if (this.#pastTurns.length >= MAX_TURNS) this.#pastTurns.shift();
    this.#current = turn;
  }

  /** Something has happened: the bot is not quiet. */
  #touch(): void {
    this.#lastActivityMs = this.#clock.nowMs();
    this.#isQuiet = false;
    this.#scheduleQuiet();
    this.#changes.report();
  }

  #scheduleQuiet(): void {
    this.#clock.clearTimeout(this.#quietTimer);
    if (this.#endReason !== undefined || this.#activity.isWorking) return;
    const waits = this.#activity.isBusy || this.#current.hasUnspoken;
    this.#quietTimer = this.#clock.setTimeout(
      () => {
        this.#beginNext();
        this.#isQuiet = true;
        this.#emitter.emit("quiet", this.#current);
        this.#changes.report();
      },
      waits ? STALLED_MS : QUIET_MS,
    );
  }

  #end(reason: string): void {
    if (this.#endReason !== undefined) return;
    this.#endReason = reason;
    this.#ended.resolve(reason);
    this.#clock.clearTimeout(this.#quietTimer);
    this.#emitter.emit("ended", reason);
    this.#changes.end();
  }
}
