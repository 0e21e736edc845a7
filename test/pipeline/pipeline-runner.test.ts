import { EventEmitter } from "node:events";

import { describe, expect, it } from "vitest";

import { EndFrame, TextFrame } from "../../src/frames/index.ts";
import { Pipeline, PipelineRunner, PipelineTask } from "../../src/pipeline/index.ts";
import type { PipelineRunnerOptions } from "../../src/pipeline/index.ts";
import { VirtualClock, settle } from "../../src/testing/virtual-clock.ts";
import { sleep } from "../../src/util/deadline.ts";
import { Station, recordedLog } from "./harness.ts";

class FakeProcess extends EventEmitter {
  readonly exits: number[] = [];

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

const hangsAtEnd = (): Station =>
  new Station((frame, direction, ctx) => {
    if (frame instanceof EndFrame) return new Promise<void>(() => undefined);
    ctx.push(frame, direction);
  });

describe("PipelineRunner", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ])("%s cancels every task; a second signal exits with %i", async (signal, code) => {
    const { fake, runner, newTask } = setUp();
    const runs = [runner.run(newTask()), runner.run(newTask())];
    await settle();
    fake.emit(signal, signal);
    fake.emit(signal, signal);
    expect(fake.exits).toEqual([code]);
    for (const run of runs) {
      expect(await run).toMatchObject({ outcome: "cancelled", reason: signal });
    }
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

  it("listens only while a task runs, and to nothing when told so", async () => {
    const { fake, runner, newTask } = setUp();
    expect(fake.listeners_).toBe(0);
    const first = newTask();
    const runs = [runner.run(first), runner.run(newTask())];
    expect(fake.listeners_).toBe(4);
    first.end();
    await runs[0];
    expect(fake.listeners_).toBe(4);
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
    const { fake, runner, newTask, clock } = setUp({ uncaughtErrorTimeoutMs: 3000 });
    class Hanging extends Station {
      override cleanup(): Promise<void> {
        return new Promise(() => undefined);
      }
    }
    void runner.run(newTask(new Hanging()));
    await settle();
    fake.emit("uncaughtException", new Error("oops"));
    await clock.advance(2999);
    expect(fake.exits).toEqual([]);
    await clock.advance(1);
    expect(fake.exits).toEqual([1]);
  });

  it("runAll runs tasks side by side and gives their results in order when the last has ended", async () => {
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
