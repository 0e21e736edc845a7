import { isFiller, survives, type AudioEntry, type Written } from "./entries.ts";
import type { Utterance } from "./utterance.ts";

/** What is in the sink and has not been heard, in order, with an account of its audio: there may be half a minute of it. */
export class WrittenEntries {
  #entries: Written[] = [];
  #audioMs = 0;

  get length(): number {
    return this.#entries.length;
  }

  /** Chunks of speech and other audio, without what only fills the time, in milliseconds. */
  get audioMs(): number {
    return this.#audioMs;
  }

  /** The next entry to be heard. */
  get next(): Written | undefined {
    return this.#entries[0];
  }

  /** Whether there is nothing but what fills the time. */
  get isFillerOnly(): boolean {
    return this.#entries.every(isFiller);
  }

  /** Whether there is speech that must be heard to its end. Nothing else is written behind it, so it is the last. */
  get hasSpeechToEnd(): boolean {
    const last = this.#entries.findLast(({ entry }) => entry.kind === "audio")?.entry;
    return last?.kind === "audio" && last.utterance.uninterruptible;
  }

  push(written: Written): void {
    this.#entries.push(written);
    this.#audioMs += toAudioMs(written);
  }

  /** The next entry has been heard. */
  shift(): void {
    const written = this.#entries.shift();
    if (written) this.#audioMs -= toAudioMs(written);
  }

  /** The chunk of this utterance that contains a place in the audio of its context, in milliseconds. */
  find(utterance: Utterance, placeMs: number): Written<AudioEntry> | undefined {
    for (const { entry, from, to } of this.#entries) {
      if (entry.kind !== "audio" || entry.utterance !== utterance) continue;
      const { offsetMs, frame } = entry;
      if (placeMs >= offsetMs && placeMs < offsetMs + frame.durationMs) return { entry, from, to };
    }
    return undefined;
  }

  /** The next audio to be heard after `played`, if it must be heard to its end. */
  playsToEnd(played: number): boolean {
    const next = this.#entries.find(({ entry, to }) => entry.kind === "audio" && to > played)?.entry;
    return next?.kind === "audio" && next.utterance.uninterruptible;
  }

  takeAll(): readonly Written[] {
    const taken = this.#entries;
    this.#replace([]);
    return taken;
  }

  /** Keeps what has been heard (`played`: up to where), what survives an interruption, and what only fills the time. */
  keepSurvivors(played: number): void {
    this.#replace(
      this.#entries.filter(
        ({ entry, to }) => to <= played || entry.kind === "background" || entry.kind === "silence" || survives(entry),
      ),
    );
  }

  #replace(entries: Written[]): void {
    this.#entries = entries;
    this.#audioMs = entries.reduce((ms, written) => ms + toAudioMs(written), 0);
  }
}

function toAudioMs({ entry }: Written): number {
  return entry.kind === "audio" ? entry.frame.durationMs : 0;
}
