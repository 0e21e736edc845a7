import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { createDailyCall, type DailyCall, prewarmDailyRuntime } from "../../src/transport/daily/index.ts";
import { BotProcess } from "../support/bot-process.ts";
import { isAlive, mediaProcessesOf, processesBelow } from "../support/browsers.ts";
import { runChild } from "../support/child.ts";
import { PlayedByPal, type TavusBot, tavusStage } from "../support/tavus.ts";
import { passes, until } from "../support/until.ts";

const stage = tavusStage();
const fixture = (name: string): URL => new URL(`fixtures/${name}.ts`, import.meta.url);

/** The processes that were started since. */
function newSince(before: readonly number[]): number[] {
  return mediaProcessesOf().filter((pid) => !before.includes(pid));
}

/** A bot whose call has a media process of its own, which `act` is given to kill; `on` sees the call before it joins. */
function mortalBot(on: (call: DailyCall, kill: () => void) => void = () => undefined) {
  const before = mediaProcessesOf();
  const kill = (): void => {
    for (const pid of newSince(before)) process.kill(pid, "SIGKILL");
  };
  const bot = stage.bot({
    dependencies: {
      createCall: async (options) => {
        const call = await createDailyCall({ ...options, runtime: "native", mediaProcess: "perCall" });
        on(call, kill);
        return call;
      },
    },
  });
  const nothingIsLeft = () => until("no process is left", () => newSince(before).length === 0, 2000);
  return { bot, kill, nothingIsLeft };
}

function expectEndedOnce({ id }: TavusBot): void {
  const { tavus } = stage.emulator;
  expect([tavus.endCalls(id), tavus.openConversations, stage.emulator.room(id)]).toEqual([1, 0, undefined]);
}

describe("a media process that dies", () => {
  it("while the conversation is created, is replaced for the call", async () => {
    const { tavus } = await stage.open();
    tavus.faults.next({ method: "POST", path: /conversations$/, delayMs: 1000 });
    // The code is loaded, and only a process has to start.
    await using _other = await prewarmDailyRuntime("native");
    const before = processesBelow(process.pid);
    const bot = stage.bot({ runtime: "native", mediaProcess: "perCall" });
    const [ahead = 0] = await until("it starts ahead", () => {
      const started = processesBelow(process.pid).filter((pid) => !before.includes(pid));
      return started.length > 0 && tavus.openConversations === 0 && started;
    });
    process.kill(ahead, "SIGKILL");
    await bot.ready();
    expect(newSince(before)).toHaveLength(1);
    bot.task.end();
    await bot.running;
    expectEndedOnce(bot);
    await until("no process is left", () => newSince(before).length === 0, 2000);
  });

  it("while the call joins, ends the conversation, with its error", async () => {
    await stage.open();
    const { bot, nothingIsLeft } = mortalBot((call, kill) => {
      const join = call.join.bind(call);
      call.join = (options) => {
        const joining = join(options);
        kill();
        return joining;
      };
    });
    await expect(bot.running).rejects.toMatchObject({ name: "DailyCallError", code: "runtimeDied" });
    expectEndedOnce(bot);
    await nothingIsLeft();
  });

  it.each(["speaking", "interrupting"])(
    "while the bot is %s, ends the conversation, with its error",
    async (moment) => {
      await stage.open();
      const { bot, kill, nothingIsLeft } = mortalBot();
      await bot.ready();
      const played = new PlayedByPal(stage.palOf(bot));
      bot.say(440, 5000);
      await until("the pal speaks", () => played.speaks);
      if (moment === "interrupting") bot.interrupt();
      kill();
      await expect(bot.running).rejects.toMatchObject({ name: "DailyCallError", code: "runtimeDied" });
      await expect(bot.running).rejects.toThrow(/ended unexpectedly: signal SIGKILL/);
      // The interruption could not be sent, which is an error too.
      for (const error of bot.errors) expect(error).toMatchObject({ code: "runtimeDied" });
      expectEndedOnce(bot);
      await nothingIsLeft();
    },
  );

  it("while the call leaves, changes nothing", async () => {
    await stage.open();
    const { bot, nothingIsLeft } = mortalBot((call, kill) => {
      const leave = call.leave.bind(call);
      call.leave = () => {
        const leaving = leave();
        kill();
        return leaving;
      };
    });
    await bot.ready();
    bot.task.end();
    await expect(bot.running).resolves.toMatchObject({ outcome: "ended" });
    expectEndedOnce(bot);
    await nothingIsLeft();
  });

  it("takes only its own calls with it", async () => {
    const emulator = await stage.open();
    emulator.createRoom("r");
    const url = emulator.roomUrl("r");
    const joined = async (): Promise<DailyCall> => {
      const call = await createDailyCall({ url, runtime: "native", mediaProcess: "perCall" });
      await call.join({ url, userName: "Anna" });
      return call;
    };
    const before = mediaProcessesOf();
    await using anna = await joined();
    const [pid = 0] = newSince(before);
    await using bob = await joined();
    process.kill(pid, "SIGKILL");
    await until("Anna's call has failed", () => anna.state === "failed", 1000);
    await until("Bob sees her leave", () => bob.participants().size === 0, 1500);
    expect(bob.state).toBe("joined");
  });
});

describe("a media process and the process of its bot", () => {
  it("end together when the bot is killed with -9, and a terminal's signals are for the bot alone", async () => {
    const emulator = await stage.open();
    emulator.createRoom("r");
    await using bot = new BotProcess(fixture("join-and-stay"), undefined, {
      args: [emulator.roomUrl("r"), "Anna"],
      env: { TAVUS_API_KEY: "a-secret", SOME_TOKEN: "a-secret" },
      nodeFlags: ["--inspect=127.0.0.1:0"],
    });
    await bot.says(/joined/);
    const [pid = 0] = mediaProcessesOf(bot.pid);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.kill(pid, signal);

    expect(readFileSync(`/proc/${pid}/environ`, "utf8")).not.toContain("a-secret");
    expect(listeningSocketsOf(bot.pid)).not.toEqual([]);
    expect(listeningSocketsOf(pid)).toEqual([]);
    await passes(200);
    expect(isAlive(pid)).toBe(true);
    expect(emulator.room("r")?.participants()).toHaveLength(1);

    bot.child.kill("SIGKILL");
    await until("the media process has ended", () => !isAlive(pid), 1000);
    await until("nobody is in the room", () => emulator.room("r")?.participants().length === 0, 1500);
  });

  it("hold nothing more after 200 calls than after a few", async () => {
    const emulator = await stage.open();
    emulator.createRoom("r");
    const args = [emulator.roomUrl("r"), "native", "200"];
    const { answer, stderr, exitCode } = await runChild(fixture("calls-in-a-row"), args, { timeoutMs: 50_000 });
    expect([stderr, exitCode]).toEqual(["", 0]);
    const { before, after } = answer as Record<"before" | "after", object>;
    expect(before).toMatchObject({ processes: 1, resources: 0 });
    expect(after).toEqual(before);
  });
});

/** The inodes of the TCP sockets on which a process listens. */
function listeningSocketsOf(pid: number): string[] {
  const held = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
    } catch {
      return undefined;
    }
  });
  const listening = ["tcp", "tcp6"].flatMap((name) => readFileSync(`/proc/net/${name}`, "utf8").split("\n"));
  return listening.flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const inode = fields[9] ?? "";
    return fields[3] === "0A" && held.includes(inode) ? [inode] : [];
  });
}
