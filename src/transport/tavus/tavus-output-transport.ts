import {
  BotConnectedFrame,
  BotResumeSpeakingFrame,
  CancelTaskFrame,
  ClientConnectedFrame,
  InputTransportMessageFrame,
  type Frame,
} from "../../frames/index.ts";
import type { ProcessorSetup } from "../../pipeline/index.ts";
import type { TimerHandle } from "../../util/clock.ts";
import { asError } from "../../util/errors.ts";
import { nextTurn } from "../../util/next-turn.ts";
import type { AudioSink } from "../playout/audio-sink.ts";
import { BaseOutputTransport, type OutputTransportOptions } from "../base/base-output-transport.ts";
import type { InterruptionNotice } from "../base/interruption-notice.ts";
import { EchoAudioSink } from "./echo/echo-audio-sink.ts";
import { pushBudgetEnd } from "./cost/budget-end.ts";
import { AvatarFrames } from "./avatar/avatar-frames.ts";
import { TavusEventFrame } from "./events/tavus-event-frame.ts";
import type { TavusTransportClient } from "./tavus-transport-client.ts";

/**
 * The sending end of a {@link TavusTransport}: the voice of the pal. It is ready once the pal is in the room; speech from
 * before that waits, and so does speech from after the pal has left. On a track it also waits for the pal to connect. When
 * the pal does not join, or return, in time, the bot speaks without being heard, and nothing of that counts as said. When the
 * pal returns, speech that was cut is resumed.
 */
export class TavusOutputTransport extends BaseOutputTransport {
  readonly #client: TavusTransportClient;
  readonly #avatar: AvatarFrames;
  /** Whether speech was cut because the pal was not there to speak it. */
  #owesSpeech = false;
  #palIs: "away" | "connecting" | "hearing" = "away";
  #connectTimer: TimerHandle;
  /** Grows with every join and leave of the pal, which invalidates older waits for it. */
  #palChanges = 0;

  /** @internal Made by `TavusTransport.output()`. */
  constructor(client: TavusTransportClient, options: Pick<OutputTransportOptions, "createResampler"> = {}) {
    const { params } = client.options;
    super(params, { ...options, name: "TavusOutputTransport", defaultDestination: params.streamTrackName });
    this.#client = client;
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
      .on("palJoined", () => this.#palIsThere())
      // A session that turns out not to be the pal's still counts as the pal at this moment.
      .on("palLeft", () => queueMicrotask(() => this.#palHasLeft()))
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

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    setup.allowSetupMs?.(this.#client.openTimeoutMs);
    await this.#client.acquire("output", setup.clock, setup.logger);
    await this.openSenders();
  }

  override async cleanup(): Promise<void> {
    this.clock.clearTimeout(this.#connectTimer);
    await super.cleanup();
    await this.#client.release("output");
  }

  protected override start(): Promise<void> {
    this.#client.begin();
    this.#avatar.start();
    this.#openWhenPalIsThere().catch((thrown: unknown) => this.pushError(asError(thrown)));
    return Promise.resolve();
  }

  protected override onInterruption(): InterruptionNotice | undefined {
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
    const { audioDelivery, streamTrackName } = this.#client.options.params;
    const trackName = destination ?? streamTrackName;
    const isEcho = trackName === streamTrackName && audioDelivery === "messages";
    const delivery = isEcho ? "messages" : "track";
    this.#client.logger.debug("Opening an audio output.", { destination: trackName, delivery, sampleRate });
    return isEcho
      ? Promise.resolve(this.#openEcho(sampleRate))
      : this.#client.call.publishAudio(trackName, { sampleRate });
  }

  #openEcho(sampleRate: number): EchoAudioSink {
    const client = this.#client;
    const { maxMessageBytes } = client.options.params;
    const sink = new EchoAudioSink({
      clock: this.clock,
      logger: this.#client.logger,
      sampleRate,
      conversationId: client.conversation?.conversationId ?? "",
      maxMessageCharacters: Math.min(client.call.maxAppMessageSize, maxMessageBytes ?? Infinity),
      send: (message) => client.sendAppMessage(message),
      onError: (error) => this.pushError(error),
    });
    client.events.on("palSpeaking", (event) => sink.palSpeaking(event));
    return sink;
  }

  async #openWhenPalIsThere(): Promise<void> {
    const signal = this.taskSignal ?? new AbortController().signal;
    const { palReadyTimeoutMs } = this.#client.options.params;
    const present = await this.#client.whenPalPresent(palReadyTimeoutMs, signal);
    if (signal.aborted || !this.#client.holds("output")) return;
    if (!present)
      this.#giveUpOnPal("The pal has not joined; speaking anyway. Nobody hears it: check the face and the PAL.");
    this.#client.logger.debug("Ready to speak.", { palPresent: present });
    this.setTransportReady();
  }

  #giveUpOnPal(message: string): void {
    this.logger.debug(message, { waitedMs: this.#client.options.params.palReadyTimeoutMs });
    this.setListening("unheard");
  }

  /** A second session of a pal that hears the bot changes nothing. */
  #palIsThere(): void {
    this.#palChanges++;
    if (this.#palIs === "hearing") return;
    const { audioDelivery, palConnectMs } = this.#client.options.params;
    const connects = audioDelivery === "track" && palConnectMs > 0 && this.#client.holds("output");
    this.#palIs = connects ? "connecting" : "hearing";
    if (this.setListening(connects ? "awaited" : "heard")) this.#owesSpeech = true;
    if (connects) this.#hearOncePalConnects(palConnectMs);
    if (!this.#owesSpeech) return;
    this.#owesSpeech = false;
    // After the interruption that cut it.
    void nextTurn().then(() => this.push(new BotResumeSpeakingFrame(), "upstream"));
  }

  /**
   * In the room is not yet on the track: the pal has to subscribe to it and to connect, and what leaves before that is
   * lost. No event reports that it has, so it gets a fixed time, during which silence leaves.
   */
  #hearOncePalConnects(palConnectMs: number): void {
    this.clock.clearTimeout(this.#connectTimer);
    this.#connectTimer = this.clock.setTimeout(() => {
      this.#palIs = "hearing";
      this.setListening("heard");
    }, palConnectMs);
  }

  #palHasLeft(): void {
    const { pal, options } = this.#client;
    if (pal || !this.#client.holds("output")) return;
    this.#palIs = "away";
    this.clock.clearTimeout(this.#connectTimer);
    this.#palChanges++;
    const changes = this.#palChanges;
    if (this.setListening("awaited")) this.#owesSpeech = true;
    const signal = this.taskSignal ?? new AbortController().signal;
    void this.#client.whenPalPresent(options.params.palReadyTimeoutMs, signal).then((present) => {
      const stillAway = !present && changes === this.#palChanges && this.#client.holds("output");
      if (stillAway && !signal.aborted) this.#giveUpOnPal("The pal has left and not returned; nobody hears the bot.");
    });
  }
}
