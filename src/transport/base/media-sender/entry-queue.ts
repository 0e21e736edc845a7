import { deferred, type Deferred } from "../../../util/deadline.ts";
import { survives, type AudioEntry, type Entry, type Written, type WrittenEntry } from "./entries.ts";
import type { Utterance } from "./utterance.ts";
import { WrittenEntries } from "./written-entries.ts";

/** Frames and chunks that may wait to be heard. Then their senders have to wait as well. */
const MAX_QUEUED = 10_000;

/** What was taken out of an {@link EntryQueue}. */
export interface TakenEntries {
  readonly written: readonly Written[];
  readonly pending: readonly Entry[];
}

/**
 * Everything that waits to be heard on one sink, in one order: first what was written, then what is pending. It is
 * bounded: {@link whenRoom} makes senders wait.
 */
export class EntryQueue {
  readonly #maxAudioMs: number;
  readonly #written = new WrittenEntries();
  #pending: Entry[] = [];
  #pendingMs = 0;
  /** Somebody waits for room. */
  #room: Deferred<void> | undefined;

  /** `maxAudioMs`: how much audio may wait to be heard, written or not, in milliseconds. */
  constructor(maxAudioMs: number) {
    this.#maxAudioMs = maxAudioMs;
  }

  /** Audio that waits to be written, in milliseconds. */
  get pendingMs(): number {
    return this.#pendingMs;
  }

  /** Entries that have not been heard yet. */
  get length(): number {
    return this.#pending.length + this.#written.length;
  }

  /** The next entry to be written. */
  get nextPending(): Entry | undefined {
    return this.#pending[0];
  }

  /** The next entry to be heard. */
  get nextWritten(): Written | undefined {
    return this.#written.next;
  }

  /** Whether anything is in the sink. */
  get hasWritten(): boolean {
    return this.#written.length > 0;
  }

  /** Whether all has been heard, but for what only fills the time. */
  get finished(): boolean {
    return this.#pending.length === 0 && this.#written.isFillerOnly;
  }

  /** Whether speech is written that must be heard to its end. */
  get hasSpeechToEnd(): boolean {
    return this.#written.hasSpeechToEnd;
  }

  /** Adds an entry, to be written after all others. */
  push(entry: Entry): void {
    if (entry.kind === "audio") this.#pendingMs += entry.frame.durationMs;
    this.#pending.push(entry);
  }

  /** The next pending entry is written, or gone. */
  shiftPending(): void {
    const entry = this.#pending.shift();
    if (entry?.kind === "audio") this.#pendingMs -= entry.frame.durationMs;
  }

  /** An entry was written, between two positions of the sink. */
  wrote(entry: WrittenEntry, from: number, to: number): void {
    this.#written.push({ entry, from, to });
  }

  /** The next written entry has been heard. */
  shiftWritten(): void {
    this.#written.shift();
  }

  /** The written chunk of this utterance that contains a place in the audio of its context, in milliseconds. */
  findWritten(utterance: Utterance, placeMs: number): Written<AudioEntry> | undefined {
    return this.#written.find(utterance, placeMs);
  }

  /** Resolves when there is room for more; undefined when there is now. */
  whenRoom(): Promise<void> | undefined {
    return this.#hasRoom ? undefined : (this.#room ??= deferred()).promise;
  }

  /** Ends the wait for room, if there is some now. */
  updateRoom(): void {
    if (!this.#room || !this.#hasRoom) return;
    this.#room.resolve();
    this.#room = undefined;
  }

  /** The next audio to be heard after `played`, if it must be heard to its end. */
  playsToEnd(played: number): boolean {
    return this.#written.playsToEnd(played);
  }

  /** Empties the queue, in an interruption. */
  takeAll(): TakenEntries {
    const taken = { written: this.#written.takeAll(), pending: this.#pending };
    this.#replacePending([]);
    return taken;
  }

  /**
   * Keeps what has been heard (`played`: up to where), what survives an interruption, and what only fills the time.
   * Returns what was pending and is not any more.
   */
  keepSurvivors(played: number): readonly Entry[] {
    this.#written.keepSurvivors(played);
    const gone = this.#pending.filter((entry) => !survives(entry));
    this.#replacePending(this.#pending.filter(survives));
    return gone;
  }

  /** Puts entries in front of what is pending. */
  restore(entries: readonly Entry[]): void {
    this.#replacePending([...entries, ...this.#pending]);
  }

  #replacePending(entries: Entry[]): void {
    this.#pending = entries;
    this.#pendingMs = entries.reduce((ms, entry) => ms + (entry.kind === "audio" ? entry.frame.durationMs : 0), 0);
    this.updateRoom();
  }

  get #hasRoom(): boolean {
    return this.#pendingMs + this.#written.audioMs < this.#maxAudioMs && this.length < MAX_QUEUED;
  }
}
