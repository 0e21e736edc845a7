import { type ChildProcess, spawn } from "node:child_process";

/** A child process that keeps one core busy until it is disposed of. It ends by itself after `atMostMs`, in case we are killed. */
export class BusyCore implements Disposable {
  readonly #child: ChildProcess;
  readonly #kill = (): void => {
    this.#child.kill("SIGKILL");
  };

  constructor(atMostMs: number) {
    // With the priority of any process, whatever the bench's own is.
    const code = `try { os.setPriority(0) } catch {} const end = Date.now() + ${atMostMs}; while (Date.now() < end);`;
    this.#child = spawn(process.execPath, ["-e", code], {
      stdio: "ignore",
    });
    process.on("exit", this.#kill);
  }

  [Symbol.dispose](): void {
    process.off("exit", this.#kill);
    this.#kill();
  }
}
