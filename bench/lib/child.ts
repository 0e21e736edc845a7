import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

import { asError } from "../../src/util/errors.ts";

/** The requests that a child process of the bench answers: name → [argument, answer]. */
export type Requests = Record<string, readonly [argument: unknown, answer: unknown]>;
export type Handlers<R extends Requests> = { [K in keyof R]: (argument: R[K][0]) => Promise<R[K][1]> | R[K][1] };

type Message =
  | { readonly id: number; readonly method: string; readonly argument: unknown }
  | { readonly id: number; readonly answer?: unknown }
  | { readonly id: number; readonly failure: string }
  | { readonly event: string; readonly data: unknown };

const REQUEST_DEADLINE_MS = 60_000;
const CLOSE_DEADLINE_MS = 8000;

const running = new Set<ChildProcess>();
// When this process ends, a child loses its channel and exits by itself. This kills a child that hangs.
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** A child process of the bench that answers requests over IPC. {@link close} asks it to exit, and kills it if it does not. */
export class BenchChild<R extends Requests> implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #requests = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  readonly #onEvent: (event: string, data: unknown) => void;
  #nextId = 1;
  #closing: Promise<void> | undefined;

  constructor(file: URL, args: readonly string[], onEvent: (event: string, data: unknown) => void = () => undefined) {
    this.#onEvent = onEvent;
    // Standard output is reserved for the report: a child's output goes to standard error.
    this.#child = fork(file, args, { stdio: ["ignore", 2, 2, "ipc"] });
    running.add(this.#child);
    this.#child.on("message", (message: Message) => this.#receive(message));
    this.#child.once("exit", (code, signal) => {
      running.delete(this.#child);
      const error = new Error(
        `A process of the bench ended too early (${file.pathname.split("/").at(-1)}, ${code ?? signal}).`,
      );
      for (const { reject } of this.#requests.values()) reject(error);
      this.#requests.clear();
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  request<K extends string & keyof R>(method: K, argument: R[K][0]): Promise<R[K][1]> {
    const id = this.#nextId++;
    return new Promise<R[K][1]>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#requests.delete(id);
        reject(new Error(`A process of the bench did not answer "${method}" within ${REQUEST_DEADLINE_MS} ms.`));
      }, REQUEST_DEADLINE_MS);
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        act();
      };
      this.#requests.set(id, {
        resolve: (value) => settle(() => resolve(value)),
        reject: (error) => settle(() => reject(error)),
      });
      if (this.#child.connected) this.#child.send({ id, method, argument });
      else settle(() => reject(new Error("The process of the bench has exited.")));
    });
  }

  /** Asks the child to leave its calls and exit; kills it when that takes too long. Idempotent. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), CLOSE_DEADLINE_MS);
    if (this.#child.connected) this.#child.disconnect();
    await exited;
    clearTimeout(timer);
  }

  #receive(message: Message): void {
    if ("event" in message) {
      this.#onEvent(message.event, message.data);
      return;
    }
    const request = this.#requests.get(message.id);
    this.#requests.delete(message.id);
    if ("failure" in message) request?.reject(new Error(message.failure));
    // JSON drops an answer of undefined: a missing key is an answer too.
    else if (!("method" in message)) request?.resolve(message.answer);
  }
}

/** Runs inside the child: answers requests until the parent exits or disconnects, then cleans up and exits. */
export function serve<R extends Requests>(handlers: Handlers<R>, cleanUp: () => Promise<void>): void {
  const answer = async (message: Message): Promise<void> => {
    if (!("method" in message)) return;
    const { id, method, argument } = message;
    try {
      const handle = handlers[method];
      if (!handle) throw new Error(`There is no "${method}".`);
      send({ id, answer: await handle(argument) });
    } catch (thrown) {
      send({ id, failure: asError(thrown).message });
    }
  };
  process.on("message", (message: Message) => void answer(message));
  // Ctrl-C reaches the whole process group; the parent decides.
  process.on("SIGINT", () => undefined);
  process.once("disconnect", () => {
    const leave = (): never => process.exit();
    cleanUp().then(leave, leave);
  });
}

export function sendEvent(event: string, data: unknown): void {
  send({ event, data });
}

function send(message: Message): void {
  if (process.connected) process.send?.(message);
}
