import type { LLMContext, LLMMessage } from "../frames/index.ts";
import { type LLMChunk, LLMService, type LLMServiceOptions } from "../services/index.ts";
import { sleep } from "../util/deadline.ts";

/** A piece of a scripted answer: text, any chunk, a pause, or a failure. */
export type ScriptedAnswerPart = string | LLMChunk | Error | { readonly waitMs: number };

/** One answer. A string comes word by word. */
export type ScriptedAnswer = string | Error | readonly ScriptedAnswerPart[];

export interface ScriptedLLMServiceOptions extends LLMServiceOptions {
  /** The answers in their order, or a function that makes them. */
  readonly answers: readonly ScriptedAnswer[] | ((messages: readonly LLMMessage[]) => ScriptedAnswer);
  /** From the request to the first piece. Default 100. */
  readonly latencyMs?: number;
  /** Between words. Default 10. */
  readonly wordDelayMs?: number;
}

/** Answers as a script says. A script that has run out is an error, since the test then asks more than it meant to. */
export class ScriptedLLMService extends LLMService {
  /** The messages of every request. */
  readonly requests: (readonly LLMMessage[])[] = [];
  /** Answers that were cut short. */
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
