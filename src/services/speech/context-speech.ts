import { randomUUID } from "node:crypto";

import { PcmBytes } from "../../audio/index.ts";
import { ServiceError } from "../../pipeline/index.ts";
import type { Clock, TimerHandle } from "../../util/clock.ts";
import { sleep } from "../../util/deadline.ts";
import { DeadlineError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import type { TTSChunk } from "../tts-service.ts";
import type { VendorSocket } from "../vendor/index.ts";
import { ChunkQueue } from "./chunk-queue.ts";
import { SpeechConnection } from "./speech-connection.ts";
import type { SpeechProtocol, VendorContext, VendorMessage, VendorReading } from "./speech-protocol.ts";
import { SpokenText } from "./spoken-text.ts";

/**
 * When a vendor has been silent for this long in the middle of a text, its context is ended gracefully: the vendor
 * speaks what it has left and reports the end, which is certain, unlike a pause.
 */
const QUIET_MS = 600;
/** How often one text may be tried. */
const MAX_ATTEMPTS = 3;
/** Pause before a text is tried again that the vendor has refused because of its limits. */
const LIMIT_PAUSE_MS = 250;
/** Audio that arrives between two texts belongs to the next one; of more than this, the rest is dropped. */
const MAX_KEPT = 50;

/** Options of a {@link ContextSpeech}. */
export interface ContextSpeechOptions {
  readonly protocol: SpeechProtocol;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Sample rate of the vendor's audio in Hz. */
  readonly sampleRate: number;
  /** Keys that must not appear in errors. */
  readonly secrets: readonly string[];
  /** Called with errors that concern no text. */
  readonly onError: (error: Error) => void;
}

/** A context of the vendor. */
interface OpenContext {
  readonly id: string;
  /** The id of the utterance, as the base class calls it. */
  readonly utterance: string;
  readonly vendor: VendorContext;
  readonly socket: VendorSocket;
  readonly pcm: PcmBytes;
  /** Audio that has arrived since the last text was complete. */
  readonly kept: Int16Array[];
  /** How many texts it was given. */
  texts: number;
  /** Duration of the audio of the texts before the present one. */
  beforeMs: number;
  /** When the last audio arrived. */
  lastAudioAtMs: number;
  /** Whether it takes no more text. */
  ending: boolean;
  work: { readonly text: SpokenText; readonly queue: ChunkQueue; audioMs: number } | undefined;
  quietTimer: TimerHandle;
}

/** Wraps what ended an attempt that may be repeated. */
class AttemptLost extends Error {
  override readonly cause: Error;
  readonly pauseMs: number;

  constructor(cause: Error, pauseMs = 0) {
    super(cause.message);
    this.cause = cause;
    this.pauseMs = pauseMs;
  }
}

/**
 * Speaks texts in the contexts of a vendor, over one WebSocket. All texts of an utterance share a context, unless it has
 * lapsed, failed or been lost; the rest of a text is then spoken in a new one. Messages about contexts that are over are
 * ignored by their id, so that an interrupted utterance is never heard again. An interruption does not close the
 * connection; a deadline that was missed does.
 */
export class ContextSpeech {
  readonly #options: ContextSpeechOptions;
  readonly #protocol: SpeechProtocol;
  readonly #connection: SpeechConnection;
  /** Contexts whose messages are awaited. */
  readonly #contexts = new Map<string, OpenContext>();
  #current: OpenContext | undefined;
  #keepAliveTimer: TimerHandle;
  /** Whether the vendor has spoken with the present settings. */
  #proven = false;
  #closed = false;

  constructor(options: ContextSpeechOptions) {
    this.#options = options;
    this.#protocol = options.protocol;
    const { clock, secrets, onError, protocol } = options;
    this.#connection = new SpeechConnection({
      ...{ service: protocol.service, clock, secrets, onError },
      endpoint: () => protocol.endpoint(),
      onText: (text) => this.#receive(text),
      onLost: (error) => this.#lost(error),
    });
  }

  /** Connects in the background. */
  open(): void {
    this.#connection.warm();
    this.#keepAliveLater();
  }

  /** Speaks a text of an utterance. Nothing of it arrives once the signal has aborted. */
  async *speak(text: string, utterance: string, signal: AbortSignal): AsyncGenerator<TTSChunk, void, undefined> {
    const spoken = new SpokenText(text);
    for (let attempt = 1; ; attempt++) {
      try {
        yield* this.#attempt(spoken, utterance, signal);
        return;
      } catch (thrown) {
        if (!(thrown instanceof AttemptLost)) throw thrown;
        const { cause, pauseMs } = thrown;
        if (attempt >= MAX_ATTEMPTS || signal.aborted || !spoken.resume()) throw cause;
        if (spoken.rest === "") return;
        this.#options.logger.debug(`${this.#protocol.service}: speaking the rest of a text again.`, { cause });
        if (pauseMs > 0) await sleep(this.#options.clock, pauseMs, signal);
      }
    }
  }

  /** Ends an utterance: nothing more will be said in it. */
  end(utterance: string, interrupted: boolean): void {
    const context = this.#current;
    if (context?.utterance === utterance) this.#end(context, interrupted);
  }

  /** Lets new settings take effect with the next text. `reconnect`: they are part of the connection. */
  renew(reconnect: boolean): void {
    this.#proven = false;
    if (this.#current) this.#end(this.#current, false);
    if (reconnect) this.#replaceConnection();
  }

  /** Closes the connection for good. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#options.clock.clearTimeout(this.#keepAliveTimer);
    this.#forgetAll(new Error("The service has been closed."));
    this.#connection.close();
  }

  async *#attempt(spoken: SpokenText, utterance: string, signal: AbortSignal): AsyncGenerator<TTSChunk> {
    signal.throwIfAborted();
    const socket = await this.#connection.get(signal);
    signal.throwIfAborted();
    if (this.#connection.socket !== socket) throw new AttemptLost(new Error("The connection was lost as it opened."));
    const context = this.#reuseContext(utterance, socket) ?? this.#newContext(utterance, socket);
    const queue = new ChunkQueue(this.#options.sampleRate);
    const onAbort = (): void => {
      queue.abort(signal.reason as Error);
      this.#end(context, true);
      // A vendor that has fallen silent may never be heard again over this connection.
      if (signal.reason instanceof DeadlineError) this.#replaceConnection();
    };
    signal.addEventListener("abort", onAbort, { once: true });
    context.work = { text: spoken, queue, audioMs: 0 };
    context.texts++;
    for (const pcm of context.kept.splice(0)) this.#pushAudio(context, pcm);
    send(socket, context.vendor.speak(spoken.rest));
    try {
      for (let chunk = await queue.next(); chunk; chunk = await queue.next()) yield chunk;
    } finally {
      signal.removeEventListener("abort", onAbort);
      // A consumer that stops early wants nothing more of it.
      if (!queue.ended) this.#end(context, true);
    }
  }

  /** Returns the context of the utterance, if the vendor still has it. */
  #reuseContext(utterance: string, socket: VendorSocket): OpenContext | undefined {
    const current = this.#current;
    if (!current) return undefined;
    const isUsable = current.utterance === utterance && current.socket === socket && !current.ending;
    if (isUsable && !this.#hasLapsed(current)) return current;
    this.#end(current, false);
    return undefined;
  }

  #newContext(utterance: string, socket: VendorSocket): OpenContext {
    const { maxContexts = Infinity } = this.#protocol;
    if (this.#contexts.size >= maxContexts) {
      this.#replaceConnection();
      throw new AttemptLost(new Error(`${this.#protocol.service} has not ended its earlier contexts.`));
    }
    const id = randomUUID();
    const vendor = this.#protocol.newContext(id);
    const context: OpenContext = {
      ...{ id, utterance, vendor, socket, pcm: new PcmBytes(), kept: [], texts: 0, beforeMs: 0 },
      ...{ lastAudioAtMs: Infinity, ending: false, work: undefined, quietTimer: undefined },
    };
    this.#contexts.set(id, context);
    this.#current = context;
    return context;
  }

  #hasLapsed({ lastAudioAtMs }: OpenContext): boolean {
    return this.#options.clock.nowMs() - lastAudioAtMs > (this.#protocol.lapseMs ?? Infinity);
  }

  #receive(text: string): void {
    const message = parseMessage(text);
    const id = message && this.#protocol.readContextId(message);
    const context = id === undefined ? undefined : this.#contexts.get(id);
    if (message && context) {
      for (const reading of context.vendor.read(message)) this.#take(context, reading);
      return;
    }
    const error = message && id === undefined ? this.#protocol.readError(message) : undefined;
    if (!error) return;
    if (this.#current?.work) this.#fail(this.#current, error);
    else this.#options.onError(error);
  }

  #take(context: OpenContext, reading: VendorReading): void {
    const { work } = context;
    if (reading.type === "contextEnd") {
      this.#forget(context);
      this.#complete(context);
    } else if (reading.type === "error") {
      this.#fail(context, reading.error);
    } else if (!context.ending || work) {
      this.#watchQuiet(context);
      if (reading.type === "audio") {
        this.#takeAudio(context, reading.bytes);
      } else if (reading.type === "textEnd") {
        this.#complete(context);
      } else if (work) {
        const { beforeMs } = context;
        const words = reading.words.map(({ text, startMs, endMs }) => {
          return { text, startMs: startMs - beforeMs, endMs: endMs - beforeMs };
        });
        pushWords(work.queue, work.text.addWords(words));
      }
    }
  }

  #takeAudio(context: OpenContext, bytes: Uint8Array): void {
    const pcm = context.pcm.read(bytes);
    if (pcm.length === 0) return;
    context.lastAudioAtMs = this.#options.clock.nowMs();
    this.#proven = true;
    this.#connection.noteSpoken();
    if (context.work) this.#pushAudio(context, pcm);
    else if (context.kept.length < MAX_KEPT) context.kept.push(pcm);
  }

  #pushAudio(context: OpenContext, pcm: Int16Array): void {
    const { work } = context;
    if (!work) return;
    const durationMs = (pcm.length / this.#options.sampleRate) * 1000;
    if (!work.queue.push({ type: "audio", pcm })) {
      this.#end(context, true);
      const message = `${this.#protocol.service} sent more audio than was taken.`;
      work.queue.end(new ServiceError(message, { category: "server" }));
      return;
    }
    work.audioMs += durationMs;
    pushWords(work.queue, work.text.addAudio(durationMs));
  }

  /** The text under way is complete. */
  #complete(context: OpenContext): void {
    const { work } = context;
    this.#options.clock.clearTimeout(context.quietTimer);
    if (!work) return;
    context.work = undefined;
    context.beforeMs += work.audioMs;
    pushWords(work.queue, work.text.finish());
    work.queue.end();
  }

  /** Fails the text under way because of an error that the vendor has reported, or has it tried again. */
  #fail(context: OpenContext, error: Error): void {
    const { work } = context;
    this.#forget(context);
    if (!work) {
      // It concerns an utterance that is over, or one between two texts: the next text opens a new context.
      this.#options.logger.debug(`${this.#protocol.service} reported an error in an idle context.`, { error });
      return;
    }
    work.queue.end(this.#judge(context, work.text, error));
  }

  #judge(context: OpenContext, text: SpokenText, error: Error): Error {
    const isService = error instanceof ServiceError;
    if (!text.hasAudio && isService && error.category === "rateLimit") return new AttemptLost(error, LIMIT_PAUSE_MS);
    // The vendor may have forgotten a context that was idle for long.
    if (!text.hasAudio && context.texts > 1) return new AttemptLost(error);
    if (!isService || error.category !== "invalidRequest" || !this.#proven) return error;
    // The settings have worked: it is this text that the vendor refuses.
    const { message, category, cause } = error;
    return new ServiceError(message, { category, permanent: false, cause });
  }

  #lost(error: Error): void {
    const isFinal = error instanceof ServiceError && error.permanent === true;
    const isSpeaking = this.#current?.work !== undefined;
    this.#forgetAll(isFinal ? error : new AttemptLost(error));
    if (isSpeaking) return;
    if (isFinal) this.#options.onError(error);
    else this.#options.logger.debug(`${this.#protocol.service}: ${error.message} Connecting again.`);
  }

  /** Ends a context at the vendor, at once if it was interrupted. */
  #end(context: OpenContext, interrupted: boolean): void {
    if (this.#current === context) this.#current = undefined;
    if (!this.#contexts.has(context.id)) return;
    const { vendor, socket } = context;
    const messages = interrupted ? vendor.cancel() : context.ending ? [] : vendor.finish();
    if (!this.#hasLapsed(context)) send(socket, messages);
    context.ending = true;
    context.work = undefined;
    this.#options.clock.clearTimeout(context.quietTimer);
    // Where the vendor counts contexts, this one counts until its end is reported.
    if (this.#protocol.maxContexts === undefined) this.#contexts.delete(context.id);
  }

  #forget(context: OpenContext): void {
    if (this.#current === context) this.#current = undefined;
    context.ending = true;
    this.#options.clock.clearTimeout(context.quietTimer);
    this.#contexts.delete(context.id);
  }

  #forgetAll(error: Error): void {
    for (const context of [...this.#contexts.values()]) {
      this.#forget(context);
      context.work?.queue.end(error);
      context.work = undefined;
    }
  }

  #replaceConnection(): void {
    this.#forgetAll(new AttemptLost(new Error("The connection was replaced.")));
    this.#connection.replace();
  }

  #watchQuiet(context: OpenContext): void {
    const { clock } = this.#options;
    clock.clearTimeout(context.quietTimer);
    if (!context.work || context.ending) return;
    context.quietTimer = clock.setTimeout(() => {
      if (!context.work || context.ending) return;
      context.ending = true;
      send(context.socket, context.vendor.finish());
    }, QUIET_MS);
  }

  #keepAliveLater(): void {
    const { keepAliveMs } = this.#protocol;
    if (keepAliveMs === undefined || this.#closed) return;
    this.#keepAliveTimer = this.#options.clock.setTimeout(() => {
      const live = [...this.#contexts.values()].filter(({ ending }) => !ending);
      for (const { vendor, socket } of live) send(socket, vendor.keepAlive?.() ?? []);
      this.#keepAliveLater();
    }, keepAliveMs);
  }
}

function send(socket: VendorSocket, messages: readonly object[]): void {
  for (const message of messages) socket.sendJson(message);
}

function pushWords(queue: ChunkQueue, words: Extract<TTSChunk, { type: "words" }>["words"]): void {
  if (words.length > 0) queue.push({ type: "words", words });
}

function parseMessage(text: string): VendorMessage | undefined {
  try {
    const message: unknown = JSON.parse(text);
    return typeof message === "object" && message !== null && !Array.isArray(message) ? { ...message } : undefined;
  } catch {
    return undefined;
  }
}
