import {
  EndFrame,
  type Frame,
  type FrameDirection,
  type InputAudioRawFrame,
  type VADUserStoppedSpeakingFrame,
} from "../../frames/index.ts";
import type { ProcessContext, ProcessorSetup } from "../../pipeline/index.ts";
import type { TimerHandle } from "../../util/clock.ts";
import { resolveServiceKey } from "../../util/service-key.ts";
import { checkServiceUrl } from "../../util/service-url.ts";
import { STTService, type STTServiceOptions } from "../stt-service.ts";
import { type DeepgramMessage, openDeepgramSocket, toDeepgramError } from "./deepgram-socket.ts";
import { readResults } from "./deepgram-results.ts";
import {
  DEFAULT_STT_SETTINGS,
  type DeepgramSTTSettings,
  pickSettings,
  toListenQuery,
  TTFS_P99_MS,
} from "./deepgram-stt-settings.ts";
import { LiveConnection } from "./live-connection.ts";
import { LiveStream, type LiveStreamEvents } from "./live-stream.ts";
import { UnsettledSpeech } from "./unsettled-speech.ts";

/** Deepgram closes a connection after 10 s without audio or a message. */
const KEEP_ALIVE_MS = 4000;
/** Deepgram and the VAD do not agree on the end of speech to the millisecond. */
const COVERED_TOLERANCE_S = 0.1;

/** Options of a {@link DeepgramSTTService}: its settings, and how it connects. */
export interface DeepgramSTTServiceOptions extends STTServiceOptions, Partial<DeepgramSTTSettings> {
  /** Deepgram's API key. Default: the environment variable `DEEPGRAM_API_KEY`. */
  readonly apiKey?: string;
  /** Base URL. Default "wss://api.deepgram.com". */
  readonly baseUrl?: string;
  /**
   * How long the last words may take after the VAD's end of speech, in milliseconds, when Deepgram does not confirm that
   * there are no more. Default: `ttfsP99LatencyMs`, which is 350 by default here.
   */
  readonly finalizeTimeoutMs?: number;
  /** How long the last words may take at the end of the pipeline, in milliseconds. Default 1000. */
  readonly closeTimeoutMs?: number;
}

/**
 * Speech to text by Deepgram's live models (Nova), over the WebSocket `/v1/listen`. Put it behind the VAD.
 *
 * Everything that is said between two ends of speech becomes one final transcript, whose `finalized` is true: at the
 * VAD's end of speech, at once if Deepgram has settled all of it, else when Deepgram has confirmed its last words
 * (`Finalize`), or after `finalizeTimeoutMs`. Without a VAD, Deepgram's endpointing decides. Until then the words are
 * interim transcripts. `result` of a transcript is a `DeepgramTranscription` with the times of the words.
 *
 * The connection is opened in setup; audio from before it is open, and from the time of a reconnection, is kept (10 s) and
 * sent. A change of settings reconnects while the user is silent. A wrong key or a refused query is reported once and not
 * tried again until settings change.
 *
 * Source: Deepgram's documentation (live audio, endpointing, utterance end, Finalize, KeepAlive, CloseStream) and its
 * public AsyncAPI description. Checked against `FakeDeepgram`, never against Deepgram itself.
 */
export class DeepgramSTTService extends STTService<DeepgramSTTSettings> {
  readonly #apiKey: string;
  readonly #url: string;
  readonly #finalizeTimeoutMs: number;
  readonly #closeTimeoutMs: number;
  readonly #speech = new UnsettledSpeech();
  #connection: LiveConnection<ListenStream> | undefined;
  #hasVAD = false;
  #speaking = false;
  /** What is awaited after the VAD's end of speech, which is a second of all audio that was taken. */
  #finalizing: { timer: TimerHandle; readonly speechEndSeconds: number } | undefined;

  /** @throws InvalidOptionError without a key, and for a URL that is none. */
  constructor(options: DeepgramSTTServiceOptions = {}) {
    super(pickSettings(DEFAULT_STT_SETTINGS, options), { ttfsP99LatencyMs: TTFS_P99_MS, ...options });
    this.#apiKey = resolveServiceKey(options.apiKey, { service: "Deepgram", variable: "DEEPGRAM_API_KEY" });
    const rule = { name: "Deepgram", field: "baseUrl", defaultUrl: "wss://api.deepgram.com" };
    this.#url = checkServiceUrl(options.baseUrl, rule, this.logger);
    this.#finalizeTimeoutMs = options.finalizeTimeoutMs ?? options.ttfsP99LatencyMs ?? TTFS_P99_MS;
    this.#closeTimeoutMs = options.closeTimeoutMs ?? 1000;
    this.metrics.model = this.settings.model;
  }

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    this.#connection = new LiveConnection({
      ...{ clock: this.clock, sampleRate: setup.audioInSampleRate, keepAliveMs: KEEP_ALIVE_MS },
      open: (sampleRate, events, signal) => this.#open(sampleRate, events, signal),
      // What was kept has been sent, and with it speech that is over by now.
      onOpen: (stream) => this.#finalize(stream),
      onOver: () => this.#over(),
      onError: (error) => this.pushError(error),
      mayConnect: () => this.usable,
    });
  }

  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void | Promise<void> {
    if (frame instanceof EndFrame) return this.#end(frame, direction, ctx);
    return super.process(frame, direction, ctx);
  }

  override async cleanup(): Promise<void> {
    await super.cleanup();
    this.#stopFinalizing();
    this.#speech.take();
    this.#connection?.close();
  }

  protected override runSTT(audio: InputAudioRawFrame): void {
    this.#connection?.send(audio);
  }

  protected override settingsChanged(): void {
    this.metrics.model = this.settings.model;
    this.#connection?.reconnect();
  }

  protected override speechStarted(): void {
    this.#hasVAD = true;
    this.#speaking = true;
    // Words that were awaited belong to the speech that goes on.
    this.#stopFinalizing();
    this.#connection?.setUserSpeaking(true);
  }

  protected override speechStopped(_ctx: ProcessContext, { stopDelayMs }: VADUserStoppedSpeakingFrame): void {
    this.#speaking = false;
    this.#stopFinalizing();
    const connection = this.#connection;
    if (!connection) return;
    this.#finalizing = { timer: undefined, speechEndSeconds: connection.takenSeconds - stopDelayMs / 1000 };
    const { stream } = connection;
    // Without a stream, the end of speech is in the audio that is being kept.
    if (!stream) connection.setUserSpeaking(false);
    else if (!this.#settleIfCovered()) this.#finalize(stream);
  }

  async #open(sampleRate: number, events: LiveStreamEvents, signal: AbortSignal): Promise<ListenStream> {
    const { clock, settings } = this;
    const offsetSeconds = this.#connection?.offsetSeconds ?? 0;
    const stream = new ListenStream(sampleRate, events);
    const socket = await openDeepgramSocket({
      ...{ clock, signal, url: this.#url, path: "/v1/listen", apiKey: this.#apiKey },
      query: toListenQuery(settings, sampleRate),
      onMessage: (message) => this.#hear(message, offsetSeconds),
      onUnreadable: (error) => this.pushError(error),
      onLost: (error) => stream.lost(error),
    });
    stream.opened(socket);
    this.#speech.restart();
    return stream;
  }

  #finalize(stream: ListenStream): void {
    if (!this.#finalizing || this.#finalizing.timer !== undefined) return;
    stream.finalize();
    this.#finalizing.timer = this.clock.setTimeout(() => this.#settle(), this.#finalizeTimeoutMs);
  }

  /** What is settled is all that will be known of the speech on this connection. */
  #over(): void {
    if (!this.#speaking) this.#settle();
  }

  #hear(message: DeepgramMessage, offsetSeconds: number): void {
    if (message.type === "Results") this.#hearResults(message, offsetSeconds);
    else if (message.type === "UtteranceEnd") this.#settle();
    else if (message.type === "Error") this.pushError(toDeepgramError(message, this.#apiKey));
    // Metadata, SpeechStarted and types to come carry nothing that is needed.
  }

  #hearResults(message: DeepgramMessage, offsetSeconds: number): void {
    const results = readResults(message, offsetSeconds);
    if (!results) return;
    const { isFinal, speechFinal, fromFinalize } = results;
    const known = this.#withLanguage(this.#speech.add(results));
    // After the VAD's end of speech nothing else would settle words that are late.
    const isLast = this.#finalizing ? fromFinalize : !this.#speaking && isFinal && (speechFinal || this.#hasVAD);
    if (isLast) this.#settle();
    else if (!this.#settleIfCovered() && results.text !== "") this.pushInterimTranscript(known);
  }

  #settleIfCovered(): boolean {
    const { stream, takenSeconds = 0 } = this.#connection ?? {};
    if (!this.#finalizing || !stream || this.#speech.isEmpty) return false;
    // The stream's audio counts from its own start.
    const endSeconds = this.#finalizing.speechEndSeconds - (takenSeconds - stream.sentSeconds);
    if (!this.#speech.covers(endSeconds - COVERED_TOLERANCE_S)) return false;
    this.#settle();
    return true;
  }

  /** Pushes what is settled as one transcript. */
  #settle(): void {
    const awaited = this.#finalizing !== undefined;
    this.#stopFinalizing();
    if (awaited || !this.#speech.isEmpty)
      this.pushTranscript({ ...this.#withLanguage(this.#speech.take()), finalized: true });
    if (!this.#speaking) this.#connection?.setUserSpeaking(false);
  }

  #withLanguage<T extends { readonly language?: string | undefined }>(transcript: T): T {
    const { language } = this.settings;
    return { ...transcript, language: transcript.language ?? (language === "multi" ? undefined : language) };
  }

  #stopFinalizing(): void {
    this.clock.clearTimeout(this.#finalizing?.timer);
    this.#finalizing = undefined;
  }

  /** Waits for the last words, within a bound. */
  async #end(frame: EndFrame, direction: FrameDirection, ctx: ProcessContext): Promise<void> {
    await this.#connection?.end(this.#closeTimeoutMs);
    this.#settle();
    await super.process(frame, direction, ctx);
  }
}

/** One connection to `/v1/listen`. */
class ListenStream extends LiveStream {
  override keepAlive(): void {
    this.sendJson({ type: "KeepAlive" });
  }

  /** Asks for what has not been settled. */
  finalize(): void {
    this.sendJson({ type: "Finalize" });
  }

  protected override sendAudio(bytes: Uint8Array): void {
    this.sendBytes(bytes);
  }
}
