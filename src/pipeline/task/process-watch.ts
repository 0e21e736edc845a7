import type { Clock, TimerHandle } from "../../util/clock.ts";
import { asError } from "../../util/errors.ts";
import { unrefTimer } from "../../util/unref-timer.ts";
import type { Logger } from "../../util/logger.ts";

/** A signal that ends the tasks of a runner. */
export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";
/** What a runner listens for on its process. */
export type RunnerProcessEvent = StopSignal | "uncaughtException" | "unhandledRejection";

const SIGNALS: readonly StopSignal[] = ["SIGINT", "SIGTERM", "SIGHUP"];
const UNCAUGHT = ["uncaughtException", "unhandledRejection"] as const;

/** The part of Node's `process` that the runner uses. */
export interface RunnerProcess {
  /** Adds a listener. */
  on(event: RunnerProcessEvent, listener: (value: unknown) => void): unknown;
  /** Removes a listener. */
  off(event: RunnerProcessEvent, listener: (value: unknown) => void): unknown;
  /** Ends the process. */
  exit(code: number): unknown;
  /** As in Node; set for a process that ends by itself after a signal. */
  exitCode?: number | string | null | undefined;
}

/** By convention 128 plus the signal's number: what a shell reports for a process that the signal killed. */
const EXIT_CODES: Readonly<Record<StopSignal, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** A runner that has tasks, as the watch knows it. */
export interface WatchedRunner {
  readonly handlesSignals: boolean;
  readonly handlesUncaughtErrors: boolean;
  /** How long the process may still live after the runner's tasks are cancelled. */
  readonly exitTimeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Handles the signal; returns whether the tasks were cancelled, rather than asked to end gracefully. */
  signalled(signal: StopSignal): boolean;
  cancel(reason: string): void;
}

type State =
  | { readonly is: "running" }
  | { readonly is: "signalled"; readonly signal: StopSignal }
  /** An uncaught error. */
  | { readonly is: "failing" };

/**
 * Signals this close together count as one: npm passes on the Ctrl-C that the terminal has sent to the bot as well, and
 * systemd may send SIGHUP with SIGTERM. An impatient person is slower.
 */
const SAME_SIGNAL_MS = 200;

/**
 * The process as all its runners share it: one listener per event however many runners there are, and one decision when
 * to exit. It exits when the last runner is done or the time is up, never while another one is still ending its call.
 */
export class ProcessWatch {
  readonly #process: RunnerProcess;
  /** The runners that have tasks; true: their tasks are cancelled and their bound counts. */
  readonly #runners = new Map<WatchedRunner, boolean>();
  readonly #listeners: ReadonlyMap<RunnerProcessEvent, (value: unknown) => void>;
  readonly #attached = new Set<RunnerProcessEvent>();
  #state: State = { is: "running" };
  #firstSignalMs: number | undefined;
  #exitTimer: TimerHandle;
  /** The runner that was added last: its clock and logger serve when none is left. */
  #latest: Pick<WatchedRunner, "clock" | "logger" | "exitTimeoutMs"> | undefined;

  constructor(process: RunnerProcess) {
    this.#process = process;
    const listeners = new Map<RunnerProcessEvent, (value: unknown) => void>();
    for (const signal of SIGNALS) listeners.set(signal, () => this.#signal(signal));
    for (const event of UNCAUGHT) listeners.set(event, (thrown) => this.#uncaught(thrown, event));
    this.#listeners = listeners;
  }

  /** What stops this process, for tasks that must not start any more; undefined while nothing does. */
  get stopReason(): string | undefined {
    if (this.#state.is === "running") return undefined;
    return this.#state.is === "signalled"
      ? "the runner was told to stop by a signal"
      : "the process is about to exit because of an uncaught error";
  }

  /** The runner has tasks. Harmless when repeated. */
  add(runner: WatchedRunner): void {
    if (this.#runners.has(runner)) return;
    this.#runners.set(runner, this.#state.is !== "running");
    this.#latest = runner;
    if (runner.handlesSignals) this.#attach(SIGNALS);
    if (runner.handlesUncaughtErrors) this.#attach(UNCAUGHT);
  }

  /** The runner has no task left. */
  remove(runner: WatchedRunner): void {
    if (!this.#runners.delete(runner)) return;
    const left = [...this.#runners.keys()];
    // A second signal, or a further error, must still reach us while the process is exiting.
    if (this.#state.is === "running") {
      if (!left.some(({ handlesSignals }) => handlesSignals)) this.#detach(SIGNALS);
      if (!left.some(({ handlesUncaughtErrors }) => handlesUncaughtErrors)) this.#detach(UNCAUGHT);
    }
    if (this.#state.is === "failing" && left.length === 0) this.#exit();
    else if (this.#state.is !== "running") this.#armExit();
  }

  #signal(signal: StopSignal): void {
    const nowMs = this.#latest?.clock.nowMs() ?? 0;
    if (this.#firstSignalMs !== undefined) {
      if (nowMs - this.#firstSignalMs >= SAME_SIGNAL_MS) this.#process.exit(EXIT_CODES[signal]);
      return;
    }
    this.#firstSignalMs = nowMs;
    // The tasks are being cancelled already.
    if (this.#state.is === "failing") return;
    this.#state = { is: "signalled", signal };
    // Not an exit: what follows `run()` in the program still runs, and may choose another code.
    this.#process.exitCode ??= EXIT_CODES[signal];
    for (const runner of [...this.#runners.keys()]) {
      if (!runner.handlesSignals) continue;
      const cancelled = runner.signalled(signal);
      if (this.#runners.has(runner)) this.#runners.set(runner, cancelled);
    }
    this.#armExit();
  }

  #uncaught(thrown: unknown, event: string): void {
    // Anything can be thrown, and a failure here would be the next uncaught error.
    let message = "an error that cannot be read";
    try {
      const error = asError(thrown);
      ({ message } = error);
      const what = `${event}: ${message}. The tasks are cancelled, then the process exits.`;
      this.#latest?.logger.error(what, { error });
    } catch {
      // The tasks are cancelled all the same.
    }
    if (this.#state.is === "failing") return;
    this.#state = { is: "failing" };
    if (Number(this.#process.exitCode ?? 0) === 0) this.#process.exitCode = 1;
    // Including those that leave errors to the application: the process ends for all.
    for (const runner of [...this.#runners.keys()]) {
      this.#runners.set(runner, true);
      runner.cancel(`${event}: ${message}`);
    }
    if (this.#runners.size === 0) this.#exit();
    else this.#armExit();
  }

  /** Starts the time that is left, once all tasks that still run are cancelled. Tasks that end gracefully have their own. */
  #armExit(): void {
    if (this.#exitTimer !== undefined || [...this.#runners.values()].includes(false) || !this.#latest) return;
    const { clock } = this.#latest;
    const runners = [...this.#runners.keys()];
    const timeoutMs = Math.max(...(runners.length > 0 ? runners : [this.#latest]).map((one) => one.exitTimeoutMs));
    this.#exitTimer = clock.setTimeout(() => this.#timeIsUp(timeoutMs), timeoutMs);
    // A process with nothing left to do need not wait for it.
    unrefTimer(this.#exitTimer);
  }

  #timeIsUp(timeoutMs: number): void {
    const open = this.#runners.size > 0 ? "; what is still open stays in the journal" : "";
    this.#latest?.logger.warn(
      `The process has not ended within ${timeoutMs} ms of being told to, and exits now${open}.`,
    );
    this.#exit();
  }

  #exit(): void {
    const chosen = Number(this.#process.exitCode ?? NaN);
    if (this.#state.is === "signalled")
      this.#process.exit(Number.isNaN(chosen) ? EXIT_CODES[this.#state.signal] : chosen);
    else this.#process.exit(1);
  }

  #attach(events: readonly RunnerProcessEvent[]): void {
    for (const event of events) {
      const listener = this.#listeners.get(event);
      if (!listener || this.#attached.has(event)) continue;
      this.#attached.add(event);
      this.#process.on(event, listener);
    }
  }

  #detach(events: readonly RunnerProcessEvent[]): void {
    for (const event of events) {
      const listener = this.#listeners.get(event);
      if (listener && this.#attached.delete(event)) this.#process.off(event, listener);
    }
  }
}

const watches = new WeakMap<RunnerProcess, ProcessWatch>();

/** The watch of this process, which all runners share. */
export function getProcessWatch(process: RunnerProcess): ProcessWatch {
  const known = watches.get(process);
  if (known) return known;
  const watch = new ProcessWatch(process);
  watches.set(process, watch);
  return watch;
}
