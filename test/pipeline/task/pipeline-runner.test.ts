import { EventEmitter } from "node:events";

import { describe, expect, it, vi } from "vitest";

import { EndFrame, TextFrame } from "../../../src/frames/index.ts";
import { Pipeline, PipelineRunner, type PipelineRunnerOptions, PipelineTask } from "../../../src/pipeline/index.ts";
import { VirtualClock, settle } from "../../../src/testing/virtual-clock.ts";
import { sleep } from "../../../src/util/deadline.ts";
import { Station, recordedLog } from "../harness.ts";

class FakeProcess extends EventEmitter {
  readonly exits: number[] = [];

  exitCode: number | string | null | undefined;

  exit(code: number): void {
    this.exits.push(code);
  }

  get listeners_(): number {
    return this.eventNames().length;
  }
}

function setUp(options: PipelineRunnerOptions = {}) {
  const fake = new FakeProcess();
  const clock = new VirtualClock();
  const log = recordedLog();
  const runner = new PipelineRunner({ process: fake, clock, logger: log.logger, ...options });
  const newTask = (station = new Station()): PipelineTask =>
    new PipelineTask(new Pipeline([station]), { clock, logger: log.logger });
  return { fake, clock, log, runner, newTask };
}

class Hanging extends Station {
  override cleanup(): Promise<void> {
    return new Promise(() => undefined);
  }
}

const hangsAtEnd = (): Station =>
  new Station((frame, direction, ctx) => {
    if (frame instanceof EndFrame) return new Promise<void>(() => undefined);
    ctx.push(frame, direction);
  });

describe("PipelineRunner", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ])("%s cancels every task, and the process ends by itself with %i", async (signal, code) => {
    const { fake, runner, newTask } = setUp();
    const runs = [runner.run(newTask()), runner.run(newTask())];
    await settle();
    fake.emit(signal, signal);
    for (const run of runs) expect(await run).toMatchObject({ outcome: "cancelled", reason: signal });
    expect([fake.exits, fake.exitCode]).toEqual([[], code]);
  });

  it("a second signal exits at once with its code; one that arrives with the first counts as the same", async () => {
    const { fake, runner, newTask, clock } = setUp();
    void runner.run(newTask(new Hanging()));
    await settle();
    fake.emit("SIGTERM", "SIGTERM");
    fake.emit("SIGHUP", "SIGHUP");
    await clock.advance(199);
    fake.emit("SIGTERM", "SIGTERM");
    expect(fake.exits).toEqual([]);
    await clock.advance(1);
    fake.emit("SIGINT", "SIGINT");
    expect(fake.exits).toEqual([130]);
  });

  it("a signal leaves an exit code that the program has chosen", async () => {
    const { fake, runner, newTask, clock } = setUp({ exitTimeoutMs: 1000 });
    fake.exitCode = 7;
    const run = runner.run(newTask(new Hanging()));
    await settle();
    fake.emit("SIGTERM", "SIGTERM");
    await clock.advance(1000);
    expect([fake.exits, fake.exitCode]).toEqual([[7], 7]);
    void run;
  });

  it("after a signal the process exits within its bound, although a cleanup or the program hangs", async () => {
    for (const station of [new Hanging(), new Station()]) {
      const { fake, runner, newTask, clock, log } = setUp({ exitTimeoutMs: 3000 });
      void runner.run(newTask(station));
      await settle();
      fake.emit("SIGTERM", "SIGTERM");
      await clock.advance(2999);
      expect(fake.exits).toEqual([]);
      await clock.advance(1);
      expect(fake.exits).toEqual([143]);
      expect(log.lines.join()).toContain("3000 ms");
    }
  });

  it("that bound begins when the tasks are over if they may end gracefully", async () => {
    const { fake, runner, newTask, clock } = setUp({ exitTimeoutMs: 3000, onSignal: "end" });
    const slow = new Station(async (frame, direction, ctx) => {
      if (frame instanceof EndFrame) await sleep(clock, 20_000);
      ctx.push(frame, direction);
    });
    void runner.run(newTask(slow));
    await settle();
    fake.emit("SIGTERM", "SIGTERM");
    await clock.advance(22_999);
    expect(fake.exits).toEqual([]);
    await clock.advance(1);
    expect(fake.exits).toEqual([143]);
  });

  it('onSignal "end" lets the tasks end gracefully', async () => {
    const { fake, runner, newTask } = setUp({ onSignal: "end" });
    const station = new Station();
    const run = runner.run(newTask(station));
    await settle();
    fake.emit("SIGTERM", "SIGTERM");
    expect(await run).toMatchObject({ outcome: "ended", reason: "SIGTERM" });
    expect(station.handled).not.toContain("CancelFrame");
  });

  it("listens only while a task runs, and to nothing when disabled", async () => {
    const { fake, runner, newTask } = setUp();
    expect(fake.listeners_).toBe(0);
    const first = newTask();
    const runs = [runner.run(first), runner.run(newTask())];
    expect(fake.listeners_).toBe(5);
    first.end();
    await runs[0];
    expect(fake.listeners_).toBe(5);
    runner.end();
    await runs[1];
    expect(fake.listeners_).toBe(0);

    const silent = setUp({ handleSignals: false, handleUncaughtErrors: false });
    const run = silent.runner.run(silent.newTask());
    expect(silent.fake.listeners_).toBe(0);
    silent.runner.cancel();
    await run;
  });

  it("stops listening after a run that fails, and rejects as it does", async () => {
    const { fake, runner, newTask } = setUp();
    const station = new Station((frame, direction, ctx) => {
      if (frame instanceof TextFrame) ctx.pushError(new Error("gone"), { fatal: true });
      else ctx.push(frame, direction);
    });
    const task = newTask(station);
    task.queueFrame(new TextFrame("x"));
    await expect(runner.run(task)).rejects.toThrow("gone");
    expect(fake.listeners_).toBe(0);
  });

  it.each(["uncaughtException", "unhandledRejection"])(
    "%s cancels the tasks, is logged, then exits 1",
    async (event) => {
      const { fake, runner, newTask, log } = setUp();
      const run = runner.run(newTask());
      await settle();
      fake.emit(event, new Error("oops"));
      expect(fake.exits).toEqual([]);
      expect(await run).toMatchObject({ outcome: "cancelled" });
      await settle();
      expect(fake.exits).toEqual([1]);
      expect(log.lines.join()).toContain("oops");
    },
  );

  it("an uncaught error exits within its bound although a cleanup hangs", async () => {
    const { fake, runner, newTask, clock } = setUp({ exitTimeoutMs: 3000 });
    void runner.run(newTask(new Hanging()));
    await settle();
    fake.emit("uncaughtException", new Error("oops"));
    await clock.advance(2999);
    expect(fake.exits).toEqual([]);
    await clock.advance(1);
    expect(fake.exits).toEqual([1]);
  });

  it("runAll runs tasks side by side and resolves with their results in order when the last has ended", async () => {
    const { fake, runner, newTask } = setUp();
    const tasks = [newTask(), newTask(), newTask()];
    let over = false;
    const all = runner.runAll(tasks).finally(() => {
      over = true;
    });
    await settle();
    tasks[2]!.end("last first");
    tasks[0]!.cancel("no");
    await settle();
    expect(over).toBe(false);
    tasks[1]!.end();
    expect((await all).map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ["cancelled", "no"],
      ["ended", undefined],
      ["ended", "last first"],
    ]);
    expect(fake.listeners_).toBe(0);
    expect(await runner.runAll([])).toEqual([]);
  });

  it("runAll lets the others end when one fails, then rejects with its error, or with all of several", async () => {
    const { runner, newTask } = setUp();
    const failing = (message: string): Station =>
      new Station((frame, direction, ctx) => {
        if (frame instanceof TextFrame) ctx.pushError(new Error(message), { fatal: true });
        else ctx.push(frame, direction);
      });
    const fine = new Station();
    const tasks = [newTask(failing("one")), newTask(fine)];
    const all = runner.runAll(tasks);
    tasks[0]!.queueFrame(new TextFrame("x"));
    await settle();
    tasks[1]!.end();
    await expect(all).rejects.toThrow("one");
    expect(fine.handled).toEqual(["StartFrame", "EndFrame"]);

    const both = [newTask(failing("one")), newTask(failing("two"))];
    for (const task of both) task.queueFrame(new TextFrame("x"));
    await expect(runner.runAll(both)).rejects.toMatchObject({ errors: [{ message: "one" }, { message: "two" }] });
  });

  it("a task that is run after a signal, while others still stop, does not start", async () => {
    const { fake, runner, newTask } = setUp();
    const slow = new Station((frame, direction, ctx) => {
      if (frame.kind === "CancelFrame") return new Promise<void>(() => undefined);
      ctx.push(frame, direction);
    });
    void runner.run(newTask(slow));
    await settle();
    fake.emit("SIGINT", "SIGINT");
    const late = new Station();
    expect(await runner.run(newTask(late))).toMatchObject({ outcome: "cancelled" });
    expect(late.handled).toEqual([]);
  });

  it("names the handlers that still run after their task's end, and none that return soon", async () => {
    for (const [stuckMs, warned] of [
      [50, false],
      [150, true],
    ] as const) {
      const { runner, newTask, clock, log } = setUp();
      const deaf = new Station(async (frame, direction, ctx) => {
        if (frame instanceof TextFrame) await sleep(clock, stuckMs);
        ctx.push(frame, direction);
      });
      const task = newTask(deaf);
      task.queueFrame(new TextFrame("x"));
      const run = runner.run(task);
      await settle();
      task.cancel();
      await run;
      await clock.advance(500);
      const lines = log.lines.filter((line) => line.includes(`still run: ${deaf.name} (TextFrame)`));
      expect(lines).toHaveLength(warned ? 1 : 0);
    }
  });

  it("await using cancels what runs", async () => {
    const { runner, newTask } = setUp();
    const run = runner.run(newTask(hangsAtEnd()));
    {
      await using _runner = runner;
      await settle();
    }
    expect(await run).toMatchObject({ outcome: "cancelled" });
  });
});

describe("several runners in one process", () => {
  /** Runners as an application makes them: one for each call. */
  function runners(count: number, options: PipelineRunnerOptions = {}) {
    const first = setUp(options);
    const { fake, clock, log, newTask } = first;
    const others = Array.from(
      { length: count - 1 },
      () => new PipelineRunner({ process: fake, clock, logger: log.logger, ...options }),
    );
    return { fake, clock, log, newTask, runners: [first.runner, ...others] };
  }

  /** Cleans up in its own time. */
  class Slow extends Station {
    readonly #wait: () => Promise<void>;
    cleaned = false;

    constructor(wait: () => Promise<void>) {
      super();
      this.#wait = wait;
    }

    override async cleanup(): Promise<void> {
      await super.cleanup();
      await this.#wait();
      this.cleaned = true;
    }
  }

  it.each(["uncaughtException", "unhandledRejection"])(
    "exit together after an %s: not before the last has ended its call",
    async (event) => {
      const { fake, clock, newTask, runners: all } = runners(3);
      const stations = [0, 500, 3000].map((delayMs) => new Slow(() => sleep(clock, delayMs)));
      const runs = all.map((runner, i) => runner.run(newTask(stations[i])));
      await settle();
      fake.emit(event, new Error("oops"));
      await clock.advance(2999);
      expect(fake.exits).toEqual([]);
      await clock.advance(1);
      expect(await Promise.all(runs)).toMatchObject([{}, {}, {}].map(() => ({ outcome: "cancelled" })));
      await settle();
      expect(fake.exits).toEqual([1]);
      expect(stations.map(({ cleaned }) => cleaned)).toEqual([true, true, true]);
    },
  );

  it("are cancelled by an uncaught error even if one of them leaves such errors to the application", async () => {
    const {
      fake,
      clock,
      log,
      newTask,
      runners: [first],
    } = runners(1);
    const other = new PipelineRunner({ process: fake, clock, logger: log.logger, handleUncaughtErrors: false });
    const runs = [first!.run(newTask()), other.run(newTask())];
    await settle();
    fake.emit("uncaughtException", new Error("oops"));
    expect(await Promise.all(runs)).toMatchObject([{ outcome: "cancelled" }, { outcome: "cancelled" }]);
  });

  it("exit within the bound when one of them hangs", async () => {
    const { fake, clock, newTask, runners: all } = runners(2, { exitTimeoutMs: 4000 });
    void all[0]!.run(newTask());
    void all[1]!.run(newTask(new Hanging()));
    await settle();
    fake.emit("uncaughtException", new Error("oops"));
    await clock.advance(3999);
    expect(fake.exits).toEqual([]);
    await clock.advance(1);
    expect(fake.exits).toEqual([1]);
  });

  it("are cancelled by one signal, each once, and the process does not exit before they are done", async () => {
    const { fake, newTask, runners: all } = runners(3);
    const runs = all.map((runner) => runner.run(newTask()));
    await settle();
    fake.emit("SIGTERM", "SIGTERM");
    for (const run of runs) expect(await run).toMatchObject({ outcome: "cancelled", reason: "SIGTERM" });
    expect([fake.exits, fake.exitCode]).toEqual([[], 143]);
  });

  it("add one listener per event, however many runners there are", async () => {
    const { fake, newTask, runners: all } = runners(30);
    const runs = all.map((runner) => runner.run(newTask()));
    const events = ["SIGINT", "SIGTERM", "SIGHUP", "uncaughtException", "unhandledRejection"];
    expect(events.map((event) => fake.listenerCount(event))).toEqual([1, 1, 1, 1, 1]);
    for (const runner of all) runner.cancel();
    await Promise.all(runs);
    expect(fake.listeners_).toBe(0);
  });

  it("start nothing after a signal or an uncaught error, whichever of them handles it", async () => {
    for (const event of ["SIGTERM", "uncaughtException"]) {
      const { fake, newTask, runners: all } = runners(2);
      void all[0]!.run(newTask(new Hanging()));
      await settle();
      fake.emit(event, new Error("oops"));
      const late = new Station();
      expect(await all[1]!.run(newTask(late))).toMatchObject({ outcome: "cancelled" });
      expect(late.handled).toEqual([]);
    }
  });

  it("a signal during the handling of an uncaught error does not cut it short", async () => {
    const {
      fake,
      clock,
      newTask,
      runners: [runner],
    } = runners(1);
    const station = new Slow(() => sleep(clock, 2000));
    void runner!.run(newTask(station));
    await settle();
    fake.emit("uncaughtException", new Error("oops"));
    fake.emit("SIGTERM", "SIGTERM");
    await clock.advance(1999);
    expect(fake.exits).toEqual([]);
    await clock.advance(1);
    await settle();
    expect([fake.exits, station.cleaned]).toEqual([[1], true]);
  });
});

describe("an uncaught error", () => {
  it("that cannot be read, with a logger that throws, still cancels the tasks and exits once", async () => {
    const silence = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const fail = (): never => {
      throw new Error("no disk");
    };
    const { fake, runner, newTask } = setUp({ logger: { debug: fail, info: fail, warn: fail, error: fail } });
    const run = runner.run(newTask());
    await settle();
    const unreadable = Object.defineProperty(new Error(), "message", { get: fail });
    fake.emit("uncaughtException", unreadable);
    fake.emit("unhandledRejection", new Error("another"));
    expect(await run).toMatchObject({ outcome: "cancelled" });
    await settle();
    expect(fake.exits).toEqual([1]);
    silence.mockRestore();
  });
});
