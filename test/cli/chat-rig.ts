import { PassThrough } from "node:stream";

import type { ChatConsole } from "../../src/cli/chat/chat-console.ts";
import { PipedConsole } from "../../src/cli/chat/piped-console.ts";
import { type ChatRun, type RunningBot, runChat } from "../../src/cli/chat/run-chat.ts";
import type { CliIo } from "../../src/cli/io.ts";
import { startEmulator } from "../../src/emulator/index.ts";
import { type BotExit, parseChatScript } from "../../src/testing/index.ts";
import { deferred } from "../../src/util/deadline.ts";
import type { FakeRTVIBot } from "../testing/chat/fake-rtvi-bot.ts";

/** The process of a bot, of which only the end matters. */
class FakeProcess implements RunningBot {
  readonly lastLines = ["Error: no model", "    at bot.ts:1"];
  readonly stops: boolean[] = [];
  readonly #exited = deferred<BotExit>();
  exit: BotExit | undefined;

  get exited(): Promise<BotExit> {
    return this.#exited.promise;
  }

  end(exit: BotExit): void {
    this.exit ??= exit;
    this.#exited.resolve(this.exit);
  }

  conversation(): Promise<{ url: string; id: string }> {
    return Promise.resolve({ url: "http://127.0.0.1:1/c1", id: "c1" });
  }

  stop({ now = false } = {}): Promise<BotExit> {
    this.stops.push(now);
    this.end({ code: 0, signal: undefined });
    return this.exited;
  }
}

/** A terminal in which a test types. */
class FakeTerminal implements ChatConsole {
  readonly isLive = true;
  readonly typed = new PassThrough({ objectMode: true });
  readonly shown: string[] = [];
  readonly notes: string[] = [];
  growing: string | undefined;

  get lines(): AsyncIterable<string> {
    return this.typed;
  }

  print(line: string): void {
    this.shown.push(line);
  }

  grow(line: string | undefined): void {
    this.growing = line;
  }

  note(line: string): void {
    this.notes.push(line);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

/** The command `chat` over a bot in a scripted room, in virtual time. */
export class ChatRig {
  readonly bot: FakeRTVIBot;
  readonly process = new FakeProcess();
  readonly terminal = new FakeTerminal();
  readonly input = new PassThrough();
  readonly out: string[] = [];
  readonly err: string[] = [];
  readonly stop = new AbortController();

  constructor(bot: FakeRTVIBot) {
    this.bot = bot;
  }

  /** Starts the command. Without a script or lines, at the terminal. */
  start({
    script,
    piped,
    json = false,
    answerTimeoutMs = 30_000,
  }: {
    readonly script?: string;
    readonly piped?: readonly string[];
    readonly json?: boolean;
    readonly answerTimeoutMs?: number;
  } = {}): Promise<number> {
    const { clock, call } = this.bot;
    for (const line of piped ?? []) this.input.write(`${line}\n`);
    if (piped) this.input.end();
    const io: CliIo = {
      env: {},
      clock,
      signal: this.stop.signal,
      interactive: false,
      out: (line) => this.out.push(line),
      err: (line) => this.err.push(line),
      askSecret: () => Promise.resolve(""),
      confirm: () => Promise.resolve(false),
      openChat: ({ isLive }) =>
        isLive && !piped ? this.terminal : new PipedConsole(this.input, io.out, (line) => this.err.push(line)),
    };
    const parsed = script === undefined ? undefined : parseChatScript(script, "visit.chat");
    const run: ChatRun = {
      io,
      file: "bot.ts",
      script: parsed,
      envFile: undefined,
      logFile: undefined,
      answerTimeoutMs,
      json,
    };
    const running = runChat(run, {
      startEmulator: (options) => startEmulator({ ...options, pal: { join: "never" } }),
      startBot: () => this.process,
      createCall: call.factory,
    });
    running.catch(() => undefined);
    return running;
  }

  /** Runs the command to its end. */
  async run(options: Parameters<ChatRig["start"]>[0]): Promise<number> {
    return await this.finish(this.start(options));
  }

  /** Lets time pass until the command is over. */
  async finish(running: Promise<number>): Promise<number> {
    const state = { isOver: false };
    const over = (): void => {
      state.isOver = true;
    };
    running.then(over, over);
    // The emulator's start, pipes and the console need turns of the real event loop, which virtual time does not wait for.
    while (!state.isOver) {
      await this.bot.clock.advance(20);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return await running;
  }

  async passes(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 20) {
      await this.bot.clock.advance(20);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
