import fc from "fast-check";
import { expect, it } from "vitest";

import {
  DataFrame,
  type Frame,
  FrameProcessorPauseFrame,
  FrameProcessorPauseUrgentFrame,
  FrameProcessorResumeFrame,
  InterruptionFrame,
  SystemFrame,
} from "../../src/frames/index.ts";
import { Pipeline, PipelineTask } from "../../src/pipeline/index.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { sleep } from "../../src/util/deadline.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { Station } from "./harness.ts";

/** Carry how many interruptions had been sent when they were, and their place in the sequence. */
class Word extends DataFrame {
  readonly kind = "Word";
  readonly epoch: number;
  readonly order: number;

  constructor(epoch: number, order: number) {
    super();
    this.epoch = epoch;
    this.order = order;
  }
}

class Result extends Word {
  override readonly uninterruptible = true;
}

class Signal extends SystemFrame {
  readonly kind = "Signal";
  readonly order: number;

  constructor(order: number) {
    super();
    this.order = order;
  }
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.constant("word" as const) },
  { weight: 2, arbitrary: fc.constantFrom("result" as const, "signal" as const) },
  { weight: 2, arbitrary: fc.constant("interrupt" as const) },
  { weight: 3, arbitrary: fc.constant("wait" as const) },
  { weight: 2, arbitrary: fc.constantFrom("pause" as const, "pause urgently" as const, "resume" as const) },
);

/** Handler latencies in ms; 0 is a synchronous handler, and some ignore their abort signal. */
const latency = fc.record({
  data: fc.constantFrom(0, 0, 1, 3, 10),
  system: fc.constantFrom(0, 0, 0, 2),
  deaf: fc.boolean(),
});

const scenario = fc.record({
  stations: fc.array(latency, { minLength: 1, maxLength: 4 }),
  steps: fc.array(step, { maxLength: 40 }),
  finish: fc.constantFrom("end", "cancel", "end then cancel"),
  early: fc.boolean(),
});

it("in any interleaving no old frame follows an interruption, lanes keep their order, and the end comes once", async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ stations, steps, finish, early }) => {
      const clock = new VirtualClock();
      const left: Frame[] = [];
      const worker = (latencies: typeof latency extends fc.Arbitrary<infer L> ? L : never): Station =>
        new Station((frame, direction, ctx) => {
          const isData = frame instanceof Word;
          const waitMs = isData ? latencies.data : frame instanceof Signal ? latencies.system : 0;
          if (waitMs === 0) {
            ctx.push(frame, direction);
            return;
          }
          return sleep(clock, waitMs, latencies.deaf ? undefined : ctx.signal).then(() => {
            ctx.push(frame, direction);
          });
        });
      const paused = (): string => chain[epoch % chain.length]!.name;
      const observed = new Station((frame, direction, ctx) => {
        left.push(frame);
        ctx.push(frame, direction);
      });
      const chain = [...stations.map(worker), observed];
      const task = new PipelineTask(new Pipeline(chain), { clock, logger: silentLogger });
      let run = early ? undefined : task.run();
      if (run) await clock.advance(0);
      let epoch = 0;
      let sent = 0;
      for (const name of steps) {
        sent++;
        if (name === "word") {
          task.queueFrame(new Word(epoch, sent));
        } else if (name === "result") {
          task.queueFrame(new Result(epoch, sent));
        } else if (name === "signal") {
          task.queueFrame(new Signal(sent));
        } else if (name === "pause") {
          task.queueFrame(new FrameProcessorPauseFrame(paused()));
        } else if (name === "pause urgently") {
          task.queueFrame(new FrameProcessorPauseUrgentFrame(paused()));
        } else if (name === "resume") {
          task.queueFrame(new FrameProcessorResumeFrame(paused()));
        } else if (name === "wait" && run) {
          await clock.advance(2);
        } else if (name === "interrupt") {
          epoch++;
          task.queueFrame(new InterruptionFrame());
        }
      }
      run ??= task.run();
      // An End waits behind a pause, and one pause may be queued behind another.
      const pauses = finish === "end" ? steps.filter((name) => name.startsWith("pause")).length : 0;
      for (let round = 0; round < pauses; round++) {
        await clock.advance(500);
        task.queueFrames(chain.map((station) => new FrameProcessorResumeFrame(station.name)));
      }
      if (finish !== "cancel") task.end();
      if (finish === "end then cancel") await clock.advance(3);
      if (finish !== "end") task.cancel();
      const result = await clock.advanceUntil(run, 20_000);

      let interruptions = 0;
      const lastOf = { Word: 0, Result: 0, Signal: 0 };
      for (const frame of left) {
        if (frame instanceof InterruptionFrame) interruptions++;
        if (frame instanceof Word && !frame.uninterruptible) {
          // Nothing of an older epoch follows; nothing of a newer one overtakes its interruption.
          expect(frame.epoch).toBe(interruptions);
        }
        if (frame instanceof Word || frame instanceof Signal) {
          const lane = frame instanceof Result ? "Result" : frame.kind;
          expect(frame.order).toBeGreaterThan(lastOf[lane]);
          lastOf[lane] = frame.order;
        }
      }
      const count = (kind: string): number => left.filter((frame) => frame.kind === kind).length;
      const last = left.at(-1)?.kind;
      if (result.outcome === "ended") {
        expect([count("StartFrame"), count("EndFrame"), count("CancelFrame")]).toEqual([1, 1, 0]);
        expect(last).toBe("EndFrame");
        expect(count("InterruptionFrame")).toBe(epoch);
        expect(left.filter((frame) => frame instanceof Result)).toHaveLength(
          steps.filter((name) => name === "result").length,
        );
      } else {
        expect(finish).not.toBe("end");
        expect(count("StartFrame")).toBeLessThanOrEqual(1);
        expect(count("CancelFrame")).toBe(count("StartFrame"));
        for (const station of chain) {
          expect(station.handled.filter((kind) => kind === "CancelFrame").length).toBe(
            early && finish === "cancel" ? 0 : 1,
          );
        }
      }
      // The timers of handlers that ignored their abort run out by themselves.
      await clock.advance(1000);
      expect(clock.pendingTimers).toBe(0);
    }),
    { numRuns: 300 },
  );
}, 60_000);
