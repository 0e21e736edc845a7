import { MOST_WORDS, WORD_MS } from "../lib/words.ts";

/** One action of the bot. Actions run in sequence and wait for nothing but time. */
export type Step =
  | { readonly do: "say"; readonly utterance: number; readonly words: number }
  | { readonly do: "wait"; readonly ms: number }
  /** Interrupts from outside the pipeline. */
  | { readonly do: "interrupt" }
  /** Interrupts from a handler, which speaks at once: `broadcastInterruption(); push(…)`. */
  | { readonly do: "interruptAndSay"; readonly utterance: number; readonly words: number }
  /** Blocks the event loop. */
  | { readonly do: "hold"; readonly ms: number };

/** One scene. Its last utterance is not interrupted, and has to be heard whole before the next round begins. */
export interface Round {
  readonly kind: string;
  readonly steps: readonly Step[];
}

/** A random generator (Mulberry32) that yields the same numbers for the same seed on every machine. */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 (inclusive) to 1 (exclusive). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer, both bounds included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  of<T>(values: readonly [T, ...T[]]): T {
    return values[Math.floor(this.next() * values.length)] ?? values[0];
  }
}

/** Milliseconds between an interruption and the next utterance; usually zero. */
const GAPS_MS = [0, 0, 0, 0, 10, 20, 40, 60, 80, 100, 130, 200, 400] as const;

/** Generates endless rounds of speech and interruptions. Utterances are numbered from 0. */
export class Plan {
  readonly #random: SeededRandom;
  readonly #holdsAtMostMs: number;
  #utterance = 0;

  /** `holdsAtMostMs`: the longest time for which a round may block the bot's event loop; 0: never. */
  constructor(seed: number, holdsAtMostMs: number) {
    this.#random = new SeededRandom(seed);
    this.#holdsAtMostMs = holdsAtMostMs;
  }

  next(): Round {
    const random = this.#random;
    const kinds = ["plain", "row", "idle", "cut", "cut", "cut", "cut", "twice", "rapid"] as const;
    const kind = this.#holdsAtMostMs > 0 && random.next() < 0.15 ? "hold" : random.of(kinds);
    return { kind, steps: [{ do: "wait", ms: random.between(0, 300) }, ...this.#steps(kind)] };
  }

  #steps(kind: string): Step[] {
    const random = this.#random;
    switch (kind) {
      case "plain":
        return [this.#say(3, 8)];
      // Several utterances with no gap between them.
      case "row":
        return [this.#say(2, 4), this.#say(2, 4), this.#say(2, 4)];
      // The bot is silent; the interruption is sent anyway.
      case "idle":
        return [{ do: "wait", ms: 600 }, ...this.#interruptAndSay()];
      case "twice":
        return [
          ...this.#begun(),
          { do: "interrupt" },
          { do: "wait", ms: random.between(0, 90) },
          ...this.#interruptAndSay(),
        ];
      // The utterance after the first interruption is interrupted too, perhaps before any of it is heard.
      case "rapid":
        return [
          ...this.#begun(),
          ...this.#interruptAndSay(),
          { do: "wait", ms: random.between(0, 300) },
          ...this.#interruptAndSay(),
        ];
      case "hold":
        return [
          ...this.#begun(),
          { do: "hold", ms: random.between(20, this.#holdsAtMostMs) },
          ...this.#interruptAndSay(),
          { do: "wait", ms: 300 },
          { do: "hold", ms: random.between(20, this.#holdsAtMostMs) },
        ];
      default:
        return [...this.#begun(), ...this.#interruptAndSay()];
    }
  }

  /** Starts to speak, and waits for a random moment in the utterance (or before its first sound). */
  #begun(): Step[] {
    const say = this.#say(6, MOST_WORDS);
    return [say, { do: "wait", ms: this.#random.between(0, say.words * WORD_MS) }];
  }

  #interruptAndSay(): Step[] {
    const gapMs = this.#random.of(GAPS_MS);
    const say = this.#say(3, 6);
    if (gapMs === 0 && this.#random.next() < 0.7) return [{ ...say, do: "interruptAndSay" }];
    return [{ do: "interrupt" }, { do: "wait", ms: gapMs }, say];
  }

  #say(fewest: number, most: number) {
    return { do: "say", utterance: this.#utterance++, words: this.#random.between(fewest, most) } as const;
  }
}
