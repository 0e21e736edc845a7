import { TavusTransportError } from "../../util/errors.ts";
import type { ChatTurn } from "./chat-turn.ts";
import { formatCall } from "./compare-turn.ts";

/** One line of a transcript. */
export interface TranscriptLine {
  /** Who: the user, the bot as it was heard, or a function that it called. */
  readonly who: "user" | "bot" | "call";
  /** What was said; for a call its name and arguments as JSON. */
  readonly text: string;
  /** Whether the bot was interrupted here. */
  readonly interrupted?: boolean;
  /** From the user's line to the bot's first sound, in ms, where there was one. */
  readonly firstSoundMs?: number;
  /** From the user's line to the bot's first words, in ms, where there were any. */
  readonly firstWordMs?: number;
}

/** How a conversation went that followed a script. */
export interface ScriptReport {
  /** The name of the script. */
  readonly name: string;
  /** How many lines of the script were played and compared. */
  readonly steps: number;
  /** What was said. */
  readonly transcript: readonly TranscriptLine[];
}

/** Where a conversation differs from its script. */
export interface ScriptMismatch {
  /** The line of the script, from 1. */
  readonly line: number;
  /** What is wrong, in one sentence. */
  readonly problem: string;
  /** What the script says. */
  readonly expected: string;
  /** What happened instead. */
  readonly found: string;
}

/** A conversation did not follow its script. The message has the line, what differs, and the conversation so far. */
export class ScriptMismatchError extends TavusTransportError {
  readonly code = "scriptMismatch";
  /** Where it differs. */
  readonly mismatch: ScriptMismatch;
  /** The message without the conversation. */
  readonly summary: string;
  /** The conversation until then. */
  readonly transcript: readonly TranscriptLine[];

  constructor(name: string, mismatch: ScriptMismatch, transcript: readonly TranscriptLine[]) {
    const { line, problem, expected, found } = mismatch;
    const summary = [`${name}:${line}: ${problem}`, `  expected  ${expected}`, `  found     ${found}`].join("\n");
    super([summary, "The conversation so far:", ...transcript.map(formatTranscriptLine)].join("\n"));
    this.mismatch = mismatch;
    this.summary = summary;
    this.transcript = transcript;
  }
}

function formatTranscriptLine({ who, text, interrupted }: TranscriptLine): string {
  return `  ${who.padEnd(4)}  ${text}${interrupted === true ? " (interrupted)" : ""}`;
}

/** The lines of a chat so far. */
export function transcribe(turns: readonly ChatTurn[]): TranscriptLine[] {
  return turns.flatMap(({ userText, heardText, interrupted, calls, firstSoundMs, firstWordMs }) => [
    ...(userText === undefined ? [] : [{ who: "user", text: userText } as const]),
    ...calls.map((call) => ({ who: "call", text: formatCall(call) }) as const),
    ...(heardText === ""
      ? []
      : [
          {
            who: "bot",
            text: heardText,
            ...(interrupted && { interrupted }),
            ...(firstSoundMs !== undefined && { firstSoundMs: Math.round(firstSoundMs) }),
            ...(firstWordMs !== undefined && { firstWordMs: Math.round(firstWordMs) }),
          } as const,
        ]),
  ]);
}
