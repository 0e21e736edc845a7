import type { Clock, TimerHandle } from "../../../util/clock.ts";
import { sleep } from "../../../util/deadline.ts";
import { speakTone, splitUnevenly, type TimedText } from "../spoken-tone.ts";
import type { ConnectionHandlers, VendorConnection } from "../vendor-server.ts";

/** Length of a chunk of audio. */
const CHUNK_MS = 170;
/** Without auto mode, text waits until there is this much of it. */
const SCHEDULE_CHARS = 120;
const POLICY_VIOLATION = 1008;
const MAX_INACTIVITY_S = 180;
const DEFAULT_INACTIVITY_S = 20;

/** An error that the vendor reports instead of speech. */
export interface FakeElevenLabsError {
  /** The vendor's name for it, such as "quota_exceeded". */
  readonly error: string;
  /** The vendor's words. Default "Failed". */
  readonly message?: string;
  /** Whether the message names its context. Default true. */
  readonly namesContext?: boolean;
  /** Whether the connection is closed with 1008 behind it. Default false. */
  readonly closes?: boolean;
  /** How many chunks of audio are sent before it. Default 0. */
  readonly afterChunks?: number;
}

/** What a fake ElevenLabs remembers of a context. */
export interface FakeElevenLabsContext {
  /** Id that the client has given it. */
  readonly id: string;
  /** The texts, joined verbatim, without the opening message. */
  readonly text: string;
  /** "open", "closing" (the client has closed it; what it was given is still spoken), or "final". */
  readonly state: "open" | "closing" | "final";
  /** Whether it was closed before it had spoken everything. */
  readonly closedEarly: boolean;
  /** The settings of the voice in its opening message. */
  readonly voiceSettings: unknown;
}

/** How a connection behaves. */
export interface ElevenLabsBehaviour {
  readonly clock: Clock;
  readonly msPerCharacter: number;
  readonly firstChunkMs: number;
  readonly chunkMs: number;
  readonly maxContexts: number;
  readonly inactivityTimeoutMs: number | undefined;
  readonly alignment: "together" | "before" | "after" | "lossy";
  readonly sendsUnknownMessages: boolean;
  /** Contexts of all connections, oldest first. */
  readonly contexts: FakeElevenLabsContext[];
  /** Takes the error of the next text, if there is one. */
  takeError(): FakeElevenLabsError | undefined;
}

interface Context {
  readonly id: string;
  readonly voiceSettings: unknown;
  text: string;
  state: FakeElevenLabsContext["state"];
  closedEarly: boolean;
  /** Text that waits to be spoken. */
  buffered: string;
  last: Promise<void>;
  busy: number;
}

type Message = Readonly<Record<string, unknown>>;

/** One connection of a client to a `multi-stream-input`. */
export class ElevenLabsConnection implements ConnectionHandlers {
  readonly #connection: VendorConnection;
  readonly #behaviour: ElevenLabsBehaviour;
  readonly #contexts = new Map<string, Context>();
  readonly #sampleRate: number;
  readonly #autoMode: boolean;
  readonly #inactivityMs: number;
  #idleTimer: TimerHandle;
  #messages = 0;
  #over = false;

  constructor(connection: VendorConnection, behaviour: ElevenLabsBehaviour) {
    const { query } = connection.request;
    this.#connection = connection;
    this.#behaviour = behaviour;
    this.#sampleRate = Number(/^pcm_(\d+)$/.exec(query.get("output_format") ?? "")?.[1] ?? NaN);
    this.#autoMode = query.get("auto_mode") === "true";
    const inactivityS = Number(query.get("inactivity_timeout") ?? DEFAULT_INACTIVITY_S);
    this.#inactivityMs = behaviour.inactivityTimeoutMs ?? Math.min(inactivityS, MAX_INACTIVITY_S) * 1000;
    if (Number.isNaN(this.#sampleRate)) this.#refuse("invalid_output_format", "The fake speaks PCM only.");
    this.#watchIdle();
  }

  text(text: string): void {
    if (this.#over) return;
    this.#watchIdle();
    let message: Message;
    try {
      message = JSON.parse(text) as Message;
    } catch {
      this.#refuse("invalid_json", "A message is no JSON.");
      return;
    }
    if (message.close_socket === true) void this.#closeSocket();
    else this.#take(message);
  }

  closed(): void {
    this.#over = true;
    this.#behaviour.clock.clearTimeout(this.#idleTimer);
  }

  #take(message: Message): void {
    const { context_id: id = "default", text, flush, close_context: close, voice_settings: settings } = message;
    if (typeof id !== "string") {
      this.#refuse("invalid_context_id", "context_id must be a string.");
      return;
    }
    const known = this.#contexts.get(id);
    if (close === true) {
      if (known) this.#close(known);
      return;
    }
    if (known && known.state !== "open") return;
    if (known && settings !== undefined) {
      this.#refuse("invalid_message", "voice_settings can only be set in the first message of a context.");
      return;
    }
    if (!known && text === "") {
      this.#refuse("invalid_message", "The first message of a context must have a text.");
      return;
    }
    const context = known ?? this.#open(id, settings);
    if (!context) return;
    if (typeof text === "string" && text.trim() !== "") {
      context.text += text;
      context.buffered += text;
    }
    const isDue = flush === true || this.#autoMode || context.buffered.length >= SCHEDULE_CHARS;
    if (isDue) this.#speakBuffered(context);
  }

  #open(id: string, voiceSettings: unknown): Context | undefined {
    const { maxContexts, contexts } = this.#behaviour;
    if (this.#contexts.size >= maxContexts) {
      const advice = "Please close an existing context before opening a new one.";
      this.#refuse("max_active_conversations", `Maximum simultaneous contexts exceeded (${maxContexts}). ${advice}`);
      return undefined;
    }
    const context: Context = {
      ...{ id, voiceSettings, text: "", state: "open", closedEarly: false, buffered: "" },
      ...{ last: Promise.resolve(), busy: 0 },
    };
    this.#contexts.set(id, context);
    contexts.push(context);
    if (contexts.length > 10_000) contexts.shift();
    return context;
  }

  #speakBuffered(context: Context): void {
    const text = context.buffered;
    context.buffered = "";
    if (text.trim() !== "") this.#then(context, () => this.#speak(context, text));
  }

  /** What it was given is still spoken, and the context counts until then. */
  #close(context: Context): void {
    if (context.state !== "open") return;
    context.closedEarly = context.busy > 0 || context.buffered !== "";
    context.state = "closing";
    this.#speakBuffered(context);
    this.#then(context, async () => {
      context.state = "final";
      this.#contexts.delete(context.id);
      await this.#send(context, { isFinal: true, audio: null });
    });
  }

  async #closeSocket(): Promise<void> {
    const contexts = [...this.#contexts.values()];
    for (const context of contexts) this.#close(context);
    await Promise.all(contexts.map(({ last }) => last));
    this.#over = true;
    await this.#connection.close(1000);
  }

  #then(context: Context, action: () => Promise<void>): void {
    context.busy++;
    context.last = context.last.then(async () => {
      if (!this.#over) await action().catch(() => undefined);
      context.busy--;
    });
  }

  async #speak(context: Context, text: string): Promise<void> {
    const { clock, msPerCharacter, firstChunkMs, chunkMs, alignment, sendsUnknownMessages } = this.#behaviour;
    const { signal } = this.#connection;
    const tone = speakTone(text, this.#sampleRate, msPerCharacter);
    const error = this.#behaviour.takeError();
    if (sendsUnknownMessages) await this.#send(context, { type: "flush_done" });
    if (firstChunkMs > 0) await sleep(clock, firstChunkMs, signal);
    const characters = [...tone.characters];
    let chunks = 0;
    let sent = 0;
    for (const piece of splitUnevenly(tone.bytes, Math.round((this.#sampleRate * CHUNK_MS) / 1000) * 2)) {
      if (error && chunks === (error.afterChunks ?? 0)) break;
      if (chunks > 0 && chunkMs > 0) await sleep(clock, chunkMs, signal);
      const fromMs = ((sent / 2) * 1000) / this.#sampleRate;
      sent += piece.length;
      const untilMs = ((sent / 2) * 1000) / this.#sampleRate;
      const due = characters.splice(0, characters.filter(({ startMs }) => startMs < untilMs).length);
      // A character that is not sounded is not aligned.
      const aligned = alignment === "lossy" ? due.filter(({ text: one }) => !/\p{P}/u.test(one)) : due;
      const times = toAlignment(aligned, fromMs, untilMs);
      const audio = { audio: piece.toString("base64"), isFinal: null };
      if (alignment === "before") await this.#send(context, { audio: null, isFinal: null, ...times });
      const isApart = alignment === "before" || alignment === "after";
      await this.#send(context, isApart ? audio : { ...audio, ...times });
      if (alignment === "after") await this.#send(context, { audio: null, isFinal: null, ...times });
      chunks++;
    }
    if (error) this.#fail(context, error);
  }

  #fail(
    context: Context,
    { error, message = "Failed", namesContext = true, closes = false }: FakeElevenLabsError,
  ): void {
    context.state = "final";
    this.#contexts.delete(context.id);
    void this.#connection.sendJson({ error, message, ...(namesContext ? { contextId: context.id } : {}) });
    if (closes) void this.#connection.close(POLICY_VIOLATION, error);
  }

  /** Sends a message about a context, whose id has either of two names. */
  async #send({ id }: Context, message: object): Promise<void> {
    this.#messages++;
    await this.#connection.sendJson(
      this.#messages % 5 === 0 ? { ...message, context_id: id } : { ...message, contextId: id },
    );
  }

  #refuse(error: string, message: string): void {
    this.#over = true;
    void this.#connection.sendJson({ error, message, code: POLICY_VIOLATION });
    void this.#connection.close(POLICY_VIOLATION, error);
  }

  #watchIdle(): void {
    const { clock } = this.#behaviour;
    clock.clearTimeout(this.#idleTimer);
    if (this.#over) return;
    this.#idleTimer = clock.setTimeout(() => {
      this.#refuse("input_timeout_exceeded", "No text was received in time.");
    }, this.#inactivityMs);
  }
}

/** The alignment of a chunk: its times count from the beginning of the chunk, and end with it. */
function toAlignment(characters: readonly TimedText[], fromMs: number, untilMs: number): object {
  if (characters.length === 0) return { alignment: null, normalizedAlignment: null };
  const alignment = {
    chars: characters.map(({ text }) => text),
    charStartTimesMs: characters.map(({ startMs }) => Math.max(0, Math.round(startMs - fromMs))),
    charDurationsMs: characters.map(({ startMs, endMs }) => Math.round(Math.min(endMs, untilMs) - startMs)),
  };
  return { alignment, normalizedAlignment: { ...alignment, chars: alignment.chars.map((one) => one.toUpperCase()) } };
}
