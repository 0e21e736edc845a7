import { whenFramesCrossed } from "../../../pipeline/engine/when-frames-crossed.ts";
import type { Clock } from "../../../util/clock.ts";
import type { AudioSink } from "../../playout/audio-sink.ts";
import type { BackgroundSound } from "./background-sound.ts";
import type { AudioEntry, Entry, UtteranceEndEntry, Written } from "./entries.ts";
import type { EntryQueue, TakenEntries } from "./entry-queue.ts";
import { releaseEntry, type ReleaseGate } from "./release-gate.ts";
import type { SinkWriter } from "./sink-writer.ts";
import type { UtteranceTracker } from "./utterance-tracker.ts";
import type { Utterance } from "./utterance.ts";

/** What a {@link Player} needs. */
export interface PlayerOptions {
  readonly clock: Clock;
  readonly sink: AudioSink;
  readonly queue: EntryQueue;
  readonly writer: SinkWriter;
  readonly tracker: UtteranceTracker;
  readonly gate: ReleaseGate;
  readonly background: BackgroundSound | undefined;
  /** What was awaited has happened: to be followed by {@link Player.advance}. */
  readonly onReady: () => void;
  /** The far end has flushed what it had not played; nobody here interrupted. `onReady` follows. */
  readonly onFlushedByFarEnd: () => void;
}

/** What a flush took out of the sink and the queue. */
export interface FlushedEntries extends TakenEntries {
  /** The sink's position that was heard. */
  readonly heard: number;
}

/**
 * Plays a queue on a sink: writes what is pending, waits until it has been heard, and releases it then. It remembers only
 * what it waits for. Each wait is an object of its own, so that the answer to an older one is recognised and ignored.
 */
export class Player {
  readonly #options: PlayerOptions;
  /** The position of the sink that comes next. */
  #awaited: { readonly position: number } | undefined;
  /** The utterance whose last words leave now, before its end is reported. */
  #yieldingFor: UtteranceEndEntry | undefined;
  /** When what has been played was last looked at. */
  #lookedMs = -Infinity;

  constructor(options: PlayerOptions) {
    this.#options = options;
  }

  /** Whether nothing leaves until the next turn of the event loop. */
  get yielding(): boolean {
    return this.#yieldingFor !== undefined;
  }

  /** Releases what has been heard and writes what may be written. */
  advance(): void {
    const { queue, sink } = this.#options;
    do {
      this.#releaseHeard();
      this.#write();
    } while (!this.yielding && queue.nextWritten && queue.nextWritten.to <= sink.playedSamples);
    queue.updateRoom();
  }

  /** Waits for the next thing to be heard. */
  awaitNext(): void {
    const { queue, sink, onReady, onFlushedByFarEnd } = this.#options;
    const next = queue.nextWritten;
    if (!next) return;
    const startMatters = next.entry.kind === "audio" && !next.entry.started;
    const position = startMatters ? next.from + 1 : next.to;
    if (this.#awaited?.position === position) return;
    const awaited = { position };
    this.#awaited = awaited;
    void sink.whenPlayed(position).then((outcome) => {
      if (this.#awaited !== awaited) return;
      this.#awaited = undefined;
      if (outcome === "flushed") onFlushedByFarEnd();
      onReady();
    });
  }

  /** Whether speech plays now that must be heard to its end. Then nothing interruptible is in the sink. */
  playsToEnd(): boolean {
    return this.#options.queue.playsToEnd(this.#options.sink.playedSamples);
  }

  /**
   * When the sample at `from` was heard, if `played` samples have been by now. A process that was busy notices it late, but it
   * had not been heard when it was last looked at.
   */
  heardAtMs(from: number, played: number): number {
    const { clock, sink } = this.#options;
    return Math.max(this.#lookedMs, clock.nowMs() - (Math.max(0, played - from - 1) * 1000) / sink.sampleRate);
  }

  /** Flushes sink and queue. From its return on, nothing old is written or played. */
  flush(): FlushedEntries {
    this.#awaited = undefined;
    this.#yieldingFor = undefined;
    const heard = this.#options.sink.flush();
    return { ...this.#options.queue.takeAll(), heard };
  }

  /** Flushes only what waits behind speech that must be heard to its end. Returns what of it was pending. */
  flushBehind(): readonly Entry[] {
    return this.#options.queue.keepSurvivors(this.#options.sink.playedSamples);
  }

  /** Keeps a little background sound ahead while there is nothing else. What is written after it is heard after it. */
  writeBackground(): void {
    const { sink, writer, queue } = this.#options;
    let from = sink.writtenSamples;
    for (let frame = writer.writeBackground(); frame; frame = writer.writeBackground()) {
      const to = sink.writtenSamples;
      queue.wrote({ kind: "background", frame }, from, to);
      from = to;
    }
  }

  /** Writes silence that keeps what was interrupted apart from what is said next. */
  writeSilence(durationMs: number): void {
    const { sink, writer, queue } = this.#options;
    const from = sink.writtenSamples;
    if (writer.writeSilence(durationMs)) queue.wrote({ kind: "silence" }, from, sink.writtenSamples);
  }

  /** A word has arrived. If its audio is in the sink already, the sink gets to know where the word starts. */
  markWord(utterance: Utterance, placeMs: number): void {
    const written = this.#options.queue.findWritten(utterance, placeMs);
    if (written) this.#markWord(written.from, placeMs - written.entry.offsetMs);
  }

  /** Words that arrived before their audio. */
  #markWords(entry: AudioEntry, from: number): void {
    if (!this.#options.sink.markWord) return;
    for (const ms of this.#options.tracker.wordsIn(entry)) this.#markWord(from, ms);
  }

  #markWord(from: number, ms: number): void {
    const { sink } = this.#options;
    sink.markWord?.(from + Math.round((ms * sink.sampleRate) / 1000));
  }

  #releaseHeard(): void {
    const { queue, sink, clock } = this.#options;
    const played = sink.playedSamples;
    for (let next = queue.nextWritten; next && !this.yielding; next = queue.nextWritten)
      if (!this.#releaseNext(next, played)) break;
    this.#lookedMs = clock.nowMs();
  }

  /** Returns whether the next one may follow. */
  #releaseNext({ entry, from, to }: Written, played: number): boolean {
    const { queue, tracker, gate } = this.#options;
    if (entry.kind === "audio" && from < played) tracker.chunkStarted(entry, this.heardAtMs(from, played));
    if (to > played) return false;
    if (entry.kind === "utteranceEnd" && !entry.yielded && tracker.speaking) {
      this.#yieldBeforeStop(entry);
      return false;
    }
    queue.shiftWritten();
    releaseEntry(entry, gate, tracker);
    return true;
  }

  /** BotStopped is a system frame and would overtake the last words, many of them where this process was busy: they leave first. */
  #yieldBeforeStop(end: UtteranceEndEntry): void {
    end.yielded = true;
    this.#options.tracker.releaseWords(end);
    this.#yieldingFor = end;
    void whenFramesCrossed().then(() => {
      if (this.#yieldingFor !== end) return;
      this.#yieldingFor = undefined;
      this.#options.onReady();
    });
  }

  #write(): void {
    const { queue, sink, writer, background } = this.#options;
    for (let entry = queue.nextPending; entry; entry = queue.nextPending) {
      const from = sink.writtenSamples;
      if (this.#waitsForSpeechToEnd(entry)) break;
      if (entry.kind === "audio" && !writer.writeChunk(entry, queue.hasWritten)) return;
      if (entry.kind === "utteranceEnd") sink.endUtterance();
      queue.shiftPending();
      const to = sink.writtenSamples;
      const isLost = entry.kind === "audio" && to === from;
      if (entry.kind === "audio" && !isLost) this.#markWords(entry, from);
      const isForMixer = entry.kind === "frame" && background?.control(entry.frame) === true;
      if (!isLost && !isForMixer) queue.wrote(entry, from, to);
    }
    this.writeBackground();
  }

  /** A sink flushes all or nothing, so what an interruption may take is not written behind what it must not. */
  #waitsForSpeechToEnd(entry: Entry): boolean {
    return entry.kind === "audio" && !entry.utterance.uninterruptible && this.#options.queue.hasSpeechToEnd;
  }
}
