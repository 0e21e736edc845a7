import {
  EndFrame,
  type Frame,
  type FrameDirection,
  type InputAudioRawFrame,
  ProposedUserStartedSpeakingFrame,
  ProposedUserStoppedSpeakingFrame,
} from "../../frames/index.ts";
import type { ProcessContext, ProcessorSetup } from "../../pipeline/index.ts";
import { resolveServiceKey } from "../../util/service-key.ts";
import { checkServiceUrl } from "../../util/service-url.ts";
import { STTService, type STTServiceOptions, type STTTranscript } from "../stt-service.ts";
import { createVendorError } from "../vendor/index.ts";
import {
  DEFAULT_FLUX_SETTINGS,
  type DeepgramFluxSettings,
  toConfigure,
  toFluxQuery,
} from "./deepgram-flux-settings.ts";
import { type DeepgramTranscription, readLanguage, readWords } from "./deepgram-results.ts";
import { type DeepgramMessage, openDeepgramSocket, toDeepgramError } from "./deepgram-socket.ts";
import { pickSettings, TTFS_P99_MS } from "./deepgram-stt-settings.ts";
import { FluxConfiguration } from "./flux-configuration.ts";
import { FLUX_KEEP_ALIVE_MS, FluxStream } from "./flux-stream.ts";
import { LiveConnection } from "./live-connection.ts";
import type { LiveStreamEvents } from "./live-stream.ts";

/** How long Flux may take to say that it is connected. */
const CONNECTED_TIMEOUT_MS = 10_000;
/** After this many connections in a row on which Flux said nothing, it is not tried any more. */
const MAX_MUTE_CONNECTIONS = 3;

/** Options of a {@link DeepgramFluxSTTService}: its settings, and how it connects. */
export interface DeepgramFluxSTTServiceOptions extends STTServiceOptions, Partial<DeepgramFluxSettings> {
  /** Deepgram's API key. Default: the environment variable `DEEPGRAM_API_KEY`. */
  readonly apiKey?: string;
  /** Base URL. Default "wss://api.deepgram.com". */
  readonly baseUrl?: string;
  /**
   * What ends turns.
   *
   * - "flux": Flux, whose proposals `fluxTurnStrategies` follow
   * - "own": the VAD and your turn strategies. The VAD's end of speech asks Flux for the last words.
   *
   * Default "flux".
   */
  readonly turnDetection?: "flux" | "own";
  /** How long the last words may take at the end of the pipeline, in milliseconds. Default 1000. */
  readonly closeTimeoutMs?: number;
}

/** A turn of the user, as Flux sees it. */
interface Turn {
  /** Everything that was said in it so far. */
  transcript: STTTranscript;
  /** Whether Flux has predicted its end. */
  eager: boolean;
}

/**
 * Speech to text by Deepgram Flux, over the WebSocket `/v2/listen`. Flux also detects turns: let `fluxTurnStrategies`
 * follow it, and no VAD is needed.
 *
 * | Flux | frames |
 * | --- | --- |
 * | StartOfTurn | ProposedUserStartedSpeakingFrame |
 * | Update | InterimTranscriptionFrame, if the text has changed |
 * | EagerEndOfTurn (needs `eagerEotThreshold`) | EagerTranscriptionFrame |
 * | TurnResumed | EagerEndOfTurnCancelFrame |
 * | EndOfTurn | TranscriptionFrame, finalized, then ProposedUserStoppedSpeakingFrame |
 *
 * The connection is opened in setup; audio from before Flux is ready, and from the time of a reconnection, is kept (10 s)
 * and sent. A connection that is lost in a turn ends the turn with the words so far. While no audio arrives in a turn, as
 * when the microphone is off, silence is sent so that the turn can end. Most settings change on the open connection.
 *
 * Source: Deepgram's documentation of Flux (state machine, configuration, Configure, ForceEndTurn, own turn detection) and
 * the types of its public JavaScript SDK. Checked against `FakeDeepgram`, never against Deepgram itself. It is not
 * documented after how long Flux closes a connection without audio; between turns, 80 ms of silence are sent every 4 s.
 */
export class DeepgramFluxSTTService extends STTService<DeepgramFluxSettings> {
  readonly #apiKey: string;
  readonly #url: string;
  readonly #ownTurns: boolean;
  readonly #closeTimeoutMs: number;
  #connection: LiveConnection<FluxStream> | undefined;
  #configuration: FluxConfiguration<keyof DeepgramFluxSettings> | undefined;
  #turn: Turn | undefined;
  #muteConnections = 0;
  /** Whether the VAD's end of speech is in audio that has not been sent. */
  #endWanted = false;

  /** @throws InvalidOptionError without a key, and for a URL that is none. */
  constructor(options: DeepgramFluxSTTServiceOptions = {}) {
    super(pickSettings(DEFAULT_FLUX_SETTINGS, options), { ttfsP99LatencyMs: TTFS_P99_MS, ...options });
    this.#apiKey = resolveServiceKey(options.apiKey, { service: "Deepgram", variable: "DEEPGRAM_API_KEY" });
    const rule = { name: "Deepgram", field: "baseUrl", defaultUrl: "wss://api.deepgram.com" };
    this.#url = checkServiceUrl(options.baseUrl, rule, this.logger);
    this.#ownTurns = options.turnDetection === "own";
    this.#closeTimeoutMs = options.closeTimeoutMs ?? 1000;
    this.metrics.model = this.settings.model;
  }

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    const { clock } = this;
    const onError = (error: Error): void => this.pushError(error);
    this.#configuration = new FluxConfiguration({ clock, onError, send: (keys) => this.#configure(keys) });
    this.#connection = new LiveConnection({
      ...{ clock, onError, sampleRate: setup.audioInSampleRate, keepAliveMs: FLUX_KEEP_ALIVE_MS },
      // The connection's own deadline is inside.
      connectTimeoutMs: 2 * CONNECTED_TIMEOUT_MS,
      open: (sampleRate, events, signal) => this.#open(sampleRate, events, signal),
      onOpen: (stream) => {
        if (this.#endWanted) stream.forceEndTurn();
        this.#endWanted = false;
      },
      onOver: () => this.#over(),
      mayConnect: () => this.usable,
    });
  }

  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void | Promise<void> {
    if (frame instanceof EndFrame) return this.#end(frame, direction, ctx);
    return super.process(frame, direction, ctx);
  }

  override async cleanup(): Promise<void> {
    await super.cleanup();
    this.#turn = undefined;
    this.#configuration?.reset();
    this.#connection?.close();
  }

  protected override runSTT(audio: InputAudioRawFrame): void {
    this.#connection?.send(audio);
  }

  protected override settingsChanged(changed: readonly (keyof DeepgramFluxSettings)[]): void {
    this.metrics.model = this.settings.model;
    if (this.#connection?.stream && !this.#ownTurns && toConfigure(this.settings, changed))
      this.#configuration?.change(changed);
    else this.#connection?.reconnect();
  }

  protected override speechStarted(): void {
    this.#endWanted = false;
  }

  protected override speechStopped(): void {
    if (!this.#ownTurns) return;
    const stream = this.#connection?.stream;
    if (stream) stream.forceEndTurn();
    else this.#endWanted = true;
  }

  /** Opens a connection and waits until Flux is ready on it. */
  async #open(sampleRate: number, events: LiveStreamEvents, signal: AbortSignal): Promise<FluxStream> {
    const { clock, settings } = this;
    const offsetSeconds = this.#connection?.offsetSeconds ?? 0;
    const ready = Promise.withResolvers<undefined>();
    // It may be lost before anything waits for it.
    ready.promise.catch(() => undefined);
    let isReady = false;
    const stream = new FluxStream(sampleRate, events, () => this.#turn !== undefined);
    const socket = await openDeepgramSocket({
      ...{ clock, signal, url: this.#url, path: "/v2/listen", apiKey: this.#apiKey },
      query: toFluxQuery(settings, sampleRate, this.#ownTurns),
      onMessage: (message) => {
        if (message.type === "Connected") ready.resolve(undefined);
        else this.#hear(message, offsetSeconds);
      },
      onUnreadable: (error) => {
        if (isReady) this.pushError(error);
        else ready.reject(error);
      },
      onLost: (error) => {
        ready.reject(error);
        stream.lost(error);
      },
    });
    this.#muteConnections++;
    const timer = clock.setTimeout(() => ready.reject(this.#createMuteError()), CONNECTED_TIMEOUT_MS);
    const onAbort = (): void => ready.reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await ready.promise;
    } catch (thrown) {
      socket.close();
      throw this.#muteConnections < MAX_MUTE_CONNECTIONS || signal.aborted ? thrown : this.#createMuteError(thrown);
    } finally {
      clock.clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
    isReady = true;
    this.#muteConnections = 0;
    this.#configuration?.reset();
    stream.opened(socket);
    return stream;
  }

  #createMuteError(cause?: unknown): Error {
    const permanent = this.#muteConnections >= MAX_MUTE_CONNECTIONS;
    const what = "accepted a connection, but is not ready on it";
    return createVendorError({ service: "Deepgram Flux", what, category: "server", permanent, cause });
  }

  #hear(message: DeepgramMessage, offsetSeconds: number): void {
    if (message.type === "TurnInfo") this.#hearTurn(message, offsetSeconds);
    else if (message.type === "ConfigureSuccess") this.#configuration?.answered(true);
    else if (message.type === "ConfigureFailure") this.#configuration?.answered(false);
    else if (message.type === "Error") this.pushError(toDeepgramError(message, this.#apiKey));
    else if (message.type === "Warning") this.logger.warn(`Deepgram Flux warns: ${String(message.description)}`);
  }

  #hearTurn(message: DeepgramMessage, offsetSeconds: number): void {
    const transcript = readTranscript(message, offsetSeconds);
    const { event } = message;
    if (event === "EndOfTurn") {
      this.#endTurn(transcript);
      return;
    }
    if (event === "StartOfTurn" || (!this.#turn && transcript.text !== "")) this.#startTurn();
    const turn = this.#turn;
    if (!turn) return;
    const isNews = transcript.text !== turn.transcript.text;
    turn.transcript = transcript;
    if (event === "EagerEndOfTurn") {
      turn.eager = true;
      if (!this.#ownTurns) this.pushEagerTranscript(transcript);
      return;
    }
    if (event === "TurnResumed") this.#resume(turn);
    if (isNews) this.pushInterimTranscript(transcript);
  }

  #startTurn(): void {
    this.#turn = { transcript: { text: "" }, eager: false };
    // A change of settings that needs another connection waits for the end of the turn.
    this.#connection?.setUserSpeaking(true);
    if (!this.#ownTurns) this.push(new ProposedUserStartedSpeakingFrame());
  }

  #resume(turn: Turn): void {
    if (turn.eager && !this.#ownTurns) this.cancelEagerTranscript();
    turn.eager = false;
  }

  #endTurn(transcript: STTTranscript): void {
    this.#turn = undefined;
    this.pushTranscript({ ...transcript, finalized: true });
    if (!this.#ownTurns) this.push(new ProposedUserStoppedSpeakingFrame());
    this.#connection?.setUserSpeaking(false);
  }

  /** Nothing more will be known of a turn whose connection is over. */
  #over(): void {
    if (this.#turn) this.#endTurn(this.#turn.transcript);
  }

  #configure(keys: ReadonlySet<keyof DeepgramFluxSettings>): void {
    const message = toConfigure(this.settings, keys);
    if (message) this.#connection?.stream?.sendJson(message);
  }

  /** Waits for the last words, within a bound. */
  async #end(frame: EndFrame, direction: FrameDirection, ctx: ProcessContext): Promise<void> {
    await this.#connection?.end(this.#closeTimeoutMs);
    this.#over();
    await super.process(frame, direction, ctx);
  }
}

function readTranscript(message: DeepgramMessage, offsetSeconds: number): STTTranscript {
  const { transcript, words } = message;
  const result: DeepgramTranscription = { words: readWords(words, offsetSeconds), messages: [message] };
  return {
    text: typeof transcript === "string" ? transcript.trim() : "",
    language: readLanguage(message),
    result,
  };
}
