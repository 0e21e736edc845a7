import { once } from "node:events";

import { type EmulatorOptions, startEmulator } from "../../emulator/index.ts";
import {
  type BotExit,
  BotProcess,
  type BotProcessError,
  type ChatRoom,
  type ChatScript,
  ChatSession,
  describeExit,
  playScriptIn,
  ScriptMismatchError,
  toBotProcessError,
} from "../../testing/chat/index.ts";
import type { DailyCallFactory } from "../../transport/daily/index.ts";
import { sleep } from "../../util/deadline.ts";
import { EXIT } from "../exit-codes.ts";
import { type CliIo, createLogger } from "../io.ts";
import { makePrintable } from "../table.ts";
import { BotLog } from "./bot-log.ts";
import type { ChatConsole } from "./chat-console.ts";
import { type ChatView, JsonView, TextView, toJsonLine } from "./chat-view.ts";

/** What {@link runChat} needs to know. */
export interface ChatRun {
  readonly io: CliIo;
  /** The bot's file. */
  readonly file: string;
  /** The conversation to play; undefined for one of the input. */
  readonly script: ChatScript | undefined;
  readonly envFile: string | undefined;
  readonly logFile: string | undefined;
  readonly answerTimeoutMs: number;
  readonly json: boolean;
}

/** A bot that runs. */
export type RunningBot = Pick<BotProcess, "conversation" | "exited" | "exit" | "lastLines" | "stop">;

/** What tests replace. */
export interface ChatParts {
  startEmulator(options: EmulatorOptions): ReturnType<typeof startEmulator>;
  startBot(...args: Parameters<typeof BotProcess.start>): RunningBot;
  /** Default: the one of {@link ChatSession.join}. */
  readonly createCall?: DailyCallFactory;
}

const REAL_PARTS: ChatParts = { startEmulator, startBot: (file, options) => BotProcess.start(file, options) };
/** How long after it left the room a bot's process may need to say why. */
const EXIT_AFTER_LEAVING_MS = 2000;

/** Starts an emulator and the bot, and talks with it until the input, the script or the bot ends. Resolves to the exit code. */
export async function runChat(run: ChatRun, parts: ChatParts = REAL_PARTS): Promise<number> {
  const { io, file, script, json, envFile } = run;
  const logger = createLogger(io);
  await using console = io.openChat({ isLive: !json && script === undefined });
  using log = new BotLog(run.logFile, (line) => console.note(line));
  console.note(`Starting ${file}…`);
  // The bot's own ids of faces and PALs are not known here.
  await using emulator = await parts.startEmulator({ logger, pal: { join: "early" }, acceptAnyId: true });
  const bot = parts.startBot(file, {
    emulator,
    env: io.env,
    clock: io.clock,
    onLine: (line) => log.add(line),
    nodeFlags: envFile === undefined ? [] : [`--env-file=${envFile}`],
  });
  try {
    const room = await bot.conversation({ signal: io.signal });
    await using session = await join(room, bot, run, parts);
    const view = json
      ? new JsonView(script ? () => {} : (line) => io.out(line), session)
      : new TextView(console, session);
    view.started(room, file);
    if (script) return await play(session, bot, script, view, run);
    return await converse(session, bot, console, view, run);
  } finally {
    await bot.stop({ now: io.signal.aborted });
  }
}

/** Joins the bot's room, and gives up when the bot ends. */
async function join(
  room: ChatRoom,
  bot: RunningBot,
  { io, file }: ChatRun,
  { createCall }: ChatParts,
): Promise<ChatSession> {
  const gone = new AbortController();
  void bot.exited.then((exit) => {
    gone.abort(toExitError(file, bot, exit));
  });
  return await ChatSession.join(room, {
    signal: AbortSignal.any([io.signal, gone.signal]),
    clock: io.clock,
    logger: createLogger(io),
    ...(createCall && { createCall }),
  });
}

async function play(
  session: ChatSession,
  bot: RunningBot,
  script: ChatScript,
  view: ChatView,
  { io, file, json, answerTimeoutMs }: ChatRun,
): Promise<number> {
  try {
    const report = await playScriptIn(session, script, { answerTimeoutMs, signal: io.signal });
    view.flush();
    if (json) io.out(toJsonLine({ ok: true, ...report }));
    else io.out(`ok    ${report.name}: ${report.steps} lines as written`);
    return EXIT.ok;
  } catch (thrown) {
    if (!(thrown instanceof ScriptMismatchError)) throw thrown;
    view.flush();
    const { mismatch, transcript } = thrown;
    if (json) io.out(toJsonLine({ ok: false, name: script.name, ...mismatch, transcript }));
    else for (const line of thrown.summary.split("\n")) io.err(makePrintable(line));
    // The reason may be that the bot is gone.
    if (session.endReason !== undefined) await throwIfFailed(file, bot, io);
    return EXIT.failed;
  }
}

/** Says the lines of the input. */
async function converse(
  session: ChatSession,
  bot: RunningBot,
  console: ChatConsole,
  view: ChatView,
  { io, file, answerTimeoutMs }: ChatRun,
): Promise<number> {
  const unanswered: string[] = [];
  const quiet = (condition: () => boolean): Promise<boolean> =>
    session.waitForBot(() => session.isQuiet && condition(), answerTimeoutMs, io.signal);
  const sayAll = async (): Promise<void> => {
    for await (const given of console.lines) {
      const line = given.trim();
      if (line === "/quit") return;
      if (line === "") continue;
      if (!console.isLive) await quiet(() => true);
      if (isOver()) return;
      await session.say(line);
      if (console.isLive) continue;
      const { turn } = session;
      if (!(await quiet(() => turn.heardText !== "")) && !isOver()) unanswered.push(line);
    }
  };
  const isOver = (): boolean => session.endReason !== undefined || io.signal.aborted;
  await Promise.race([sayAll(), session.ended, once(io.signal, "abort")]);
  io.signal.throwIfAborted();
  view.ended(session.endReason ?? "You left the room.");
  if (session.endReason !== undefined) await throwIfFailed(file, bot, io);
  for (const line of unanswered) io.err(`No answer within ${answerTimeoutMs / 1000} s: ${makePrintable(line)}`);
  return unanswered.length === 0 ? EXIT.ok : EXIT.failed;
}

/** A bot that left: throws if its process has ended with an error. */
async function throwIfFailed(file: string, bot: RunningBot, { clock }: CliIo): Promise<void> {
  await Promise.race([bot.exited, sleep(clock, EXIT_AFTER_LEAVING_MS)]);
  if (bot.exit && bot.exit.code !== 0) throw toExitError(file, bot, bot.exit);
}

function toExitError(file: string, bot: RunningBot, exit: BotExit): BotProcessError {
  return toBotProcessError(file, `the bot ended: ${describeExit(exit)}.`, bot);
}
