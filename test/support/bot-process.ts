import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

import type { Emulator } from "../../src/emulator/index.ts";
import { processesBelow } from "./browsers.ts";
import { FACE_ID } from "./tavus.ts";
import { until } from "./until.ts";

export interface BotProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly nodeFlags?: readonly string[];
}

const SOURCE_FLAGS = ["--conditions=tavus-transport-source"];

/** A script that runs a bot in a process of its own, against an emulator of the test. */
export class BotProcess implements AsyncDisposable {
  readonly child: ChildProcess;
  stdout = "";
  stderr = "";
  /** Exit code or signal, once it has ended. */
  readonly ended: Promise<number | string | null>;

  constructor(
    file: URL,
    emulator: Emulator | undefined,
    { env = {}, args = [], nodeFlags = [] }: BotProcessOptions = {},
  ) {
    const tavus = emulator && {
      TAVUS_API_KEY: emulator.apiKey,
      TAVUS_API_URL: emulator.apiUrl,
      TAVUS_FACE_ID: FACE_ID,
    };
    this.child = spawn(process.execPath, [...SOURCE_FLAGS, ...nodeFlags, file.pathname, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      // What a test leaves open on purpose must not get into the user's journal.
      env: { ...process.env, TAVUS_JOURNAL: "off", ...tavus, ...env },
    });
    this.child.stdout?.on("data", (data: Buffer) => (this.stdout += data.toString()));
    this.child.stderr?.on("data", (data: Buffer) => (this.stderr += data.toString()));
    this.ended = once(this.child, "close").then(([code, signal]) => (code ?? signal) as number | string | null);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Resolves to the first group of the pattern, as soon as the standard output matches it. */
  async says(pattern: RegExp, timeoutMs = 20_000): Promise<string> {
    return await until(
      `the process says ${String(pattern)}`,
      () => {
        const said = pattern.exec(this.stdout);
        if (!said && !this.isRunning) throw new Error(`It ended first:\n${this.stdout}${this.stderr}`);
        return said ? (said[1] ?? said[0]) : undefined;
      },
      timeoutMs,
    );
  }

  /** Resolves to its exit code or signal, within `timeoutMs`. */
  async ends(timeoutMs: number): Promise<number | string | null> {
    await until(`the process ends`, () => !this.isRunning, timeoutMs);
    return await this.ended;
  }

  /** The processes that it has started and that still run. */
  children(): number[] {
    return processesBelow(this.pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.isRunning) return;
    this.child.kill("SIGKILL");
    await this.ended;
  }
}
