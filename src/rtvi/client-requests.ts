import type { Clock } from "../util/clock.ts";
import { runWithDeadline } from "../util/deadline.ts";
import { asError, DeadlineError } from "../util/errors.ts";
import { ToolError } from "../util/tool-error.ts";
import type { RTVIClient } from "./rtvi-client.ts";

/** Requests that may be answered at the same time; more are a client out of control. */
const MAX_RUNNING = 100;
/** Pipecat's client waits no longer. */
const DEFAULT_TIMEOUT_MS = 10_000;

/** A message that a client has sent to the application. */
export interface RTVIClientMessage {
  /** What it is about; the application and its page agree on it. */
  readonly type: string;
  /** What it carries: anything that is JSON. Written by the client: check it before use. */
  readonly data: unknown;
  /** The sender. */
  readonly client: RTVIClient;
  /**
   * Answers the message; the page's `sendClientRequest` resolves with `data`. Later answers to the same message are ignored.
   *
   * @throws RTVIMessageTooLargeError, and InvalidOptionError for data that is not JSON: nothing was sent, and another answer
   * may follow.
   */
  reply(data?: unknown): void;
  /** Refuses the message; the page's `sendClientRequest` rejects with this text. */
  fail(error: string): void;
}

/** What the handler of a request receives besides the message. */
export interface RTVIRequestContext {
  /** Aborts at the timeout, when the client leaves, and when the task is over. */
  readonly signal: AbortSignal;
}

/**
 * Answers a request of a client: what it returns is the answer. When it throws, the client receives a neutral text, or the
 * message of a `ToolError`.
 */
export type RTVIRequestHandler = (message: RTVIClientMessage, context: RTVIRequestContext) => unknown;

/** How requests are answered. */
export interface RTVIRequestOptions {
  /** After this long the request has failed, in milliseconds. Default 10000, as long as Pipecat's client waits. */
  readonly timeoutMs?: number;
}

interface Registered {
  readonly handler: RTVIRequestHandler;
  readonly timeoutMs: number;
}

/** The handlers of the application, which run beside each other: a slow one delays no other message. */
export class ClientRequests {
  readonly #clock: () => Clock;
  readonly #onError: (error: Error, type: string) => void;
  readonly #handlers = new Map<string, Registered>();
  readonly #running = new Map<AbortController, string>();

  constructor(clock: () => Clock, onError: (error: Error, type: string) => void) {
    this.#clock = clock;
    this.#onError = onError;
  }

  register(type: string, handler: RTVIRequestHandler, { timeoutMs = DEFAULT_TIMEOUT_MS }: RTVIRequestOptions): void {
    this.#handlers.set(type, { handler, timeoutMs });
  }

  /** Answers the message if there is a handler for it; returns whether there is. */
  run(message: RTVIClientMessage): boolean {
    const registered = this.#handlers.get(message.type);
    if (!registered) return false;
    if (this.#running.size >= MAX_RUNNING) message.fail("Too many requests are being answered.");
    else void this.#answer(message, registered);
    return true;
  }

  /** Aborts what is being answered for a client, or for all. */
  abort(sessionId?: string): void {
    for (const [controller, owner] of this.#running)
      if (sessionId === undefined || owner === sessionId) controller.abort(new Error("The client has left."));
  }

  /** Never rejects. */
  async #answer(message: RTVIClientMessage, { handler, timeoutMs }: Registered): Promise<void> {
    const gone = new AbortController();
    this.#running.set(gone, message.client.sessionId);
    try {
      const what = `The request "${message.type}"`;
      const answer = await runWithDeadline(this.#clock(), timeoutMs, what, async (signal) =>
        handler(message, { signal: AbortSignal.any([signal, gone.signal]) }),
      );
      message.reply(answer);
    } catch (thrown) {
      if (gone.signal.aborted) return;
      const error = asError(thrown);
      this.#onError(error, message.type);
      message.fail(textForClient(error));
    } finally {
      this.#running.delete(gone);
    }
  }
}

/** An error's message may contain anything, such as a URL with its password; only a ToolError's is written for others. */
function textForClient(error: Error): string {
  if (error instanceof ToolError) return error.message;
  return error instanceof DeadlineError ? "The request took too long." : "The request failed.";
}
