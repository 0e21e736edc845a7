import { runCli } from "../../src/cli/cli.ts";
import type { CliIo } from "../../src/cli/io.ts";
import type { EnvironmentVariables } from "../../src/util/environment.ts";
import { type Clock, systemClock } from "../../src/util/clock.ts";
import type { ServedApi } from "../emulator/api/serve-api.ts";

/** The result of a command line that ran in this process. */
export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Parses standard output as JSON. */
  json(): unknown;
  /** The questions that the command asked. */
  readonly asked: readonly string[];
}

export interface CliOptions {
  readonly env?: EnvironmentVariables;
  /** What a person types. Default: the command is not interactive. */
  readonly answers?: readonly string[];
  readonly signal?: AbortSignal;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Receives each line of standard output. */
  readonly onLine?: (line: string) => void;
}

/** Runs a command line in this process. */
export async function cli(argv: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const { env = {}, answers, signal = new AbortController().signal, clock = systemClock, onLine } = options;
  const out: string[] = [];
  const err: string[] = [];
  const asked: string[] = [];
  const waiting = [...(answers ?? [])];
  const answer = (question: string): Promise<string> => {
    asked.push(question);
    return Promise.resolve(waiting.shift() ?? "");
  };
  const io: CliIo = {
    env,
    clock,
    signal,
    interactive: answers !== undefined,
    out: (line) => {
      out.push(line);
      onLine?.(line);
    },
    err: (line) => err.push(line),
    askSecret: answer,
    confirm: async (question) => (await answer(question)) === "y",
    openChat: () => {
      throw new Error("not a chat");
    },
  };
  const code = await runCli(argv, io);
  const stdout = out.join("\n");
  return { code, stdout, stderr: err.join("\n"), asked, json: () => JSON.parse(stdout) as unknown };
}

/** The environment variables for a served API. */
export function envOf(served: ServedApi): Record<string, string> {
  return { TAVUS_API_KEY: served.state.apiKey, TAVUS_API_URL: served.apiUrl };
}
