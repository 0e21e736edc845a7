import { describe, expect, it } from "vitest";

import {
  BotSpeakingFrame,
  ControlFrame,
  HeartbeatFrame,
  InterruptionFrame,
  TextFrame,
  UserSpeakingFrame,
  UserStartedSpeakingFrame,
} from "../../../src/frames/index.ts";
import type { IdleTimeoutEvent, PipelineTaskParams } from "../../../src/pipeline/index.ts";
import { settle } from "../../../src/testing/virtual-clock.ts";
import { Station } from "../harness.ts";
import { Tracked, never, swallow, taskOf } from "./task-harness.ts";

const eater = (): Station =>
  new Station((frame, direction, ctx) => {
    if (frame.category !== "system" || frame.kind === "StartFrame") ctx.push(frame, direction);
  });

async function running(processors: Station[], params: PipelineTaskParams) {
  const made = taskOf(processors, { params });
  const idleAtMs: number[] = [];
  made.task.on("idleTimeout", () => idleAtMs.push(made.clock.nowMs()));
  const run = made.task.run();
  await settle();
  return { ...made, run, idleAtMs };
}

describe("the idle timeout", () => {
  it("cancels after 300 s without speech, and emits the event before it acts", async () => {
    const station = new Tracked();
    const { task, clock, run, events } = await running([station], {});
    task.on("idleTimeout", () => events.push(`idle, cancelled: ${station.handled.includes("CancelFrame")}`));
    await clock.advance(299_999);
    expect(events).toEqual(["started"]);
    const result = await clock.advanceUntil(run);
    expect(result).toMatchObject({ outcome: "cancelled", reason: "idle for 300000 ms" });
    expect(events).toEqual(["started", "idle, cancelled: false", "finished cancelled"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("counts from the last speaking frame, wherever it was pushed, also if it was swallowed there", async () => {
    const source = new Tracked();
    const { task, clock, run, idleAtMs } = await running([source, eater()], { idleTimeoutMs: 1000 });
    await clock.advance(600);
    source.push(new BotSpeakingFrame());
    await clock.advance(600);
    source.push(new UserSpeakingFrame());
    await clock.advance(600);
    task.queueFrame(new UserStartedSpeakingFrame());
    await clock.advance(600);
    expect(idleAtMs).toEqual([]);
    source.push(new TextFrame("nobody hears this"));
    await clock.advanceUntil(run);
    expect(idleAtMs).toEqual([2800]);
  });

  it("counts a frame that the very first processor swallows", async () => {
    const { task, clock, idleAtMs } = await running([eater()], { idleTimeoutMs: 1000 });
    await clock.advance(600);
    task.queueFrame(new UserSpeakingFrame());
    await clock.advance(600);
    expect(idleAtMs).toEqual([]);
  });

  it("uses the frame classes given, families included", async () => {
    const source = new Tracked();
    const { clock, run, idleAtMs } = await running([source], { idleTimeoutMs: 1000, idleTimeoutFrames: [TextFrame] });
    await clock.advance(600);
    source.push(new TextFrame("x"));
    source.push(new BotSpeakingFrame());
    await clock.advance(600);
    source.push(new BotSpeakingFrame());
    await clock.advanceUntil(run);
    expect(idleAtMs).toEqual([1600]);
  });

  it("a listener that calls keepRunning() keeps the task alive, and is called again", async () => {
    const { task, clock, run, idleAtMs } = await running([new Tracked()], { idleTimeoutMs: 1000 });
    const keep = (event: IdleTimeoutEvent): void => event.keepRunning();
    task.on("idleTimeout", keep);
    await clock.advance(2500);
    expect(idleAtMs).toEqual([1000, 2000]);
    task.off("idleTimeout", keep);
    expect(await clock.advanceUntil(run)).toMatchObject({ outcome: "cancelled" });
    expect(idleAtMs).toEqual([1000, 2000, 3000]);
  });

  it("with cancelOnIdleTimeout false it only emits the event, every time", async () => {
    const params = { idleTimeoutMs: 1000, cancelOnIdleTimeout: false };
    const { task, clock, run, idleAtMs } = await running([new Tracked()], params);
    await clock.advance(3500);
    expect(idleAtMs).toEqual([1000, 2000, 3000]);
    task.end();
    expect(await run).toMatchObject({ outcome: "ended" });
    expect(clock.pendingTimers).toBe(0);
  });

  it("0 disables it", async () => {
    const { task, clock, run } = await running([new Tracked()], { idleTimeoutMs: 0 });
    expect(clock.pendingTimers).toBe(0);
    task.end();
    await run;
  });
});

describe("heartbeats", () => {
  it("are off unless asked for", async () => {
    const station = new Tracked();
    const { clock } = await running([station], {});
    await clock.advance(5000);
    expect(station.handled).toEqual(["StartFrame"]);
  });

  it("travel once per period, the first one after the StartFrame has come out, until the end", async () => {
    const start = Promise.withResolvers<undefined>();
    const last = new Tracked(async (frame, direction, ctx) => {
      if (frame.kind === "StartFrame") await start.promise;
      ctx.push(frame, direction);
    });
    const { task, clock, run } = await running([new Tracked(), last], { enableHeartbeats: true });
    await clock.advance(5000);
    expect(last.handled).toEqual(["StartFrame"]);
    start.resolve(undefined);
    await settle();
    await clock.advance(3500);
    const beats = last.received.filter((frame) => frame instanceof HeartbeatFrame);
    expect(beats.map((frame) => frame.sentAtMs)).toEqual([6000, 7000, 8000]);
    task.end();
    await run;
    expect(clock.pendingTimers).toBe(0);
  });

  it("that stop coming out are reported every monitor period, with the busy processors, until they arrive again", async () => {
    const hung = Promise.withResolvers<undefined>();
    const busy = new Tracked((frame, direction, ctx) => {
      if (frame instanceof TextFrame) return hung.promise.then(() => undefined);
      ctx.push(frame, direction);
    });
    const params = { enableHeartbeats: true, heartbeatPeriodMs: 100, heartbeatMonitorMs: 1000 };
    const { task, clock, run } = await running([busy], params);
    const told: unknown[] = [];
    task.on("heartbeatTimeout", (sinceMs, names) => told.push([sinceMs, names]));
    await clock.advance(5050);
    expect(told).toEqual([]);
    task.queueFrame(new TextFrame("hangs"));
    await clock.advance(3000);
    expect(told).toEqual([
      [1000, [busy.name]],
      [2000, [busy.name]],
      [3000, [busy.name]],
    ]);
    // Ten before the first report, then one per report: they do not pile up.
    expect(busy.stats.queuedOrderedFrames).toBeLessThanOrEqual(13);
    hung.resolve(undefined);
    await clock.advance(2000);
    expect(told).toHaveLength(3);
    task.end();
    await run;
  });

  it("arrive again after an interruption has dropped those that were stuck", async () => {
    const stuck = swallow("TextFrame");
    const params = { enableHeartbeats: true, heartbeatPeriodMs: 100, heartbeatMonitorMs: 1000 };
    const { task, clock, run } = await running([stuck], params);
    const toldAtMs: number[] = [];
    task.on("heartbeatTimeout", () => toldAtMs.push(clock.nowMs()));
    task.queueFrame(new TextFrame("hangs"));
    await clock.advance(1500);
    task.queueFrame(new InterruptionFrame());
    await clock.advance(5000);
    expect(toldAtMs).toEqual([1000, 2000]);
    task.end();
    await run;
  });

  it("do not count as activity for the idle timeout, even where their family does", async () => {
    const params = { enableHeartbeats: true, idleTimeoutMs: 3500, idleTimeoutFrames: [ControlFrame] };
    const { clock, run, idleAtMs } = await running([new Tracked()], params);
    await clock.advanceUntil(run);
    expect(idleAtMs).toEqual([3500]);
  });
});

it("does not watch a task that its first frame ends at once", async () => {
  const { task, clock, events } = taskOf([], { params: { enableHeartbeats: true } });
  task.end();
  await task.run();
  expect(events).toEqual(["started", "finished ended"]);
  expect(clock.pendingTimers).toBe(0);
});

it("stops watching when the task is over, although a handler hangs", async () => {
  const hanging = new Tracked(never);
  const { task, clock } = taskOf([hanging], { params: { enableHeartbeats: true } });
  const run = task.run();
  await settle();
  task.cancel();
  await clock.advanceUntil(run);
  await clock.advance(2000);
  expect(clock.pendingTimers).toBe(0);
});
