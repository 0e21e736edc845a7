import { systemClock } from "../util/clock.ts";
import type { Clock } from "../util/clock.ts";
import { asError } from "../util/errors.ts";
import type { Logger } from "../util/logger.ts";
import { safeLogger } from "../util/safe-logger.ts";
import type { PipelineTask } from "./pipeline-task.ts";
import { settledWithin } from "./settled-within.ts";
import type { PipelineTaskResult } from "./task-events.ts";

type ProcessEventName = "SIGINT" | "SIGTERM" | "uncaughtException" | "unhandledRejection";

/** The part of Node's `process` that the runner uses. */
export interface RunnerProcess {
  on(event: ProcessEventName, listener: (value: unknown) => void): unknown;
  off(event: ProcessEventName, listener: (value: unknown) => void): unknown;
  exit(code: number): unknown;
}

export interface PipelineRunnerOptions {
  /** Whether SIGINT and SIGTERM end the tasks. Default true. */
  readonly handleSignals?: boolean;
  /** What the first signal does to them; the second one exits at once. Default "cancel". */
  readonly onSignal?: "cancel" | "end";
  /**
   * Whether an uncaught exception or unhandled rejection cancels the tasks before the process exits with code 1, so that
   * no conversation stays open behind it. Default true.
   */
  readonly handleUncaughtErrors?: boolean;
  /** How long the tasks may take over that. Default 10 000. */
  readonly uncaughtErrorTimeoutMs?: number;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Default: Node's `process`. */
  readonly process?: RunnerProcess;
}

/** What an aborted handler may still need to return, before it is called dangling. */
const DANGLING_GRACE_MS = 100;

/** Exit codes by custom: 128 and the signal's number. */
const SIGNAL_EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** Runs tasks and ties them to the process: nothing else in the library listens to signals. */
export class PipelineRunner implements AsyncDisposable {
  readonly #tasks = new Map<PipelineTask, Promise<unknown>>();
  readonly #listeners: ReadonlyMap<ProcessEventName, (value: unknown) => void>;
  readonly #onSignal: "cancel" | "end";
  readonly #uncaughtErrorTimeoutMs: number;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #process: RunnerProcess;
  #signalled = false;
  #failing = false;

  constructor(options: PipelineRunnerOptions = {}) {
    this.#onSignal = options.onSignal ?? "cancel";
    this.#uncaughtErrorTimeoutMs = options.uncaughtErrorTimeoutMs ?? 10_000;
    this.#clock = options.clock ?? systemClock;
    this.#logger = safeLogger(options.logger);
    this.#process = options.process ?? process;
    const listeners = new Map<ProcessEventName, (value: unknown) => void>();
    if (options.handleSignals ?? true) {
      for (const signal of ["SIGINT", "SIGTERM"] as const) {
        listeners.set(signal, () => {
          this.#signal(signal);
        });
      }
    }
    if (options.handleUncaughtErrors ?? true) {
      for (const event of ["uncaughtException", "unhandledRejection"] as const) {
        listeners.set(event, (thrown) => {
          void this.#uncaught(asError(thrown), event);
        });
      }
    }
    this.#listeners = listeners;
  }

  /**
   * Runs the task to its end, beside those that run already. Settles as `task.run()` does. After a signal, a further task
   * is cancelled before it starts. Handlers that go on after their task's end are named in a warning.
   */
  async run(task: PipelineTask): Promise<PipelineTaskResult> {
    if (this.#tasks.size === 0) {
      this.#signalled = false;
      for (const [event, listener] of this.#listeners) {
        this.#process.on(event, listener);
      }
    }
    if (this.#signalled) {
      task.cancel("the runner was told to stop by a signal");
    }
    const running = task.run();
    this.#tasks.set(task, running);
    try {
      return await running;
    } finally {
      this.#tasks.delete(task);
      if (this.#tasks.size === 0) {
        this.#detach();
      }
      this.#reportDangling(task);
    }
  }

  /**
   * Runs the tasks side by side until all have ended; one that fails does not stop the others. Resolves with their results
   * in the same order; rejects, when all are over, with the one error or with an AggregateError of several.
   */
  async runAll(tasks: readonly PipelineTask[]): Promise<PipelineTaskResult[]> {
    const outcomes = await Promise.allSettled(tasks.map((task) => this.run(task)));
    const results = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    const errors = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [asError(outcome.reason)] : []));
    if (errors.length === 1 && errors[0] !== undefined) {
      throw errors[0];
    }
    if (errors.length > 1) {
      throw new AggregateError(errors, `${errors.length} of ${tasks.length} tasks failed; see errors.`);
    }
    return results;
  }

  /** Cancels all tasks, as `task.cancel` does. */
  cancel(reason?: string): void {
    for (const task of this.#tasks.keys()) {
      task.cancel(reason);
    }
  }

  /** Ends all tasks gracefully, as `task.end` does. */
  end(reason?: string): void {
    for (const task of this.#tasks.keys()) {
      task.end(reason);
    }
  }

  /** Cancels all tasks, and waits until they are cleaned up. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.cancel("the runner was disposed");
    await Promise.allSettled(this.#tasks.values());
  }

  #reportDangling(task: PipelineTask): void {
    if (task.danglingHandlers().length === 0) {
      return;
    }
    this.#clock.setTimeout(() => {
      const names = task.danglingHandlers();
      if (names.length > 0) {
        const what = `A task is over, but handlers of it still run: ${names.join(", ")}.`;
        this.#logger.warn(`${what} Pass ctx.signal to what they wait for.`);
      }
    }, DANGLING_GRACE_MS);
  }

  #signal(signal: keyof typeof SIGNAL_EXIT_CODES): void {
    if (this.#signalled) {
      this.#process.exit(SIGNAL_EXIT_CODES[signal]);
      return;
    }
    this.#signalled = true;
    if (this.#onSignal === "end") {
      this.end(signal);
    } else {
      this.cancel(signal);
    }
  }

  async #uncaught(error: Error, event: string): Promise<void> {
    this.#logger.error(`${event}: ${error.message}. The tasks are cancelled, then the process exits.`, { error });
    if (this.#failing) {
      return;
    }
    this.#failing = true;
    this.cancel(`${event}: ${error.message}`);
    await settledWithin(this.#clock, Promise.allSettled(this.#tasks.values()), this.#uncaughtErrorTimeoutMs);
    this.#process.exit(1);
  }

  #detach(): void {
    for (const [event, listener] of this.#listeners) {
      // While an uncaught error is being dealt with, a further one must not end the process in between.
      if (!this.#failing || event === "SIGINT" || event === "SIGTERM") {
        this.#process.off(event, listener);
      }
    }
  }
}
