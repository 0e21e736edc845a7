import type { Pal } from "../../src/emulator/index.ts";
import { monotonicMs } from "../lib/time.ts";
import type { Round } from "./plan.ts";
import { UTTERANCES_APART, WORD_MS, WordReader, WORDS_APART } from "../lib/words.ts";

/** A block with a lower peak is silence; it may contain codec noise. */
const SILENT_PEAK = 500;
/** A word counts as heard when this much of it was heard. */
const HEARD_MS = WORD_MS / 2;
const BLOCK_MS = 10;

/** The pal waits this long after an interruption. In-flight audio with a longer transit time passes for new speech. */
export const SLOW_WAY_MS = 120;

interface Utterance {
  readonly number: number;
  readonly words: number;
  /** How many interruptions were requested before it. */
  readonly afterInterruptions: number;
  /** How much of each word was heard, in milliseconds. */
  readonly heardMs: number[];
  /** When the bot reported each word as heard, and when the pal finished playing it. */
  readonly releasedAtMs: number[];
  readonly playedAtMs: number[];
  firstBlock: number;
  lastWord: number;
  /** Silent blocks since its last sound, and silent blocks inside it. */
  silentSince: number;
  silentBlocks: number;
}

/** An uninterrupted utterance that was not heard whole. */
export interface Loss {
  readonly utterance: number;
  readonly round: number;
  readonly kind: string;
  readonly words: number;
  readonly lostWords: readonly number[];
  readonly heardMs: readonly number[];
}

/** The bot's event for a word that its pipeline reports as heard. */
export interface ReleasedWord {
  readonly utterance: number;
  readonly atMs: number;
}

/** Audio of an interrupted utterance after the interruption reached the pal. */
export interface OldAudio {
  readonly utterance: number;
  readonly round: number;
  /** Milliseconds after the interruption arrived. */
  readonly afterMs: number;
  /** The transit time of audio from the bot to the pal in that round, in milliseconds. */
  readonly wayMs: number;
}

export interface Verdict {
  readonly rounds: number;
  readonly utterances: number;
  readonly words: number;
  readonly interruptions: number;
  /** How many interruptions never reached the pal. */
  readonly lostInterruptions: number;
  readonly lostWords: number;
  readonly losses: readonly Loss[];
  readonly oldAudioMs: number;
  /** The part of it whose transit time exceeded the pal's wait: usually a stalled machine. */
  readonly oldAudioOnSlowWayMs: number;
  readonly oldAudio: readonly OldAudio[];
  /** Words of interrupted utterances that were reported as heard before the pal began them; and the maximum in one utterance. */
  readonly overclaimedWords: number;
  readonly overclaimedMost: number;
  /** Words of interrupted utterances that were heard whole and not reported. */
  readonly unclaimedWords: number;
  /** Words of whole utterances that were heard and not reported. */
  readonly unreportedWords: number;
  /** Silence inside uninterrupted utterances, in milliseconds: a dropout, unless a word is lost. */
  readonly dropoutMs: number;
}

/**
 * Compares what was requested with what the pal says: each uninterrupted utterance must be heard whole, and nothing of an
 * interrupted utterance may be heard after its interruption.
 */
export class Oracle {
  readonly #reader = new WordReader();
  readonly #recent: Utterance[] = [];
  readonly #losses: Loss[] = [];
  readonly #oldAudio: OldAudio[] = [];
  #round = 0;
  #kind = "";
  #ordered = 0;
  #arrived = 0;
  #lostInterruptions = 0;
  #block = 0;
  #arrivedAtBlock = 0;
  #oldInRound: Omit<OldAudio, "wayMs">[] = [];
  #totals = {
    utterances: 0,
    words: 0,
    oldMs: 0,
    oldSlowMs: 0,
    over: 0,
    overMost: 0,
    unclaimed: 0,
    unreported: 0,
    dropoutMs: 0,
  };
  #onChange: () => void = () => undefined;

  listenTo(pal: Pal): void {
    pal.events
      .on("interrupted", () => {
        this.#arrived++;
        this.#arrivedAtBlock = this.#block;
      })
      .on("played", ({ samples, sampleRate }, peak) => this.#hear(samples, sampleRate, peak));
  }

  /** Registers the utterances and interruptions of a round that is about to begin. */
  expect({ kind, steps }: Round): void {
    this.#round++;
    this.#kind = kind;
    for (const step of steps) {
      if (step.do === "interrupt" || step.do === "interruptAndSay") this.#ordered++;
      if (step.do === "say" || step.do === "interruptAndSay") this.#add(step.utterance, step.words);
    }
  }

  /** Records the bot's report that the next word of an utterance was heard. */
  released({ utterance: number, atMs }: ReleasedWord): void {
    this.#recent.find((one) => one.number === number)?.releasedAtMs.push(atMs);
    this.#onChange();
  }

  /** Resolves with whether everything uninterrupted was heard and reported within `timeoutMs`. */
  whole(timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (value: boolean): void => {
        this.#onChange = () => undefined;
        clearTimeout(timer);
        resolve(value);
      };
      const timer = setTimeout(done, timeoutMs, false);
      this.#onChange = () => {
        const alive = this.#alive();
        const isHeard = alive.every((one) => findLostWords(one).length === 0 && one.releasedAtMs.length >= one.words);
        // Wait for the end of the last word, so that the next round does not interrupt the rest of it.
        if (isHeard && alive.every(({ heardMs }) => (heardMs.at(-1) ?? 0) >= WORD_MS - 50)) done(true);
      };
      this.#onChange();
    });
  }

  /** Judges the round that is over. */
  judge(): void {
    this.#judgeOld();
    for (const one of this.#recent.splice(0)) {
      if (one.afterInterruptions === this.#ordered) this.#judgeWhole(one);
      else this.#judgeCut(one);
    }
    this.#lostInterruptions += this.#ordered - this.#arrived;
    this.#arrived = this.#ordered;
  }

  get verdict(): Verdict {
    const { utterances, words, oldMs, oldSlowMs, over, overMost, unclaimed, unreported, dropoutMs } = this.#totals;
    return {
      rounds: this.#round,
      utterances,
      words,
      interruptions: this.#ordered,
      lostInterruptions: this.#lostInterruptions,
      lostWords: this.#losses.reduce((sum, { lostWords }) => sum + lostWords.length, 0),
      losses: this.#losses,
      oldAudioMs: oldMs,
      oldAudioOnSlowWayMs: oldSlowMs,
      oldAudio: this.#oldAudio,
      overclaimedWords: over,
      overclaimedMost: overMost,
      unclaimedWords: unclaimed,
      unreportedWords: unreported,
      dropoutMs,
    };
  }

  #add(number: number, words: number): void {
    const counts = { releasedAtMs: [], playedAtMs: [], firstBlock: 0, lastWord: 0, silentSince: 0, silentBlocks: 0 };
    const heardMs = new Array<number>(words).fill(0);
    this.#recent.push({ number, words, afterInterruptions: this.#ordered, heardMs, ...counts });
    this.#totals.utterances++;
    this.#totals.words += words;
  }

  /** The utterances that no interruption follows. */
  #alive(): Utterance[] {
    return this.#recent.filter(({ afterInterruptions }) => afterInterruptions === this.#ordered);
  }

  #hear(samples: Int16Array, sampleRate: number, peak: number): void {
    this.#block++;
    if (peak < SILENT_PEAK) {
      for (const one of this.#recent) if (one.firstBlock > 0) one.silentSince++;
      return;
    }
    const { utterance: name, words } = this.#reader.read(samples, sampleRate);
    if (name === undefined) return;
    const utterance = this.#recent.findLast(({ number }) => number % UTTERANCES_APART === name);
    // It belongs to an earlier round, and has been judged.
    if (!utterance) return;
    utterance.firstBlock ||= this.#block;
    utterance.silentBlocks += utterance.silentSince;
    utterance.silentSince = 0;
    // Words arrive in order.
    let word = utterance.lastWord;
    while (word < utterance.words && !words.includes(word % WORDS_APART)) word++;
    if (word < utterance.words) {
      utterance.lastWord = word;
      utterance.heardMs[word] = (utterance.heardMs[word] ?? 0) + BLOCK_MS;
      utterance.playedAtMs[word] = monotonicMs();
    }
    if (utterance.afterInterruptions < this.#arrived) this.#heardOld(utterance);
    this.#onChange();
  }

  #heardOld({ number }: Utterance): void {
    const afterMs = (this.#block - this.#arrivedAtBlock) * BLOCK_MS;
    this.#oldInRound.push({ utterance: number, round: this.#round, afterMs });
  }

  #judgeOld(): void {
    const ways = this.#alive().flatMap(({ playedAtMs, releasedAtMs }) =>
      playedAtMs.map((ms, word) => ms - (releasedAtMs[word] ?? ms)),
    );
    const wayMs = Math.round(Math.max(0, ...ways));
    for (const old of this.#oldInRound.splice(0)) {
      this.#totals.oldMs += BLOCK_MS;
      if (wayMs > SLOW_WAY_MS) this.#totals.oldSlowMs += BLOCK_MS;
      if (this.#oldAudio.length < 100) this.#oldAudio.push({ ...old, wayMs });
    }
  }

  #judgeWhole(one: Utterance): void {
    const { number: utterance, words, heardMs, releasedAtMs } = one;
    const lostWords = findLostWords(one);
    if (lostWords.length > 0)
      this.#losses.push({ utterance, round: this.#round, kind: this.#kind, words, lostWords, heardMs });
    this.#totals.unreported += Math.max(0, words - releasedAtMs.length);
    this.#totals.dropoutMs += one.silentBlocks * BLOCK_MS;
  }

  #judgeCut({ heardMs, releasedAtMs: { length: released } }: Utterance): void {
    const begun = heardMs.filter((ms) => ms > 0).length;
    const whole = heardMs.filter((ms) => ms >= WORD_MS - 20).length;
    const over = Math.max(0, released - begun);
    this.#totals.over += over;
    this.#totals.overMost = Math.max(this.#totals.overMost, over);
    this.#totals.unclaimed += Math.max(0, whole - released);
  }
}

function findLostWords({ heardMs }: Utterance): number[] {
  return heardMs.flatMap((ms, word) => (ms < HEARD_MS ? [word] : []));
}
