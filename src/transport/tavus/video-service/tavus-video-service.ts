import type { CostMeter, CostWarning, SpentBudget } from "../../../api/cost/index.ts";
import { measurePeak } from "../../../audio/index.ts";
import {
  type AvatarState,
  AvatarStateFrame,
  BotStoppedSpeakingFrame,
  CancelFrame,
  EndFrame,
  EndTaskFrame,
  type Frame,
  type FrameDirection,
  HeartbeatFrame,
  InterruptionFrame,
  OutputAudioRawFrame,
  OutputImageRawFrame,
  OutputTransportReadyFrame,
  SpeechOutputAudioRawFrame,
  SpriteFrame,
  StartFrame,
  StopFrame,
  TTSStartedFrame,
  TTSStoppedFrame,
} from "../../../frames/index.ts";
import { FrameProcessor, type ProcessContext, type ProcessorSetup } from "../../../pipeline/index.ts";
import { type Clock, systemClock, type TimerHandle } from "../../../util/clock.ts";
import { withDeadline } from "../../../util/deadline.ts";
import type { EnvironmentVariables } from "../../../util/environment.ts";
import { asError } from "../../../util/errors.ts";
import type { Logger } from "../../../util/logger.ts";
import { safeLogger } from "../../../util/safe-logger.ts";
import { toLogText } from "../../../util/url-text.ts";
import type { InterruptionNotice } from "../../base/interruption-notice.ts";
import { defaultResampler } from "../../base/media-sender/default-resampler.ts";
import type { PcmResamplerFactory } from "../../base/media-sender/output-format.ts";
import { type CapturedVideo, type DailyCallFactory, CAMERA, MICROPHONE } from "../../daily/daily-call.ts";
import { defaultCallFactory } from "../../room/default-call-factory.ts";
import { createApi, createJournal, createWarmUp } from "../client-dependencies.ts";
import type { ConversationApi } from "../conversation/conversation-api.ts";
import { toEndReason } from "../cost/budget-end.ts";
import { toMeter } from "../cost/cost-options.ts";
import type { TavusConnection } from "../tavus-client-events.ts";
import type { ResolvedTavusOptions } from "../tavus-options.ts";
import type { TavusCost } from "../tavus-transport.ts";
import { TavusTransportClient } from "../tavus-transport-client.ts";
import { openPalSink } from "./open-pal-sink.ts";
import { type ConnectedPal, PalLine } from "./pal-line.ts";
import { PalVoice } from "./pal-voice.ts";
import { ReturnedMedia, type ReturnedAudio } from "./returned-media.ts";
import {
  resolveVideoService,
  type ResolvedVideoService,
  type TavusVideoServiceOptions,
} from "./video-service-options.ts";

/** How long the start of the pipeline waits for a conversation that the bot can do without. */
const SETUP_WAIT_MS = 15_000;
/** How often a silent pal is looked for. */
const WATCH_MS = 100;
/** At the end: for what is on its way from the pal, beyond what it has left to say. */
const END_GRACE_MS = 5000;
/** Quieter than this is the noise of an encoder, and stays out of the users' room. */
const NOISE_PEAK = 50;

/** The events of a {@link TavusVideoService}. */
// A type, not an interface: only a type alias has the index signature that the emitter asks for.
export type TavusVideoServiceEvents = {
  /** What the avatar does for the bot has changed; each change once. */
  avatarState: [state: AvatarState, before: AvatarState];
  /** The bot is in the room of a conversation; again, with another one, when a conversation had to be replaced. */
  connected: [connection: TavusConnection];
  /** The conversation's cost, or that of all conversations of the meter, has reached a threshold. Each one once. */
  costWarning: [warning: CostWarning];
  /** The budget is spent: the conversation ends, and the bot goes on without the pal. */
  budgetSpent: [budget: SpentBudget];
};

/** The parts that a {@link TavusVideoService} works with, for tests and special cases. */
export interface TavusVideoServiceDependencies {
  /** The Tavus API. Default: a `TavusApi` made from the options. */
  readonly api?: ConversationApi;
  /** Makes the calls. Default: daily-js, in the runtime that the options name. */
  readonly createCall?: DailyCallFactory;
  /** Makes the resamplers for the bot's audio. Default: the library's own. */
  readonly createResampler?: PcmResamplerFactory;
  /** The environment variables. Default: `process.env`. */
  readonly env?: EnvironmentVariables;
  /** The logger until the pipeline brings its own; the option `logger` has precedence. Default: the console. */
  readonly logger?: Logger;
}

/** What there is when an avatar is configured, from the setup on. */
interface Parts {
  readonly line: PalLine;
  readonly voice: PalVoice;
  readonly media: ReturnedMedia;
}

/** Where the voice goes. */
type Route =
  /** The pal is awaited, and so is the output: speech waits. */
  | { readonly is: "awaited" }
  | { readonly is: "pal"; readonly pal: ConnectedPal }
  /** To the output, without the pal. */
  | { readonly is: "straight" };

/**
 * A Tavus pal for a bot whose users are elsewhere: a processor between the TTS service and the output of any transport. It
 * opens a conversation of its own, sends the bot's speech to the pal, and pushes the pal's picture and sound instead, as
 * `OutputImageRawFrame` and `SpeechOutputAudioRawFrame`, with the words of the speech between the sounds they belong to.
 *
 * Without an avatar, and when it fails, the speech itself goes on to the output; from a sentence that the pal did not finish,
 * the rest. The pal speaks again from the next utterance on when it is back.
 */
export class TavusVideoService extends FrameProcessor<TavusVideoServiceEvents> {
  readonly #resolved: ResolvedVideoService;
  readonly #createResampler: PcmResamplerFactory;
  readonly #createClient: (() => TavusTransportClient) | undefined;
  readonly #meter: CostMeter | undefined;
  #parts: Parts | undefined;
  #route: Route = { is: "awaited" };
  /** A pal that may speak as soon as the utterance is over. */
  #waitingPal: ConnectedPal | undefined;
  #outputIsReady = false;
  /** Speech went to the output without the pal, and may still be heard. */
  #straightIsHeard = false;
  #begun = false;
  #ended = false;
  #watchTimer: TimerHandle;

  /** @throws InvalidOptionError that lists all problems with the options and the environment. */
  constructor(options: TavusVideoServiceOptions = {}, dependencies: TavusVideoServiceDependencies = {}) {
    super({ name: "TavusVideoService" });
    const { api: given, env = process.env } = dependencies;
    const logger = safeLogger(options.logger ?? dependencies.logger);
    this.#resolved = resolveVideoService(options, env, given !== undefined, logger);
    this.#createResampler = dependencies.createResampler ?? defaultResampler;
    const { tavus } = this.#resolved;
    if (!tavus) return;
    const api = given ?? createApi(tavus, logger);
    const createCall = dependencies.createCall ?? defaultCallFactory(tavus);
    // With an API of the application's own a journal is kept only when the options name one.
    const isJournalled = given === undefined || Boolean(options.journal);
    const journal = isJournalled ? createJournal(tavus, undefined, logger) : undefined;
    // One for all conversations, however many it takes.
    const meter = (this.#meter = toMeter(tavus.cost, env, systemClock, logger));
    const metered = { ...tavus, cost: { ...tavus.cost, meter } };
    const warmUp = dependencies.createCall ? undefined : createWarmUp(tavus, given !== undefined, logger);
    this.#createClient = () => new TavusTransportClient(metered, { api, createCall, warmUp, journal, logger, env });
  }

  /** What the avatar does for the bot, and if nothing, why. */
  get avatar(): AvatarState {
    if (this.#parts) return this.#parts.line.state;
    return { is: "none", reason: this.#resolved.tavus ? "notStarted" : "notConfigured" };
  }

  /** The id of the pal's conversation; undefined while there is none. */
  get conversationId(): string | undefined {
    return this.#parts?.line.client?.conversation?.conversationId;
  }

  /** What the pal's conversation has cost so far, and what all conversations of its meter have; undefined without an avatar. */
  get cost(): TavusCost | undefined {
    const process = this.#meter?.report;
    return process && { conversation: this.#parts?.line.client?.conversation?.cost, process };
  }

  /** From sending speech to the pal until it returns, in milliseconds, as measured last; undefined before. */
  get palLatencyMs(): number | undefined {
    return this.#parts?.voice.latencyMs;
  }

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    const { tavus, required } = this.#resolved;
    const createClient = this.#createClient;
    if (!tavus || !createClient) {
      const what = "There is no avatar: neither an API key with a face or a PAL, nor a conversation is configured.";
      this.logger.warn(`${what} The bot speaks without it.`);
      return;
    }
    const { line } = (this.#parts = this.#createParts(setup, tavus, createClient));
    const opening = line.open();
    if (required) {
      setup.allowSetupMs?.(line.client?.openTimeoutMs ?? 0);
      await opening;
      return;
    }
    setup.allowSetupMs?.(2 * SETUP_WAIT_MS);
    const waited = withDeadline(setup.clock, opening, SETUP_WAIT_MS, "Opening the pal's conversation");
    await waited.catch((thrown: unknown) => {
      this.logger.debug("The pal's conversation is not open yet.", { error: toLogText(thrown) });
    });
  }

  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void | Promise<void> {
    const voice = this.#parts?.voice;
    if (!voice) {
      ctx.push(frame, direction);
      if (frame instanceof StartFrame) this.#pushState(this.avatar, { is: "none", reason: "notStarted" });
    } else if (frame instanceof InterruptionFrame) {
      return voice.interrupt(() => ctx.push(frame, direction));
    } else if (direction === "upstream") {
      this.#upstream(frame, ctx);
    } else if (frame instanceof StartFrame) {
      this.#start(frame, ctx);
    } else if (frame instanceof EndFrame) {
      return this.#end(frame, ctx);
    } else if (frame instanceof StopFrame) {
      return this.#drain().then(() => ctx.push(frame));
    } else if (frame instanceof CancelFrame) {
      this.#cancel(frame, ctx);
      return;
    } else if (isForOutput(frame)) {
      ctx.push(frame);
    } else {
      return this.#speak(voice, frame, ctx);
    }
  }

  override async cleanup(): Promise<void> {
    await this.#close();
    await super.cleanup();
  }

  protected override canGenerateMetrics(): boolean {
    return true;
  }

  #createParts(setup: ProcessorSetup, tavus: ResolvedTavusOptions, createClient: () => TavusTransportClient): Parts {
    const { clock, logger } = setup;
    const { params } = tavus;
    const { palReadyTimeoutMs, audioDelivery, palConnectMs } = params;
    const sampleRate = params.audioOutSampleRate ?? setup.audioOutSampleRate;
    const onError = (error: Error): void => this.#failed(error);
    const line = new PalLine(
      {
        createClient,
        openSink: (client) => openPalSink(client, { clock, sampleRate, onError }),
        palConnectMs: audioDelivery === "track" ? palConnectMs : 0,
        palReadyTimeoutMs,
        required: this.#resolved.required,
        host: {
          stateChanged: (state, before, lastedMs) => this.#stateChanged(state, before, lastedMs),
          connected: (connection) => this.emit("connected", connection),
          palJoined: (client, sessionId) => this.#parts?.media.open(client.call, sessionId),
          palConnected: (pal) => this.#palConnected(pal),
          palGone: () => this.#palGone(),
          costWarning: (warning) => this.emit("costWarning", warning),
          budgetSpent: (spent) => this.#budgetSpent(spent),
          error: onError,
        },
      },
      clock,
      tavus.logger ? safeLogger(tavus.logger) : logger,
    );
    const voice = new PalVoice({
      ...{ clock, sampleRate, createResampler: this.#createResampler },
      chunkMs: params.audioOut10msChunks * 10,
      maxQueuedMs: params.audioOutQueueMs,
      holds: params.palSilenceTimeoutMs > 0,
      host: {
        push: (frame) => this.#passOn(frame),
        pushError: (error) => this.pushError(error),
        interruptPal: () => this.#interruptPal(),
      },
    });
    const media = new ReturnedMedia({
      ...{ clock, logger, onError },
      sampleRate: setup.audioOutSampleRate,
      video: this.#resolved.video,
      onAudio: (audio) => this.#audioReturned(audio, setup.audioOutSampleRate),
      onImage: (image, capturedAtMs) => this.#imageReturned(image, capturedAtMs),
    });
    this.#watchPal(clock, params.palSilenceTimeoutMs);
    return { line, voice, media };
  }

  #start(frame: StartFrame, ctx: ProcessContext): void {
    ctx.push(frame);
    this.#begun = true;
    this.#pushState(this.avatar, { is: "none", reason: "notStarted" });
    this.#parts?.line.begin();
  }

  #upstream(frame: Frame, ctx: ProcessContext): void {
    if (frame instanceof OutputTransportReadyFrame) {
      this.#outputIsReady = true;
      this.#usePal();
    } else if (frame instanceof BotStoppedSpeakingFrame && frame.transportDestination === undefined) {
      this.#straightIsHeard = false;
      this.#usePal();
    }
    ctx.push(frame, "upstream");
  }

  #speak(voice: PalVoice, frame: Frame, ctx: ProcessContext): void | Promise<void> {
    if (frame instanceof OutputAudioRawFrame) return voice.audio(frame, ctx.signal);
    if (frame instanceof TTSStoppedFrame) {
      voice.ttsStopped(frame);
      this.#usePal();
    } else if (frame instanceof TTSStartedFrame) {
      if (!voice.busy) this.metrics.startTtfb();
      return voice.frame(frame);
    } else if (voice.busy) {
      return voice.frame(frame);
    }
    // Nothing is being said that it belongs behind.
    else {
      ctx.push(frame);
    }
  }

  #passOn(frame: Frame): void {
    if (frame instanceof OutputAudioRawFrame) {
      this.#straightIsHeard = true;
      this.metrics.stopTtfb();
    }
    this.push(frame);
  }

  async #drain(): Promise<void> {
    const { voice } = this.#parts ?? {};
    if (!voice?.busy) return;
    const { palReadyTimeoutMs = 0 } = this.#resolved.tavus?.params ?? {};
    const timeoutMs = voice.waitingMs + END_GRACE_MS + (this.#route.is === "awaited" ? palReadyTimeoutMs : 0);
    try {
      await withDeadline(this.clock, voice.drain(), timeoutMs, "Waiting for the pal to finish");
    } catch (thrown) {
      this.logger.warn("The pal has not finished in time; the bot says the rest.", { error: toLogText(thrown) });
      this.#goStraight();
      await withDeadline(this.clock, voice.drain(), END_GRACE_MS, "Passing on the rest");
    }
  }

  async #end(frame: EndFrame, ctx: ProcessContext): Promise<void> {
    try {
      await this.#drain();
    } catch (thrown) {
      ctx.pushError(asError(thrown));
    } finally {
      // Ending the conversation takes its time; `cleanup` waits for that, frames do not.
      void this.#close();
      ctx.push(frame);
    }
  }

  #cancel(frame: CancelFrame, ctx: ProcessContext): void {
    void this.#close();
    ctx.push(frame);
  }

  async #close(): Promise<void> {
    this.#ended = true;
    this.clock.clearTimeout(this.#watchTimer);
    const { line, voice, media } = this.#parts ?? {};
    media?.close();
    await Promise.all([voice?.close(), line?.close()]);
  }

  #stateChanged(state: AvatarState, before: AvatarState, lastedMs: number): void {
    const reason = "reason" in state ? state.reason : undefined;
    this.emit("avatarState", state, before);
    if (!this.#begun || this.#ended) return;
    this.metrics.avatar({ state: before.is, valueMs: lastedMs, next: state.is, reason });
    this.#pushState(state, before);
  }

  #pushState(state: AvatarState, before: AvatarState): void {
    this.broadcast(() => new AvatarStateFrame(state, before));
  }

  #palConnected(pal: ConnectedPal): void {
    this.#waitingPal = pal;
    this.#usePal();
  }

  /** The pal speaks from now on, if it can: never in the middle of an utterance that goes another way. */
  #usePal(): void {
    const pal = this.#waitingPal;
    const voice = this.#parts?.voice;
    if (!pal || !voice || !this.#outputIsReady || this.#ended) return;
    if (this.#route.is === "pal") {
      // A second session of a pal that speaks.
      if (this.#route.pal.sink === pal.sink) this.#route = { is: "pal", pal };
      return;
    }
    if (this.#route.is === "straight" && (voice.busy || this.#straightIsHeard)) return;
    this.#route = { is: "pal", pal };
    this.logger.debug("The pal is the bot's voice.", { sessionId: pal.sessionId });
    voice.usePal(pal.sink, pal.client.options.params.audioDelivery === "track");
  }

  #palGone(): void {
    this.#waitingPal = undefined;
    this.#parts?.media.close();
    if (this.#ended) return;
    if (this.#resolved.required && this.#begun && this.avatar.is === "failed") {
      const error = this.avatar.error ?? new Error(`The avatar is gone: ${this.avatar.reason}.`);
      this.pushError(error, { fatal: true });
    }
    this.#goStraight();
  }

  #goStraight(): void {
    if (this.#route.is === "straight") return;
    this.#route = { is: "straight" };
    this.#parts?.voice.goStraight();
  }

  #interruptPal(): InterruptionNotice | undefined {
    if (this.#route.is !== "pal") return undefined;
    const { client } = this.#route.pal;
    const { audioDelivery, interruptionSilenceMs: silenceMs } = client.options.params;
    const sent = client.interrupt();
    // Messages name their utterance and keep their order. On a track only silence separates old speech from new.
    return sent && audioDelivery === "track" ? { sent, silenceMs } : undefined;
  }

  #watchPal(clock: Clock, palSilenceTimeoutMs: number): void {
    if (palSilenceTimeoutMs === 0) return;
    this.#watchTimer = clock.setTimeout(() => {
      const { voice, line } = this.#parts ?? {};
      if (voice && this.#route.is === "pal" && voice.missingMs() >= palSilenceTimeoutMs) line?.client?.palIsSilent();
      if (!this.#ended) this.#watchPal(clock, palSilenceTimeoutMs);
    }, WATCH_MS);
  }

  #audioReturned(audio: ReturnedAudio, sampleRate: number): void {
    const { voice } = this.#parts ?? {};
    if (!voice || this.#ended || this.#route.is !== "pal") return;
    const passes = voice.returned(audio);
    if (!this.#outputIsReady) return;
    const { pcm, startMs: capturedAtMs, soundFromMs } = audio;
    if (passes && soundFromMs !== undefined) this.metrics.stopTtfb(capturedAtMs + soundFromMs);
    const isHeard = passes && measurePeak(pcm) > NOISE_PEAK;
    const frame = new SpeechOutputAudioRawFrame({
      audio: isHeard ? pcm : new Int16Array(pcm.length),
      ...{ sampleRate, capturedAtMs },
    });
    frame.transportSource = MICROPHONE;
    this.push(frame);
  }

  #imageReturned({ image, width, height, format }: CapturedVideo, arrivedAtMs: number): void {
    if (!this.#outputIsReady || this.#ended) return;
    // Its sound arrives later.
    const capturedAtMs = arrivedAtMs + this.#resolved.video.delayMs;
    const frame = new OutputImageRawFrame({ image, width, height, format, capturedAtMs });
    frame.transportSource = CAMERA;
    this.push(frame);
  }

  #budgetSpent(spent: SpentBudget): void {
    this.emit("budgetSpent", spent);
    if (this.#resolved.required && !this.#ended) this.push(new EndTaskFrame(toEndReason(spent)), "upstream");
  }

  /** The call goes on, or a change of the state follows. */
  #failed(error: Error): void {
    if (!this.#ended) this.pushError(error);
  }
}

/** What is not the bot's speech, and needs not wait for it. */
function isForOutput(frame: Frame): boolean {
  if (frame.category === "system" || frame instanceof HeartbeatFrame) return true;
  if (frame.transportDestination !== undefined) return true;
  return frame instanceof SpriteFrame || (frame instanceof OutputImageRawFrame && !frame.syncWithAudio);
}
