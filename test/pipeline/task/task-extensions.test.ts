import { describe, expect, it } from "vitest";

import { TextFrame } from "../../../src/frames/index.ts";
import { type FrameProcessor, ParallelPipeline, Pipeline, type TaskExtension } from "../../../src/pipeline/index.ts";
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
});
