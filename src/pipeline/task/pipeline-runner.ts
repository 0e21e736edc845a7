import { type Clock, systemClock } from "../../util/clock.ts";
import { asError, InvalidOptionError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import { safeLogger } from "../../util/safe-logger.ts";
import type { PipelineTask } from "./pipeline-task.ts";
import {
  getProcessWatch,
  type ProcessWatch,
  type RunnerProcess,
  type StopSignal,
  type WatchedRunner,
} from "./process-watch.ts";
import type { PipelineTaskResult } from "./task-events.ts";

/** How a runner ties its tasks to the process. */
export interface PipelineRunnerOptions {
  /**
   * Whether SIGINT, SIGTERM and SIGHUP (a closed terminal) end the tasks and, after them, the process. Its exit code is then
   * 130, 143 or 129, unless the program sets another. Default true; false leaves signals to the application.
   */
  readonly handleSignals?: boolean;
  /** What the first signal does to the tasks; a second one, 200 ms or more later, exits at once. Default "cancel". */
  readonly onSignal?: "cancel" | "end";
  /**
   * Whether an uncaught exception or unhandled rejection cancels the tasks of all runners before the process exits with
   * code 1, so that no conversation stays open after it. Default true.
   */
  readonly handleUncaughtErrors?: boolean;
  /**
   * The one bound of a process that is stopping, in ms: this long after its tasks were cancelled (by a signal or an uncaught
   * error), or were over, it exits, whatever still hangs. With several runners the longest counts. Default 10 000, as
   * Docker waits 10 s before it kills.
   */
  readonly exitTimeoutMs?: number;
  /** Default: the machine's time. */
  readonly clock?: Clock;
  /** Default: warnings and errors to standard error. */
  readonly logger?: Logger;
  /** The process whose signals and errors are handled. Default: Node's `process`. */
  readonly process?: RunnerProcess;
}

/** How long an aborted handler may take to return before it is reported as dangling, in ms. */
const DANGLING_GRACE_MS = 100;
/** Above this, Node fires a timer at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Runs tasks and ties them to the process: nothing else in the library listens to signals. */
export class PipelineRunner implements AsyncDisposable {
  readonly #tasks = new Map<PipelineTask, Promise<unknown>>();
  readonly #onSignal: "cancel" | "end";
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #watch: ProcessWatch;
  readonly #watched: WatchedRunner;

  /**
   * Makes a runner without tasks. It handles no signals before its first task.
   *
   * @throws InvalidOptionError for an `exitTimeoutMs` that no timer can keep.
   */
  constructor(options: PipelineRunnerOptions = {}) {
    const { exitTimeoutMs = 10_000 } = options;
    if (!(exitTimeoutMs >= 0 && exitTimeoutMs <= MAX_TIMER_MS))
      throw new InvalidOptionError("exitTimeoutMs", `must be 0 to ${MAX_TIMER_MS} ms, not ${String(exitTimeoutMs)}.`);
    this.#onSignal = options.onSignal ?? "cancel";
    this.#clock = options.clock ?? systemClock;
    this.#logger = safeLogger(options.logger);
    this.#watch = getProcessWatch(options.process ?? process);
    this.#watched = {
      handlesSignals: options.handleSignals ?? true,
      handlesUncaughtErrors: options.handleUncaughtErrors ?? true,
      exitTimeoutMs,
      clock: this.#clock,
      logger: this.#logger,
      signalled: (signal) => this.#signalled(signal),
      cancel: (reason) => this.cancel(reason),
    };
  }

  /**
   * Runs the task to its end, next to those that run already. Once the process is stopping, a further task is cancelled
   * before it starts. Handlers that still run after their task's end are named in a warning.
   *
   * @throws what `task.run()` throws.
   */
  async run(task: PipelineTask): Promise<PipelineTaskResult> {
    this.#watch.add(this.#watched);
    const { stopReason } = this.#watch;
    if (stopReason !== undefined) task.cancel(stopReason);
    const running = task.run();
    this.#tasks.set(task, running);
    try {
      return await running;
    } finally {
      this.#tasks.delete(task);
      if (this.#tasks.size === 0) this.#watch.remove(this.#watched);
      this.#reportDangling(task);
    }
  }

  /**
   * Runs the tasks side by side until all have ended; one that fails does not stop the others. Resolves with their results
   * in the same order.
   *
   * @throws when all are over: the error of the one task that failed, or an AggregateError of several.
   */
  async runAll(tasks: readonly PipelineTask[]): Promise<PipelineTaskResult[]> {
    const outcomes = await Promise.allSettled(tasks.map((task) => this.run(task)));
    const results = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    const errors = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [asError(outcome.reason)] : []));
    if (errors.length === 1 && errors[0] !== undefined) throw errors[0];
    if (errors.length > 1)
      throw new AggregateError(errors, `${errors.length} of ${tasks.length} tasks failed; see errors.`);
    return results;
  }

  /** Cancels all tasks, as `task.cancel` does. */
  cancel(reason?: string): void {
    for (const task of this.#tasks.keys()) task.cancel(reason);
  }

  /** Ends all tasks gracefully, as `task.end` does. */
  end(reason?: string): void {
    for (const task of this.#tasks.keys()) task.end(reason);
  }

  /** Cancels all tasks, and waits until they are cleaned up. Never rejects. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.cancel("the runner was disposed");
    await Promise.allSettled(this.#tasks.values());
  }

  #reportDangling(task: PipelineTask): void {
    if (task.danglingHandlers().length === 0) return;
    this.#clock.setTimeout(() => {
      const names = task.danglingHandlers();
      if (names.length > 0) {
        const what = `A task is over, but handlers of it still run: ${names.join(", ")}.`;
        this.#logger.warn(`${what} Pass ctx.signal to what they wait for.`);
      }
    }, DANGLING_GRACE_MS);
  }

  #signalled(signal: StopSignal): boolean {
    if (this.#onSignal === "end") {
      this.end(signal);
      return false;
    }
    this.cancel(signal);
    return true;
  }
}
