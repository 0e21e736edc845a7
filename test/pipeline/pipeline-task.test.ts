import { describe, expect, it } from "vitest";

import {
  CancelFrame,
  CancelTaskFrame,
  EndFrame,
  EndTaskFrame,
  type ErrorFrame,
  InterruptionFrame,
  StopFrame,
  TextFrame,
} from "../../src/frames/index.ts";
import type { Frame } from "../../src/frames/index.ts";
import { type FrameProcessor, Pipeline, PipelineTask, PipelineTimeoutError } from "../../src/pipeline/index.ts";
import type { PipelineTaskOptions, ProcessorSetup } from "../../src/pipeline/index.ts";
import { VirtualClock, settle } from "../../src/testing/virtual-clock.ts";
import { InvalidOptionError } from "../../src/util/errors.ts";
import { Station, gate, label, recordedLog } from "./harness.ts";

/** Counts what must come in pairs, and can be told to hang or fail. */
class Tracked extends Station {
  setups = 0;
  cleanups = 0;
  readonly received: Frame[] = [];
  setupWork: (setup: ProcessorSetup) => Promise<void> = () => Promise.resolve();
  cleanupWork: () => Promise<void> = () => Promise.resolve();

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    this.setups += 1;
    await this.setupWork(setup);
  }

  override process(...args: Parameters<FrameProcessor["process"]>): void | Promise<void> {
    this.received.push(args[0]);
    return super.process(...args);
  }

  override async cleanup(): Promise<void> {
    await super.cleanup();
    this.cleanups += 1;
    await this.cleanupWork();
  }

  get texts(): string[] {
    return this.received.filter((frame) => frame instanceof TextFrame).map(label);
  }
}

const never = (): Promise<void> => new Promise(() => undefined);
const swallow = (kind: string): Tracked =>
  new Tracked((frame, direction, ctx) => {
    if (frame.kind === kind) return never();
    ctx.push(frame, direction);
  });

function taskOf(processors: FrameProcessor[], options: PipelineTaskOptions = {}) {
  const clock = new VirtualClock();
  const log = recordedLog();
  const task = new PipelineTask(new Pipeline(processors), { clock, logger: log.logger, ...options });
  const events: string[] = [];
  const timeouts: PipelineTimeoutError[] = [];
  const errors: ErrorFrame[] = [];
  task.on("started", () => events.push("started"));
  task.on("finished", (result) => events.push(`finished ${result.outcome}`));
  task.on("error", (frame) => {
    events.push("error");
    errors.push(frame);
  });
  for (const event of ["setupTimeout", "startTimeout", "endTimeout", "cancelTimeout"] as const) {
    task.on(event, (error) => {
      events.push(event);
      timeouts.push(error);
    });
  }
  return { task, clock, log, events, timeouts, errors };
}

describe("a run", () => {
  it("[26] emits started and finished once each, and resolves with how it ended", async () => {
    const tracked = new Tracked();
    const { task, clock, events } = taskOf([tracked]);
    const run = task.run();
    await settle();
    expect(events).toEqual(["started"]);
    task.queueFrames([new TextFrame("a"), new TextFrame("b")]);
    task.end("done");
    task.end("again");
    expect(await run).toEqual({ outcome: "ended", reason: "done", error: undefined });
    expect(task.run()).toBe(run);
    expect(events).toEqual(["started", "finished ended"]);
    expect(tracked.texts).toEqual(["a", "b"]);
    expect([tracked.setups, tracked.cleanups]).toEqual([1, 1]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("[26] a StopFrame stops it", async () => {
    const { task, events } = taskOf([new Tracked()]);
    task.queueFrame(new StopFrame());
    expect(await task.run()).toMatchObject({ outcome: "stopped" });
    expect(events).toEqual(["started", "finished stopped"]);
  });

  it("[25] frames queued before the start enter only when the StartFrame has reached the sink", async () => {
    const { open, opened } = gate();
    const first = new Tracked();
    const last = new Tracked(async (frame, direction, ctx) => {
      if (frame.kind === "StartFrame") await opened;
      ctx.push(frame, direction);
    });
    const { task } = taskOf([first, last]);
    task.queueFrames([new TextFrame("a"), new TextFrame("b")]);
    const run = task.run();
    task.queueFrame(new TextFrame("c"));
    await settle();
    expect(first.texts).toEqual([]);
    open();
    await settle();
    expect(first.texts).toEqual(["a", "b", "c"]);
    task.end();
    await run;
  });

  it("[28] upstream frames enter at the sink", async () => {
    const order: string[] = [];
    const noting = (name: string): Station =>
      new Station((frame, direction, ctx) => {
        if (frame instanceof TextFrame) order.push(name);
        ctx.push(frame, direction);
      });
    const { task } = taskOf([noting("first"), noting("last")]);
    const run = task.run();
    await settle();
    task.queueFrame(new TextFrame("x"), "upstream");
    await settle();
    expect(order).toEqual(["last", "first"]);
    task.end();
    await run;
  });

  it("tells the sample rates to setup and to the StartFrame", async () => {
    let setup: ProcessorSetup | undefined;
    const tracked = new Tracked();
    tracked.setupWork = async (values) => {
      setup = values;
    };
    const { task } = taskOf([tracked], { params: { audioInSampleRate: 8000 } });
    task.end();
    await task.run();
    expect(setup).toMatchObject({ audioInSampleRate: 8000, audioOutSampleRate: 24_000 });
    expect(tracked.received[0]).toMatchObject({ audioInSampleRate: 8000, audioOutSampleRate: 24_000 });
  });

  it("refuses frames after its end with one warning", async () => {
    const { task, log } = taskOf([new Tracked()]);
    task.end();
    await task.run();
    task.queueFrames([new TextFrame("a"), new TextFrame("b")]);
    expect(log.lines.filter((line) => line.includes("the task is over"))).toHaveLength(1);
  });

  it("await using cancels and cleans up", async () => {
    const tracked = new Tracked();
    {
      const { task } = taskOf([tracked]);
      await using disposed = task;
      void disposed.run();
      await settle();
    }
    expect(tracked.handled).toContain("CancelFrame");
    expect(tracked.cleanups).toBe(1);
  });
});

describe("setup", () => {
  it("a failure with a typed error comes out as that error", async () => {
    const bad = new Tracked();
    const typed = new InvalidOptionError("key", "is wrong.");
    bad.setupWork = () => Promise.reject(typed);
    await expect(taskOf([bad]).task.run()).rejects.toBe(typed);
  });

  it("[22] a failure stops the run before the StartFrame, cleans up all, and run() rejects with it", async () => {
    const good = new Tracked();
    const bad = new Tracked();
    bad.setupWork = () => Promise.reject(new Error("wrong key"));
    const { task, events } = taskOf([good, bad]);
    await expect(task.run()).rejects.toMatchObject({ code: "processorSetup", processor: bad.name });
    expect(events).toEqual(["finished failed"]);
    expect(good.handled).toEqual([]);
    expect([good.setups, good.cleanups, bad.cleanups]).toEqual([1, 1, 1]);
  });

  it("a failure aborts the setups that are still under way", async () => {
    const bad = new Tracked();
    bad.setupWork = () => Promise.reject(new Error("wrong key"));
    const slow = new Tracked();
    slow.setupWork = ({ signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          reject(signal.reason as Error);
        });
      });
    const { task } = taskOf([slow, bad]);
    await expect(task.run()).rejects.toMatchObject({ processor: bad.name });
  });

  it("[23] beyond its timeout: event, the culprit named, everything cleaned up", async () => {
    const hanging = new Tracked();
    hanging.setupWork = never;
    const good = new Tracked();
    const { task, clock, events, timeouts } = taskOf([good, new Pipeline([hanging])]);
    const run = task.run();
    await clock.advance(19_999);
    expect(events).toEqual([]);
    await expect(clock.advanceUntil(run)).rejects.toBeInstanceOf(PipelineTimeoutError);
    expect(events).toEqual(["setupTimeout", "cancelTimeout", "finished failed"]);
    expect(timeouts[0]).toMatchObject({ phase: "setup", processors: [hanging.name] });
    expect([good.cleanups, hanging.cleanups]).toEqual([1, 1]);
  });

  it("a cleanup waits for a setup that a cancel aborts", async () => {
    const order: string[] = [];
    const tracked = new Tracked();
    tracked.setupWork = async ({ signal }) => {
      await new Promise((resolve) => {
        signal.addEventListener("abort", resolve);
      });
      await settle();
      order.push("setup ended");
    };
    tracked.cleanupWork = async () => {
      order.push("cleanup");
    };
    const { task } = taskOf([tracked]);
    const run = task.run();
    await settle();
    task.cancel();
    await run;
    expect(order).toEqual(["setup ended", "cleanup"]);
  });
});

describe("start", () => {
  it("[24] a StartFrame that never reaches the sink: event, teardown, run() rejects", async () => {
    const stuck = swallow("StartFrame");
    const last = new Tracked();
    const { task, clock, events, timeouts } = taskOf([stuck, last]);
    await expect(clock.advanceUntil(task.run())).rejects.toMatchObject({ phase: "start" });
    expect(events).toEqual(["startTimeout", "finished failed"]);
    expect(timeouts[0]!.processors).toEqual([stuck.name]);
    expect([stuck.cleanups, last.cleanups]).toEqual([1, 1]);
  });

  it("[29] a cancel before run() or before the start completes promptly", async () => {
    const early = taskOf([new Tracked()]);
    early.task.cancel("changed my mind");
    expect(await early.task.run()).toMatchObject({ outcome: "cancelled", reason: "changed my mind" });

    const stuck = swallow("StartFrame");
    const { task, clock } = taskOf([stuck]);
    const run = task.run();
    await settle();
    task.cancel();
    expect(await run).toMatchObject({ outcome: "cancelled" });
    expect(clock.nowMs()).toBe(0);
    expect(stuck.cleanups).toBe(1);
  });
});

describe("end and cancel", () => {
  it("[30] a CancelFrame handler that hangs: bounded, named, finished and cleaned up", async () => {
    const stuck = swallow("CancelFrame");
    const { task, clock, errors } = taskOf([stuck, new Tracked()]);
    const run = task.run();
    await settle();
    task.cancel();
    expect(await clock.advanceUntil(run)).toMatchObject({ outcome: "cancelled" });
    expect(clock.nowMs()).toBe(1000);
    expect(errors.map((frame) => frame.processor)).toEqual([stuck.name]);
    expect(stuck.cleanups).toBe(1);
  });

  it("[31] an EndFrame that is stuck is escalated to a cancel at the end timeout, which names the processor", async () => {
    const stuck = swallow("EndFrame");
    const { task, clock, events, timeouts } = taskOf([new Tracked(), stuck, new Tracked()]);
    const run = task.run();
    await settle();
    task.end();
    expect(await clock.advanceUntil(run)).toMatchObject({ outcome: "cancelled" });
    expect(events).toEqual(["started", "endTimeout", "finished cancelled"]);
    expect(timeouts[0]).toMatchObject({ phase: "end", timeoutMs: 30_000, processors: [stuck.name] });
    expect(stuck.handled).toContain("CancelFrame");
  });

  it("[38] a cancel while an EndFrame is pending reaches every processor once, at once", async () => {
    const stations = [swallow("EndFrame"), swallow("TextFrame"), new Tracked()];
    const { task, clock, events } = taskOf(stations);
    const run = task.run();
    await settle();
    stations[2]!.queueFrame(new TextFrame("also"));
    task.queueFrame(new TextFrame("x"));
    task.end();
    await settle();
    task.cancel("enough");
    task.cancel("more");
    expect(await run).toMatchObject({ outcome: "cancelled", reason: "enough" });
    expect(clock.nowMs()).toBe(0);
    for (const station of stations) {
      expect(station.handled.filter((kind) => kind === "CancelFrame")).toHaveLength(1);
    }
    expect(events).toEqual(["started", "finished cancelled"]);
  });

  it("[5] an interruption does not lose an EndFrame that waits", async () => {
    const { open, opened } = gate();
    const busy = new Tracked(async (frame, direction, ctx) => {
      if (frame instanceof TextFrame) await opened;
      ctx.push(frame, direction);
    });
    const { task } = taskOf([busy]);
    const run = task.run();
    await settle();
    task.queueFrame(new TextFrame("x"));
    task.end();
    task.queueFrame(new InterruptionFrame());
    expect(await run).toMatchObject({ outcome: "ended" });
    open();
  });

  it("a processor asks for the end with EndTaskFrame and for a cancel with CancelTaskFrame, either way", async () => {
    for (const direction of ["upstream", "downstream"] as const) {
      const ending = new Tracked();
      const first = taskOf([new Tracked(), ending, new Tracked()]);
      const ended = first.task.run();
      await settle();
      ending.push(new EndTaskFrame("bye"), direction);
      expect(await ended).toMatchObject({ outcome: "ended", reason: "bye" });

      const cancelling = new Tracked();
      const second = taskOf([new Tracked(), cancelling, new Tracked()]);
      const cancelled = second.task.run();
      await settle();
      cancelling.push(new CancelTaskFrame("no"), direction);
      expect(await cancelled).toMatchObject({ outcome: "cancelled", reason: "no" });
    }
  });

  it("a CancelFrame given to the task is a cancel", async () => {
    const { task } = taskOf([swallow("TextFrame")]);
    const run = task.run();
    await settle();
    task.queueFrames([new TextFrame("x"), new CancelFrame("now")]);
    expect(await run).toMatchObject({ outcome: "cancelled", reason: "now" });
  });

  it("a cleanup that hangs or fails is bounded and reported, and the others are cleaned up", async () => {
    for (const work of [never, () => Promise.reject(new Error("device busy"))]) {
      const bad = new Tracked();
      bad.cleanupWork = work;
      const good = new Tracked();
      const { task, clock, events } = taskOf([bad, good]);
      task.end();
      expect(await clock.advanceUntil(task.run())).toMatchObject({ outcome: "ended" });
      expect(events).toEqual(["started", "error", "finished ended"]);
      expect(good.cleanups).toBe(1);
    }
  });
});

describe("errors", () => {
  it("[36] an ErrorFrame becomes an error event, and the task goes on", async () => {
    const tracked = new Tracked();
    const { task, errors } = taskOf([new Tracked(), tracked]);
    const run = task.run();
    await settle();
    tracked.pushError(new Error("passing"), { category: "connectivity" });
    await settle();
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ processor: tracked.name, errorCategory: "connectivity" });
    task.end();
    expect(await run).toMatchObject({ outcome: "ended" });
  });

  it("[36] a fatal one cancels, and run() rejects with it after cleanup", async () => {
    const tracked = new Tracked();
    const { task, events } = taskOf([new Tracked(), tracked]);
    const run = task.run();
    await settle();
    const error = new Error("the room is gone");
    tracked.pushError(error, { fatal: true });
    await expect(run).rejects.toBe(error);
    expect(events).toEqual(["started", "error", "finished failed"]);
    expect(tracked.handled.at(-1)).toBe("CancelFrame");
    expect(tracked.cleanups).toBe(1);
  });

  it("an error nobody listens for is logged", async () => {
    const tracked = new Tracked();
    const log = recordedLog();
    const task = new PipelineTask(new Pipeline([tracked]), { clock: new VirtualClock(), logger: log.logger });
    const run = task.run();
    await settle();
    tracked.pushError(new Error("unheard"));
    task.end();
    await run;
    expect(log.lines).toEqual(["error: unheard"]);
  });

  it("a listener that throws stops nothing and is reported", async () => {
    const { task, events, log } = taskOf([new Tracked()]);
    task.on("started", () => {
      throw new Error("mine");
    });
    task.end();
    expect(await task.run()).toMatchObject({ outcome: "ended" });
    expect(events).toEqual(["started", "finished ended"]);
    expect(log.lines.join()).toContain('"started" event threw');
  });
});

describe("observers", () => {
  it("[35] see each push; can be added later, also to a task that began with none; removed ones stop", async () => {
    const a = new Station(undefined, { name: "a" });
    const b = new Station(undefined, { name: "b" });
    const { task } = taskOf([a, b]);
    const run = task.run();
    await settle();
    const pushes: string[] = [];
    const processed: string[] = [];
    const observer = {
      onPush: (event: { source: string; destination: string; frame: Frame }) => {
        pushes.push(`${event.source}>${event.destination} ${label(event.frame)}`);
      },
      onProcess: (event: { processor: string }) => processed.push(event.processor),
    };
    task.addObserver(observer);
    task.queueFrame(new TextFrame("x"));
    await settle();
    expect(pushes[0]).toBe("a>b x");
    expect(processed).toEqual(["a", "b"]);
    task.removeObserver(observer);
    task.queueFrame(new TextFrame("y"));
    task.end();
    await run;
    expect(processed).toHaveLength(2);
  });

  it("one that keeps throwing is removed, and the frames pass", async () => {
    let calls = 0;
    const observer = {
      onProcess: () => {
        calls += 1;
        throw new Error("mine");
      },
    };
    const tracked = new Tracked();
    const { task, log } = taskOf([tracked], { observers: [observer] });
    task.queueFrames(Array.from({ length: 30 }, () => new TextFrame("x")));
    task.end();
    await task.run();
    expect(tracked.texts).toHaveLength(30);
    expect(calls).toBe(10);
    expect(log.lines).toHaveLength(2);
  });
});

it("an EndFrame given as a frame is bounded like end()", async () => {
  const { task, clock, events } = taskOf([swallow("EndFrame")], { params: { endTimeoutMs: 500 } });
  task.queueFrame(new EndFrame());
  await clock.advanceUntil(task.run());
  expect(events).toContain("endTimeout");
  expect(clock.nowMs()).toBe(500);
});
