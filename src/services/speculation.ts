import { LLMContext, type Frame, type FrameDirection } from "../frames/index.ts";
import { InterruptedError, type ProcessContext, type PushErrorOptions } from "../pipeline/index.ts";
import { AbortScope } from "./abort-scope.ts";

/** What happens to an answer that was started ahead of the turn's end. */
export type Verdict = "confirmed" | "withdrawn";

/**
 * The handler's context for an answer to a turn that may not be over. It holds what is pushed until the turn has ended,
 * then pushes it in order or drops it.
 */
export class Speculation implements ProcessContext, Disposable {
  readonly #inner: ProcessContext;
  readonly #scope: AbortScope;
  readonly #verdict = Promise.withResolvers<Verdict>();
  #held: (() => void)[] | undefined = [];

  constructor(inner: ProcessContext) {
    this.#inner = inner;
    this.#scope = new AbortScope(inner.signal);
    const aborted = (): void => this.#verdict.resolve("withdrawn");
    this.signal.addEventListener("abort", aborted, { once: true });
    if (this.signal.aborted) aborted();
  }

  get signal(): AbortSignal {
    return this.#scope.signal;
  }

  /** Resolves with the turn; also with "withdrawn" when the handler is interrupted. */
  get verdict(): Promise<Verdict> {
    return this.#verdict.promise;
  }

  settle(verdict: Verdict): void {
    if (verdict === "withdrawn") {
      this.#held = undefined;
      this.#scope.abort(new InterruptedError());
      return;
    }
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const act of held) act();
    this.#verdict.resolve(verdict);
  }

  push(frame: Frame, direction?: FrameDirection): void {
    this.#runOrHold(() => this.#inner.push(frame, direction));
  }

  pushError(error: Error, options?: PushErrorOptions): void {
    this.#runOrHold(() => this.#inner.pushError(error, options));
  }

  broadcast(make: () => Frame): void {
    this.#runOrHold(() => this.#inner.broadcast(make));
  }

  broadcastCopy(frame: Frame): void {
    this.#runOrHold(() => this.#inner.broadcastCopy(frame));
  }

  broadcastInterruption(): void {
    this.#runOrHold(() => this.#inner.broadcastInterruption());
  }

  [Symbol.dispose](): void {
    this.#scope[Symbol.dispose]();
  }

  #runOrHold(act: () => void): void {
    if (this.#held) this.#held.push(act);
    else if (!this.signal.aborted) act();
  }
}

/** Returns the context as it will be if the turn ends as predicted. */
export function extendContext({ messages, tools, toolChoice }: LLMContext, text: string): LLMContext {
  return new LLMContext([...messages, { role: "user", content: text }], { tools, toolChoice });
}
