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

/** Utterances that may wait to be heard; nobody resumes older ones. */
const MAX_UTTERANCES = 100;

interface Utterance {
  text: string;
  /** The answer is still coming in. */
  open: boolean;
}

/**
 * Remembers what a text-to-speech service was given to say until it has been heard, so that what an interruption cut can
 * be said on. It looks at frames when they are queued: an interruption drops those that wait.
 */
export class UnheardSpeech {
  #utterances: Utterance[] = [];
  /** What the last interruption cut; only until something new is to be said. */
  #cut: Utterance[] = [];

  /** A frame on its way down has arrived in the service. */
  queued(frame: Frame): void {
    if (frame instanceof InterruptionFrame) {
      this.#cut = this.#utterances;
      this.#utterances = [];
    } else if (frame instanceof LLMFullResponseStartFrame) {
      if (!frame.skipTTS) this.#begin("", true);
    } else if (frame instanceof LLMFullResponseEndFrame) {
      const open = this.#open;
      if (open) open.open = false;
    } else if (frame instanceof TTSSpeakFrame) {
      // What stays out of the context is never reported as heard, and what is said to its end is never cut.
      if (frame.appendToContext && !frame.uninterruptible) this.#add(frame.text, true);
    } else if (isToBeSpoken(frame)) {
      this.#add(frame.text, frame instanceof AggregatedTextFrame);
    }
  }

  /** So much of a turn was heard; with `interrupted`, its rest was not. */
  heard(text: string, interrupted: boolean): void {
    const words = text.match(/\S+/gu) ?? [];
    // A turn of which nothing was heard is over all the same; the first that is complete is the one.
    if (words.length === 0 && !interrupted && this.#utterances[0]?.open === false) this.#utterances.shift();
    for (const utterances of [this.#cut, this.#utterances]) {
      const at = utterances.findIndex((utterance) => restBehind(utterance.text, words) !== undefined);
      const utterance = utterances[at];
      if (!utterance) continue;
      // All before it has been heard, or will never be.
      utterances.splice(0, at);
      if (interrupted) utterance.text = restBehind(utterance.text, words) ?? "";
      else utterances.shift();
      return;
    }
  }

  /** The voice has failed at this: it will not be heard, and what comes behind it may be. */
  lost(text: string): void {
    const utterance = text === "" ? undefined : this.#utterances.find((each) => each.text.includes(text));
    if (utterance) utterance.text = utterance.text.replace(text, () => "");
  }

  /** What the last interruption cut, and forgets it; empty when it cut nothing. */
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
    this.#cut = [];
    for (const utterance of this.#utterances) utterance.open = false;
    this.#utterances.push({ text, open });
    if (this.#utterances.length > MAX_UTTERANCES) this.#utterances.shift();
  }
}

function isToBeSpoken(frame: Frame): frame is TextFrame {
  if (!(frame instanceof TextFrame) || frame.skipTTS === true) return false;
  if (frame.kind === "TextFrame" || frame.kind === "LLMTextFrame") return true;
  return frame instanceof AggregatedTextFrame && frame.kind === "AggregatedTextFrame" && !frame.willBeSpoken;
}

/** What follows the words in the text; undefined when they are not the beginning of it. */
function restBehind(text: string, words: readonly string[]): string | undefined {
  const aligner = new WordAligner(text);
  const found = words.filter((word) => aligner.next(word) !== "").length;
  return found * 2 > words.length ? aligner.rest() : undefined;
}
