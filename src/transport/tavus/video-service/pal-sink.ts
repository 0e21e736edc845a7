import { ClockPlayout } from "../../playout/clock-playout.ts";
import { PlayoutLedger } from "../../playout/playout-ledger.ts";
import type { AudioSink, PlayoutOutcome } from "../../playout/audio-sink.ts";
import type { Clock } from "../../../util/clock.ts";
import { type ReturnedBlock, ReturnedVoice } from "./returned-voice.ts";

const DEFAULT_LEAD_MS = 200;

export interface PalSinkOptions {
  readonly clock: Clock;
  /** In Hz, of every sink that is used. */
  readonly sampleRate: number;
  /** Whether a silent pal holds the account. */
  readonly holds: boolean;
}

/** Where audio goes: to a pal, through the sink of its delivery, or nowhere, where it is played as soon as it is written. */
type Route =
  | { readonly is: "straight" }
  /** `offset`: our position less that of the sink; `left`: what has left it. */
  | { readonly is: "pal"; readonly sink: AudioSink; readonly left: LeftSamples; offset: number };

/** How much has left for the pal, by our positions. */
interface LeftSamples {
  /** As the sink has it, where it plays in real time; undefined where it sends ahead of that. */
  readonly paced: AudioSink | undefined;
  /** What was sent ahead the pal says in real time: this says when that would be if it did so at once. */
  readonly model: ClockPlayout;
  modelOffset: number;
}

type PalRoute = Extract<Route, { is: "pal" }>;

const STRAIGHT: Route = { is: "straight" };

/**
 * The pal as a sink whose account is what *returns* from it: "played" is what its microphone was heard to say. So all above
 * (words, the end of an utterance, what an interruption cuts) follows what users hear, for both deliveries. Between pals it
 * plays at once: then its owner passes the audio on by itself.
 */
export class PalSink implements AudioSink {
  readonly sampleRate: number;
  readonly channels = 1;
  readonly #clock: Clock;
  readonly #ledger = new PlayoutLedger();
  readonly #voice: ReturnedVoice;
  readonly #positions = new WeakMap<Int16Array, number>();
  #route: Route = STRAIGHT;

  constructor({ clock, sampleRate, holds }: PalSinkOptions) {
    this.sampleRate = sampleRate;
    this.#clock = clock;
    this.#voice = new ReturnedVoice(sampleRate, { holds });
  }

  /** Whether audio goes to a pal. */
  get routed(): boolean {
    return this.#route.is === "pal";
  }

  /** From sending until it returns, in milliseconds; undefined until it has been measured. */
  get latencyMs(): number | undefined {
    return this.#voice.latencyMs;
  }

  get writtenSamples(): number {
    return this.#ledger.written;
  }

  get playedSamples(): number {
    return this.#ledger.played;
  }

  /** How much has certainly returned. */
  get certainSamples(): number {
    return this.#route.is === "pal" ? this.#voice.certainPosition : this.#ledger.played;
  }

  get closed(): boolean {
    return this.#ledger.closed;
  }

  /** Ahead of what has returned by as much as the pal's own sink prefers, and by what is on its way. */
  get preferredLeadMs(): number {
    const route = this.#route;
    if (route.is === "straight") return Infinity;
    const onItsWay = route.sink.playedSamples + route.offset - this.#ledger.played;
    return (route.sink.preferredLeadMs ?? DEFAULT_LEAD_MS) + Math.max(0, (onItsWay * 1000) / this.sampleRate);
  }

  /** The position at which this audio was written; undefined if it was not. */
  positionOf(pcm: Int16Array): number | undefined {
    return this.#positions.get(pcm);
  }

  /** From here on audio goes to a pal. To be called while nothing waits to be heard. `isPaced`: the sink plays in real time. */
  usePal(sink: AudioSink, isPaced: boolean): void {
    const position = this.#ledger.written;
    this.#ledger.playedUpTo(position);
    const model = new ClockPlayout({ clock: this.#clock, sampleRate: this.sampleRate });
    const left = { paced: isPaced ? sink : undefined, model, modelOffset: position };
    this.#route = { is: "pal", sink, left, offset: position - sink.writtenSamples };
    this.#voice.begin(position);
    this.#poll();
  }

  /** From here on audio is played as soon as it is written; what waits is, now. */
  goStraight(): void {
    this.#route = STRAIGHT;
    this.#ledger.playedUpTo(this.#ledger.written);
  }

  /** Takes a block that has returned. Returns whether it may be heard: it is not from before an interruption. */
  returned(block: ReturnedBlock): boolean {
    if (this.#route.is === "straight") return false;
    this.#poll();
    const passes = this.#voice.returned(block);
    this.#ledger.playedUpTo(this.#voice.position);
    return passes;
  }

  /** For how long sound that was sent has been missing by now, in milliseconds. */
  missingMs(): number {
    if (this.#route.is === "straight") return 0;
    this.#poll();
    return this.#voice.missingMs(this.#clock.nowMs());
  }

  write(pcm: Int16Array): boolean {
    if (this.closed) return false;
    const from = this.#ledger.written;
    const route = this.#route;
    if (route.is === "pal" && !this.#send(route, pcm, from)) return false;
    this.#positions.set(pcm, from);
    this.#ledger.wrote(pcm.length);
    if (route.is === "straight") this.#ledger.playedUpTo(this.#ledger.written);
    return true;
  }

  endUtterance(): void {
    if (this.#route.is === "pal") this.#route.sink.endUtterance();
  }

  flush(): number {
    const route = this.#route;
    const heard = this.#ledger.flush();
    if (route.is === "pal") {
      route.sink.flush();
      this.#rebase(route, heard);
      this.#voice.interrupted(heard);
    }
    return heard;
  }

  whenPlayed(position: number): Promise<PlayoutOutcome> {
    return this.#ledger.whenPlayed(position);
  }

  /** Closes the account; the pal's own sink is its owner's. */
  close(): Promise<void> {
    this.#route = STRAIGHT;
    this.#ledger.close();
    return Promise.resolve();
  }

  /** What a dead sink does not take is not lost: it will be said without the pal. */
  #send({ sink, left }: PalRoute, pcm: Int16Array, from: number): boolean {
    if (sink.closed) return true;
    const { played, written } = left.model;
    const isIdle = left.paced ? sink.playedSamples >= sink.writtenSamples : played >= written;
    if (!sink.write(pcm)) return sink.closed;
    left.model.wrote(pcm.length);
    this.#voice.sent.wrote(pcm, from, isIdle);
    return true;
  }

  /** Brings the account of what has left up to date. */
  #poll(): void {
    const route = this.#route;
    if (route.is === "straight") return;
    // The far end has flushed what it had not said; nobody here interrupted.
    if (!route.sink.closed && route.sink.writtenSamples + route.offset < this.#ledger.written) {
      const heard = this.#ledger.flush();
      this.#rebase(route, heard);
      this.#voice.interrupted(heard);
    }
    const { left, offset } = route;
    const position = left.paced ? left.paced.playedSamples + offset : left.model.played + left.modelOffset;
    this.#voice.sent.leftUpTo(position, this.#clock.nowMs());
  }

  #rebase(route: PalRoute, position: number): void {
    route.offset = position - route.sink.writtenSamples;
    route.left.model.flush();
    route.left.modelOffset = position - route.left.model.written;
  }
}
