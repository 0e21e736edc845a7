import type { Clock, TimerHandle } from "../util/clock.ts";

/** Tokens that arrive within this time share a message: a room takes some 20 messages per second. */
const GATHER_MS = 100;
/** The end of a sentence, with the space behind it. */
const SENTENCE_END = /[.!?…。！？]["'”’)\]]*\s+|[。！？]|\n+/g;
/** A model that never ends a sentence is cut here. */
const MAX_SENTENCE = 2000;

/** Collects the pieces of an answer into sentences. */
export class Sentences {
  #text = "";

  /** Adds a piece; returns the sentences that are complete now. */
  add(text: string): string[] {
    this.#text += text;
    let end = 0;
    const complete: string[] = [];
    for (const match of this.#text.matchAll(SENTENCE_END)) {
      complete.push(this.#text.slice(end, match.index + match[0].length));
      end = match.index + match[0].length;
    }
    this.#text = this.#text.slice(end);
    if (this.#text.length > MAX_SENTENCE) complete.push(...this.#take());
    return complete.map((sentence) => sentence.trim()).filter((sentence) => sentence !== "");
  }

  /** The answer is over; returns what is left of it. */
  end(): string[] {
    return this.#take()
      .map((sentence) => sentence.trim())
      .filter((sentence) => sentence !== "");
  }

  /** Forgets what is left. */
  clear(): void {
    this.#text = "";
  }

  #take(): string[] {
    const text = this.#text;
    this.#text = "";
    return [text];
  }
}

/** Gathers tokens into messages. */
export class GatheredText {
  readonly #clock: () => Clock;
  readonly #send: (text: string) => void;
  #text = "";
  #timer: TimerHandle;

  constructor(clock: () => Clock, send: (text: string) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  add(text: string): void {
    this.#text += text;
    this.#timer ??= this.#clock().setTimeout(() => this.flush(), GATHER_MS);
  }

  /** Sends what was gathered, before whatever follows it. */
  flush(): void {
    this.clear((text) => this.#send(text));
  }

  /** Drops what was gathered, or passes it on. */
  clear(use: (text: string) => void = () => undefined): void {
    if (this.#timer === undefined) return;
    this.#clock().clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#text;
    this.#text = "";
    use(text);
  }
}
