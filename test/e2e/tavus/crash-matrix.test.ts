import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";

import { ConversationJournal, TavusApi } from "../../../src/api/index.ts";
import { startEmulator } from "../../../src/emulator/index.ts";
import { silentLogger } from "../../../src/util/logger.ts";
import { BotProcess } from "../../support/bot-process.ts";
import { isAlive } from "../../support/browsers.ts";
import { until } from "../../support/until.ts";

/**
 * Ways to end, and the exit code of each. After "kill -9" and `process.exit()` the process can do nothing more: the journal
 * ends what it leaves open. `CRASH_MATRIX=all` runs every way at every moment on both runtimes; without it each way
 * runs at two moments, and a few of them in Chromium.
 */
const WAYS = {
  end: 0,
  cancel: 0,
  close: 0,
  fatal: 1,
  throw: 1,
  reject: 1,
  SIGINT: 130,
  SIGTERM: 143,
  SIGHUP: 129,
  exit: 3,
  SIGKILL: "SIGKILL",
} as const;
const MOMENTS = ["creating", "joining", "connected", "speaking", "ending"] as const;

type Way = keyof typeof WAYS;
type Moment = (typeof MOMENTS)[number];
type Cell = readonly [runtime: "native" | "chromium", way: Way, moment: Moment];

const ways = Object.keys(WAYS) as Way[];
const all: Cell[] = (["native", "chromium"] as const).flatMap((runtime) =>
  ways.flatMap((way) => MOMENTS.map((moment): Cell => [runtime, way, moment])),
);
const chosen = all.filter(([runtime, way, moment]) => {
  const at = (ways.indexOf(way) + MOMENTS.indexOf(moment)) % MOMENTS.length;
  if (runtime === "native") return at === 0 || at === 2;
  return at === 3 && ["end", "throw", "SIGTERM", "SIGKILL"].includes(way);
});

class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async take(): Promise<Disposable> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return {
      [Symbol.dispose]: () => {
        const next = this.#waiting.shift();
        if (next) next();
        else this.#free++;
      },
    };
  }
}

/** How many bots run at a time: more would only wait for each other. */
const turns = new Turns(2);
const script = new URL("bots/leaving-bot.ts", import.meta.url);

function exitCodes(way: Way, moment: Moment): readonly (number | string)[] {
  // The set-up fails with it; a task that has ended does not fail any more.
  if (way === "close" && (moment === "creating" || moment === "joining")) return [1];
  if (way === "fatal" && moment === "ending") return [0, 1];
  // A frame waits for the start; the end cancels nothing that has not begun.
  return [WAYS[way]];
}

describe("a process that leaves a call leaves no conversation open", () => {
  const cells = process.env.CRASH_MATRIX === "all" ? all : chosen;
  it.concurrent.for(cells)("on %s by %s while %s", { timeout: 120_000 }, async ([runtime, way, moment]) => {
    const folder = await mkdtemp(join(tmpdir(), "crash-matrix-"));
    const emulator = await startEmulator({ logger: silentLogger, pal: { join: "early" } });
    const { tavus, apiKey, apiUrl } = emulator;
    try {
      using _turn = await turns.take();
      await using bot = new BotProcess(script, emulator, {
        args: [runtime, way, moment],
        env: { TAVUS_JOURNAL: folder },
      });
      const children = new Set<number>();
      const watch = setInterval(() => {
        for (const child of bot.children()) children.add(child);
      }, 100);
      await bot.says(/^leaving/m, 30_000);
      const code = await bot.ends(13_000).finally(() => clearInterval(watch));
      expect(exitCodes(way, moment), bot.stdout + bot.stderr).toContain(code);

      const entries = async (): Promise<string[]> => (await readdir(folder)).filter((name) => name.endsWith(".json"));
      const ends = (): number[] => tavus.conversations.list().map(({ id }) => tavus.endCalls(id));
      if (way === "exit" || way === "SIGKILL") {
        const journal = new ConversationJournal({ path: folder, apiKey, apiUrl, logger: silentLogger });
        const api = new TavusApi({ apiKey, apiUrl, logger: silentLogger });
        // The creation request may still be in flight.
        await setTimeout(300);
        await until("the sweep has ended it", async () => {
          expect((await journal.sweep(api)).failed).toEqual([]);
          return tavus.openConversations === 0;
        });
        // An end request that was in flight when the process died may have arrived too.
        for (const count of ends()) expect([1, ...(moment === "ending" ? [2] : [])]).toContain(count);
      } else {
        expect(
          { open: tavus.openConversations, ends: ends(), entries: await entries() },
          bot.stdout + bot.stderr,
        ).toEqual({
          open: 0,
          // An interrupted creation may have left nothing.
          ends: ends().map(() => 1),
          entries: [],
        });
        if (moment !== "creating") expect(ends()).toEqual([1]);
      }
      await until("its children have ended", () => ![...children].some(isAlive));
    } finally {
      await emulator.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe("a process whose API hangs on the end", () => {
  it.concurrent.for([
    ["end", 0],
    ["SIGTERM", 143],
  ] as const)("leaves within its bound by %s, and the journal keeps what could not be done", async ([way, code]) => {
    const folder = await mkdtemp(join(tmpdir(), "crash-matrix-"));
    const emulator = await startEmulator({ logger: silentLogger, pal: { join: "early" } });
    const { tavus, apiKey, apiUrl } = emulator;
    try {
      tavus.faults.next({ method: "POST", path: /\/end$/, delayMs: 60_000, times: 100 });
      await using bot = new BotProcess(script, emulator, {
        args: ["native", way, "connected"],
        env: { TAVUS_JOURNAL: folder },
      });
      const id = await bot.says(/^leaving (\w+)$/m, 30_000);
      // 8 s for the end, and time to spare.
      expect(await bot.ends(15_000), bot.stderr).toBe(code);
      expect(bot.stderr).toContain("could not be ended");
      expect(tavus.openConversations).toBe(1);
      tavus.faults.clear();
      const journal = new ConversationJournal({ path: folder, apiKey, apiUrl, logger: silentLogger });
      const { ended } = await journal.sweep(new TavusApi({ apiKey, apiUrl, logger: silentLogger }));
      expect([ended, tavus.openConversations]).toEqual([[id], 0]);
    } finally {
      await emulator.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
