import { AggregatedTextFrame, TTSAudioRawFrame, type Frame, type TTSStartedFrame } from "../../../frames/index.ts";
import type { Clock, TimerHandle } from "../../../util/clock.ts";
import type { AudioEntry, UtteranceEndEntry } from "./entries.ts";
import type { MediaSenderHost } from "./media-sender-options.ts";
import type { ReleaseGate } from "./release-gate.ts";
import { SpeechState } from "./speech-state.ts";
import { TimedFrames } from "./timed-frames.ts";
import { createUtterance, type Utterance } from "./utterance.ts";

/** Without a TTSStoppedFrame, an utterance ends when no audio has arrived or played for this long. */
const UTTERANCE_FALLBACK_MS = 3000;

/** What an {@link UtteranceTracker} needs. */
export interface UtteranceTrackerOptions {
  /** Set on the frames that say whether the bot speaks; undefined is the transport's default destination. */
  readonly destination: string | undefined;
  readonly clock: Clock;
  readonly gate: ReleaseGate;
  readonly broadcast: MediaSenderHost["broadcast"];
  /** No audio has arrived or played for 3 s: the utterance is over. */
  readonly onFallback: () => void;
}

/**
 * Follows utterances from their first frame to their end: which one is arriving, whether the bot is speaking, which timed
 * frames are due, and when an utterance ends that nobody ended.
 */
export class UtteranceTracker {
  readonly #options: UtteranceTrackerOptions;
  readonly #speech: SpeechState;
  readonly #timed: TimedFrames;
  #arriving: Utterance | undefined;
  #fallback: TimerHandle;
  /** The context whose beginning the far end has flushed: its rest would make no sense, and is not said. */
  #voidContextId: string | undefined;
  #lastHeardMs: number | undefined;

  constructor(options: UtteranceTrackerOptions) {
    const { clock, destination, broadcast, gate } = options;
    this.#options = options;
    this.#speech = new SpeechState(clock, destination, broadcast);
    this.#timed = new TimedFrames(clock, (frame) => gate.pass(frame));
  }

  /** The utterance that is arriving; undefined between two. */
  get arriving(): Utterance | undefined {
    return this.#arriving;
  }

  /** Whether the bot counts as speaking. */
  get speaking(): boolean {
    return this.#speech.speaking;
  }

  /** When the last audio was heard, on the clock's time; undefined before any. */
  get lastHeardMs(): number | undefined {
    return this.#lastHeardMs;
  }

  /** Whether the frame belongs to an utterance whose beginning the far end has flushed. */
  isVoid(frame: Frame): boolean {
    if (!(frame instanceof TTSAudioRawFrame || frame instanceof AggregatedTextFrame)) return false;
    return frame.contextId !== undefined && frame.contextId === this.#voidContextId;
  }

  /** The far end has flushed the beginning of this context; undefined when it has none. */
  voidContext(contextId: string | undefined): void {
    this.#voidContextId = contextId;
  }

  /** The utterance that is arriving; begins one where there is none. */
  open(): Utterance {
    return (this.#arriving ??= createUtterance(this.#options.clock.nowMs()));
  }

  /** Audio is going to arrive: words may arrive before it. */
  announceAudio({ interruptible }: TTSStartedFrame): void {
    const utterance = this.open();
    utterance.hasAudio = true;
    utterance.uninterruptible ||= !interruptible;
  }

  /** Audio has arrived. */
  audioArrived(): void {
    this.stopFallback();
    this.open().hasAudio = true;
  }

  /** A frame with a time of its own has arrived. */
  addTimed(frame: Frame): void {
    this.#timed.add(frame, this.open());
  }

  /** Where words are known to start within a chunk, in milliseconds from its beginning. */
  wordsIn({ utterance, offsetMs, frame }: AudioEntry): readonly number[] {
    return this.#timed.wordsIn(utterance, offsetMs, offsetMs + frame.durationMs).map((ms) => ms - offsetMs);
  }

  /** What arrives next belongs to another utterance. */
  close(): void {
    this.#arriving = undefined;
  }

  /** The first sample of the chunk has been played, at `sinceMs`. Later calls for the same chunk do nothing. */
  chunkStarted(entry: AudioEntry, sinceMs: number): void {
    if (entry.started) return;
    entry.started = true;
    const { utterance, offsetMs, frame } = entry;
    if (this.#options.gate.listening !== "unheard") this.#speech.chunkStarted(frame);
    utterance.shiftMs ??= sinceMs - utterance.arrivedMs;
    utterance.playing = { fromMs: offsetMs, toMs: offsetMs + frame.durationMs, sinceMs };
    this.#timed.update();
  }

  /** The last sample of the chunk has been played. */
  chunkPlayed(entry: AudioEntry): void {
    this.#lastHeardMs = this.#options.clock.nowMs();
    this.#speech.chunkPlayed(entry.frame);
  }

  /** The utterance has been heard to its end, and so have its words. */
  releaseWords({ utterance }: UtteranceEndEntry): void {
    this.#timed.releaseUtterance(utterance);
  }

  /** The end of an utterance has been heard: the bot stops speaking. */
  endHeard(end: UtteranceEndEntry): void {
    this.releaseWords(end);
    if (end.frame) this.#speech.utteranceEnded();
    else this.#speech.stop();
  }

  /** All has been heard: if no end follows, the fallback ends the utterance. */
  startFallback(): void {
    if (this.#fallback !== undefined || !(this.#speech.speaking || this.#arriving?.hasAudio === true)) return;
    const { clock, onFallback } = this.#options;
    this.#fallback = clock.setTimeout(onFallback, UTTERANCE_FALLBACK_MS);
  }

  /** Audio or an end has arrived after all. */
  stopFallback(): void {
    if (this.#fallback !== undefined) this.#options.clock.clearTimeout(this.#fallback);
    this.#fallback = undefined;
  }

  /** Releases the timed frames that are due and returns those that never will be: all but those of what goes on. */
  flushTimed(goesOn: (utterance: Utterance) => boolean): Frame[] {
    return this.#timed.flush(goesOn);
  }

  /** The bot was interrupted, and is not heard any more. */
  stopSpeaking(): void {
    this.stopFallback();
    this.#speech.stop();
  }

  /** Resolves when no timed frame waits any more. */
  whenTimedFramesLeft(): Promise<void> {
    return this.#timed.whenIdle();
  }
}
