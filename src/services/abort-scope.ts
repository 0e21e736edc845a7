/**
 * Provides the abort signal of one piece of work: it aborts with any of its parents, or by {@link abort}. A parent
 * often outlives many pieces of work (a handler's `ctx.signal` does), so dispose the scope to remove its listeners.
 */
export class AbortScope implements Disposable {
  readonly #controller = new AbortController();
  readonly #parents: readonly AbortSignal[];
  readonly #onAbort = (): void => {
    const reason: unknown = this.#parents.find(({ aborted }) => aborted)?.reason;
    this.#controller.abort(reason);
  };

  constructor(...parents: readonly AbortSignal[]) {
    this.#parents = parents;
    for (const parent of parents) parent.addEventListener("abort", this.#onAbort, { once: true });
    if (parents.some(({ aborted }) => aborted)) this.#onAbort();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: Error): void {
    this.#controller.abort(reason);
  }

  [Symbol.dispose](): void {
    for (const parent of this.#parents) parent.removeEventListener("abort", this.#onAbort);
  }
}
