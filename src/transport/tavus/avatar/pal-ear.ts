import type { Clock, TimerHandle } from "../../../util/clock.ts";
import { PalLatency } from "./pal-latency.ts";
import { SentSpeech, type SpeechStretch } from "./sent-speech.ts";

const POLL_MS = 50;
/** Speech and silence are separated in pieces of this length. */
const PIECE_MS = 10;
/** A poll that is later than this was held up. */
const MAX_POLL_MS = 250;
/** Beyond the latency: how late sound may be without a doubt, in milliseconds. */
const GRACE_MS = 500;
/** Less speech than this may get lost, or be a click; nothing follows from it. In milliseconds. */
const LEAST_SPEECH_MS = 150;
/** Sound of this length says that a pal that was silent speaks again, in milliseconds. */
const HEARD_AGAIN_MS = 200;
/** The latency is known no better than this: so little at the end of a word is not missing, in milliseconds. */
const MEASURING_MS = 100;
/** Older sound and speech play no part, in milliseconds, on top of what the options ask for. */
const MEMORY_MS = 10_000;

/** The voice on the pal's route, as far as the ear looks at it. Positions count samples per channel. */
export interface SentVoice {
  /** In Hz. */
  readonly sampleRate: number;
  /** How much has left for the pal. */
  readonly leftSamples: number;
  /** How much has been written. */
  readonly writtenSamples: number;
  isLoud(from: number, to: number): boolean;
}

/** What a {@link PalEar} needs. */
export interface PalEarOptions {
  readonly clock: Clock;
  readonly voice: SentVoice;
  /** How long nothing may be heard of what is due, in milliseconds. 0: for ever. */
  readonly silenceTimeoutMs: number;
  /** How far it is from certain when what was sent is due, in milliseconds: sound this early counts for it. */
  readonly toleranceMs: number;
  /** Nothing is heard although something is due: what leaves from now on may not be heard either. */
  readonly onHeld: () => void;
  /** It is heard after all. */
  readonly onReleased: () => void;
  /** Nothing has been heard for too long. Once, until the pal is heard again. */
  readonly onSilent: () => void;
  /** A pal that was silent makes a sound again. */
  readonly onHeardAgain: () => void;
}

type State = { readonly is: "content" } | { readonly is: "doubting" } | { readonly is: "silent"; soundMs: number };

/**
 * Compares what leaves for the pal with what is heard of it, by loudness alone. "Sent, not heard" is the one sign of a pal
 * that is in the room and mute. Pauses within speech are no sign of anything: only audible speech is ever due. Until the
 * first sound block arrives the ear knows nothing, and says nothing.
 */
export class PalEar {
  readonly #options: PalEarOptions;
  readonly #sent = new SentSpeech();
  readonly #latency = new PalLatency();
  #state: State = { is: "content" };
  /** Whether blocks of the pal's sound arrive. */
  #hears = false;
  #lastHeardMs = -Infinity;
  /** When the pal last reported that it speaks. */
  #lastReportMs = -Infinity;
  #left = 0;
  #lookedAtMs = -Infinity;
  #timer: TimerHandle;
  #watching = false;

  constructor(options: PalEarOptions) {
    this.#options = options;
  }

  /** The voice takes the pal's route: what leaves from now on is due. */
  watch(): void {
    this.#watching = true;
    this.flushed();
    this.wake();
  }

  /** The voice takes another route. The ear still hears whether a silent pal speaks again. */
  rest(): void {
    this.#watching = false;
    if (this.#state.is === "doubting") this.#state = { is: "content" };
    this.flushed();
    this.#stopPolling();
  }

  /** Something was written: it is going to leave. */
  wake(): void {
    if (this.#watching && this.#timer === undefined) this.#poll();
  }

  /** What was sent was interrupted: none of it is due any more. */
  flushed(): void {
    this.#left = this.#options.voice.leftSamples;
    this.#sent.clear();
    this.#latency.forgetOnset();
    if (this.#state.is === "doubting") this.#release();
  }

  /** A block of the pal's sound has arrived. `durationMs`: how long it lasts. */
  heard(isLoud: boolean, durationMs: number): void {
    this.#hears = true;
    if (isLoud) this.#soundHeard(durationMs);
    else if (this.#state.is === "silent") this.#state.soundMs = 0;
  }

  /** The pal reports that it speaks now: a sign of life, as a sound is. That it has stopped says nothing: so does a mute one. */
  reportedSpeech(): void {
    this.#lastReportMs = this.#now;
    if (this.#state.is === "doubting") this.#release();
  }

  /** The pal is another one, or gone. Nothing is heard until the next block. */
  forgetPal(): void {
    this.#hears = false;
    this.#lastHeardMs = -Infinity;
    this.#lastReportMs = -Infinity;
    this.#latency.forget();
    if (this.#state.is === "doubting") this.#release();
    this.#state = { is: "content" };
  }

  close(): void {
    this.#watching = false;
    this.#stopPolling();
  }

  /** How long the pal takes from what leaves here to its sound, in milliseconds; undefined until that was measured. */
  get latencyMs(): number | undefined {
    return this.#latency.medianMs;
  }

  /**
   * The position of the voice that was heard last. What left so shortly before the pal's sound stopped that it was still on
   * its way was not heard. Undefined where the ear knows nothing.
   */
  heardPosition(): number | undefined {
    if (!this.#hears || !this.#watching) return undefined;
    this.#look();
    const heardUpToMs = this.#lastHeardMs - (this.#latency.medianMs ?? 0);
    const isRecent = this.#now - this.#lastHeardMs < GRACE_MS;
    const first = this.#sent.firstEndingAfter(heardUpToMs + MEASURING_MS);
    const isCut = first !== undefined && (isRecent || this.#missing() !== undefined);
    return isCut ? this.#sent.positionAt(heardUpToMs, first) : this.#options.voice.leftSamples;
  }

  get #now(): number {
    return this.#options.clock.nowMs();
  }

  #soundHeard(durationMs: number): void {
    // A pal may be faster than the next poll.
    if (this.#watching && this.#now - this.#lastHeardMs > POLL_MS) this.#look();
    this.#lastHeardMs = this.#now;
    this.#latency.heard(this.#now - durationMs);
    if (this.#state.is === "doubting" && !this.#isDue(0)) this.#release();
    if (this.#state.is !== "silent") return;
    this.#state.soundMs += durationMs;
    if (this.#state.soundMs < HEARD_AGAIN_MS) return;
    this.#state = { is: "content" };
    this.#options.onHeardAgain();
  }

  #release(): void {
    this.#state = { is: "content" };
    this.#options.onReleased();
  }

  #poll(): void {
    this.#stopPolling();
    this.#look();
    // After a stall of this process, the sound that arrived during it is still to be counted.
    const isLate = this.#now - this.#lookedAtMs > MAX_POLL_MS;
    this.#lookedAtMs = this.#now;
    if (!isLate) this.#judge();
    if (this.#watching && this.#isBusy()) this.#timer = this.#options.clock.setTimeout(() => this.#poll(), POLL_MS);
  }

  #stopPolling(): void {
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Whether something is leaving, or is due. */
  #isBusy(): boolean {
    if (this.#options.voice.writtenSamples > this.#left) return true;
    return this.#hears && this.#state.is !== "silent" && this.#missing() !== undefined;
  }

  /** Takes down what has left since the last time. */
  #look(): void {
    const { voice, silenceTimeoutMs } = this.#options;
    const from = this.#left;
    const to = voice.leftSamples;
    this.#left = to;
    const nowMs = this.#now;
    this.#sent.forgetBefore(nowMs - silenceTimeoutMs - MEMORY_MS);
    const piece = Math.max(1, Math.round((PIECE_MS * voice.sampleRate) / 1000));
    const toMs = (position: number): number => nowMs - ((to - position) * 1000) / voice.sampleRate;
    for (let at = from; at < to; at += piece) {
      const end = Math.min(to, at + piece);
      if (voice.isLoud(at, end)) this.#spoke({ from: at, to: end, startMs: toMs(at), endMs: toMs(end) });
    }
  }

  #spoke(stretch: SpeechStretch): void {
    const { startMs } = stretch;
    this.#latency.sent(startMs, startMs - this.#sent.lastMs, startMs - this.#lastHeardMs);
    this.#sent.add(stretch);
  }

  #judge(): void {
    if (!this.#hears || this.#state.is === "silent") return;
    const { silenceTimeoutMs } = this.#options;
    if (this.#state.is === "content" && this.#isDue(GRACE_MS)) {
      this.#state = { is: "doubting" };
      this.#options.onHeld();
    }
    if (silenceTimeoutMs === 0 || this.#state.is !== "doubting" || !this.#isDue(silenceTimeoutMs)) return;
    this.#options.onSilent();
    this.#state = { is: "silent", soundMs: 0 };
  }

  /** Whether speech has not been heard that was due at least so long ago. */
  #isDue(forMs: number): boolean {
    const missing = this.#missing();
    return missing !== undefined && missing.startMs <= this.#now - this.#latency.highestMs - forMs;
  }

  #missing(): SpeechStretch | undefined {
    const first = this.#firstUnheard();
    return first && this.#sent.durationFrom(first) >= LEAST_SPEECH_MS ? first : undefined;
  }

  /** The first speech that certainly was not heard. */
  #firstUnheard(): SpeechStretch | undefined {
    const lastSignMs = Math.max(this.#lastHeardMs, this.#lastReportMs);
    return this.#sent.firstAfter(lastSignMs - this.#latency.lowestMs + this.#options.toleranceMs);
  }
}
