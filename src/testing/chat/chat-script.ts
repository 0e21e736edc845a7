import { TavusTransportError } from "../../util/errors.ts";
import { type SpeechPattern, parseSpeechPattern } from "./speech-pattern.ts";

/** When a line of the user interrupts the bot. */
export type InterruptionPoint =
  | {
      /** After this number of words that were heard. */
      readonly words: number;
    }
  | {
      /** This long after the first sound, in milliseconds. */
      readonly ms: number;
    };

/** A line of the user. Without `interruptsAfter` it waits until the bot is quiet. */
export interface UserStep {
  readonly is: "user";
  /** The line in the file, from 1. */
  readonly line: number;
  /** What the user says. */
  readonly text: string;
  /** After how many heard words, or how long after the bot's first sound, the line is said. */
  readonly interruptsAfter?: InterruptionPoint;
}

/** What the bot must say. */
export interface BotStep {
  readonly is: "bot";
  /** The line in the file, from 1. */
  readonly line: number;
  /** The text as it is written. */
  readonly text: string;
  /** The text as a pattern. */
  readonly pattern: SpeechPattern;
  /** How soon after the user's line its first word must be heard, in ms. */
  readonly withinMs?: number;
}

/** A function that the bot must call. */
export interface CallStep {
  readonly is: "call";
  /** The line in the file, from 1. */
  readonly line: number;
  /** The name of the function. */
  readonly name: string;
  /** The arguments that must be among those of the call. Undefined: any. */
  readonly arguments?: Readonly<Record<string, unknown>>;
}

/** A step of a written conversation. */
export type ChatStep = UserStep | BotStep | CallStep;

/** A written conversation. */
export interface ChatScript {
  /** The name of the file, for messages. */
  readonly name: string;
  /** The steps, in the order of the file. */
  readonly steps: readonly ChatStep[];
}

/** A line of a script that cannot be read. */
export interface ChatScriptProblem {
  /** The line in the file, from 1. */
  readonly line: number;
  /** What the line must be. */
  readonly rule: string;
}

/** A written conversation cannot be read. The message lists every problem with its line. */
export class ChatScriptError extends TavusTransportError {
  readonly code = "chatScript";
  /** The lines that cannot be read. */
  readonly problems: readonly ChatScriptProblem[];

  constructor(name: string, problems: readonly ChatScriptProblem[]) {
    super(problems.map(({ line, rule }) => `${name}:${line}: ${rule}`).join("\n"));
    this.problems = problems;
  }
}

/** A line that breaks a rule. */
class BrokenRule extends Error {}

interface Line {
  readonly number: number;
  readonly text: string;
}

const FORMS =
  '"user: …", "bot: …", "bot calls: NAME {…}", "bot within N s: …", "user interrupts after N words: …" (or "after N s"), or a comment ("# …")';

/**
 * Reads a written conversation: one step per line. A line that begins with a space continues the one above; lines that begin
 * with `#` are comments. `name` is for messages; default "script".
 *
 * @throws ChatScriptError that lists every problem with its line and the rule that it breaks.
 */
export function parseChatScript(text: string, name = "script"): ChatScript {
  const steps: ChatStep[] = [];
  const problems: ChatScriptProblem[] = [];
  for (const line of joinLines(text)) {
    try {
      const step = parseStep(line);
      checkOrder(step, steps.at(-1));
      steps.push(step);
    } catch (thrown) {
      if (!(thrown instanceof BrokenRule)) throw thrown;
      problems.push({ line: line.number, rule: thrown.message });
    }
  }
  if (steps.length === 0 && problems.length === 0)
    problems.push({ line: 1, rule: `a script needs at least one line: ${FORMS}.` });
  if (problems.length > 0) throw new ChatScriptError(name, problems);
  return { name, steps };
}

/** Lines without comments and blank ones, with their continuations. */
function joinLines(text: string): Line[] {
  const lines: Line[] = [];
  let continues = false;
  for (const [index, raw] of text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|[\n\r]/)
    .entries()) {
    const isIndented = /^[ \t]/.test(raw);
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) {
      continues &&= line !== "";
      continue;
    }
    const last = lines.at(-1);
    if (isIndented && continues && last) lines[lines.length - 1] = { ...last, text: `${last.text} ${line}` };
    else lines.push({ number: index + 1, text: line });
    continues = true;
  }
  return lines;
}

function parseStep({ number: line, text }: Line): ChatStep {
  const [, head = "", rest = ""] = /^([^:]*):(.*)$/su.exec(text) ?? [];
  const words = head.trim().toLowerCase().split(/\s+/);
  const said = rest.trim();
  const [who, verb] = words;
  if (who === "user" && words.length === 1) return { is: "user", line, text: requireText(said, "user: ") };
  if (who === "user" && verb === "interrupts") {
    return {
      is: "user",
      line,
      interruptsAfter: parseInterruption(words.slice(2)),
      text: requireText(said, "user interrupts …: "),
    };
  }
  if (who === "bot" && words.length === 1) return parseBotStep(line, said);
  if (who === "bot" && verb === "within") return { ...parseBotStep(line, said), withinMs: parseWithin(words.slice(2)) };
  if (who === "bot" && verb === "calls" && words.length === 2) return parseCall(line, said);
  throw new BrokenRule(`${JSON.stringify(shorten(text))} is none of ${FORMS}.`);
}

function parseBotStep(line: number, said: string): BotStep {
  const text = requireText(said, "bot: ");
  const pattern = parseSpeechPattern(text);
  if (typeof pattern === "string") throw new BrokenRule(pattern);
  return { is: "bot", line, text, pattern };
}

function parseInterruption(words: readonly string[]): InterruptionPoint {
  const [after, amount = "", unit = ""] = words;
  if (words.length === 3 && after === "after") {
    if (/^words?$/.test(unit) && /^[1-9]\d{0,3}$/.test(amount)) return { words: Number(amount) };
    const ms = parseSeconds(amount, unit);
    if (ms !== undefined) return { ms };
  }
  throw new BrokenRule(
    'an interruption is written "user interrupts after 3 words: …" or "user interrupts after 1.5 s: …".',
  );
}

function parseWithin(words: readonly string[]): number {
  const [amount = "", unit = ""] = words;
  const ms = words.length === 2 ? parseSeconds(amount, unit) : undefined;
  if (ms === undefined) throw new BrokenRule('a time limit is written "bot within 2.5 s: …".');
  return ms;
}

function parseSeconds(amount: string, unit: string): number | undefined {
  if (!/^(?:s|seconds?)$/.test(unit) || !/^\d{1,4}(?:\.\d{1,3})?$/.test(amount)) return undefined;
  const ms = Math.round(Number(amount) * 1000);
  return ms > 0 ? ms : undefined;
}

function parseCall(line: number, said: string): CallStep {
  const [, name = "", json] = /^([\w.-]+)(?:\s+(\{.*\}))?$/su.exec(said) ?? [];
  if (name === "") throw new BrokenRule('a call is written "bot calls: NAME" or "bot calls: NAME {"field": "value"}".');
  if (json === undefined) return { is: "call", line, name };
  try {
    return { is: "call", line, name, arguments: JSON.parse(json) as Readonly<Record<string, unknown>> };
  } catch {
    throw new BrokenRule(`the arguments of ${name} are not JSON: ${shorten(json)}`);
  }
}

function checkOrder(step: ChatStep, before: ChatStep | undefined): void {
  if (step.is === "bot" && step.withinMs !== undefined && before?.is === "bot")
    throw new BrokenRule('"bot within" belongs to the first line of what the bot says; the line above is "bot:", too.');
}

function requireText(said: string, after: string): string {
  if (said === "") throw new BrokenRule(`there is no text after "${after.trim()}".`);
  return said;
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
