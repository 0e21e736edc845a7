import type { LLMContext, LLMMessage } from "../frames/index.ts";
import { type LLMChunk, LLMService, type LLMServiceOptions } from "../services/index.ts";
import { sleep } from "../util/deadline.ts";

/** A part of a scripted answer: text, any chunk, a pause, or a failure. */
export type ScriptedAnswerPart =
  | string
  | LLMChunk
  | Error
  | {
      /** Time to wait, in milliseconds. */
      readonly waitMs: number;
    };

/** One answer. A string is streamed word by word. */
export type ScriptedAnswer = string | Error | readonly ScriptedAnswerPart[];

/** Options of a {@link ScriptedLLMService}. */
export interface ScriptedLLMServiceOptions extends LLMServiceOptions {
  /** The answers in order, or a function that returns the answer to messages. */
  readonly answers: readonly ScriptedAnswer[] | ((messages: readonly LLMMessage[]) => ScriptedAnswer);
  /** Time from the request to the first piece, in milliseconds. Default 100. */
  readonly latencyMs?: number;
  /** Time between words, in milliseconds. Default 10. */
  readonly wordDelayMs?: number;
}

/**
 * An LLM service that answers by a script. A request beyond the end of the script fails: the test requested more than
 * it intended.
 */
export class ScriptedLLMService extends LLMService {
  /** Messages of every request. */
  readonly requests: (readonly LLMMessage[])[] = [];
  /** Number of answers that were aborted. */
  aborted = 0;
  readonly #options: ScriptedLLMServiceOptions;

  constructor(options: ScriptedLLMServiceOptions) {
    super({}, { name: "ScriptedLLMService", ...options });
    this.#options = options;
  }

  protected override async *generate(context: LLMContext, signal: AbortSignal): AsyncGenerator<LLMChunk> {
    const messages = [...context.messages];
    this.requests.push(messages);
    const { latencyMs = 100, wordDelayMs = 10 } = this.#options;
    let complete = false;
    const countAbort = (): void => {
      if (!complete) this.aborted++;
    };
    signal.addEventListener("abort", countAbort, { once: true });
    await sleep(this.clock, latencyMs, signal);
    for (const part of toParts(this.#answer(messages, this.requests.length - 1))) {
      if (part instanceof Error) throw part;
      if (typeof part !== "string") {
        if ("waitMs" in part) await sleep(this.clock, part.waitMs, signal);
        else yield part;
        continue;
      }
      for (const text of part.match(/\s*\S+\s*$|\s*\S+|\s+/gu) ?? []) {
        yield { type: "text", text };
        if (wordDelayMs > 0) await sleep(this.clock, wordDelayMs, signal);
      }
    }
    complete = true;
  }

  #answer(messages: readonly LLMMessage[], index: number): ScriptedAnswer {
    const { answers } = this.#options;
    if (typeof answers === "function") return answers(messages);
    const answer = answers[index];
    if (answer === undefined)
      throw new Error(`The script has ${answers.length} answers; request ${index + 1} has none.`);
    return answer;
  }
}

function toParts(answer: ScriptedAnswer): readonly ScriptedAnswerPart[] {
  return typeof answer === "string" || answer instanceof Error ? [answer] : answer;
}
