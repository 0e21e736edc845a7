import type { Clock } from "../../util/clock.ts";
import { deferred, withDeadline } from "../../util/deadline.ts";
import type { AudioSink, PlayoutOutcome } from "./audio-sink.ts";
import { PlayoutWaits } from "./playout-waits.ts";
import { RecentAudio } from "./recent-audio.ts";
import { RouteLeg } from "./route-leg.ts";
import { VoiceRouteError } from "./sink-errors.ts";
import type { VoiceRoute } from "./voice-route.ts";

/** Audio beyond this that waits to be played is refused: such a writer does not wait for {@link AudioSink.whenPlayed}. */
const CAPACITY_MS = 40_000;
/** How much of what was played can be said again: as much as may pass until it is noticed that nobody hears it. */
const KEEP_MS = 8000;
const OPEN_TIMEOUT_MS = 10_000;

/** What a {@link RoutedAudioSink} needs. */
export interface RoutedAudioSinkOptions {
  readonly clock: Clock;
  /** The route at the beginning, and its sink, open and connected. */
  readonly first: { readonly route: VoiceRoute; readonly sink: AudioSink };
  /** Opens the sink of a route when it is needed, and again after that sink has closed. */
  open(route: VoiceRoute): Promise<AudioSink>;
  /**
   * Resolves when listeners receive a sink that was just opened. Audio waits that long; silence leaves. Bounded by its owner.
   * `signal` aborts when the voice is closed. Default: at once.
   */
  connect?(route: VoiceRoute, signal: AbortSignal): Promise<void>;
  /**
   * The route in use does not work: its sink closed by itself or refused audio, or could not be opened. Audio waits until
   * {@link RoutedAudioSink.switchTo} says where it goes, which may be the same route again. Never called from within a call
   * of the sink.
   */
  onFailed(error: VoiceRouteError): void;
  /** The voice has another route now, and its sink takes audio. */
  onRoute?(route: VoiceRoute): void;
  /** Something was written. */
  onWritten?(): void;
  /** What was not played was dropped: an interruption, here or at the far end. */
  onFlushed?(): void;
}

type State =
  | { readonly is: "opening"; readonly route: VoiceRoute }
  | { readonly is: "open"; readonly route: VoiceRoute; readonly leg: RouteLeg }
  | { readonly is: "failed"; readonly route: VoiceRoute };

/**
 * An {@link AudioSink} over two: the voice has one route at a time. A switch flushes the old one, and what was written and not
 * heard is written again on the other, from the start of the word that was cut. The code above notices nothing of it: its
 * positions count what was written to this sink, each sample once, and what was played never falls. Whoever switches decides
 * when: this class knows neither pals nor calls.
 *
 * While a route opens, audio waits. It is bounded as everywhere: a writer follows {@link preferredLeadMs}.
 */
export class RoutedAudioSink implements AudioSink {
  readonly sampleRate: number;
  readonly channels: number;
  readonly #options: RoutedAudioSinkOptions;
  readonly #audio: RecentAudio;
  readonly #waits = new PlayoutWaits();
  readonly #sinks = new Map<VoiceRoute, AudioSink>();
  readonly #openings = new Map<VoiceRoute, Promise<AudioSink>>();
  #state: State;
  /** Where the current leg begins, once it is open. */
  #from = 0;
  #left = 0;
  #played = 0;
  #held = false;
  #inUtterance = false;
  #returnsTo: VoiceRoute | undefined;
  /** Ends what waits for a sink to open. */
  readonly #over = new AbortController();
  #closing: Promise<void> | undefined;

  /** Sample rate and channels are those of the first sink; the other one must have the same. */
  constructor(options: RoutedAudioSinkOptions) {
    const { route, sink } = options.first;
    this.#options = options;
    this.sampleRate = sink.sampleRate;
    this.channels = sink.channels;
    this.#audio = new RecentAudio({ sampleRate: this.sampleRate, channels: this.channels, keepMs: KEEP_MS });
    this.#sinks.set(route, sink);
    this.#state = { is: "open", route, leg: this.#createLeg(sink) };
  }

  /** The route of the voice; it may still be opening. */
  get route(): VoiceRoute {
    return this.#state.route;
  }

  /** "opening": audio waits for the sink. "failed": audio waits for {@link switchTo}. */
  get routeState(): State["is"] {
    return this.#state.is;
  }

  get preferredLeadMs(): number | undefined {
    return this.#sinks.get(this.route)?.preferredLeadMs;
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  get writtenSamples(): number {
    return this.#audio.end;
  }

  get playedSamples(): number {
    this.#update();
    return this.#played;
  }

  /** How far the current route has played, also while {@link holdPlayed} keeps {@link playedSamples} back. */
  get leftSamples(): number {
    this.#update();
    return this.#left;
  }

  /** Whether there is speech, not only silence, between two positions that were written lately. */
  isLoud(from: number, to: number): boolean {
    return this.#audio.isLoud(from, to);
  }

  write(pcm: Int16Array): boolean {
    const waiting = this.writtenSamples - this.playedSamples + pcm.length / this.channels;
    if (this.closed || (waiting * 1000) / this.sampleRate > CAPACITY_MS) return false;
    this.#inUtterance = true;
    this.#audio.add(pcm);
    this.#advance();
    this.#options.onWritten?.();
    return true;
  }

  markWord(position: number): void {
    this.#audio.markWord(position);
  }

  endUtterance(): void {
    if (this.closed) return;
    this.#inUtterance = false;
    this.#audio.markUtteranceEnd();
    this.#advance();
  }

  flush(): number {
    this.#inUtterance = false;
    if (this.#state.is === "open") this.#setLeft(this.#state.leg.flush());
    this.#forget();
    return this.#played;
  }

  whenPlayed(position: number): Promise<PlayoutOutcome> {
    const outcome = this.#waits.add(position, this.playedSamples);
    this.#advance();
    return outcome;
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  /**
   * Changes the route at once. What was written and not heard is said again there, from the start of the word that was cut.
   * `heardPosition`: the last that was heard, where that is known to be less than what was played. Does nothing for the
   * route in use, unless it has failed: then its sink is opened again.
   */
  switchTo(route: VoiceRoute, heardPosition = Infinity): void {
    if (this.closed || (route === this.route && this.#state.is !== "failed")) return;
    this.#returnsTo = undefined;
    this.#leave();
    this.#from = this.#audio.repeatFrom(Math.min(heardPosition, this.#left));
    this.#left = this.#from;
    this.#held = false;
    const state: State = { is: "opening", route };
    this.#state = state;
    void this.#enter(state);
  }

  /** Changes the route as soon as nothing is being said: at the end of an utterance, when all of it has been played. */
  switchWhenIdle(route: VoiceRoute): void {
    this.#returnsTo = route;
    this.#returnIfIdle();
  }

  /** Takes a {@link switchWhenIdle} back. */
  stay(): void {
    this.#returnsTo = undefined;
  }

  /** {@link playedSamples} stays where it is: what leaves now may not be heard. Until {@link releaseHold} or a switch. */
  holdPlayed(): void {
    this.#update();
    this.#held = true;
  }

  /** What has left in the meantime was heard after all. */
  releaseHold(): void {
    this.#held = false;
    this.#progress();
  }

  /** Ends the current leg. What was played on it counts, unless it is held back. */
  #leave(): void {
    if (this.#state.is !== "open") return;
    const { leg } = this.#state;
    leg.end();
    try {
      this.#setLeft(leg.flush());
    } catch {
      // A sink that fails may fail at this as well; what it has played is known.
    }
  }

  /** Never rejects. */
  async #enter(state: State): Promise<void> {
    const { route } = state;
    try {
      const sink = this.#sinks.get(route);
      if (sink && !sink.closed && !this.#openings.has(route)) this.#begin(state, sink);
      else this.#begin(state, await this.#open(route));
    } catch (thrown) {
      this.#fail(state, thrown);
    }
  }

  /** Resolves when the sink is open and has connected. */
  #open(route: VoiceRoute): Promise<AudioSink> {
    const opening = this.#openings.get(route) ?? this.#openNew(route);
    this.#openings.set(route, opening);
    return opening;
  }

  async #openNew(route: VoiceRoute): Promise<AudioSink> {
    const { clock } = this.#options;
    const { signal } = this.#over;
    const closed = deferred<never>();
    signal.addEventListener("abort", () => closed.reject(signal.reason as Error), { once: true });
    const opening = this.#options.open(route);
    try {
      const opened = Promise.race([opening, closed.promise]);
      const sink = await withDeadline(clock, opened, OPEN_TIMEOUT_MS, `Opening the ${route}`);
      this.#sinks.set(route, sink);
      await this.#options.connect?.(route, signal);
      return sink;
    } catch (thrown) {
      opening.then(closeQuietly, () => undefined);
      throw thrown;
    } finally {
      this.#openings.delete(route);
    }
  }

  #begin(state: State, sink: AudioSink): void {
    if (this.#state !== state || this.closed) return;
    this.#state = { is: "open", route: state.route, leg: this.#createLeg(sink) };
    this.#options.onRoute?.(state.route);
    this.#advance();
  }

  #createLeg(sink: AudioSink): RouteLeg {
    const leg: RouteLeg = new RouteLeg({
      sink,
      audio: this.#audio,
      from: this.#from,
      onProgress: () => this.#progress(),
      onFlushedByFarEnd: () => this.#flushedByFarEnd(),
      onFailed: (cause) => {
        if (this.#state.is === "open" && this.#state.leg === leg) this.#fail(this.#state, cause);
      },
    });
    return leg;
  }

  #fail(state: State, cause: unknown): void {
    if (this.#state !== state || this.closed) return;
    const { route } = state;
    if (state.is === "open") {
      this.#setLeft(state.leg.played);
      void closeQuietly(state.leg.sink);
    }
    this.#sinks.delete(route);
    const failed: State = { is: "failed", route };
    this.#state = failed;
    queueMicrotask(() => {
      if (this.#state === failed && !this.closed) this.#options.onFailed(new VoiceRouteError(route, cause));
    });
  }

  #update(): void {
    if (this.#state.is === "open") this.#setLeft(this.#state.leg.played);
  }

  #setLeft(position: number): void {
    this.#left = position;
    if (!this.#held) this.#played = Math.max(this.#played, position);
  }

  #progress(): void {
    this.#update();
    this.#waits.settleReached(this.#played);
    this.#audio.trim(Math.min(this.#played, this.#left));
    this.#returnIfIdle();
    this.#advance();
  }

  #advance(): void {
    if (this.#state.is !== "open" || this.closed) return;
    this.#state.leg.advance(this.#held ? undefined : this.#waits.nextPosition);
  }

  #flushedByFarEnd(): void {
    this.#inUtterance = false;
    this.#update();
    this.#forget();
  }

  /** What was not played will not be, on any route. */
  #forget(): void {
    this.#audio.clear(this.#played);
    this.#left = this.#played;
    this.#from = this.#played;
    this.#held = false;
    if (this.#state.is === "open") this.#state.leg.restart(this.#played);
    this.#waits.settleReached(this.#played);
    this.#waits.flush();
    this.#options.onFlushed?.();
    this.#returnIfIdle();
  }

  #returnIfIdle(): void {
    const route = this.#returnsTo;
    if (route === undefined || this.#inUtterance || this.playedSamples < this.writtenSamples) return;
    this.switchTo(route);
  }

  async #close(): Promise<void> {
    if (this.#state.is === "open") this.#state.leg.end();
    this.#waits.close();
    this.#over.abort(new DOMException("The voice is closed.", "AbortError"));
    await Promise.all([...this.#sinks.values()].map(closeQuietly));
  }
}

async function closeQuietly(sink: AudioSink): Promise<void> {
  try {
    await sink.close();
  } catch {
    // It is gone either way.
  }
}
