import {
  BotConnectedFrame,
  BotResumeSpeakingFrame,
  CancelTaskFrame,
  ClientConnectedFrame,
  InputTransportMessageFrame,
  type Frame,
} from "../../frames/index.ts";
import type { ProcessorSetup, TaskExtension } from "../../pipeline/index.ts";
import type { RTVIProcessor } from "../../rtvi/index.ts";
import { asError } from "../../util/errors.ts";
import { nextTurn } from "../../util/next-turn.ts";
import type { AudioSink } from "../playout/audio-sink.ts";
import type { VoiceRoute } from "../playout/voice-route.ts";
import { MICROPHONE } from "../daily/daily-call.ts";
import { BaseOutputTransport, type OutputTransportOptions } from "../base/base-output-transport.ts";
import type { InterruptionNotice } from "../base/interruption-notice.ts";
import type { EchoAudioSink } from "./echo/echo-audio-sink.ts";
import { openEchoSink } from "./echo/open-echo-sink.ts";
import { pushBudgetEnd } from "./cost/budget-end.ts";
import { AvatarFrames } from "./avatar/avatar-frames.ts";
import { TavusEventFrame } from "./events/tavus-event-frame.ts";
import type { TavusTransportClient } from "./tavus-transport-client.ts";
import { PalOnlyVoice } from "./voice/pal-only-voice.ts";
import { VoiceRouting } from "./voice/voice-routing.ts";

/** The custom track of the bot's voice where the application has the microphone. */
const SECOND_MICROPHONE = "voice";

/** The name of the processor: there is one in a transport. */
export const OUTPUT_NAME = "TavusOutputTransport";

/**
 * The sending end of a {@link TavusTransport}: the bot's voice. It is ready once the pal is in the room, and has connected;
 * speech from before that waits. When the pal fails, the voice moves to the bot's own microphone, and back when the pal is
 * back (option `fallback`). With `fallback` "none" speech waits for the pal, and is not heard without it.
 */
export class TavusOutputTransport extends BaseOutputTransport {
  readonly #client: TavusTransportClient;
  readonly #rtvi: RTVIProcessor | undefined;
  readonly #avatar: AvatarFrames;
  /** Undefined before the setup. */
  #voice: PalOnlyVoice | VoiceRouting | undefined;
  #echo: EchoAudioSink | undefined;
  #hasBegun = false;

  /** @internal Made by `TavusTransport.output()`. */
  constructor(
    client: TavusTransportClient,
    options: Pick<OutputTransportOptions, "createResampler"> = {},
    rtvi?: RTVIProcessor,
  ) {
    const { params } = client.options;
    super(params, { ...options, name: OUTPUT_NAME, defaultDestination: params.streamTrackName });
    this.#client = client;
    this.#rtvi = rtvi;
    // Without an input in the pipeline the output pushes the room's frames.
    const pushAlone = (make: () => Frame): void => {
      if (!client.hasBeenOwnedBy("input")) this.push(make());
    };
    this.#avatar = new AvatarFrames(client, {
      pushesRoomFrames: () => client.holds("output") && !client.hasBeenOwnedBy("input"),
      broadcast: (make) => this.broadcast(make),
      measured: (measurement) => this.metrics.avatar(measurement),
    });
    client.events
      .on("connected", () => pushAlone(() => new BotConnectedFrame()))
      .on("clientConnected", () => pushAlone(() => new ClientConnectedFrame()))
      .on("inCall", (event) => pushAlone(() => new TavusEventFrame(event)))
      .on("appMessage", (message, from) => pushAlone(() => new InputTransportMessageFrame(message, from)))
      .on("palSpeaking", (event) => this.#echo?.palSpeaking(event))
      .on("avatarState", (state) => {
        if (this.#hasBegun && this.#voice instanceof VoiceRouting) this.#voice.follow(state);
      })
      .on("lost", (error) => {
        if (client.holds("output") && !client.holds("input")) this.pushError(error, { fatal: true });
      })
      .on("budgetSpent", (spent) => {
        // Nothing can be said from here: speech is made ahead of the output.
        if (client.holds("output") && !client.holds("input"))
          pushBudgetEnd(spent, undefined, (...args) => this.push(...args));
      })
      .on("closedInCall", (reason) => {
        if (client.holds("output")) this.push(new CancelTaskFrame(reason), "upstream");
      });
  }

  protected override canGenerateMetrics(): boolean {
    return true;
  }

  /** Puts RTVI in front of a pipeline that has no input, too. */
  override extendTask(): TaskExtension {
    return this.#rtvi ? { front: [this.#rtvi] } : {};
  }

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    setup.allowSetupMs?.(this.#client.openTimeoutMs);
    await this.#client.acquire("output", setup.clock, setup.logger);
    this.#voice = this.#client.options.fallback.is === "none" ? this.#createPalOnlyVoice() : this.#createVoiceRouting();
    await this.openSenders();
  }

  override async cleanup(): Promise<void> {
    await this.#voice?.close();
    await super.cleanup();
    await this.#client.release("output");
  }

  protected override start(): Promise<void> {
    this.#client.begin();
    this.#avatar.start();
    this.#hasBegun = true;
    if (this.#voice instanceof VoiceRouting) this.#voice.follow(this.#client.avatar);
    else this.#voice?.begin().catch((thrown: unknown) => this.pushError(asError(thrown)));
    return Promise.resolve();
  }

  protected override onInterruption(): InterruptionNotice | undefined {
    // On its own microphone the bot is silent as soon as its sink is flushed.
    if (this.#voice instanceof VoiceRouting && this.#voice.route === "microphone") return undefined;
    const sent = this.#client.interrupt();
    const { audioDelivery, interruptionSilenceMs: silenceMs } = this.#client.options.params;
    // Messages name their utterance and keep their order. On a track only silence separates old speech from new.
    return sent && audioDelivery === "track" ? { sent, silenceMs } : undefined;
  }

  protected override sendMessage(message: unknown, to: string | undefined): Promise<void> {
    return this.#client.sendAppMessage(message, to);
  }

  /** Leaving and ending take their time; `cleanup` waits for them, frames do not. */
  protected override stop(): Promise<void> {
    void this.#client.release("output");
    return Promise.resolve();
  }

  protected override cancel(): Promise<void> {
    void this.#client.release("output");
    return Promise.resolve();
  }

  protected override openSink(destination: string | undefined, sampleRate: number): Promise<AudioSink> {
    const { streamTrackName } = this.#client.options.params;
    const isVoice = destination === undefined || destination === streamTrackName;
    if (!isVoice) return this.#openTrack(destination, sampleRate);
    return this.#voice instanceof VoiceRouting ? this.#voice.open(sampleRate) : this.#openRoute("pal", sampleRate);
  }

  async #openRoute(route: VoiceRoute, sampleRate: number): Promise<AudioSink> {
    const { audioDelivery, audioOutDestinations, streamTrackName } = this.#client.options.params;
    // A microphone that the application uses for something else stays the application's.
    const microphone = audioOutDestinations.includes(MICROPHONE) ? SECOND_MICROPHONE : MICROPHONE;
    if (route === "microphone") return await this.#openTrack(microphone, sampleRate);
    return audioDelivery === "messages" ? this.#openEcho(sampleRate) : this.#openTrack(streamTrackName, sampleRate);
  }

  #openTrack(trackName: string, sampleRate: number): Promise<AudioSink> {
    this.#client.logger.debug("Opening an audio output.", { destination: trackName, delivery: "track", sampleRate });
    return this.#client.call.publishAudio(trackName, { sampleRate });
  }

  #openEcho(sampleRate: number): EchoAudioSink {
    const client = this.#client;
    const { streamTrackName: destination } = client.options.params;
    client.logger.debug("Opening an audio output.", { destination, delivery: "messages", sampleRate });
    const onError = (error: Error): void => this.pushError(error);
    this.#echo = openEchoSink(client, { clock: this.clock, sampleRate, onError });
    return this.#echo;
  }

  #createPalOnlyVoice(): PalOnlyVoice {
    const { clock, logger } = this;
    return new PalOnlyVoice({
      ...{ clock, logger, client: this.#client },
      signal: this.taskSignal ?? new AbortController().signal,
      setListening: (listening) => this.setListening(listening),
      onReady: () => this.setTransportReady(),
      // After the interruption that cut the speech.
      onResume: () => void nextTurn().then(() => this.push(new BotResumeSpeakingFrame(), "upstream")),
    });
  }

  #createVoiceRouting(): VoiceRouting {
    return new VoiceRouting({
      ...{ client: this.#client, clock: this.clock },
      open: (route, sampleRate) => this.#openRoute(route, sampleRate),
      onListening: (listening) => {
        this.setListening(listening);
        if (!this.isReady) this.#client.logger.debug("Ready to speak.", { palPresent: this.#client.pal !== undefined });
        this.setTransportReady();
      },
      onError: (error) => this.pushError(error),
    });
  }
}
