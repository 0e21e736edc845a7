import {
  AggregatedTextFrame,
  type Frame,
  InterruptionFrame,
  LLMFullResponseEndFrame,
  LLMFullResponseStartFrame,
  TextFrame,
  TTSSpeakFrame,
} from "../../frames/index.ts";
import { WordAligner } from "../text/word-aligner.ts";

/** How many utterances may wait to be heard; older ones cannot be resumed. */
const MAX_UTTERANCES = 100;

interface Utterance {
  text: string;
  /** Whether the answer is still arriving. */
  open: boolean;
}

/**
 * Keeps what a text-to-speech service must say until it has been heard, so that the service can resume what an
 * interruption cut. It sees frames when they are queued, because an interruption drops queued frames.
 */
export class UnheardSpeech {
  #utterances: Utterance[] = [];
  /** What the last interruption cut. A new answer clears it; a phrase of the application's does not. */
  #cut: Utterance[] = [];

  /** Notes a frame that was queued in the service. */
  noteQueued(frame: Frame): void {
    if (frame instanceof InterruptionFrame) {
      this.#cut = this.#utterances;
      this.#utterances = [];
    } else if (frame instanceof LLMFullResponseStartFrame) {
      if (frame.skipTTS) return;
      this.#cut = [];
      this.#begin("", true);
    } else if (frame instanceof LLMFullResponseEndFrame) {
      const open = this.#open;
      if (open) open.open = false;
    } else if (frame instanceof TTSSpeakFrame) {
      // Text outside the context is never reported as heard, and text that is said to its end is never cut.
      if (frame.appendToContext && !frame.uninterruptible) this.#add(frame.text, true);
    } else if (willBeSpoken(frame)) {
      if (!this.#open) this.#cut = [];
      this.#add(frame.text, frame instanceof AggregatedTextFrame);
    }
  }

  /** Notes how much of a turn was heard. `interrupted`: the rest was not. */
  noteHeard(text: string, interrupted: boolean): void {
    const words = text.match(/\S+/gu) ?? [];
    // A turn of which nothing was heard is over too; it is the first complete one.
    if (words.length === 0 && !interrupted && this.#utterances[0]?.open === false) this.#utterances.shift();
    for (const utterances of [this.#cut, this.#utterances]) {
      const at = utterances.findIndex((utterance) => findRest(utterance.text, words) !== undefined);
      const utterance = utterances[at];
      if (!utterance) continue;
      // Everything before it has been heard or never will be.
      utterances.splice(0, at);
      if (interrupted) utterance.text = findRest(utterance.text, words) ?? "";
      else utterances.shift();
      return;
    }
  }

  /** Notes text that the provider failed to speak: it will not be heard, although later text may be. */
  noteLost(text: string): void {
    const utterance = text === "" ? undefined : this.#utterances.find((each) => each.text.includes(text));
    if (utterance) utterance.text = utterance.text.replace(text, () => "").replace(/ {2,}/g, " ");
  }

  /** Returns what the last interruption cut, and clears it. Empty if it cut nothing. */
  takeCut(): string {
    const cut = this.#cut.map(({ text }) => text.trim()).filter((text) => text !== "");
    this.#cut = [];
    return cut.join(" ");
  }

  get #open(): Utterance | undefined {
    return this.#utterances.findLast(({ open }) => open);
  }

  #add(text: string, apart: boolean): void {
    const open = this.#open;
    if (open) open.text += apart ? ` ${text} ` : text;
    else this.#begin(text, false);
  }

  #begin(text: string, open: boolean): void {
    for (const utterance of this.#utterances) utterance.open = false;
    this.#utterances.push({ text, open });
    if (this.#utterances.length > MAX_UTTERANCES) this.#utterances.shift();
  }
}

function willBeSpoken(frame: Frame): frame is TextFrame {
  if (!(frame instanceof TextFrame) || frame.skipTTS === true) return false;
  if (frame.kind === "TextFrame" || frame.kind === "LLMTextFrame") return true;
  return frame instanceof AggregatedTextFrame && frame.kind === "AggregatedTextFrame" && !frame.willBeSpoken;
}

/** Returns the text after the words. Undefined if the text does not begin with them. */
function findRest(text: string, words: readonly string[]): string | undefined {
  const aligner = new WordAligner(text);
  const found = words.filter((word) => aligner.next(word) !== "").length;
  return found * 2 > words.length ? aligner.rest() : undefined;
}
