import { describe, expect, it } from "vitest";

import {
  CancelFrame,
  CancelTaskFrame,
  EndFrame,
  EndTaskFrame,
  type Frame,
  InputAudioRawFrame,
  InterruptionFrame,
  InterruptionTaskFrame,
  StopFrame,
  StopTaskFrame,
  SystemFrame,
  TextFrame,
  TTSTextFrame,
} from "../../../src/frames/index.ts";
import { Pipeline, PipelineTask, PipelineTimeoutError, type ProcessorSetup } from "../../../src/pipeline/index.ts";
import { VirtualClock, settle } from "../../../src/testing/virtual-clock.ts";
import { InvalidOptionError } from "../../../src/util/errors.ts";
import { Station, gate, label, recordedLog } from "../harness.ts";
import { Tracked, never, swallow, taskOf } from "./task-harness.ts";

describe("a run", () => {
  it("emits started and finished once each, and resolves with how it ended", async () => {
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

  it("a StopFrame stops it", async () => {
    const { task, events } = taskOf([new Tracked()]);
    task.queueFrame(new StopFrame());
    expect(await task.run()).toMatchObject({ outcome: "stopped" });
    expect(events).toEqual(["started", "finished stopped"]);
  });

  it("frames queued before the start enter only when the StartFrame has reached the sink", async () => {
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

  it("upstream frames enter at the sink", async () => {
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

  it("stop() and a StopTaskFrame pushed from anywhere stop it too", async () => {
    const asked = taskOf([new Tracked()]);
    const run = asked.task.run();
    await settle();
    asked.task.stop();
    asked.task.end();
    expect(await run).toMatchObject({ outcome: "stopped" });

    for (const direction of ["upstream", "downstream"] as const) {
      const stopping = new Tracked();
      const { task } = taskOf([new Tracked(), stopping, new Tracked()]);
      const stopped = task.run();
      await settle();
      stopping.push(new StopTaskFrame(), direction);
      expect(await stopped).toMatchObject({ outcome: "stopped" });
    }
  });

  it("start metadata and metrics switches reach every processor with the StartFrame", async () => {
    const stations = [new Tracked(), new Tracked()];
    const setups: ProcessorSetup[] = [];
    stations[1]!.setupWork = async (values) => {
      setups.push(values);
    };
    const params = { startMetadata: { call: "c1" }, enableMetrics: true, enableUsageMetrics: true };
    const { task } = taskOf([stations[0]!, new Pipeline([stations[1]!])], { params });
    task.end();
    await task.run();
    for (const station of stations) {
      expect(station.received[0]).toMatchObject({ enableMetrics: true, enableUsageMetrics: true });
      expect(station.received[0]!.metadata).toEqual({ call: "c1" });
    }
    expect(setups[0]).toMatchObject({ enableMetrics: true, enableUsageMetrics: true });
  });

  it("reachedDownstream and reachedUpstream are emitted for the classes of the filter, families included, and for no others", async () => {
    const { task } = taskOf([new Tracked(), new Tracked()]);
    const reached: string[] = [];
    task.on("reachedDownstream", (frame) => reached.push(`down ${label(frame)}`));
    task.on("reachedUpstream", (frame) => reached.push(`up ${label(frame)}`));
    const run = task.run();
    await settle();
    task.queueFrames([new TextFrame("unasked")]);
    await settle();
    task.setReachedDownstreamFilter([TextFrame, EndFrame]);
    task.setReachedUpstreamFilter([SystemFrame]);
    task.queueFrames([new TextFrame("a"), new TTSTextFrame("b"), new InterruptionFrame()]);
    await settle();
    task.queueFrames([new TextFrame("c"), new InterruptionFrame()], "upstream");
    await settle();
    task.queueFrame(new TextFrame("d"));
    await settle();
    task.end();
    await run;
    expect(reached).toEqual(["up InterruptionFrame", "down d", "down EndFrame"]);
  });

  it("refuses times and rates that cannot work, naming the field", () => {
    for (const params of [
      { endTimeoutMs: Infinity },
      { idleTimeoutMs: -1 },
      { startTimeoutMs: NaN },
      { heartbeatPeriodMs: 0 },
      { audioInSampleRate: 0 },
    ])
      expect(() => taskOf([], { params })).toThrow(`params.${Object.keys(params)[0]!}`);
  });

  it("passes the sample rates to setup and to the StartFrame", async () => {
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

  it.each([
    ["task.end()", (task: PipelineTask) => task.end()],
    ["a queued EndFrame", (task: PipelineTask) => task.queueFrame(new EndFrame())],
    ["task.stop()", (task: PipelineTask) => task.stop()],
  ])("accepts nothing more that costs or is said after %s, and handles what was queued before", async (_what, end) => {
    const { open, opened } = gate();
    const tracked = new Tracked(async (frame, direction, ctx) => {
      if (frame instanceof TextFrame) await opened;
      ctx.push(frame, direction);
    });
    for (const early of [false, true]) {
      const station = early ? new Tracked() : tracked;
      const { task, log } = taskOf([station]);
      const run = early ? undefined : task.run();
      if (run) await settle();
      task.queueFrames([new TextFrame("a"), new TextFrame("b")]);
      end(task);
      task.queueFrames([new TextFrame("late"), new EndFrame()]);
      task.queueFrame(new TextFrame("late"), "upstream");
      task.queueFrame(new InputAudioRawFrame({ audio: new Int16Array(160), sampleRate: 16_000 }));
      expect(await task.flush()).toBe(false);
      expect(task.refusedFrames).toBe(4);
      expect(log.lines.filter((line) => line.startsWith("warn"))).toEqual([
        expect.stringContaining("A TextFrame was not taken: the task is ending"),
      ]);
      open();
      await (run ?? task.run());
      expect(station.texts).toEqual(["a", "b"]);
    }
  });

  it("still accepts an interruption while it ends, and an end that a processor made counts as one", async () => {
    const { open, opened } = gate();
    const first = new Tracked();
    const slow = new Tracked(async (frame, direction, ctx) => {
      if (frame instanceof EndFrame) await opened;
      ctx.push(frame, direction);
    });
    const { task } = taskOf([first, slow]);
    const run = task.run();
    await settle();
    first.push(new EndFrame());
    await settle();
    task.queueFrame(new TextFrame("late"));
    task.interrupt();
    await settle();
    expect([first.texts, task.refusedFrames]).toEqual([[], 1]);
    expect(slow.handled).toContain("InterruptionFrame");
    open();
    expect(await run).toMatchObject({ outcome: "ended" });
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
  it("a failure with a typed error rejects with that error", async () => {
    const bad = new Tracked();
    const typed = new InvalidOptionError("key", "is wrong.");
    bad.setupWork = () => Promise.reject(typed);
    await expect(taskOf([bad]).task.run()).rejects.toBe(typed);
  });

  it("a failure stops the run before the StartFrame, cleans up all, and run() rejects with it", async () => {
    const good = new Tracked();
    const bad = new Tracked();
    bad.setupWork = () => Promise.reject(new Error("wrong key"));
    const { task, events } = taskOf([good, bad]);
    await expect(task.run()).rejects.toMatchObject({ code: "processorSetup", processor: bad.name });
    expect(events).toEqual(["finished failed"]);
    expect(good.handled).toEqual([]);
    expect([good.setups, good.cleanups, bad.cleanups]).toEqual([1, 1, 1]);
  });

  it("a failure aborts the setups that still run", async () => {
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

  it("that takes too long emits the timeout, names the processor and cleans everything up", async () => {
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

  it("waits longer for a processor that has deadlines of its own, and for no longer than they take", async () => {
    const patient = new Tracked();
    patient.setupWork = async (setup) => {
      setup.allowSetupMs?.(50_000);
      await never();
    };
    const { task, clock, events } = taskOf([patient]);
    const run = task.run();
    await clock.advance(49_999);
    expect(events).toEqual([]);
    await expect(clock.advanceUntil(run)).rejects.toMatchObject({ phase: "setup", timeoutMs: 50_000 });
  });

  it("keeps to a given timeout, whatever a processor asks for", async () => {
    const patient = new Tracked();
    patient.setupWork = async (setup) => {
      setup.allowSetupMs?.(50_000);
      await never();
    };
    const { task, clock } = taskOf([patient], { params: { setupTimeoutMs: 5000 } });
    await expect(clock.advanceUntil(task.run())).rejects.toMatchObject({ phase: "setup", timeoutMs: 5000 });
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
  it("a StartFrame that never reaches the sink emits the timeout, tears down, and run() rejects", async () => {
    const stuck = swallow("StartFrame");
    const last = new Tracked();
    const { task, clock, events, timeouts } = taskOf([stuck, last]);
    await expect(clock.advanceUntil(task.run())).rejects.toMatchObject({ phase: "start" });
    expect(events).toEqual(["startTimeout", "finished failed"]);
    expect(timeouts[0]!.processors).toEqual([stuck.name]);
    expect([stuck.cleanups, last.cleanups]).toEqual([1, 1]);
  });

  it("a cancel before run() or before the start completes promptly", async () => {
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
  it("a CancelFrame handler that hangs is bounded and named, and the task finishes and cleans up", async () => {
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

  it("an EndFrame that is stuck is escalated to a cancel at the end timeout, which names the processor", async () => {
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

  it("a cancel while an EndFrame is pending reaches every processor once, at once", async () => {
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
    for (const station of stations) expect(station.handled.filter((kind) => kind === "CancelFrame")).toHaveLength(1);
    expect(events).toEqual(["started", "finished cancelled"]);
  });

  it("an interruption does not lose an EndFrame that waits", async () => {
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

  it.each([EndFrame, StopFrame])(
    "an End or StopFrame that a processor makes is bounded like one that the task sends",
    async (Made) => {
      const making = new Tracked((frame, direction, ctx) => {
        ctx.push(frame instanceof TextFrame ? new Made() : frame, direction);
      });
      const stuck = swallow(new Made().kind);
      const { task, clock, events, timeouts } = taskOf([making, stuck]);
      const run = task.run();
      await settle();
      task.queueFrame(new TextFrame("goodbye"));
      await clock.advance(29_999);
      expect(events).toEqual(["started"]);
      expect(await clock.advanceUntil(run)).toMatchObject({ outcome: "cancelled" });
      expect(clock.nowMs()).toBe(30_000);
      expect(timeouts[0]).toMatchObject({ phase: "end", processors: [stuck.name] });
    },
  );

  it("an interruption, by interrupt() or an InterruptionTaskFrame from anywhere, drops what is in the pipeline", async () => {
    const asking = new Tracked();
    for (const interrupt of [
      (task: PipelineTask): void => task.interrupt(),
      (): void => asking.push(new InterruptionTaskFrame(), "upstream"),
    ]) {
      const stuck = swallow("TextFrame");
      const first = interrupt.length === 0 ? asking : new Tracked();
      const { task } = taskOf([first, stuck]);
      const run = task.run();
      await settle();
      task.queueFrames([new TextFrame("a"), new TextFrame("b")]);
      await settle();
      interrupt(task);
      await settle();
      expect(stuck.handled).toEqual(["StartFrame", "TextFrame", "InterruptionFrame"]);
      task.end();
      expect(await run).toMatchObject({ outcome: "ended" });
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
  it("an ErrorFrame becomes an error event, and the task continues", async () => {
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

  it("a fatal one cancels, and run() rejects with it after cleanup", async () => {
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

  it.each(["end", "cancel"] as const)("with the policy %s a 404 in a handler ends no call", async (policy) => {
    const lookup = new Station((frame, direction, ctx) => {
      if (frame instanceof TextFrame) throw Object.assign(new Error("no such city"), { status: 404 });
      ctx.push(frame, direction);
    });
    const { task, errors } = taskOf([lookup], { params: { processorUnusablePolicy: policy } });
    const run = task.run();
    task.queueFrames([new TextFrame("Oslo"), new TextFrame("Rome")]);
    await settle();
    expect(errors.map(({ errorCategory, permanent }) => [errorCategory, permanent])).toEqual([
      ["invalidRequest", false],
      ["invalidRequest", false],
    ]);
    task.end();
    expect(await run).toMatchObject({ outcome: "ended", reason: undefined });
  });

  it.each([
    ["continue", "ended"],
    ["end", "ended"],
    ["cancel", "cancelled"],
  ] as const)("a permanent error, policy %s: reported once for each processor, then %s", async (policy, outcome) => {
    const { open, opened } = gate();
    const bad = new Tracked();
    const other = new Tracked(async (frame, direction, ctx) => {
      if (frame instanceof TextFrame) await opened;
      ctx.push(frame, direction);
    });
    const { task, errors } = taskOf([bad, other], { params: { processorUnusablePolicy: policy } });
    const unusable: (string | undefined)[] = [];
    task.on("processorUnusable", (frame) => unusable.push(frame.processor));
    const run = task.run();
    await settle();
    task.queueFrame(new TextFrame("being said"));
    bad.pushError(new Error("passing"), { category: "server" });
    bad.pushError(new Error("unclassified"));
    await settle();
    expect(unusable).toEqual([]);
    bad.pushError(new Error("wrong key"), { category: "authentication" });
    bad.pushError(new Error("still the wrong key"), { category: "authentication" });
    await settle();
    expect(unusable).toEqual([bad.name]);
    if (policy === "continue") {
      other.pushError(new Error("no such model"), { permanent: true });
      await settle();
      expect(unusable).toEqual([bad.name, other.name]);
      expect(errors).toHaveLength(5);
      task.end();
    }
    open();
    const result = await run;
    expect(result.outcome).toBe(outcome);
    if (policy !== "continue") expect(result.reason).toBe(`${bad.name} is unusable: wrong key`);
    expect(other.handled.includes("CancelFrame")).toBe(policy === "cancel");
  });

  it("an error without a listener is logged", async () => {
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

describe("flush", () => {
  it("resolves with true when all that was queued before has been handled, down and up", async () => {
    const { open, opened } = gate();
    const slow = new Tracked(async (frame, direction, ctx) => {
      if (frame instanceof TextFrame) await opened;
      ctx.push(frame, direction);
    });
    const last = new Tracked();
    const { task, clock } = taskOf([slow, last]);
    const run = task.run();
    task.queueFrame(new TextFrame("x"));
    let flushed: boolean | undefined;
    void task.flush().then((value) => {
      flushed = value;
    });
    await settle();
    expect(flushed).toBeUndefined();
    open();
    await settle();
    expect(flushed).toBe(true);
    expect(last.texts).toEqual(["x"]);
    expect(slow.handled.filter((kind) => kind === "PipelineFlushFrame")).toHaveLength(2);
    task.end();
    await run;
    expect(clock.pendingTimers).toBe(0);
  });

  it("resolves with false at its timeout, and at once when the task is over or ends first", async () => {
    const stuck = swallow("TextFrame");
    const { task, clock } = taskOf([stuck]);
    const run = task.run();
    await settle();
    task.queueFrame(new TextFrame("x"));
    const flush = task.flush();
    await clock.advance(4999);
    expect(await Promise.race([flush, Promise.resolve("waiting")])).toBe("waiting");
    await clock.advance(1);
    expect(await flush).toBe(false);
    const second = task.flush();
    task.cancel();
    expect(await second).toBe(false);
    await run;
    expect(await task.flush()).toBe(false);
    // Of the handler that hangs: it is named in a warning later.
    expect(clock.pendingTimers).toBe(1);
  });
});

describe("observers", () => {
  it("see each push; can be added later, also to a task that started with none; removed ones see no more", async () => {
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

  it("have received everything, the setup and the start first, when the task is finished", async () => {
    const told: string[] = [];
    const observer = {
      onSetup: (event: { processor: string; durationMs: number }) => told.push(`${event.processor} set up`),
      onStarted: () => told.push("started"),
      onProcess: (event: { frame: Frame }) => told.push(label(event.frame)),
    };
    const { task } = taskOf([new Pipeline([new Station(undefined, { name: "a" })])], { observers: [observer] });
    task.on("finished", () => told.push("finished"));
    task.queueFrame(new TextFrame("x"));
    task.end();
    await task.run();
    expect(told).toEqual(["a set up", "StartFrame", "started", "x", "EndFrame", "finished"]);
  });

  it("one that never returns does not delay the end of the task by more than a second", async () => {
    const { task, clock, log } = taskOf([new Tracked()], { observers: [{ onProcess: never }] });
    task.end();
    expect(await clock.advanceUntil(task.run())).toMatchObject({ outcome: "ended" });
    expect(clock.nowMs()).toBe(1000);
    expect(log.lines.join()).toContain("observers");
  });

  it("one that keeps throwing is removed, and the frames pass", async () => {
    let calls = 0;
    const observer = {
      onProcess: () => {
        calls++;
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
