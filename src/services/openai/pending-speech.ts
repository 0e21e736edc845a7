/** How many items are remembered as over. */
const MAX_OVER = 100;

/** What is known of a stretch of speech in the end: its transcript, or why there is none. */
export type SpeechOutcome =
  | {
      readonly type: "transcript";
      readonly text: string;
      readonly language: string | undefined;
      readonly result: unknown;
    }
  | { readonly type: "failed"; readonly error: Error }
  | { readonly type: "dropped" };

/** A stretch of speech whose transcript is awaited. */
export interface PendingSpeech {
  /** Session id of the user who speaks. */
  userId: string;
  /** Its audio, to be sent again on another connection. */
  readonly audio: Int16Array[];
  samples: number;
  /** Whether the user has stopped speaking. */
  ended: boolean;
  /** Id of the vendor's item; unknown at first. A model that writes while it listens uses it before the commit. */
  itemId: string | undefined;
  /** Whether the vendor has confirmed the commit, and with it the item. */
  committed: boolean;
  /** The text so far. */
  text: string;
  outcome: SpeechOutcome | undefined;
}

/**
 * Keeps stretches of speech in order until their transcripts are known. The vendor transcribes several at a time and
 * completes them in any order; users said them in one.
 */
export class PendingSpeeches {
  readonly #maxSamples: number;
  #waiting: PendingSpeech[] = [];
  /** Items that nothing is expected of; what still arrives for them belongs to no other speech. */
  readonly #overIds = new Set<string>();

  /** `maxSamples` of audio are kept of each speech; of longer ones the end. */
  constructor(maxSamples: number) {
    this.#maxSamples = maxSamples;
  }

  get all(): readonly PendingSpeech[] {
    return this.#waiting;
  }

  /** The speech that goes on. */
  get open(): PendingSpeech | undefined {
    const last = this.#waiting.at(-1);
    return last?.ended === false ? last : undefined;
  }

  begin(userId: string): PendingSpeech {
    const fields = { itemId: undefined, committed: false, text: "", outcome: undefined };
    const speech: PendingSpeech = { userId, audio: [], samples: 0, ended: false, ...fields };
    this.#waiting.push(speech);
    return speech;
  }

  add(speech: PendingSpeech, pcm: Int16Array): void {
    speech.audio.push(pcm);
    speech.samples += pcm.length;
    while (speech.samples > this.#maxSamples) speech.samples -= speech.audio.shift()?.length ?? speech.samples;
  }

  /** Notes that the vendor has confirmed a commit: they are confirmed in order. */
  confirm(itemId: string): void {
    const speech = this.unconfirmed;
    if (!speech) return;
    if (speech.itemId !== itemId) speech.text = "";
    speech.itemId = itemId;
    speech.committed = true;
  }

  /** The oldest speech that has ended and is not confirmed. */
  get unconfirmed(): PendingSpeech | undefined {
    return this.#waiting.find(({ ended, committed, outcome }) => ended && !committed && !outcome);
  }

  /** The speech of an item. An item that is new belongs to the oldest speech that has none. */
  ofItem(itemId: string): PendingSpeech | undefined {
    if (this.#overIds.has(itemId)) return undefined;
    const known = this.#waiting.find((speech) => speech.itemId === itemId);
    if (known) return known;
    const next = this.#waiting.find((speech) => speech.itemId === undefined && !speech.outcome);
    if (next) next.itemId = itemId;
    return next;
  }

  /** Whether everything before it is settled, so that what is known of it may be shown. */
  isFirst(speech: PendingSpeech): boolean {
    return this.#waiting[0] === speech;
  }

  /** Settles a speech. Returns the speeches that are settled now together with all before them, in order. */
  settle(speech: PendingSpeech, outcome: SpeechOutcome): readonly PendingSpeech[] {
    speech.outcome ??= outcome;
    speech.audio.length = 0;
    if (speech.itemId !== undefined) this.#noteOver(speech.itemId);
    const firstOpen = this.#waiting.findIndex((waiting) => !waiting.outcome);
    return this.#waiting.splice(0, firstOpen < 0 ? this.#waiting.length : firstOpen);
  }

  /** The items of a lost connection are gone; their speech must be sent again. */
  forgetItems(): void {
    this.#overIds.clear();
    for (const speech of this.#waiting) {
      if (speech.outcome) continue;
      speech.itemId = undefined;
      speech.committed = false;
      speech.text = "";
    }
  }

  /** Drops everything. */
  clear(): void {
    this.#waiting = [];
  }

  #noteOver(itemId: string): void {
    this.#overIds.add(itemId);
    const [oldest] = this.#overIds;
    if (this.#overIds.size > MAX_OVER && oldest !== undefined) this.#overIds.delete(oldest);
  }
}
