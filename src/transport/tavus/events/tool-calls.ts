import type { Interaction, ToolCallEvent } from "../../../api/events/index.ts";
import type { Clock } from "../../../util/clock.ts";
import { withDeadline } from "../../../util/deadline.ts";
import { asError } from "../../../util/errors.ts";
import { errorTextForModel, ToolError } from "../../../util/tool-error.ts";

/** A model that calls more tools than this at once is out of control. */
const MAX_RUNNING = 32;
const DEFAULT_TIMEOUT_MS = 30_000;

/** What a tool call handler gets besides the call itself. */
export interface ToolCallContext {
  /** Aborts at the timeout, and when the conversation's call is over. */
  readonly signal: AbortSignal;
}

/**
 * Runs a tool for the pal. What it returns is sent to the pal; undefined is an empty result. When it throws, the pal gets a
 * neutral text as an error, or the message of a `ToolError`.
 */
export type ToolCallHandler = (
  call: ToolCallEvent,
  context: ToolCallContext,
) => ToolCallOutput | undefined | Promise<ToolCallOutput | undefined>;

/** The result of a tool: a text, or an object that is sent as JSON. */
export type ToolCallOutput = string | Readonly<Record<string, unknown>>;

/** How tool calls are run. */
export interface ToolCallOptions {
  /** After this many milliseconds the tool has failed, and the pal gets an error. Default 30000. */
  readonly timeoutMs?: number;
}

export interface ToolCallsHost {
  /** The clock of the call, which may not be known yet when the handler is set. */
  clock(): Clock;
  send(result: Interaction): Promise<void>;
  onError(error: Error): void;
}

interface ToolUser {
  readonly handler: ToolCallHandler;
  readonly timeoutMs: number;
}

/** Runs the application's tools and sends their results to the pal: exactly one for each call that has an id. */
export class ToolCalls {
  readonly #host: ToolCallsHost;
  readonly #running = new Set<AbortController>();
  #user: ToolUser | undefined;
  #closed = false;

  constructor(host: ToolCallsHost) {
    this.#host = host;
  }

  /** Sets the handler for calls from here on; calls in progress stay with theirs. */
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
      // The pal no longer waits for a result, and an aborted tool has not failed.
      if (this.#isClosed()) return;
      const error = asError(thrown);
      this.#host.onError(error);
      await this.#answer(call, errorTextForModel(error), "error");
    } finally {
      this.#running.delete(controller);
      controller.abort();
    }
  }

  /** Aborts the tools in progress; no result is sent after this. Idempotent. */
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
    // Called in a promise, so that a handler that throws synchronously is no different.
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
    // A result, or the text of an error, may be too long for the room: the pal must not wait forever.
    if (!(await send(output, status)) && !this.#isClosed()) await send("The result cannot be sent.", "error");
  }

  /** A method, since TypeScript does not see that the field changes during an await. */
  #isClosed(): boolean {
    return this.#closed;
  }
}
