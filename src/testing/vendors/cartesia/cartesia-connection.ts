import type { Clock, TimerHandle } from "../../../util/clock.ts";
import { sleep } from "../../../util/deadline.ts";
import { speakTone, splitUnevenly, type TimedText, type WordSound } from "../spoken-tone.ts";
import type { ConnectionHandlers, VendorConnection } from "../vendor-server.ts";
import { type Generation, readGeneration } from "./generation.ts";

/** A context lapses this long after its last audio. */
const LAPSE_MS = 1000;
/** Length of a chunk of audio. */
const CHUNK_MS = 150;
const OK = 200;
const PARTIAL = 206;

/** An error that the vendor reports instead of speech. */
export interface FakeCartesiaError {
  /** Status, such as 429 or 500. */
  readonly status: number;
  /** The vendor's words. Default "Failed". */
  readonly message?: string;
  /** Whether the frame names its context. Default true. */
  readonly namesContext?: boolean;
  /** How many chunks of audio are sent before it. Default 0. */
  readonly afterChunks?: number;
}

/** What a fake Cartesia remembers of a context. */
export interface FakeCartesiaContext {
  /** Id that the client has given it. */
  readonly id: string;
  /** The transcripts, joined verbatim. */
  readonly transcript: string;
  /** "open", "done" (the client has ended it), "cancelled", or "failed". */
  readonly state: "open" | "done" | "cancelled" | "failed";
}

/** How a connection behaves. */
export interface CartesiaBehaviour {
  readonly clock: Clock;
  readonly msPerCharacter: number;
  readonly sound: WordSound | undefined;
  readonly firstChunkMs: number;
  readonly chunkMs: number;
  readonly maxContexts: number;
  readonly idleTimeoutMs: number;
  readonly wordTimes: "before" | "after";
  readonly sendsUnknownMessages: boolean;
  /** Contexts of all connections, oldest first. */
  readonly contexts: FakeCartesiaContext[];
  /** Takes the error of the next text, if there is one. */
  takeError(): FakeCartesiaError | undefined;
}

interface Context {
  readonly id: string;
  readonly shared: string;
  readonly cancelled: AbortController;
  transcript: string;
  state: FakeCartesiaContext["state"];
  /** Text that waits for more. */
  buffered: string;
  bufferTimer: TimerHandle;
  flushId: number;
  audioMs: number;
  lastAudioAtMs: number | undefined;
  /** What it does, one thing after the other. */
  last: Promise<void>;
  busy: number;
}

/** One connection of a client to `/tts/websocket`. */
export class CartesiaConnection implements ConnectionHandlers {
  readonly #connection: VendorConnection;
  readonly #behaviour: CartesiaBehaviour;
  readonly #contexts = new Map<string, Context>();
  #idleTimer: TimerHandle;

  constructor(connection: VendorConnection, behaviour: CartesiaBehaviour) {
    this.#connection = connection;
    this.#behaviour = behaviour;
    this.#watchIdle();
  }

  text(text: string): void {
    this.#watchIdle();
    let message: Readonly<Record<string, unknown>>;
    try {
      message = JSON.parse(text) as Readonly<Record<string, unknown>>;
    } catch {
      this.#sendError(400, "Invalid JSON", undefined);
      return;
    }
    if (message.cancel === true) this.#cancel(String(message.context_id));
    else this.#generate(message);
  }

  closed(): void {
    const { clock } = this.#behaviour;
    clock.clearTimeout(this.#idleTimer);
    for (const context of this.#contexts.values()) {
      clock.clearTimeout(context.bufferTimer);
      context.cancelled.abort(new Error("the connection is over"));
    }
  }

  #generate(message: Readonly<Record<string, unknown>>): void {
    const generation = readGeneration(message);
    const id = typeof message.context_id === "string" ? message.context_id : undefined;
    if (typeof generation === "string") {
      this.#sendError(400, generation, id);
      return;
    }
    const known = this.#contexts.get(generation.contextId);
    if (known && this.#hasLapsed(known)) this.#contexts.delete(known.id);
    const problem = this.#findProblem(generation, known);
    if (problem) {
      this.#sendError(problem.status, problem.message, generation.contextId);
      return;
    }
    this.#take(known ?? this.#open(generation), generation);
  }

  #findProblem(
    { transcript, shared }: Generation,
    known: Context | undefined,
  ): { readonly status: number; readonly message: string } | undefined {
    if (known && this.#hasLapsed(known)) return { status: 400, message: "The context has expired." };
    if (known && known.shared !== shared)
      return { status: 400, message: "All fields but the transcript must be the same within a context." };
    if (known) return undefined;
    if (transcript.trim() === "") return { status: 400, message: "A context cannot begin without a transcript." };
    const active = [...this.#contexts.values()].filter((context) => !this.#hasLapsed(context)).length;
    return active < this.#behaviour.maxContexts ? undefined : { status: 429, message: "Too many concurrent requests." };
  }

  #hasLapsed({ lastAudioAtMs, busy }: Context): boolean {
    if (busy > 0 || lastAudioAtMs === undefined) return false;
    return this.#behaviour.clock.nowMs() - lastAudioAtMs > LAPSE_MS;
  }

  #open({ contextId, shared }: Generation): Context {
    const context: Context = {
      ...{ id: contextId, shared, cancelled: new AbortController(), transcript: "", state: "open", buffered: "" },
      ...{ bufferTimer: undefined, flushId: 1, audioMs: 0, lastAudioAtMs: undefined, last: Promise.resolve(), busy: 0 },
    };
    this.#contexts.set(contextId, context);
    this.#behaviour.contexts.push(context);
    if (this.#behaviour.contexts.length > 10_000) this.#behaviour.contexts.shift();
    return context;
  }

  #take(context: Context, generation: Generation): void {
    const { clock } = this.#behaviour;
    context.transcript += generation.transcript;
    context.buffered += generation.transcript;
    clock.clearTimeout(context.bufferTimer);
    const speak = (): void => {
      const text = context.buffered;
      context.buffered = "";
      if (text.trim() !== "") this.#then(context, () => this.#speak(context, text, generation));
    };
    if (generation.bufferDelayMs === 0 || generation.flush || !generation.continues) speak();
    else context.bufferTimer = clock.setTimeout(speak, generation.bufferDelayMs);
    if (generation.flush) this.#then(context, () => this.#flushDone(context));
    if (!generation.continues) this.#then(context, () => this.#done(context));
  }

  #then(context: Context, action: () => Promise<void>): void {
    context.busy++;
    context.last = context.last.then(async () => {
      if (context.state === "open") await action().catch(() => undefined);
      context.busy--;
    });
  }

  async #speak(context: Context, text: string, { sampleRate, timestamps }: Generation): Promise<void> {
    const { clock, msPerCharacter, sound, firstChunkMs, chunkMs, sendsUnknownMessages } = this.#behaviour;
    const { id: contextId, cancelled, flushId } = context;
    const tone = speakTone(text.trim(), sampleRate, msPerCharacter, sound);
    const error = this.#behaviour.takeError();
    if (sendsUnknownMessages) await this.#send({ type: "a_type_of_the_future", context_id: contextId, done: false });
    if (firstChunkMs > 0) await sleep(clock, firstChunkMs, cancelled.signal);
    const words = [...tone.words];
    const size = Math.round((sampleRate * CHUNK_MS) / 1000) * 2;
    let sent = 0;
    let chunks = 0;
    for (const piece of splitUnevenly(tone.bytes, size)) {
      if (error && chunks === (error.afterChunks ?? 0)) break;
      if (chunks > 0 && chunkMs > 0) await sleep(clock, chunkMs, cancelled.signal).catch(() => undefined);
      sent += piece.length;
      const untilMs = ((sent / 2) * 1000) / sampleRate;
      const due = words.splice(0, words.filter(({ startMs }) => startMs < untilMs).length);
      const times = (): Promise<void> => (timestamps ? this.#sendWords(context, due) : Promise.resolve());
      if (this.#behaviour.wordTimes === "before") await times();
      const data = piece.toString("base64");
      const fields = { status_code: PARTIAL, done: false, step_time: 12.3, flush_id: flushId };
      // One chunk that was under way leaves after a cancellation.
      await this.#send({ type: "chunk", context_id: contextId, data, ...fields });
      chunks++;
      context.lastAudioAtMs = clock.nowMs();
      if (cancelled.signal.aborted) return;
      if (this.#behaviour.wordTimes === "after") await times();
    }
    context.audioMs += tone.durationMs;
    if (error) this.#failContext(context, error);
  }

  async #sendWords({ id, audioMs, flushId }: Context, words: readonly TimedText[]): Promise<void> {
    if (words.length === 0) return;
    const toSeconds = (ms: number): number => (audioMs + ms) / 1000;
    await this.#send({
      ...{ type: "timestamps", context_id: id, status_code: PARTIAL, done: false, flush_id: flushId },
      word_timestamps: {
        words: words.map(({ text }) => text),
        start: words.map(({ startMs }) => toSeconds(startMs)),
        end: words.map(({ endMs }) => toSeconds(endMs)),
      },
    });
  }

  async #flushDone(context: Context): Promise<void> {
    const fields = { status_code: PARTIAL, done: false, data: "", flush_id: context.flushId, flush_done: true };
    context.flushId++;
    await this.#send({ type: "flush_done", context_id: context.id, ...fields });
  }

  async #done(context: Context): Promise<void> {
    context.state = "done";
    this.#contexts.delete(context.id);
    await this.#send({ type: "done", context_id: context.id, status_code: OK, done: true });
  }

  #cancel(id: string): void {
    const context = this.#contexts.get(id);
    if (!context) return;
    context.state = "cancelled";
    this.#contexts.delete(id);
    this.#behaviour.clock.clearTimeout(context.bufferTimer);
    context.cancelled.abort(new Error("cancelled"));
  }

  #failContext(context: Context, { status, message = "Failed", namesContext = true }: FakeCartesiaError): void {
    context.state = "failed";
    this.#contexts.delete(context.id);
    this.#sendError(status, message, namesContext ? context.id : undefined);
    if (namesContext) void this.#send({ type: "done", context_id: context.id, status_code: status, done: true });
  }

  #sendError(status: number, message: string, contextId: string | undefined): void {
    const fields = { title: "Request failed", message, status_code: status, error_code: "fake", done: true };
    void this.#send({ type: "error", ...fields, ...(contextId === undefined ? {} : { context_id: contextId }) });
  }

  async #send(message: object): Promise<void> {
    this.#watchIdle();
    await this.#connection.sendJson(message);
  }

  #watchIdle(): void {
    const { clock, idleTimeoutMs } = this.#behaviour;
    clock.clearTimeout(this.#idleTimer);
    if (this.#connection.signal.aborted) return;
    this.#idleTimer = clock.setTimeout(() => {
      void this.#connection.close(1000, "connection idle timeout");
    }, idleTimeoutMs);
  }
}
