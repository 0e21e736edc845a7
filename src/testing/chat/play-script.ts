import { type BotStep, type CallStep, type ChatScript, parseChatScript, type UserStep } from "./chat-script.ts";
import { ChatSession, type ChatRoom, type ChatSessionOptions } from "./chat-session.ts";
import { countWords } from "./chat-text.ts";
import type { ChatTurn } from "./chat-turn.ts";
import { findDifference, formatCall, type ExpectedTurn } from "./compare-turn.ts";
import { type ScriptMismatch, ScriptMismatchError, type ScriptReport, transcribe } from "./script-report.ts";

/** Options of {@link playScript}. */
export interface PlayScriptOptions extends ChatSessionOptions {
  /**
   * How long the bot may be at nothing, in ms, before its answer counts as missing. Time in which it thinks, speaks or waits
   * for a function does not count, up to ten times as much. Default 30 000.
   */
  readonly answerTimeoutMs?: number;
}

/** What the script says about one turn: a line of the user, and what follows until the next one. */
interface Part extends ExpectedTurn {
  readonly user: UserStep | undefined;
}

/** A part whose turn an interruption cut: it is compared when all that was heard of it has been reported. */
interface CutPart {
  readonly part: Part;
  readonly turn: ChatTurn;
}

const DEFAULT_ANSWER_TIMEOUT_MS = 30_000;
/** What differs from the script counts as final after this much quiet. */
const FINAL_AFTER_MS = 2000;

/**
 * Joins the room of a bot as a user, plays a written conversation and compares what the bot said, as it was heard, and which
 * functions it called. `script` is the text of a script, or what {@link parseChatScript} made of it.
 *
 * @throws ScriptMismatchError with the first line that differs, and the transcript; ChatScriptError for a script that cannot
 * be read; what {@link ChatSession.join} throws.
 */
export async function playScript(
  script: string | ChatScript,
  room: ChatRoom,
  options: PlayScriptOptions = {},
): Promise<ScriptReport> {
  const parsed = typeof script === "string" ? parseChatScript(script) : script;
  await using session = await ChatSession.join(room, options);
  return await playScriptIn(session, parsed, options);
}

/** Plays a script in a chat that has begun. The session stays open. @throws ScriptMismatchError as {@link playScript}. */
export async function playScriptIn(
  session: ChatSession,
  script: ChatScript,
  { answerTimeoutMs, signal }: Pick<PlayScriptOptions, "answerTimeoutMs" | "signal"> = {},
): Promise<ScriptReport> {
  return await new ScriptPlayer(session, script, answerTimeoutMs ?? DEFAULT_ANSWER_TIMEOUT_MS, signal).play();
}

class ScriptPlayer {
  readonly #session: ChatSession;
  readonly #script: ChatScript;
  readonly #answerTimeoutMs: number;
  readonly #signal: AbortSignal | undefined;
  #cut: CutPart | undefined;

  constructor(session: ChatSession, script: ChatScript, answerTimeoutMs: number, signal: AbortSignal | undefined) {
    this.#session = session;
    this.#script = script;
    this.#answerTimeoutMs = answerTimeoutMs;
    this.#signal = signal;
  }

  async play(): Promise<ScriptReport> {
    const parts = toParts(this.#script);
    for (const [index, part] of parts.entries()) {
      if (part.user) await this.#say(part.user);
      const turn = this.#session.turn;
      if (parts[index + 1]?.user?.interruptsAfter === undefined) {
        await this.#expect(part, turn);
      } else {
        this.#compareCut();
        this.#cut = { part, turn };
      }
    }
    const { name, steps } = this.#script;
    return { name, steps: steps.length, transcript: transcribe(this.#session.turns) };
  }

  async #say(step: UserStep): Promise<void> {
    const { interruptsAfter, line, text } = step;
    if (interruptsAfter) await this.#untilInterruption(step);
    else await this.#until(() => this.#session.isQuiet);
    if (this.#session.endReason !== undefined)
      this.#fail({ line, problem: this.#session.endReason, expected: `user: ${text}`, found: "the chat is over" });
    await this.#session.say(text);
  }

  /** Waits for the moment at which the user interrupts. */
  async #untilInterruption({ interruptsAfter: point, line, text }: UserStep): Promise<void> {
    const { turn } = this.#session;
    if (!point) return;
    const isOver = (): boolean => this.#session.isQuiet && turn.heardText !== "";
    const isReached =
      "words" in point
        ? (): boolean => countWords(turn.heardText) >= point.words
        : (): boolean => turn.firstSoundMs !== undefined || turn.heardText !== "";
    await this.#until(() => isReached() || isOver());
    if (isReached() && "ms" in point) await this.#session.waitFor(isOver, point.ms, this.#signal);
    this.#signal?.throwIfAborted();
    if (isReached() && !isOver()) return;
    const found = this.#describe(turn);
    const problem = "the bot had nothing more to say when the user was to interrupt it.";
    const after = "words" in point ? `${point.words} words` : `${point.ms / 1000} s`;
    this.#fail({ line, problem, expected: `user interrupts after ${after}: ${text}`, found });
  }

  /** Waits until the bot's turn is over, and compares it. */
  async #expect(part: Part, turn: ChatTurn): Promise<void> {
    const { bot, calls } = part;
    if (bot.length === 0 && calls.length === 0 && !this.#cut) return;
    const isDone = (): boolean => findDifference(part, turn) === undefined;
    const session = this.#session;
    await this.#until(() => {
      if (!session.isQuiet) return false;
      const isFinal = turn.heardText !== "" && session.idleMs >= FINAL_AFTER_MS;
      return isDone() || isFinal;
    });
    this.#compareCut();
    this.#compare(part, turn);
  }

  /** By the end of the next turn, all that was heard before the interruption has been reported. */
  #compareCut(): void {
    const cut = this.#cut;
    this.#cut = undefined;
    if (cut) this.#compare(cut.part, cut.turn);
  }

  #compare(part: Part, turn: ChatTurn): void {
    const difference = findDifference(part, turn);
    if (!difference) return;
    const { step, problem } = difference;
    const expected = step.is === "call" ? `bot calls: ${formatCall(step)}` : `bot: ${step.text}`;
    this.#fail({ line: step.line, problem, expected, found: this.#describe(turn, step) });
  }

  #describe(turn: ChatTurn, step?: BotStep | CallStep): string {
    const calls = turn.calls.map(formatCall).join(", ");
    if (step?.is === "call") return calls === "" ? "no calls" : calls;
    const { endReason } = this.#session;
    if (turn.heardText !== "") return turn.heardText;
    return endReason ?? (calls === "" ? "the bot said nothing" : `the bot said nothing (it called ${calls})`);
  }

  async #until(condition: () => boolean): Promise<void> {
    await this.#session.waitForBot(condition, this.#answerTimeoutMs, this.#signal);
    this.#signal?.throwIfAborted();
  }

  #fail(mismatch: ScriptMismatch): never {
    throw new ScriptMismatchError(this.#script.name, mismatch, transcribe(this.#session.turns));
  }
}

function toParts({ steps }: ChatScript): Part[] {
  const parts: { user: UserStep | undefined; bot: BotStep[]; calls: CallStep[] }[] = [];
  for (const step of steps) {
    let part = parts.at(-1);
    if (!part || step.is === "user") parts.push((part = { user: undefined, bot: [], calls: [] }));
    if (step.is === "user") part.user = step;
    else if (step.is === "bot") part.bot.push(step);
    else part.calls.push(step);
  }
  return parts;
}
