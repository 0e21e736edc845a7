import type { Clock, TimerHandle } from "../../../util/clock.ts";
import { sleep } from "../../../util/deadline.ts";
import { toLogText } from "../../../util/url-text.ts";
import type { AudioSink } from "../../playout/audio-sink.ts";
import { RoutedAudioSink } from "../../playout/routed-audio-sink.ts";
import type { VoiceRouteError } from "../../playout/sink-errors.ts";
import type { VoiceRoute } from "../../playout/voice-route.ts";
import type { AvatarState } from "../avatar/avatar-state.ts";
import { PalEar } from "../avatar/pal-ear.ts";
import { PalEarCapture } from "../avatar/pal-ear-capture.ts";
import type { TavusTransportClient } from "../tavus-transport-client.ts";

/** Between attempts to publish the microphone, in milliseconds; the second one is made at once. */
const RETRY_MS = 2000;
const MAX_RETRIES = 3;
/** How long the voice waits in a new room for a user, in milliseconds; they have to find it first. */
const USERS_TIMEOUT_MS = 15_000;
/** How far it is from certain when what was sent is due, in milliseconds: a track is counted, messages are estimated. */
const EAR_TOLERANCE_MS = { track: 300, messages: 2000 } as const;

/** What a {@link VoiceRouting} needs. */
export interface VoiceRoutingOptions {
  readonly client: TavusTransportClient;
  readonly clock: Clock;
  /** Opens the way to the listeners on a route. Rejects outside of a call. */
  readonly open: (route: VoiceRoute, sampleRate: number) => Promise<AudioSink>;
  /**
   * Whether anyone hears the voice. "awaited": the pal has joined, but does not receive the voice yet. "unheard": neither
   * route works. Not called before the pal has joined, or another route was chosen.
   */
  readonly onListening: (listening: "awaited" | "heard" | "unheard") => void;
  readonly onError: (error: Error) => void;
}

/**
 * Decides where the bot's voice goes, by the state of the avatar: through the pal while it speaks, else at once through the
 * bot's own microphone, and back to the pal at the end of an utterance. What the pal did not say of a sentence is said
 * again, from the start of the word that was cut.
 */
export class VoiceRouting {
  readonly #options: VoiceRoutingOptions;
  readonly #ear: PalEar | undefined;
  readonly #capture: PalEarCapture;
  #sink: RoutedAudioSink | undefined;
  #palIs: "away" | "connecting" | "hearing" = "away";
  #connectTimer: TimerHandle;
  #retryTimer: TimerHandle;
  #usersTimer: TimerHandle;
  /** Aborts when the room is left: what is being opened in it may never be answered. */
  #room = new AbortController();
  #retries = 0;
  /** When the route was chosen, for the log. */
  #chosenMs = 0;
  #over = false;

  constructor(options: VoiceRoutingOptions) {
    this.#options = options;
    const { client } = options;
    this.#capture = new PalEarCapture({
      call: () => client.call,
      logger: () => client.logger,
      heard: (isLoud, durationMs) => this.#ear?.heard(isLoud, durationMs),
    });
    this.#ear = client.options.params.palSilenceTimeoutMs > 0 ? this.#createEar() : undefined;
    client.events
      .on("palSpeaking", (event) => {
        if (event.type === "startedSpeaking") this.#ear?.reportedSpeech();
      })
      .on("roomLeft", () => this.#roomLeft())
      .on("roomChanged", () => this.#roomChanged())
      .on("clientConnected", () => this.#speakInNewRoom())
      .on("lost", () => void this.close())
      .on("closing", () => void this.close());
  }

  /** The route of the voice; undefined before {@link open}. */
  get route(): VoiceRoute | undefined {
    return this.#sink?.route;
  }

  /** Opens the voice on the route of the moment. `sampleRate` is in Hz. A rejection is that of the route's sink. */
  async open(sampleRate: number): Promise<AudioSink> {
    const { client, clock, open } = this.#options;
    const route = client.avatar.is === "joining" || client.avatar.is === "speaking" ? "pal" : "microphone";
    const first = { route, sink: await open(route, sampleRate) } as const;
    this.#sink = new RoutedAudioSink({
      ...{ clock, first },
      open: (wanted) => this.#openInRoom(wanted, sampleRate),
      // Users have to subscribe to the microphone.
      connect: (wanted, signal) =>
        wanted === "microphone" ? sleep(clock, client.options.params.microphoneConnectMs, signal) : Promise.resolve(),
      onFailed: (error) => this.#failed(error),
      onRoute: (entered) => this.#entered(entered),
      onWritten: () => this.#ear?.wake(),
      onFlushed: () => this.#ear?.flushed(),
    });
    if (this.#over) await this.#sink.close();
    return this.#sink;
  }

  /** The avatar is in this state: at the start, and after each change. */
  follow(state: AvatarState): void {
    if (this.#over || !this.#sink) return;
    if (state.is === "speaking") this.#toPal(this.#sink, state.sessionId);
    else if (state.is !== "joining") this.#toMicrophone(this.#sink, state);
  }

  /** The voice is over. Idempotent. */
  async close(): Promise<void> {
    this.#over = true;
    this.#options.clock.clearTimeout(this.#connectTimer);
    this.#options.clock.clearTimeout(this.#retryTimer);
    this.#options.clock.clearTimeout(this.#usersTimer);
    this.#ear?.close();
    this.#capture.close();
    await this.#sink?.close();
  }

  #toPal(sink: RoutedAudioSink, sessionId: string): void {
    if (this.#ear) this.#capture.listenTo(sessionId);
    // A second session of a pal that hears the bot changes nothing.
    if (this.#palIs === "hearing") return;
    const { clock, client, onListening } = this.#options;
    const { audioDelivery, palConnectMs } = client.options.params;
    const connectMs = audioDelivery === "track" ? palConnectMs : 0;
    this.#palIs = "connecting";
    if (sink.route === "pal" && connectMs > 0) onListening("awaited");
    clock.clearTimeout(this.#connectTimer);
    if (connectMs === 0) this.#palHears(sink);
    // In the room is not yet on the track, and no event reports that: what leaves before is lost.
    else this.#connectTimer = clock.setTimeout(() => this.#palHears(sink), connectMs);
  }

  #palHears(sink: RoutedAudioSink): void {
    this.#palIs = "hearing";
    if (sink.route !== "pal") {
      sink.switchWhenIdle("pal");
      return;
    }
    this.#ear?.watch();
    this.#options.onListening("heard");
  }

  #toMicrophone(sink: RoutedAudioSink, state: AvatarState): void {
    const { clock, client, onListening } = this.#options;
    this.#palIs = "away";
    clock.clearTimeout(this.#connectTimer);
    if (sink.route === "pal") {
      const heardPosition = this.#ear?.heardPosition();
      // A pal that is only mute would say the rest later.
      if (this.#isInCall && client.pal) void client.interrupt();
      this.#chosenMs = clock.nowMs();
      sink.switchTo("microphone", heardPosition);
      this.#ear?.rest();
    }
    sink.stay();
    if (!(state.is === "absent" && state.reason === "silent")) {
      this.#capture.close();
      this.#ear?.forgetPal();
    }
    onListening("heard");
  }

  #entered(route: VoiceRoute): void {
    const { client, clock } = this.#options;
    this.#retries = 0;
    if (route === "pal") {
      this.#chosenMs = clock.nowMs();
      this.#ear?.watch();
    }
    const tookMs = Math.round(clock.nowMs() - this.#chosenMs);
    client.logger.debug("The bot's voice has another route.", { route, tookMs });
  }

  async #openInRoom(route: VoiceRoute, sampleRate: number): Promise<AudioSink> {
    const { signal } = this.#room;
    const opening = this.#options.open(route, sampleRate);
    const left = new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(new Error("The room was left.")), { once: true });
    });
    opening.then(
      (sink) => (signal.aborted ? sink.close() : undefined),
      () => undefined,
    );
    return await Promise.race([opening, left]);
  }

  #roomLeft(): void {
    this.#capture.close();
    this.#room.abort();
    this.#room = new AbortController();
  }

  /** Another room: what was published in the old one is gone. The voice waits for somebody who hears the rest. */
  #roomChanged(): void {
    this.#retries = 0;
    this.#usersTimer = this.#options.clock.setTimeout(() => this.#speakInNewRoom(), USERS_TIMEOUT_MS);
  }

  #speakInNewRoom(): void {
    if (this.#usersTimer === undefined) return;
    this.#options.clock.clearTimeout(this.#usersTimer);
    this.#usersTimer = undefined;
    if (this.#sink?.routeState === "failed") this.#sink.switchTo("microphone");
  }

  #failed(error: VoiceRouteError): void {
    // Between two rooms nothing can be published, and in the next one nobody is there at first.
    if (this.#over || !this.#sink || !this.#isInCall || this.#usersTimer !== undefined) return;
    const { client, clock, onListening, onError } = this.#options;
    const sink = this.#sink;
    this.#ear?.rest();
    client.logger.warn(error.message, { route: error.route, error: toLogText(error.cause ?? error) });
    if (error.route === "pal") {
      sink.switchTo("microphone");
    } else if (this.#retries < MAX_RETRIES) {
      const delayMs = this.#retries === 0 ? 0 : RETRY_MS;
      this.#retries++;
      this.#retryTimer = clock.setTimeout(() => sink.switchTo("microphone"), delayMs);
    } else {
      onError(error);
      sink.switchTo("pal");
      onListening("unheard");
    }
  }

  get #isInCall(): boolean {
    try {
      return this.#options.client.call.state === "joined";
    } catch {
      return false;
    }
  }

  #createEar(): PalEar {
    const { client, clock } = this.#options;
    const { palSilenceTimeoutMs, audioDelivery } = client.options.params;
    const getSink = (): RoutedAudioSink | undefined => this.#sink;
    return new PalEar({
      clock,
      silenceTimeoutMs: palSilenceTimeoutMs,
      toleranceMs: EAR_TOLERANCE_MS[audioDelivery],
      voice: {
        get sampleRate() {
          return getSink()?.sampleRate ?? 0;
        },
        get leftSamples() {
          return getSink()?.leftSamples ?? 0;
        },
        get writtenSamples() {
          return getSink()?.writtenSamples ?? 0;
        },
        isLoud: (from, to) => getSink()?.isLoud(from, to) ?? false,
      },
      onHeld: () => this.#sink?.holdPlayed(),
      onReleased: () => this.#sink?.releaseHold(),
      onSilent: () => client.palIsSilent(),
      onHeardAgain: () => client.palIsHeard(),
    });
  }
}
