import { describe, expect, it } from "vitest";

import { InterruptionFrame, isLifecycleFrame, PipelineFlushUrgentFrame, TextFrame } from "../../../src/frames/index.ts";
import { type FrameProcessor, ParallelPipeline, Pipeline, type TaskExtension } from "../../../src/pipeline/index.ts";
import { settle } from "../../../src/testing/virtual-clock.ts";
import { nextTurn } from "../../../src/util/next-turn.ts";
import { Station } from "../harness.ts";
import { taskOf } from "./task-harness.ts";

/** A processor that wants others in front of its pipeline. */
class Extending extends Station {
  readonly #front: readonly FrameProcessor[];
  asked = 0;

  constructor(...front: FrameProcessor[]) {
    super();
    this.#front = front;
  }

  override extendTask(): TaskExtension {
    this.asked++;
    return { front: this.#front };
  }
}

class Noting extends Station {
  constructor(name: string, notes: string[]) {
    super((frame, direction, ctx) => {
      if (frame instanceof TextFrame) notes.push(name);
      ctx.push(frame, direction);
    });
  }
}

async function passes(processors: FrameProcessor[]): Promise<void> {
  const { task } = taskOf(processors);
  task.queueFrame(new TextFrame("hello"));
  task.end();
  await task.run();
}

describe("an urgent flush", () => {
  it("passes what waits, returns when every branch has handled the interruption before it, and returns once", async () => {
    const notes: string[] = [];
    const handles = (name: string): Station =>
      new Station(async (frame, direction, ctx) => {
        if (frame instanceof TextFrame) await new Promise(() => undefined);
        if (frame instanceof InterruptionFrame) await nextTurn();
        if (direction === "downstream" && !isLifecycleFrame(frame)) notes.push(`${name} ${frame.kind}`);
        ctx.push(frame, direction);
      });
    const { task } = taskOf([new ParallelPipeline([[handles("a")], [handles("b"), handles("c")]])]);
    task.setReachedUpstreamFilter([PipelineFlushUrgentFrame]);
    task.on("reachedUpstream", (frame) => notes.push(`back ${frame.kind}`));
    const run = task.run();
    await settle();
    task.queueFrames([new TextFrame("hangs"), new InterruptionFrame(), new PipelineFlushUrgentFrame()]);
    await settle();
    expect(notes.filter((note) => note.startsWith("back"))).toEqual(["back PipelineFlushUrgentFrame"]);
    expect(notes.slice(-2)).toEqual(["c PipelineFlushUrgentFrame", "back PipelineFlushUrgentFrame"]);
    task.cancel();
    await run;
  });
});

describe("what a processor adds to its task", () => {
  it("is put in front of the pipeline, once, in the order of the processors that ask", async () => {
    const notes: string[] = [];
    const [first, second] = [new Noting("first", notes), new Noting("second", notes)];
    const input = new Extending(first);
    const output = new Extending(first, second);
    await passes([input, new Noting("own", notes), output]);
    expect(notes).toEqual(["first", "second", "own"]);
    expect(input.asked).toBe(1);
  });

  it("stays where it is when the pipeline has it already, however deep", async () => {
    const notes: string[] = [];
    const placed = new Noting("placed", notes);
    const nested = new ParallelPipeline([[new Pipeline([placed])]]);
    await passes([new Extending(placed), new Noting("own", notes), nested]);
    expect(notes).toEqual(["own", "placed"]);
  });

  it("may ask for more itself", async () => {
    const notes: string[] = [];
    const last = new Noting("last", notes);
    await passes([new Extending(new Extending(last)), new Noting("own", notes)]);
    expect(notes).toEqual(["last", "own"]);
  });

  it("is not put in front of a second task: the halves of a transport may be in two, and ask for the same processor", async () => {
    const notes: string[] = [];
    const shared = new Noting("shared", notes);
    const [listening, speaking] = [taskOf([new Extending(shared)]), taskOf([new Extending(shared)])];
    for (const { task } of [listening, speaking]) {
      task.queueFrame(new TextFrame("hello"));
      task.end();
    }
    await Promise.all([listening.task.run(), speaking.task.run()]);
    expect(notes).toEqual(["shared"]);
  });
});
