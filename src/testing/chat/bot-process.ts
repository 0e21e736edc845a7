import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";

import { type Clock, systemClock } from "../../util/clock.ts";
import { deferred, sleep } from "../../util/deadline.ts";
import type { EnvironmentVariables } from "../../util/environment.ts";
import { InvalidOptionError, TavusTransportError } from "../../util/errors.ts";
import { Changes } from "./changes.ts";
import type { ChatRoom } from "./chat-session.ts";
import { LineSplitter } from "./line-splitter.ts";

/** What a {@link BotProcess} needs of an emulator; `startEmulator` returns it. */
export interface BotEmulator {
  /** For `TAVUS_API_URL`. */
  readonly apiUrl: string;
  /** For `TAVUS_API_KEY`. */
  readonly apiKey: string;
  /** For `DAILY_API_URL`. */
  readonly dailyApiUrl: string;
  /** For `DAILY_API_KEY`. */
  readonly dailyApiKey: string;
  /** The account: its conversations, newest first, and the requests to its API. */
  readonly tavus: {
    readonly conversations: {
      list(): readonly {
        readonly id: string;
        readonly url: string;
        readonly meetingToken: string | undefined;
        readonly testMode: boolean;
      }[];
    };
    readonly requestLog: {
      readonly requests: readonly {
        readonly method: string;
        readonly path: string;
        readonly status: number | undefined;
      }[];
    };
  };
  /** The room of a conversation, by the conversation's id. */
  room(id: string): { participants(): readonly { readonly sessionId: string }[] } | undefined;
  /** The pal of a conversation. */
  pal(conversationId: string): { readonly sessionId: string | undefined } | undefined;
}

/** Options of {@link BotProcess.start}. */
export interface BotProcessOptions {
  /** The emulator in which the bot's conversations take place. */
  readonly emulator: BotEmulator;
  /** Arguments of the bot. Default: none. */
  readonly args?: readonly string[];
  /** Flags of Node besides those of this process, such as `--env-file=.env`. Default: none. */
  readonly nodeFlags?: readonly string[];
  /** The bot's environment, except what leads it to the emulator. Default: that of this process. */
  readonly env?: EnvironmentVariables;
  /** Receives each line that the bot prints. Default: lines are kept for error messages only. */
  readonly onLine?: (line: string) => void;
  /** Default: the machine's time. */
  readonly clock?: Clock;
}

/** A bot did not start, did not create a conversation in time, or ended. The message has its last lines. */
export class BotProcessError extends TavusTransportError {
  readonly code = "botProcess";
  /** Its exit code; undefined while it runs, and after a signal. */
  readonly exitCode: number | undefined;

  constructor(message: string, exitCode: number | undefined) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Makes the error of a bot's process, with the lines that it printed last. */
export function toBotProcessError(
  file: string,
  problem: string,
  { lastLines, exit }: Pick<BotProcess, "lastLines" | "exit">,
): BotProcessError {
  const printed = lastLines.map((line) => stripVTControlCharacters(line));
  const lines = printed.length === 0 ? ["(It printed nothing.)"] : ["Its last lines:", ...printed];
  return new BotProcessError([`${file}: ${problem}`, ...lines].join("\n  "), exit?.code);
}

/** How a bot's process ended. */
export interface BotExit {
  /** The number that it exited with, 0 for success; undefined after a signal. */
  readonly code: number | undefined;
  /** The signal that ended it. */
  readonly signal: string | undefined;
}

/** A stock face of Tavus, which the emulator serves too. */
const FACE_ID = "r90bbd427f71";
/** Empty variables count as none, and an env file does not replace them. */
const NO_REAL_PLACE = Object.fromEntries(
  [
    "TAVUS_REPLICA_ID",
    "TAVUS_PAL_ID",
    "TAVUS_PERSONA_ID",
    "TAVUS_CONVERSATION_ID",
    "TAVUS_CONVERSATION_URL",
    "TAVUS_MEETING_TOKEN",
    "TAVUS_SAMPLE_ROOM_URL",
  ].map((name) => [name, ""]),
);
const LAST_LINES = 20;
const POLL_MS = 25;
const START_TIMEOUT_MS = 30_000;
const END_BY_ITSELF_MS = 2000;
/** As long as a PipelineRunner may take, and a little more. */
const END_BY_SIGNAL_MS = 11_000;

/**
 * A bot that runs as a process of its own, `node bot.ts`, and is led to an emulator by its environment: any bot that takes key,
 * URL and face from there (`new TavusTransport({ botName })`) works unchanged. No key of Tavus or Daily reaches it.
 */
export class BotProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #emulator: BotEmulator;
  readonly #file: string;
  readonly #clock: Clock;
  readonly #changes: Changes;
  readonly #known: ReadonlySet<string>;
  readonly #lastLines: string[] = [];
  readonly #exited = deferred<BotExit>();
  #exit: BotExit | undefined;
  #stopping: Promise<BotExit> | undefined;

  private constructor(file: string, options: BotProcessOptions) {
    const { emulator, args = [], nodeFlags = [], env = process.env, onLine } = options;
    this.#emulator = emulator;
    this.#file = file;
    this.#clock = options.clock ?? systemClock;
    this.#changes = new Changes(this.#clock);
    this.#known = new Set(emulator.tavus.conversations.list().map(({ id }) => id));
    this.#child = spawn(process.execPath, [...inheritedFlags(), ...nodeFlags, file, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...env, ...toEnvironment(emulator) },
    });
    const keep = (line: string): void => {
      this.#lastLines.push(line);
      if (this.#lastLines.length > LAST_LINES) this.#lastLines.shift();
      onLine?.(line);
    };
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      const lines = new LineSplitter(keep);
      stream?.setEncoding("utf8");
      stream?.on("data", (text: string) => lines.add(text));
      stream?.on("end", () => lines.end());
    }
    const kill = (): void => void this.#child.kill("SIGKILL");
    // Its parent's end must not leave it running: it would wait in a room that is gone.
    process.once("exit", kill);
    const over = (exit: BotExit): void => {
      process.removeListener("exit", kill);
      this.#exit ??= exit;
      this.#exited.resolve(this.#exit);
      this.#changes.report();
    };
    this.#child.once("error", (error) => {
      keep(error.message);
      over({ code: undefined, signal: "a failure to start" });
    });
    this.#child.once("close", (code, signal) => over({ code: code ?? undefined, signal: signal ?? undefined }));
  }

  /**
   * Starts `node file`.
   *
   * @throws InvalidOptionError when there is no such file.
   */
  static start(file: string, options: BotProcessOptions): BotProcess {
    if (!existsSync(resolve(file))) throw new InvalidOptionError("file", `${file} does not exist.`);
    return new BotProcess(file, options);
  }

  /** The last lines that it printed, at most 20. */
  get lastLines(): readonly string[] {
    return this.#lastLines;
  }

  /** How it ended; undefined while it runs. */
  get exit(): BotExit | undefined {
    return this.#exit;
  }

  /** Resolves when it has ended. */
  get exited(): Promise<BotExit> {
    return this.#exited.promise;
  }

  /**
   * Resolves to the room of the first conversation that is created after its start, as soon as the bot is in it.
   *
   * @throws BotProcessError when it ends first, or after `timeoutMs` (default 30 000): the message says why, and has its last
   * lines.
   */
  async conversation({
    timeoutMs = START_TIMEOUT_MS,
    signal,
  }: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {}): Promise<ChatRoom & { readonly id: string }> {
    const untilMs = this.#clock.nowMs() + timeoutMs;
    while (this.#clock.nowMs() < untilMs) {
      signal?.throwIfAborted();
      const created = this.#emulator.tavus.conversations.list().find(({ id }) => !this.#known.has(id));
      if (created && this.#isInRoom(created.id)) {
        const { id, url, meetingToken } = created;
        return { id, url, ...(meetingToken !== undefined && { token: meetingToken }) };
      }
      if (this.#exit) {
        throw toBotProcessError(
          this.#file,
          `the bot ended before its conversation began: ${describeExit(this.#exit)}.`,
          this,
        );
      }
      await sleep(this.#clock, POLL_MS, signal);
    }
    throw toBotProcessError(this.#file, this.#explainSilence(timeoutMs), this);
  }

  /**
   * Ends it: waits 2 s for its own end, which usually follows the end of its conversation, then sends SIGTERM, and SIGKILL
   * after 11 s more. `now`: without the 2 s. Idempotent.
   */
  stop({ now = false }: { readonly now?: boolean } = {}): Promise<BotExit> {
    return (this.#stopping ??= this.#stop(now));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #stop(now: boolean): Promise<BotExit> {
    const hasEnded = (): boolean => this.#exit !== undefined;
    if (!now) await this.#changes.wait(hasEnded, END_BY_ITSELF_MS);
    if (!hasEnded()) this.#child.kill("SIGTERM");
    await this.#changes.wait(hasEnded, END_BY_SIGNAL_MS);
    if (!hasEnded()) this.#child.kill("SIGKILL");
    return await this.exited;
  }

  /** Somebody besides the pal is in the room. */
  #isInRoom(id: string): boolean {
    const pal = this.#emulator.pal(id)?.sessionId;
    const participants = this.#emulator.room(id)?.participants() ?? [];
    return participants.some(({ sessionId }) => sessionId !== pal);
  }

  #explainSilence(timeoutMs: number): string {
    const within = `within ${timeoutMs / 1000} s`;
    const created = this.#emulator.tavus.conversations.list().find(({ id }) => !this.#known.has(id));
    if (created?.testMode === true) return "the bot created a conversation in test mode, which has no room.";
    if (created) return `the bot created a conversation, and did not join its room ${within}.`;
    const refused = this.#emulator.tavus.requestLog.requests.findLast(
      ({ status }) => status === undefined || status >= 400,
    );
    const hint = refused
      ? `The emulator refused ${refused.method} ${refused.path} with ${refused.status ?? "a reset"}.`
      : "It sent no request: it must take key, URL and face from the environment, as in new TavusTransport({ botName }), " +
        "and start no emulator of its own.";
    return `the bot created no conversation ${within}. ${hint}`;
  }
}

/** Describes how a process ended: "exit code 1" or "SIGKILL". */
export function describeExit({ code, signal }: BotExit): string {
  return code === undefined ? (signal ?? "a signal") : `exit code ${code}`;
}

function toEnvironment(emulator: BotEmulator): Record<string, string> {
  return {
    ...NO_REAL_PLACE,
    TAVUS_API_URL: emulator.apiUrl,
    TAVUS_API_KEY: emulator.apiKey,
    TAVUS_FACE_ID: FACE_ID,
    DAILY_API_URL: emulator.dailyApiUrl,
    DAILY_API_KEY: emulator.dailyApiKey,
    // What a killed bot leaves open ends with the emulator.
    TAVUS_JOURNAL: "off",
    // Scripts compare functions by name and arguments.
    TAVUS_TRANSPORT_RTVI_FUNCTION_CALLS: "full",
  };
}

/** What makes Node do something else than run a program. */
const NOT_INHERITED = /^(?:--inspect|--test|--watch|--eval|--print|--check|-[epc]$|-pe$)/;

function inheritedFlags(): string[] {
  return process.execArgv.filter((flag) => !NOT_INHERITED.test(flag));
}
