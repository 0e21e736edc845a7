import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** The commands of both sides. Each is answered with times in milliseconds. */
export type PeerCommand =
  | { readonly do: "hops"; readonly yields: boolean; readonly frames: number }
  | { readonly do: "traverse"; readonly yields: boolean; readonly rounds: number }
  | { readonly do: "interrupt"; readonly frames: number };

const ANSWER_DEADLINE_MS = 120_000;

/** One side of the bench: a process that reads one command per line and answers with one line of JSON. */
export class PeerProcess implements Disposable {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess, lines: AsyncIterator<string>, name: string) {
    this.#child = child;
    this.#lines = lines;
    this.name = name;
  }

  /** Starts the process. Resolves with undefined when the command cannot run, for example because Python or Pipecat is missing. */
  static async start(command: string, args: readonly string[]): Promise<PeerProcess | undefined> {
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "ignore"] });
    process.on("exit", () => child.kill("SIGKILL"));
    const failed = new Promise<undefined>((resolve) => child.once("error", () => resolve(undefined)));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const first = await Promise.race([lines.next(), failed]);
    if (first === undefined || first.done === true) return undefined;
    return new PeerProcess(child, lines, (JSON.parse(first.value) as { name: string }).name);
  }

  async ask(command: PeerCommand): Promise<readonly number[]> {
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), ANSWER_DEADLINE_MS);
    this.#child.stdin?.write(`${JSON.stringify(command)}\n`);
    const answer = await this.#lines.next();
    clearTimeout(timer);
    if (answer.done === true) throw new Error(`${this.name} ended before it answered "${command.do}".`);
    return (JSON.parse(answer.value) as { ms: number[] }).ms;
  }

  [Symbol.dispose](): void {
    this.#child.kill("SIGKILL");
  }
}
