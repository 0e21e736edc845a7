import { deferred, type Deferred } from "../util/deadline.ts";
import { ToolError } from "../util/tool-error.ts";

/** What a function call tells its handler, as far as it matters here. */
export interface ClientFunctionCall {
  /** Id of the call. */
  readonly toolCallId: string;
  /** Aborts when the call is cancelled or times out. */
  readonly signal: AbortSignal;
}

/** Functions of the model that run in a client. */
export class ClientFunctions {
  readonly #names = new Set<string>();
  readonly #pending = new Map<string, { readonly name: string; readonly result: Deferred<unknown> }>();

  /** Whether calls of this function are answered by clients. */
  has(name: string): boolean {
    return this.#names.has(name);
  }

  register(name: string): void {
    this.#names.add(name);
  }

  /** Waits for a client's result. Rejects with the signal's reason, or a ToolError when all clients are gone. */
  async wait(name: string, { toolCallId, signal }: ClientFunctionCall): Promise<unknown> {
    const result = deferred<unknown>();
    const onAbort = (): void => result.reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    this.#pending.set(toolCallId, { name, result });
    try {
      return await result.promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#pending.delete(toolCallId);
    }
  }

  /** A client has sent a result. Returns false when no call waits for it. */
  resolve(name: string, toolCallId: string, result: unknown): boolean {
    const call = this.#pending.get(toolCallId);
    if (call?.name !== name) return false;
    call.result.resolve(result);
    return true;
  }

  /** No client is left. */
  abandon(): void {
    for (const { result } of this.#pending.values()) result.reject(noClientError());
  }
}

/** What the model learns where no client could run its function. */
export function noClientError(): ToolError {
  return new ToolError("The user's page is not connected, so this cannot be done there.");
}
