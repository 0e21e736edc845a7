import fc from "fast-check";
import { expect, it } from "vitest";

import {
  DataFrame,
  EndFrame,
  type Frame,
  InterruptionFrame,
  StartFrame,
  SystemFrame,
} from "../../../src/frames/index.ts";
import { ParallelPipeline, Pipeline, PipelineTask } from "../../../src/pipeline/index.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { sleep } from "../../../src/util/deadline.ts";
import { silentLogger } from "../../../src/util/logger.ts";
import { Station } from "../harness.ts";

/** Carries how many interruptions had been sent when it was, its place in the sequence, and the branch that made it. */
class Word extends DataFrame {
  readonly kind = "Word";
  readonly epoch: number;
  readonly order: number;
  readonly maker: string;

  constructor(epoch: number, order: number, maker: string) {
    super();
    this.epoch = epoch;
    this.order = order;
    this.maker = maker;
  }
}

class Result extends Word {
  override readonly uninterruptible = true;
}

class Signal extends SystemFrame {
  readonly kind = "Signal";
}

const station = fc.record({
  dataMs: fc.constantFrom(0, 0, 1, 4),
  systemMs: fc.constantFrom(0, 0, 0, 2),
  deaf: fc.boolean(),
  /** "add" makes a word of its own of each; "swallow" passes no words on. */
  does: fc.constantFrom("pass", "pass", "add", "swallow"),
});
type StationPlan = typeof station extends fc.Arbitrary<infer T> ? T : never;

const scenario = fc.record({
  branches: fc.array(fc.array(station, { maxLength: 3 }), { minLength: 1, maxLength: 4 }),
  steps: fc.array(fc.constantFrom("word", "word", "word", "result", "signal", "interrupt", "wait", "wait"), {
    maxLength: 30,
  }),
  nested: fc.boolean(),
});

it("in any interleaving each frame leaves once, orders hold, nothing dropped follows an interruption, End is last", async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ branches, steps, nested }) => {
      const clock = new VirtualClock();
      const left: Frame[] = [];
      const worker = (plan: StationPlan, name: string): Station =>
        new Station((frame, direction, ctx) => {
          const isWord = frame instanceof Word;
          const work = (): void => {
            // What is made of a Result may come late, as the Result itself may.
            if (isWord && !frame.uninterruptible && plan.does === "add")
              ctx.push(new Word(frame.epoch, frame.order, `${frame.maker} ${name}`));
            if (!(isWord && plan.does === "swallow")) ctx.push(frame, direction);
          };
          const waitMs = isWord ? plan.dataMs : plan.systemMs;
          if (waitMs === 0) {
            work();
            return;
          }
          return sleep(clock, waitMs, plan.deaf ? undefined : ctx.signal).then(work);
        });
      const rows = branches.map((plans, b) => plans.map((plan, i) => worker(plan, `${b}.${i}`)));
      const observed = new Station((frame, direction, ctx) => {
        left.push(frame);
        ctx.push(frame, direction);
      });
      const parallel = new ParallelPipeline(nested ? rows.map((row) => [new ParallelPipeline([row])]) : rows);
      const task = new PipelineTask(new Pipeline([parallel, observed]), { clock, logger: silentLogger });
      const run = task.run();
      let epoch = 0;
      const sent: Frame[] = [];
      const send = (frame: Frame): void => {
        sent.push(frame);
        task.queueFrame(frame);
      };
      for (const name of steps) {
        if (name === "word") {
          send(new Word(epoch, sent.length, "task"));
        } else if (name === "result") {
          send(new Result(epoch, sent.length, "task"));
        } else if (name === "signal") {
          send(new Signal());
        } else if (name === "wait") {
          await clock.advance(1);
        } else {
          epoch++;
          send(new InterruptionFrame());
        }
      }
      task.end();
      expect(await clock.advanceUntil(run, 20_000)).toMatchObject({ outcome: "ended" });

      expect(left[0]).toBeInstanceOf(StartFrame);
      expect(left.at(-1)).toBeInstanceOf(EndFrame);
      expect(new Set(left).size).toBe(left.length);
      let interruptions = 0;
      const lastOf = new Map<string, number>();
      for (const frame of left) {
        if (frame instanceof InterruptionFrame) interruptions++;
        if (frame instanceof Word) {
          if (!frame.uninterruptible) expect(frame.epoch).toBe(interruptions);
          const lane = `${frame.kind} ${frame.uninterruptible} ${frame.maker}`;
          expect(frame.order).toBeGreaterThan(lastOf.get(lane) ?? -1);
          lastOf.set(lane, frame.order);
        }
      }
      const kept = branches.some((plans) => plans.every((plan) => plan.does !== "swallow"));
      for (const frame of sent) {
        // A signal may still wait behind a slow one when the EndFrame, in the other lane, has come out.
        const mustLeave = frame instanceof InterruptionFrame || (frame.uninterruptible && kept);
        if (mustLeave) expect(left).toContain(frame);
      }
      await clock.advance(1000);
      expect(clock.pendingTimers).toBe(0);
    }),
    { numRuns: 300 },
  );
}, 60_000);
