import type { Interaction, ToolCallEvent } from "../../api/events/index.ts";
import type { Clock } from "../../util/clock.ts";
import { withDeadline } from "../../util/deadline.ts";
import { asError } from "../../util/errors.ts";

/** A model that calls more tools than this at once has lost its way. */
const MAX_RUNNING = 32;
const DEFAULT_TIMEOUT_MS = 30_000;

export interface ToolCallContext {
  /** Aborts when the time is up and when the call is over. */
  readonly signal: AbortSignal;
}

/** What it returns goes to the pal; undefined for an empty result. What it throws goes there as an error. */
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

/** Runs the application's tools and tells the pal what came of it: exactly one result a call that has an id. */
export class ToolCalls {
  readonly #host: ToolCallsHost;
  readonly #handler: ToolCallHandler;
  readonly #timeoutMs: number;
  readonly #running = new Set<AbortController>();
  #closed = false;

  constructor(host: ToolCallsHost, handler: ToolCallHandler, { timeoutMs = DEFAULT_TIMEOUT_MS }: ToolCallOptions) {
    this.#host = host;
    this.#handler = handler;
    this.#timeoutMs = timeoutMs;
  }

  /** Never rejects. */
  async run(call: ToolCallEvent): Promise<void> {
    if (this.#closed) return;
    const controller = new AbortController();
    this.#running.add(controller);
    try {
      const output = await this.#output(call, controller.signal);
      await this.#answer(call, output, "success");
    } catch (thrown) {
      const error = asError(thrown);
      this.#host.onError(error);
      await this.#answer(call, error.message, "error");
    } finally {
      this.#running.delete(controller);
      controller.abort();
    }
  }

  /** No result leaves after this. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const controller of this.#running) controller.abort(new Error("The call is over."));
  }

  async #output(call: ToolCallEvent, signal: AbortSignal): Promise<ToolCallOutput> {
    if (call.argumentsProblem !== undefined) throw new Error(`${call.name}: ${call.argumentsProblem}`);
    if (this.#running.size > MAX_RUNNING) throw new Error(`${call.name}: too many tools are running`);
    // Called in a promise, so that one which throws at once is no different.
    const working = Promise.resolve().then(() => this.#handler(call, { signal }));
    return (await withDeadline(this.#host.clock(), working, this.#timeoutMs, `Tool ${call.name}`)) ?? "";
  }

  async #answer({ toolCallId }: ToolCallEvent, output: ToolCallOutput, status: "success" | "error"): Promise<void> {
    if (toolCallId === undefined || this.#closed) return;
    try {
      await this.#host.send({ type: "toolResult", toolCallId, output, status });
    } catch (thrown) {
      this.#host.onError(asError(thrown));
      // A result that is too long for the room: the pal must not wait for it.
      if (status === "success")
        await this.#answer({ toolCallId } as ToolCallEvent, "The result cannot be sent.", "error");
    }
  }
}
