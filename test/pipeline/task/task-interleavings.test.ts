import fc from "fast-check";
import { expect, it } from "vitest";

import {
  CancelTaskFrame,
  EndFrame,
  EndTaskFrame,
  type Frame,
  InterruptionFrame,
  StopFrame,
  TextFrame,
} from "../../../src/frames/index.ts";
import {
  type FrameProcessor,
  ParallelPipeline,
  Pipeline,
  PipelineTask,
  type PipelineTaskResult,
} from "../../../src/pipeline/index.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { sleep } from "../../../src/util/deadline.ts";
import { silentLogger } from "../../../src/util/logger.ts";
import { Tracked } from "./task-harness.ts";

const BOUNDS = {
  setupTimeoutMs: 100,
  startTimeoutMs: 100,
  endTimeoutMs: 500,
  cancelTimeoutMs: 50,
  cleanupTimeoutMs: 60,
  idleTimeoutMs: 5000,
};
/** From the moment something asked it to finish: the end, then the cancel, then the cleanup may all run out of time. */
const LONGEST_MS = BOUNDS.endTimeoutMs + BOUNDS.cancelTimeoutMs + BOUNDS.cleanupTimeoutMs;

/** How long each thing takes; Infinity never ends, and every second one ignores its abort signal. */
const waits = fc.constantFrom(0, 0, 0, 0, 0, 0, 3, 20, 20, Infinity);
const plan = fc.record({
  setup: waits,
  cleanup: waits,
  start: waits,
  text: waits,
  end: waits,
  cancel: waits,
  deaf: fc.boolean(),
  fails: fc.constantFrom("never", "never", "never", "setup", "text", "cleanup"),
});
type Plan = typeof plan extends fc.Arbitrary<infer T> ? T : never;

const action = fc.constantFrom(
  "text",
  "text",
  "wait",
  "wait",
  "interrupt",
  "flush",
  "end",
  "stop",
  "cancel",
  "end in the middle",
  "stop in the middle",
  "end task",
  "cancel task",
);

const scenario = fc.record({
  plans: fc.array(plan, { minLength: 1, maxLength: 4 }),
  shape: fc.constantFrom("row", "nested", "parallel"),
  runFirst: fc.boolean(),
  actions: fc.array(action, { maxLength: 15 }),
});

class Planned extends Tracked {
  constructor(clock: VirtualClock, plan: Plan) {
    const wait = (ms: number, signal?: AbortSignal): Promise<void> => {
      const heeded = plan.deaf ? undefined : signal;
      return ms === Infinity ? sleep(clock, 1e9, heeded) : sleep(clock, ms, heeded);
    };
    super(async (frame, direction, ctx) => {
      const ms = { StartFrame: plan.start, TextFrame: plan.text, EndFrame: plan.end, CancelFrame: plan.cancel }[
        frame.kind
      ];
      if (ms !== undefined && ms > 0) await wait(ms, ctx.signal);
      if (plan.fails === "text" && frame instanceof TextFrame) throw new Error("cannot say that");
      ctx.push(frame, direction);
    });
    this.setupWork = async ({ signal }) => {
      if (plan.setup > 0) await wait(plan.setup, signal);
      if (plan.fails === "setup") throw new Error("wrong key");
    };
    this.cleanupWork = async () => {
      if (plan.cleanup > 0) await wait(plan.cleanup);
      if (plan.fails === "cleanup") throw new Error("device busy");
    };
  }
}

it("whatever its processors do and whatever is asked of it, a task finishes once, within its bounds, and cleans up", async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ plans, shape, runFirst, actions }) => {
      const clock = new VirtualClock();
      const stations = plans.map((values) => new Planned(clock, values));
      const inShape = (): FrameProcessor[] => {
        if (shape === "row") return stations;
        return [shape === "nested" ? new Pipeline(stations) : new ParallelPipeline(stations.map((one) => [one]))];
      };
      const task = new PipelineTask(new Pipeline(inShape()), { clock, logger: silentLogger, params: BOUNDS });
      const finished: PipelineTaskResult[] = [];
      let started = 0;
      task.on("finished", (result) => finished.push(result));
      task.on("started", () => ++started);
      const middle = stations[Math.floor(stations.length / 2)]!;
      let run = runFirst ? task.run().catch((error: unknown) => error) : undefined;
      const flushes: Promise<boolean>[] = [];
      const pushed = (frame: Frame, direction: "downstream" | "upstream"): void => middle.push(frame, direction);
      for (const name of actions) {
        if (name === "text") task.queueFrame(new TextFrame("x"));
        else if (name === "wait") await clock.advance(10);
        else if (name === "interrupt") task.queueFrame(new InterruptionFrame());
        else if (name === "flush") flushes.push(task.flush(200));
        else if (name === "end") task.end("asked");
        else if (name === "stop") task.stop();
        else if (name === "cancel") task.cancel("asked");
        else if (name === "end in the middle") pushed(new EndFrame(), "downstream");
        else if (name === "stop in the middle") pushed(new StopFrame(), "downstream");
        else if (name === "end task") pushed(new EndTaskFrame(), "upstream");
        else pushed(new CancelTaskFrame(), "upstream");
      }
      run ??= task.run().catch((error: unknown) => error);
      task.end("at last");
      const askedMs = clock.nowMs();
      await clock.advanceUntil(run, 10_000);

      const startMs = BOUNDS.setupTimeoutMs + BOUNDS.startTimeoutMs;
      expect(clock.nowMs() - askedMs).toBeLessThanOrEqual(startMs + LONGEST_MS);
      expect(finished).toHaveLength(1);
      expect(started).toBeLessThanOrEqual(1);
      for (const station of stations) {
        expect(station.cleanups).toBe(1);
        for (const kind of ["StartFrame", "CancelFrame"])
          expect(station.handled.filter((one) => one === kind).length).toBeLessThanOrEqual(1);
        const cancelled = finished[0]!.outcome === "cancelled" && station.handled.includes("StartFrame");
        if (cancelled) expect(station.handled.at(-1)).toBe("CancelFrame");
      }
      await clock.advance(1000);
      expect(await Promise.all(flushes)).toHaveLength(flushes.length);
    }),
    { numRuns: 300 },
  );
}, 60_000);
