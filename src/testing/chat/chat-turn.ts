import { joinSpeech } from "./chat-text.ts";
import type { BotOutput } from "./rtvi-messages.ts";

/** A function that the bot called. */
export interface ChatCall {
  /** The id of the call, from the model. */
  readonly id: string;
  /** The name of the function. Undefined when the bot does not report names to its clients. */
  readonly name: string | undefined;
  /** The arguments. Undefined when the bot does not report them. */
  readonly arguments: unknown;
}

/** One line of the user, and what the bot did until the next one. The first turn of a chat has no line. */
export interface ChatTurn {
  /** The line of the user; undefined before the first one. */
  readonly userText: string | undefined;
  /** What the bot said so far, as it was heard: only words that were played, with single spaces. */
  readonly heardText: string;
  /** Whether the bot was interrupted in this turn. */
  readonly interrupted: boolean;
  /** The functions that the bot called, in their order. */
  readonly calls: readonly ChatCall[];
  /** From the user's line to the first sound in the room, in ms. Undefined before it, and when there was none. */
  readonly firstSoundMs: number | undefined;
  /** From the user's line to the first words that the bot reported as spoken, in ms. Undefined before them. */
  readonly firstWordMs: number | undefined;
}

interface Segment {
  text: string;
  heard: string;
  isOver: boolean;
}

/** Beyond these, a turn ignores what the bot reports. */
const MAX_SEGMENTS = 2000;
const MAX_CALLS = 1000;

/** A turn that still grows. */
export class GrowingTurn implements ChatTurn {
  readonly userText: string | undefined;
  readonly startedMs: number;
  readonly calls: ChatCall[] = [];
  interrupted = false;
  firstSoundMs: number | undefined;
  firstWordMs: number | undefined;
  readonly #segments = new Map<string, Segment>();

  constructor(userText: string | undefined, startedMs: number) {
    this.userText = userText;
    this.startedMs = startedMs;
  }

  get heardText(): string {
    return joinSpeech([...this.#segments.values()].map(({ heard }) => heard));
  }

  /** Whether something that will be spoken has not been spoken to its end. */
  get hasUnspoken(): boolean {
    return [...this.#segments.values()].some(({ isOver }) => !isOver);
  }

  /** An interruption has cut what was not heard. Words that were heard before it may still be reported. */
  cut(): void {
    this.interrupted = true;
    for (const segment of this.#segments.values()) segment.isOver = true;
  }

  hasSegment(key: string): boolean {
    return this.#segments.has(key);
  }

  /** Adds what the bot reported about a part of its speech. Returns whether more of it has been heard than before. */
  apply(key: string, output: BotOutput, nowMs: number): boolean {
    let segment = this.#segments.get(key);
    if (!segment) {
      if (this.#segments.size >= MAX_SEGMENTS) return false;
      segment = { text: output.text, heard: "", isOver: false };
      this.#segments.set(key, segment);
    }
    const before = segment.heard;
    if (output.will_be_spoken === false || output.spoken_status === undefined) {
      // It is only shown; or the bot is of a version that does not say what becomes of its text.
      segment.heard = output.text;
      segment.isOver = true;
    } else if (output.spoken_status === "completed") {
      segment.heard = output.spoken_progress?.accumulated_text ?? segment.text;
      segment.isOver = true;
    } else if (output.spoken_status === "in-progress") {
      segment.heard = output.spoken_progress?.accumulated_text ?? before;
    }
    if (segment.heard === before) return false;
    this.firstWordMs ??= nowMs - this.startedMs;
    return true;
  }

  addCall(call: ChatCall): boolean {
    if (this.calls.length >= MAX_CALLS || this.calls.some(({ id }) => id === call.id)) return false;
    this.calls.push(call);
    return true;
  }
}
