import { mixDown } from "../../audio/mix-down.ts";
import { createResampler, type StreamResampler } from "../../audio/resampler.ts";
import {
  EndFrame,
  type Frame,
  type FrameDirection,
  InputAudioRawFrame,
  UserAudioRawFrame,
} from "../../frames/index.ts";
import type { ProcessContext, ProcessorSetup } from "../../pipeline/index.ts";
import type { TimerHandle } from "../../util/clock.ts";
import { deferred, type Deferred } from "../../util/deadline.ts";
import { DeadlineError } from "../../util/errors.ts";
import { withoutUndefined } from "../../util/without-undefined.ts";
import { SegmentDroppedError } from "../segmented-stt-service.ts";
import { AudioBacklog } from "../speech/audio-backlog.ts";
import { StreamingConnection, type StreamingSocket } from "../streaming-connection.ts";
import { STTService, type STTServiceOptions } from "../stt-service.ts";
import { type OpenAIAccess, type OpenAIAccessOptions, resolveOpenAIAccess } from "./openai-access.ts";
import { type PendingSpeech, PendingSpeeches, type SpeechOutcome } from "./pending-speech.ts";
import {
  openRealtimeSession,
  REALTIME_SAMPLE_RATE,
  type RealtimeEvent,
  type RealtimeSession,
  toRealtimeError,
} from "./realtime-session.ts";

/** Pipecat's default. */
const DEFAULT_MODEL = "gpt-realtime-whisper";
/** A VAD detects speech late; audio from this long before belongs to the speech. */
const PRE_SPEECH_MS = 1000;
/** Of longer speech, only the end is sent again when the connection is lost. */
const MAX_KEPT_MS = 60_000;
/** The vendor refuses shorter speech. */
const MIN_SPEECH_MS = 100;
const MAX_PENDING = 8;
const DEFAULT_TIMEOUT_MS = 10_000;

/** Settings of an {@link OpenAIRealtimeSTTService} that an `STTUpdateSettingsFrame` can change; it then reconnects. */
export interface OpenAIRealtimeSTTSettings {
  /** Name of the model. Default "gpt-realtime-whisper", which transcribes while the user speaks. */
  readonly model: string;
  /** Language of the users as an ISO 639-1 code such as "en". Undefined: recognised by the model. */
  readonly language: string | undefined;
  /** What the speech is about, or words that may occur. Not for "gpt-realtime-whisper". */
  readonly prompt: string | undefined;
  /** How long "gpt-realtime-whisper" waits for context before it writes a word: longer is more accurate. */
  readonly delay: "minimal" | "low" | "medium" | "high" | "xhigh" | undefined;
  /** What the users' microphones are: "near_field" such as a headset, "far_field" such as a laptop. Undefined: no filter. */
  readonly noiseReduction: "near_field" | "far_field" | undefined;
}

/** Options of an {@link OpenAIRealtimeSTTService}. */
export interface OpenAIRealtimeSTTServiceOptions
  extends STTServiceOptions, OpenAIAccessOptions, Partial<OpenAIRealtimeSTTSettings> {
  /**
   * Whether the URL names the model. OpenAI's own server takes such a session for a conversation and refuses it; some
   * gateways require it. Default false.
   */
  readonly modelInUrl?: boolean;
  /** How long a transcript may take after the end of its speech, in milliseconds, reconnections included. Default 10 000. */
  readonly timeoutMs?: number;
}

/**
 * OpenAI's live transcription, over its realtime WebSocket. Speech is sent while the user speaks, from 1 s before the VAD has
 * detected it, and committed when the VAD detects its end; between speech nothing is sent. Interim transcripts follow the
 * words. Speech whose transcript is not complete when the connection is lost is sent again on the next one. Needs a VAD in the
 * pipeline, and no package.
 *
 * @example
 * ```ts
 * const stt = new OpenAIRealtimeSTTService({ language: "en" }); // OPENAI_API_KEY
 * ```
 *
 * @throws InvalidOptionError for a missing or invalid key, and for an invalid URL.
 */
export class OpenAIRealtimeSTTService extends STTService<OpenAIRealtimeSTTSettings> {
  readonly #access: OpenAIAccess;
  readonly #modelInUrl: boolean;
  readonly #timeoutMs: number;
  readonly #before = new AudioBacklog();
  readonly #pending = new PendingSpeeches((MAX_KEPT_MS * REALTIME_SAMPLE_RATE) / 1000);
  readonly #timers = new Map<PendingSpeech, TimerHandle>();
  #connection: StreamingConnection | undefined;
  /** The session that is open and has been sent all pending speech. */
  #session: RealtimeSession | undefined;
  /** The session that is about to be that one. */
  #opening: RealtimeSession | undefined;
  #resampler: { readonly rate: number; readonly stream: StreamResampler } | undefined;
  #userId = "";
  #idle: Deferred<undefined> | undefined;

  constructor(options: OpenAIRealtimeSTTServiceOptions = {}) {
    const { model = DEFAULT_MODEL, language, prompt, delay, noiseReduction, baseUrl } = options;
    super({ model, language, prompt, delay, noiseReduction }, { name: "OpenAIRealtimeSTTService", ...options });
    // Either kind of URL is taken: users of several services have one.
    const http = baseUrl?.trim().replace(/^ws/, "http");
    this.#access = resolveOpenAIAccess({ apiKey: options.apiKey, baseUrl: http }, this.logger);
    this.#modelInUrl = options.modelInUrl ?? false;
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.metrics.model = model;
    this.on("usableChanged", (usable) => {
      if (!usable) this.#dropAll();
    });
  }

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    await this.#openResampler(setup.audioInSampleRate);
    this.#connection = new StreamingConnection({
      clock: this.clock,
      connect: (lost, signal) => this.#connect(lost, signal),
      onOpen: () => this.#opened(),
      onError: (error) => this.pushError(error),
      mayConnect: () => this.usable,
    });
    this.#connection.open();
  }

  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void | Promise<void> {
    if (frame instanceof EndFrame) return this.#end(frame, direction, ctx);
    return super.process(frame, direction, ctx);
  }

  override async cleanup(): Promise<void> {
    await super.cleanup();
    this.#dropAll();
    this.#connection?.close();
    this.#resampler?.stream.close();
  }

  protected override runSTT(audio: InputAudioRawFrame): void | Promise<void> {
    if (audio.sampleRate === this.#resampler?.rate) this.#hear(audio);
    else return this.#openResampler(audio.sampleRate).then(() => this.#hear(audio));
  }

  protected override speechStarted(): void {
    this.#connection?.setUserSpeaking(true);
    if (this.muted || !this.usable || this.#pending.open) return;
    const [first] = this.#pending.all;
    if (first && this.#pending.all.length >= MAX_PENDING) {
      this.#settle(first, { type: "failed", error: new SegmentDroppedError(this.name) });
      this.#connection?.replace();
    }
    const speech = this.#pending.begin(this.#userId);
    for (const { audio } of this.#before.take()) this.#add(speech, audio);
  }

  protected override speechStopped(): void {
    const speech = this.#pending.open;
    if (speech) this.#finishSpeech(speech);
    this.#connection?.setUserSpeaking(false);
  }

  protected override muteChanged(muted: boolean): void {
    if (!muted) return;
    this.#before.take();
    const speech = this.#pending.open;
    if (speech) this.#discard(speech);
  }

  protected override settingsChanged(): void {
    this.metrics.model = this.settings.model;
    this.#connection?.reconnect();
  }

  async #openResampler(rate: number): Promise<void> {
    const stream = await createResampler(rate, REALTIME_SAMPLE_RATE);
    this.#resampler?.stream.close();
    this.#resampler = { rate, stream };
  }

  #hear(frame: InputAudioRawFrame): void {
    if (frame instanceof UserAudioRawFrame) this.#userId = frame.userId;
    const audio = this.#resampler?.stream.process(mixDown(frame.audio, frame.numChannels));
    if (!audio || audio.length === 0) return;
    const speech = this.#pending.open;
    if (speech) {
      // A VAD may report the speech before its first audio arrives.
      speech.userId = this.#userId;
      this.#add(speech, audio);
    } else {
      this.#before.add(new InputAudioRawFrame({ audio, sampleRate: REALTIME_SAMPLE_RATE }), PRE_SPEECH_MS);
    }
  }

  #add(speech: PendingSpeech, pcm: Int16Array): void {
    this.#pending.add(speech, pcm);
    this.#session?.append(pcm);
  }

  #finishSpeech(speech: PendingSpeech): void {
    if ((speech.samples * 1000) / REALTIME_SAMPLE_RATE < MIN_SPEECH_MS) {
      this.#discard(speech);
      return;
    }
    speech.ended = true;
    this.#timers.set(
      speech,
      this.clock.setTimeout(() => this.#giveUp(speech), this.#timeoutMs),
    );
    this.#session?.commit();
  }

  /** The vendor does not answer. Other speech is sent again on a new connection. */
  #giveUp(speech: PendingSpeech): void {
    const error = new DeadlineError(`The transcript of ${this.name}`, this.#timeoutMs);
    this.#settle(speech, { type: "failed", error });
    this.#connection?.replace();
  }

  #discard(speech: PendingSpeech): void {
    speech.ended = true;
    this.#session?.clear();
    this.#settle(speech, { type: "dropped" });
  }

  async #connect(lost: (error: Error) => void, signal: AbortSignal): Promise<StreamingSocket> {
    const { model, language, prompt, delay, noiseReduction } = this.settings;
    const url = new URL(`${this.#access.baseUrl.replace(/^http/, "ws")}/realtime?intent=transcription`);
    if (this.#modelInUrl) url.searchParams.set("model", model);
    const input = {
      format: { type: "audio/pcm", rate: REALTIME_SAMPLE_RATE },
      transcription: { model, ...withoutUndefined({ language, prompt, delay }) },
      noise_reduction: noiseReduction === undefined ? null : { type: noiseReduction },
      // The pipeline's VAD decides.
      turn_detection: null,
    };
    const session = await openRealtimeSession({
      ...{ service: this.name, url: url.href, apiKey: this.#access.apiKey, clock: this.clock, signal },
      session: { type: "transcription", audio: { input } },
      onEvent: (event) => {
        if (this.#session === session) this.#receive(event);
      },
      onLost: (error) => {
        this.#closed(session);
        lost(error);
      },
    });
    this.#opening = session;
    return {
      // Audio is kept in #pending, from where it can be sent again.
      send: () => undefined,
      close: () => {
        this.#closed(session);
        session.close();
      },
    };
  }

  /** Sends all speech whose transcript is not complete. */
  #opened(): void {
    const session = this.#opening;
    if (!session) return;
    this.#opening = undefined;
    this.#session = session;
    for (const { audio, ended, outcome } of this.#pending.all) {
      if (outcome) continue;
      for (const pcm of audio) session.append(pcm);
      if (ended) session.commit();
    }
  }

  #closed(session: RealtimeSession): void {
    if (this.#opening === session) this.#opening = undefined;
    if (this.#session !== session) return;
    this.#session = undefined;
    this.#pending.forgetItems();
  }

  #receive(event: RealtimeEvent): void {
    const { type, item_id: itemId } = event;
    if (type === "error") this.#fail(event);
    if (typeof itemId !== "string") return;
    if (type === "input_audio_buffer.committed") {
      this.#pending.confirm(itemId);
      return;
    }
    const kind = /^conversation\.item\.input_audio_transcription\.(\w+)$/.exec(type)?.[1];
    const speech = kind === undefined ? undefined : this.#pending.ofItem(itemId);
    if (!speech || speech.outcome) return;
    if (kind === "delta" && typeof event.delta === "string") {
      this.#showInterim(speech, event.delta);
    } else if (kind === "completed" && typeof event.transcript === "string") {
      this.#complete(speech, event.transcript, event);
    } else if (kind === "failed") {
      const error = this.#toError(event.error, "could not transcribe speech");
      this.#settle(speech, { type: "failed", error });
    }
  }

  #showInterim(speech: PendingSpeech, delta: string): void {
    speech.text += delta;
    // The next transcript replaces it, and that is the one of the first.
    if (this.#pending.isFirst(speech)) this.pushInterimTranscript({ text: speech.text, userId: speech.userId });
  }

  #complete(speech: PendingSpeech, text: string, result: RealtimeEvent): void {
    const [detected] = Array.isArray(result.languages)
      ? (result.languages as readonly { readonly code?: unknown }[])
      : [];
    const language = typeof detected?.code === "string" ? detected.code : this.settings.language;
    this.#settle(speech, { type: "transcript", text, language, result });
  }

  #fail({ error }: RealtimeEvent): void {
    const { code } = (error ?? {}) as { readonly code?: unknown };
    if (code === "input_audio_buffer_commit_empty") {
      const speech = this.#pending.unconfirmed;
      if (speech) this.#settle(speech, { type: "dropped" });
    } else if (code === "session_expired") {
      // Every session ends after a while; the next one takes over what is pending.
      this.#connection?.replace();
    } else {
      this.pushError(this.#toError(error, "reported an error"));
    }
  }

  #toError(reported: unknown, what: string): Error {
    const { apiKey } = this.#access;
    return toRealtimeError(reported, this.name, apiKey === undefined ? [] : [apiKey], what, false);
  }

  #settle(speech: PendingSpeech, outcome: SpeechOutcome): void {
    this.clock.clearTimeout(this.#timers.get(speech));
    this.#timers.delete(speech);
    for (const { userId, outcome: settled } of this.#pending.settle(speech, outcome)) {
      if (settled?.type === "transcript") {
        const { text, language, result } = settled;
        this.pushTranscript({ text, language, result, userId, finalized: true });
      } else if (settled?.type === "failed") {
        this.pushError(settled.error);
      }
    }
    const [next] = this.#pending.all;
    if (next && next.text !== "") this.pushInterimTranscript({ text: next.text, userId: next.userId });
    if (!next) this.#idle?.resolve(undefined);
  }

  /** Waits for the transcripts of what was said before the end. Each has its deadline. */
  async #end(frame: EndFrame, direction: FrameDirection, ctx: ProcessContext): Promise<void> {
    const speech = this.#pending.open;
    if (speech) this.#finishSpeech(speech);
    if (this.#pending.all.length > 0) {
      this.#idle = deferred();
      await this.#idle.promise;
    }
    await super.process(frame, direction, ctx);
  }

  #dropAll(): void {
    for (const timer of this.#timers.values()) this.clock.clearTimeout(timer);
    this.#timers.clear();
    this.#before.take();
    this.#pending.clear();
    this.#idle?.resolve(undefined);
  }
}
