import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { describe, expect, it } from "vitest";

import {
  CancelFrame,
  EndFrame,
  type Frame,
  FunctionCallResultFrame,
  HeartbeatFrame,
  InterruptionFrame,
  StopFrame,
  TextFrame,
} from "../../../src/frames/index.ts";
import { ParallelPipeline, Pipeline } from "../../../src/pipeline/index.ts";
import { NullFilter } from "../../../src/processors/index.ts";
import { settle } from "../../../src/testing/virtual-clock.ts";
import { type Handler, Station, chain, gate, label, startFrame } from "../harness.ts";
import { Tracked, swallow, taskOf } from "../task/task-harness.ts";

/** Appends its letter to the texts that pass. */
const marker = (letter: string): Station =>
  new Station((frame, direction, ctx) => {
    ctx.push(frame instanceof TextFrame ? new TextFrame(label(frame) + letter) : frame, direction);
  });

/** Waits for the gate before it passes frames of a kind on. */
const slow = (kind: string, opened: Promise<void>): Station =>
  new Station((frame, direction, ctx) => {
    if (frame.kind !== kind) {
      ctx.push(frame, direction);
      return;
    }
    return opened.then(() => {
      ctx.push(frame, direction);
    });
  });

const onText = (handler: Handler): Station =>
  new Station((frame, direction, ctx) => {
    if (frame instanceof TextFrame) return handler(frame, direction, ctx);
    ctx.push(frame, direction);
  });

describe("ParallelPipeline", () => {
  it("gives every frame to every branch, both ways; each that comes out of several leaves once", async () => {
    const branches = [[new Station(), new Station()], [new Station()], []];
    const { send, pipeline, down, up } = await chain([new ParallelPipeline(branches)]);
    const frames = [new TextFrame("a"), new InterruptionFrame(), new TextFrame("b")];
    send(frames[0]!);
    await settle();
    send(frames[1]!, frames[2]!);
    await settle();
    pipeline.queueFrame(frames[0]!, "upstream");
    await settle();
    expect(down).toEqual(frames);
    expect(up).toEqual([frames[0]]);
    for (const station of branches.flat()) expect(station.handled).toHaveLength(5);
  });

  it("what branches make of a frame leaves for each of them, in each branch's order", async () => {
    const nested = new ParallelPipeline([[marker("x")], [new Pipeline([marker("y")])]]);
    const { send, takeDown } = await chain([new ParallelPipeline([[marker("a")], [marker("b"), nested]])]);
    send(new TextFrame("1"), new TextFrame("2"));
    await settle();
    const left = takeDown();
    for (const suffix of ["a", "bx", "by"]) {
      expect(left.filter((text) => text.endsWith(suffix) && text.length === suffix.length + 1)).toEqual([
        `1${suffix}`,
        `2${suffix}`,
      ]);
    }
    expect(left).toHaveLength(6);
  });

  it("an object that is sent again, or pushed twice by a branch, comes out again each time", async () => {
    const twice = new Station((frame, direction, ctx) => {
      ctx.push(frame, direction);
      if (frame instanceof TextFrame && frame.text === "twice") ctx.push(frame, direction);
    });
    const { send, takeDown } = await chain([new ParallelPipeline([[twice], [new Station()], [new Station()]])]);
    const kept = new TextFrame("kept");
    send(kept);
    await settle();
    send(kept, kept, new TextFrame("twice"));
    await settle();
    expect(takeDown()).toEqual(["kept", "kept", "kept", "twice", "twice"]);
  });

  it("without a branch is refused; an empty branch is a wire", async () => {
    expect(() => new ParallelPipeline([])).toThrow("branches: give at least one");
    const { send, takeDown } = await chain([new ParallelPipeline([[], []])]);
    send(new TextFrame("a"), new EndFrame());
    await settle();
    expect(takeDown()).toEqual(["a", "EndFrame"]);
  });
});

describe("lifecycle frames of parallel branches", () => {
  it("the StartFrame leaves with the slowest branch, and what the others pushed meanwhile follows it", async () => {
    const { open, opened } = gate();
    const eager = new Station((frame, direction, ctx) => {
      ctx.push(frame, direction);
      if (frame.kind === "StartFrame") {
        ctx.push(new TextFrame("void"));
        ctx.push(new InterruptionFrame());
        ctx.push(new TextFrame("first"));
        ctx.push(new TextFrame("up"), "upstream");
      }
    });
    const parallel = new ParallelPipeline([[eager], [slow("StartFrame", opened)], []]);
    const { send, takeDown, takeUp } = await chain([parallel], { start: false });
    send(startFrame());
    await settle();
    send(new TextFrame("second"));
    await settle();
    expect(takeDown()).toEqual([]);
    expect(takeUp()).toEqual(["up"]);
    expect(parallel.stats.queuedOrderedFrames).toBe(2);
    open();
    await settle();
    expect(takeDown()).toEqual(["StartFrame", "InterruptionFrame", "first", "second"]);
    expect(parallel.stats).toMatchObject({ queuedSystemFrames: 0, queuedOrderedFrames: 0, droppedOverflow: 0 });
  });

  it("what waits for the StartFrame is bounded, and the first drop is logged", async () => {
    const { open, opened } = gate();
    const eager = new Station((frame, direction, ctx) => {
      ctx.push(frame, direction);
      if (frame.kind === "StartFrame") for (let i = 0; i < 10; i++) ctx.push(new TextFrame(`${i}`));
    });
    const parallel = new ParallelPipeline([[eager], [slow("StartFrame", opened)]], { limits: { maxFrames: 3 } });
    const { send, takeDown, log } = await chain([parallel], { start: false });
    send(startFrame());
    await settle();
    open();
    await settle();
    expect(takeDown()).toEqual(["StartFrame", "0", "1", "2"]);
    expect(parallel.stats.droppedOverflow).toBe(7);
    expect(log.lines.filter((line) => line.includes(`${parallel.name} dropped a TextFrame`))).toHaveLength(1);
  });

  it.each([EndFrame, StopFrame])(
    "End and Stop leave last, after everything that any branch still pushed",
    async (Last) => {
      const { open, opened } = gate();
      const speaking = onText(async (frame, direction, ctx) => {
        await opened;
        ctx.push(frame, direction);
      });
      const parallel = new ParallelPipeline([[], [onText(() => undefined)], [speaking]]);
      const { send, takeDown, pipeline } = await chain([parallel]);
      send(new TextFrame("goodbye"), new Last());
      await settle();
      expect(takeDown()).toEqual(["goodbye"]);
      expect(pipeline.busyProcessors()).toEqual([speaking.name]);
      speaking.push(new TextFrame("late"));
      await settle();
      expect(takeDown()).toEqual(["late"]);
      open();
      await settle();
      expect(takeDown()).toEqual([new Last().kind]);
    },
  );

  it("a cancel reaches every processor at once, past an EndFrame that waits for a stuck branch, and leaves once", async () => {
    const stuck = swallow("EndFrame");
    const others = [new Tracked(), new Tracked()];
    const { task, clock, events } = taskOf([
      new ParallelPipeline([[others[0]!], [stuck, others[1]!], []]),
      new Tracked(),
    ]);
    const run = task.run();
    await settle();
    task.end();
    await settle();
    task.cancel();
    expect(await run).toMatchObject({ outcome: "cancelled" });
    expect(clock.nowMs()).toBe(0);
    for (const station of [stuck, ...others]) {
      expect(station.handled.filter((kind) => kind === "CancelFrame")).toHaveLength(1);
      expect(station.cleanups).toBe(1);
    }
    expect(events).toEqual(["started", "finished cancelled"]);
  });

  it("a CancelFrame leaves once, when the last branch has delivered it", async () => {
    const { open, opened } = gate();
    const { pipeline, takeDown } = await chain([new ParallelPipeline([[], [slow("CancelFrame", opened)]])]);
    void pipeline.cancelNow(new CancelFrame());
    await settle();
    expect(takeDown()).toEqual([]);
    open();
    await settle();
    expect(takeDown()).toEqual(["CancelFrame"]);
  });

  it("an EndFrame that one branch never delivers is escalated to a cancel, which names the processor", async () => {
    const stuck = swallow("EndFrame");
    const { task, clock, timeouts } = taskOf([new ParallelPipeline([[new Tracked()], [stuck]])]);
    const run = task.run();
    await settle();
    task.end();
    expect(await clock.advanceUntil(run)).toMatchObject({ outcome: "cancelled" });
    expect(timeouts[0]).toMatchObject({ phase: "end", processors: [stuck.name] });
  });

  it("a setup that hangs in a branch is named, and the other branches are cleaned up", async () => {
    const hanging = new Tracked();
    hanging.setupWork = () => new Promise(() => undefined);
    const good = new Tracked();
    const { task, clock, timeouts } = taskOf([new ParallelPipeline([[good], [hanging]])]);
    await expect(clock.advanceUntil(task.run())).rejects.toMatchObject({ phase: "setup" });
    expect(timeouts[0]).toMatchObject({ processors: [hanging.name] });
    expect(good.cleanups).toBe(1);
  });

  it("an EndFrame made inside a branch ends the other branches too, before it leaves", async () => {
    const hangUp = onText((_frame, _direction, ctx) => {
      ctx.push(new EndFrame("hung up"));
    });
    const other = new Tracked();
    const { task } = taskOf([new ParallelPipeline([[hangUp], [onText(() => undefined), other]])]);
    const run = task.run();
    await settle();
    task.queueFrame(new TextFrame("bye"));
    expect(await run).toMatchObject({ outcome: "ended", reason: "hung up" });
    expect(other.handled).toEqual(["StartFrame", "EndFrame"]);
  });

  it("a flush waits for the slowest branch; heartbeats pass with the fastest", async () => {
    const { open, opened } = gate();
    const speaking = onText(() => opened);
    const { task } = taskOf([new ParallelPipeline([[new NullFilter()], [speaking]])]);
    const reached: string[] = [];
    task.on("reachedDownstream", (frame) => reached.push(frame.kind));
    task.setReachedDownstreamFilter([HeartbeatFrame]);
    const run = task.run();
    await settle();
    task.queueFrames([new TextFrame("x"), new HeartbeatFrame(0)]);
    let flushed = false;
    void task.flush().then((done) => {
      flushed = done;
    });
    await settle();
    expect([flushed, reached]).toEqual([false, ["HeartbeatFrame"]]);
    open();
    await settle();
    expect(flushed).toBe(true);
    task.end();
    await run;
  });
});

describe("an interruption of parallel branches", () => {
  it("leaves with the first branch, and nothing it invalidated follows from a branch it has not crossed", async () => {
    const { open, opened } = gate();
    const result = new FunctionCallResultFrame({ functionName: "f", toolCallId: "1", arguments: {} }, 1);
    const late = new Station();
    const { send, takeDown } = await chain([new ParallelPipeline([[], [slow("InterruptionFrame", opened), late]])]);
    send(new InterruptionFrame());
    expect(takeDown()).toEqual(["InterruptionFrame"]);
    late.push(new TextFrame("old"));
    late.push(result);
    late.push(new HeartbeatFrame(0));
    await settle();
    expect(takeDown()).toEqual(["FunctionCallResultFrame"]);
    open();
    await settle();
    late.push(new TextFrame("new"));
    expect(takeDown()).toEqual(["new"]);
  });

  it("a branch that only an older one has crossed stays fenced", async () => {
    const gates = [gate(), gate()];
    let handled = 0;
    const blocking = new Station(async (frame, direction, ctx) => {
      if (frame instanceof InterruptionFrame) {
        handled++;
        await gates[handled - 1]!.opened;
      }
      ctx.push(frame, direction);
    });
    const late = new Station();
    const { send, takeDown } = await chain([new ParallelPipeline([[], [blocking, late]])]);
    send(new InterruptionFrame(), new InterruptionFrame());
    gates[0]!.open();
    await settle();
    late.push(new TextFrame("old"));
    expect(takeDown()).toEqual(["InterruptionFrame", "InterruptionFrame"]);
    gates[1]!.open();
    await settle();
    late.push(new TextFrame("new"));
    expect(takeDown()).toEqual(["new"]);
  });

  it("a branch that swallows it delivers again after 100 ms", async () => {
    const deaf = new Station((frame, direction, ctx) => {
      if (!(frame instanceof InterruptionFrame)) ctx.push(frame, direction);
    });
    const { send, takeDown, clock } = await chain([new ParallelPipeline([[new NullFilter()], [deaf]])]);
    send(new InterruptionFrame());
    await clock.advance(99);
    deaf.push(new TextFrame("void"));
    await clock.advance(1);
    deaf.push(new TextFrame("new"));
    expect(takeDown()).toEqual(["InterruptionFrame", "new"]);
  });

  it("made inside a branch, it interrupts the other branches too and leaves once each way", async () => {
    const interrupting = onText((_frame, _direction, ctx) => {
      ctx.broadcastInterruption();
    });
    const speaking = onText((frame, direction, ctx) =>
      new Promise<void>((resolve) => {
        ctx.signal.addEventListener("abort", () => {
          resolve();
        });
      }).then(() => {
        ctx.push(frame, direction);
      }),
    );
    const after = new Station();
    const { send, takeDown, takeUp } = await chain([new ParallelPipeline([[interrupting], [speaking, after]])]);
    send(new TextFrame("x"));
    await settle();
    expect(takeDown()).toEqual(["InterruptionFrame"]);
    expect(takeUp()).toEqual(["InterruptionFrame"]);
    expect(after.handled).toEqual(["StartFrame", "InterruptionFrame"]);
    after.push(new TextFrame("new"));
    speaking.push(new TextFrame("new"), "upstream");
    await settle();
    expect([takeDown(), takeUp()]).toEqual([["new"], ["new"]]);
  });
});

it("keeps no frame alive that has passed", async () => {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  const { send, down } = await chain([new ParallelPipeline([[new Station()], [new NullFilter()]])]);
  const refs: WeakRef<Frame>[] = [];
  for (let i = 0; i < 1000; i++) {
    const frame = new TextFrame(`${i}`);
    refs.push(new WeakRef<Frame>(frame));
    send(frame);
  }
  await settle();
  down.length = 0;
  await settle();
  gc();
  expect(refs.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(10);
});
