import { expect, it } from "vitest";

import {
  DataFrame,
  EndFrame,
  type Frame,
  type FrameDirection,
  InterruptionFrame,
  TextFrame,
} from "../../src/frames/index.ts";
import { FrameProcessor, type ProcessContext, type ProcessorSetup } from "../../src/pipeline/index.ts";
import { runProcessor } from "../../src/testing/run-processor.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { sleep } from "../../src/util/deadline.ts";

/** Answers every text after 100 ms in capitals, and reports it upstream. */
class Shouter extends FrameProcessor {
  cleanups = 0;
  #setup: ProcessorSetup | undefined;

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    this.#setup = setup;
  }

  override async process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): Promise<void> {
    if (!(frame instanceof TextFrame) || direction === "upstream") {
      ctx.push(frame, direction);
      return;
    }
    await sleep(this.#setup!.clock, 100, ctx.signal);
    ctx.push(new TextFrame(frame.text.toUpperCase()));
    ctx.push(new TextFrame("said"), "upstream");
  }

  override async cleanup(): Promise<void> {
    await super.cleanup();
    this.cleanups++;
  }
}

it("returns what left at either side, in virtual time, and cleans up", async () => {
  const shouter = new Shouter();
  const clock = new VirtualClock();
  const { downstream, upstream } = await runProcessor(shouter, [new TextFrame("a"), new TextFrame("b")], { clock });
  expect(downstream.map((frame) => frame instanceof TextFrame && frame.text)).toEqual(["A", "B"]);
  expect(upstream).toHaveLength(2);
  expect(clock.nowMs()).toBe(200);
  expect(shouter.cleanups).toBe(1);
});

it("a pause lets the frames before it be handled", async () => {
  const steps = [new TextFrame("heard"), { waitMs: 150 }, new TextFrame("cut off"), new InterruptionFrame()];
  await runProcessor(new Shouter(), steps, { expectDownstream: ["TextFrame", "InterruptionFrame"] });
});

it("sends all frames or single ones upstream", async () => {
  const expected = { expectUpstream: ["TextFrame"], expectDownstream: [] };
  await runProcessor(new Shouter(), [new TextFrame("x")], { direction: "upstream", ...expected });
  await runProcessor(new Shouter(), [{ frame: new TextFrame("x"), direction: "upstream" }], expected);
});

it("throws, after cleanup, when the frames differ from what was expected", async () => {
  const shouter = new Shouter();
  const run = runProcessor(shouter, [new TextFrame("x")], { expectDownstream: [] });
  await expect(run).rejects.toThrow("Left downstream: [TextFrame], expected: [].");
  expect(shouter.cleanups).toBe(1);
});

it("throws, after cleanup, when the EndFrame never leaves", async () => {
  class Stuck extends Shouter {
    override async process(...args: Parameters<Shouter["process"]>): Promise<void> {
      await (args[0] instanceof EndFrame ? new Promise(() => undefined) : super.process(...args));
    }
  }
  const stuck = new Stuck();
  await expect(runProcessor(stuck, [])).rejects.toThrow("Nothing is left");
  expect(stuck.cleanups).toBe(1);
});

it("runs several processors in a row", async () => {
  const { downstream } = await runProcessor([new Shouter(), new Shouter()], [new TextFrame("a")], {
    expectDownstream: ["TextFrame"],
    expectUpstream: ["TextFrame", "TextFrame"],
  });
  expect(downstream[0]).toMatchObject({ text: "A" });
});

it("expects frames by class too, including subclasses", async () => {
  const steps = [new TextFrame("x"), { waitMs: 150 }, new InterruptionFrame()];
  await runProcessor(new Shouter(), steps, { expectDownstream: [DataFrame, InterruptionFrame] });
  const wrong = runProcessor(new Shouter(), steps, { expectDownstream: [InterruptionFrame, DataFrame] });
  await expect(wrong).rejects.toThrow("[TextFrame, InterruptionFrame], expected: [InterruptionFrame, DataFrame]");
  const tooFew = runProcessor(new Shouter(), steps, { expectDownstream: [DataFrame] });
  await expect(tooFew).rejects.toThrow("expected: [DataFrame]");
});

it("has sent the observers all events when it returns", async () => {
  const processed: string[] = [];
  const observer = { onProcess: (event: { frame: Frame }) => processed.push(event.frame.kind) };
  await runProcessor(new Shouter(), [new TextFrame("x")], { observers: [observer] });
  expect(processed).toEqual(["StartFrame", "TextFrame", "EndFrame"]);
});

it("passes metrics switches and metadata to the processor", async () => {
  let start: Frame | undefined;
  class Starting extends Shouter {
    override async process(...args: Parameters<Shouter["process"]>): Promise<void> {
      start ??= args[0];
      await super.process(...args);
    }
  }
  await runProcessor(new Starting(), [], { enableMetrics: true, startMetadata: { call: 1 } });
  expect(start).toMatchObject({ enableMetrics: true, enableUsageMetrics: true, metadata: { call: 1 } });
});
