import type { AudioChunker } from "./audio-chunker.ts";
import type { BackgroundSound } from "./background-sound.ts";
import { isSpeechToEnd, survives, type Entry } from "./entries.ts";
import type { EntryQueue } from "./entry-queue.ts";
import type { BegunInterruption } from "./interruption.ts";
import type { FlushedEntries, Player } from "./player.ts";
import { releaseEntry, type ReleaseGate } from "./release-gate.ts";
import type { UtteranceTracker } from "./utterance-tracker.ts";

/** The parts of a sender that an interruption works on. */
export interface InterruptibleParts {
  readonly chunker: AudioChunker;
  readonly queue: EntryQueue;
  readonly player: Player;
  readonly tracker: UtteranceTracker;
  readonly gate: ReleaseGate;
  /** Undefined when there is none, or when nothing can be heard any more. */
  readonly background: BackgroundSound | undefined;
  /** Plays what is left. */
  advance(): void;
}

type Stage =
  /** Speech that must be heard to its end goes on. */
  | { readonly kind: "playsOn" }
  /** Silent; what was taken out of the queue waits for the second step. */
  | { readonly kind: "silent"; readonly flushed: FlushedEntries }
  | { readonly kind: "released" };

/** The interruption of one sender. Its creation is the first step. */
export class SenderInterruption implements BegunInterruption {
  readonly #parts: InterruptibleParts;
  /** Spares nothing. */
  readonly #all: boolean;
  #stage: Stage;

  constructor(parts: InterruptibleParts, all: boolean) {
    this.#parts = parts;
    this.#all = all;
    this.#stage = !all && parts.player.playsToEnd() ? this.#flushBehind() : this.#flush();
  }

  get playsOn(): boolean {
    return this.#stage.kind === "playsOn";
  }

  releaseHeard(): boolean {
    if (this.#stage.kind !== "silent") return false;
    const { flushed } = this.#stage;
    this.#stage = { kind: "released" };
    const { tracker, queue } = this.#parts;
    const { released, unheard } = this.#releaseWritten(flushed);
    const timed = tracker.flushTimed(({ uninterruptible }) => uninterruptible && !this.#all);
    const left = [...unheard, ...flushed.pending];
    const toEnd = this.#all ? -1 : left.findIndex(isSpeechToEnd);
    this.#passOn(toEnd < 0 ? left : left.slice(0, toEnd));
    // What must be heard to its end has not begun: it is said next, and what survives keeps its place behind it.
    if (toEnd >= 0) queue.restore(left.slice(toEnd).filter(survives));
    for (const frame of timed) if (frame.uninterruptible) this.#parts.gate.push(frame);
    return released;
  }

  stopSpeaking(): void {
    const { tracker, queue } = this.#parts;
    if (!this.playsOn) tracker.stopSpeaking();
    if (queue.nextPending) this.#parts.advance();
  }

  #flush(): Stage {
    const { player, tracker } = this.#parts;
    const flushed = player.flush();
    if (this.#all || !tracker.arriving?.uninterruptible) this.#flushArriving();
    tracker.stopFallback();
    this.#resumeBackground(flushed.pending);
    return { kind: "silent", flushed };
  }

  #flushBehind(): Stage {
    const { player, tracker, gate } = this.#parts;
    this.#controlBackground(player.flushBehind());
    if (!tracker.arriving?.uninterruptible) this.#flushArriving();
    for (const frame of tracker.flushTimed(({ uninterruptible }) => uninterruptible))
      if (frame.uninterruptible) gate.push(frame);
    return { kind: "playsOn" };
  }

  /** An interruption is no reason for the background to pause. */
  #resumeBackground(flushed: readonly Entry[]): void {
    const { player, gate, background } = this.#parts;
    if (!background) return;
    this.#controlBackground(flushed);
    if (gate.listening === "awaited") return;
    player.writeBackground();
    player.awaitNext();
  }

  /** Settings that waited among the flushed entries are not lost. */
  #controlBackground(flushed: readonly Entry[]): void {
    for (const entry of flushed) if (entry.kind === "frame") this.#parts.background?.control(entry.frame);
  }

  #flushArriving(): void {
    this.#parts.chunker.flush();
    this.#parts.tracker.close();
  }

  /** Releases the written entries up to the position heard; the others were not heard, or not to their end. */
  #releaseWritten({ written, heard }: FlushedEntries): { readonly released: boolean; readonly unheard: Entry[] } {
    const { player, tracker, gate } = this.#parts;
    let released = false;
    const unheard: Entry[] = [];
    for (const { entry, from, to } of written) {
      if (entry.kind === "silence") continue;
      if (entry.kind === "audio" && from < heard) tracker.chunkStarted(entry, player.heardAtMs(from, heard));
      if (to <= heard) {
        released ||= entry.kind !== "background";
        releaseEntry(entry, gate, tracker);
      } else if (entry.kind !== "background") {
        unheard.push(entry);
      }
    }
    return { released, unheard };
  }

  /** What nobody will hear: marks are reached, uninterruptible frames pass on, all else is gone. */
  #passOn(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.kind === "mark") entry.reached.resolve(undefined);
      else if (entry.kind !== "audio" && entry.frame?.uninterruptible) this.#parts.gate.push(entry.frame);
    }
  }
}
