import { EventEmitter } from "node:events";

import { describe, expect, it } from "vitest";

import { EndFrame, TextFrame } from "../../src/frames/index.ts";
import { Pipeline, PipelineRunner, PipelineTask } from "../../src/pipeline/index.ts";
import type { PipelineRunnerOptions } from "../../src/pipeline/index.ts";
import { VirtualClock, settle } from "../../src/testing/virtual-clock.ts";
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
