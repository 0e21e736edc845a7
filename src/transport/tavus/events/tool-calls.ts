import type { Interaction, ToolCallEvent } from "../../../api/events/index.ts";
import type { Clock } from "../../../util/clock.ts";
import { withDeadline } from "../../../util/deadline.ts";
import { asError } from "../../../util/errors.ts";
import { errorTextForModel, ToolError } from "../../../util/tool-error.ts";

/** A model that calls more tools than this at once has lost its way. */
const MAX_RUNNING = 32;
const DEFAULT_TIMEOUT_MS = 30_000;

export interface ToolCallContext {
  /** Aborts when the time is up and when the call is over. */
  readonly signal: AbortSignal;
}

/**
 * What it returns goes to the pal; undefined for an empty result. When it throws, the pal gets a neutral text as an error,
 * or the message of a `ToolError`.
 */
export type ToolCallHandler = (
  call: ToolCallEvent,
  context: ToolCallContext,
) => ToolCallOutput | undefined | Promise<ToolCallOutput | undefined>;

export type ToolCallOutput = string | Readonly<Record<string, unknown>>;

export interface ToolCallOptions {
  /** After this the pal is told that the tool failed. Default 30000. */
  readonly timeoutMs?: number;
}

export interface ToolCallsHost {
  /** The clock of the call, which may come after the handler. */
  clock(): Clock;
  send(result: Interaction): Promise<void>;
  onError(error: Error): void;
}

interface ToolUser {
  readonly handler: ToolCallHandler;
  readonly timeoutMs: number;
}

/** Runs the application's tools and tells the pal what came of it: exactly one result a call that has an id. */
export class ToolCalls {
  readonly #host: ToolCallsHost;
  readonly #running = new Set<AbortController>();
  #user: ToolUser | undefined;
  #closed = false;

  constructor(host: ToolCallsHost) {
    this.#host = host;
  }

  /** Who answers from here on; calls that are running stay with who has them. */
  use(handler: ToolCallHandler, { timeoutMs = DEFAULT_TIMEOUT_MS }: ToolCallOptions): void {
    this.#user = { handler, timeoutMs };
  }

  /** Never rejects. */
  async run(call: ToolCallEvent): Promise<void> {
    const user = this.#user;
    if (this.#closed || !user) return;
    const controller = new AbortController();
    this.#running.add(controller);
    try {
      const output = await this.#output(call, user, controller.signal);
      await this.#answer(call, output, "success");
    } catch (thrown) {
      // Nobody waits for it any more, and that it was cut short is no failure.
      if (this.#isClosed()) return;
      const error = asError(thrown);
      this.#host.onError(error);
      await this.#answer(call, errorTextForModel(error), "error");
    } finally {
      this.#running.delete(controller);
      controller.abort();
    }
  }

  /** No result leaves after this, and nothing is waited for. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const controller of this.#running) controller.abort(new Error("The call is over."));
  }

  async #output(call: ToolCallEvent, { handler, timeoutMs }: ToolUser, signal: AbortSignal): Promise<ToolCallOutput> {
    if (call.argumentsProblem !== undefined) throw new ToolError(`${call.name}: ${call.argumentsProblem}`);
    if (this.#running.size > MAX_RUNNING) throw new ToolError(`${call.name}: too many tools are running`);
    const aborted = new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(asError(signal.reason)), { once: true });
    });
    // Called in a promise, so that one which throws at once is no different.
    const working = Promise.race([Promise.resolve().then(() => handler(call, { signal })), aborted]);
    return (await withDeadline(this.#host.clock(), working, timeoutMs, `Tool ${call.name}`)) ?? "";
  }

  async #answer({ toolCallId }: ToolCallEvent, output: ToolCallOutput, status: "success" | "error"): Promise<void> {
    if (toolCallId === undefined || this.#isClosed()) return;
    const send = async (what: ToolCallOutput, how: "success" | "error"): Promise<boolean> => {
      try {
        await this.#host.send({ type: "toolResult", toolCallId, output: what, status: how });
        return true;
      } catch (thrown) {
        this.#host.onError(asError(thrown));
        return false;
      }
    };
    // A result, or the words of an error, may be too long for the room: the pal must not wait for them.
    if (!(await send(output, status)) && !this.#isClosed()) await send("The result cannot be sent.", "error");
  }

  /** A call of it, since it changes while others are awaited, which TypeScript does not see. */
  #isClosed(): boolean {
    return this.#closed;
  }
}
