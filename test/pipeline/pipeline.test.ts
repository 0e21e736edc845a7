import { describe, expect, it } from "vitest";

import { CancelFrame, EndFrame, TextFrame } from "../../src/frames/index.ts";
import { Pipeline, type ProcessorSetup, type ProcessorSetupError } from "../../src/pipeline/index.ts";
import { VirtualClock, settle } from "../../src/testing/virtual-clock.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { Station, chain, label } from "./harness.ts";

/** Appends its letter to the texts that pass. */
function marker(letter: string): Station {
  return new Station((frame, direction, ctx) => {
    ctx.push(frame instanceof TextFrame ? new TextFrame(label(frame) + letter) : frame, direction);
  });
}

function setup(): ProcessorSetup {
  const signal = new AbortController().signal;
  const rates = { audioInSampleRate: 16_000, audioOutSampleRate: 24_000 };
  return { clock: new VirtualClock(), logger: silentLogger, signal, ...rates };
}

describe("Pipeline", () => {
  it("frames cross one and several processors in order", async () => {
    for (const letters of [["a"], ["a", "b", "c", "d"]]) {
      const { send, takeDown } = await chain(letters.map(marker));
      send(new TextFrame("1"), new TextFrame("2"), new EndFrame());
      await settle();
      expect(takeDown()).toEqual([`1${letters.join("")}`, `2${letters.join("")}`, "EndFrame"]);
    }
  });

  it("nested pipelines pass frames through both ways, and an empty one is a wire", async () => {
    const inner = new Pipeline([marker("b"), new Pipeline([]), new Pipeline([marker("c")])]);
    const { send, takeDown, pipeline, takeUp } = await chain([marker("a"), inner, marker("d")]);
    send(new TextFrame(""));
    pipeline.queueFrame(new TextFrame(""), "upstream");
    await settle();
    expect(takeDown()).toEqual(["abcd"]);
    expect(takeUp()).toEqual(["dcba"]);
  });

  it("cancels every processor of nested pipelines directly", async () => {
    const deaf = new Station(() => new Promise<void>(() => undefined));
    const last = new Station();
    const { pipeline } = await chain([new Pipeline([new Pipeline([deaf])]), new Pipeline([last])]);
    void pipeline.cancelNow(new CancelFrame());
    await settle();
    expect(last.handled.at(-1)).toBe("CancelFrame");
    expect(deaf.handled.at(-1)).toBe("CancelFrame");
  });

  it("a failing setup is reported by name, and the other processors still set up", async () => {
    const setUp: string[] = [];
    class Slow extends Station {
      override async setup(values: ProcessorSetup): Promise<void> {
        await super.setup(values);
        await settle();
        setUp.push(this.name);
      }
    }
    class Broken extends Station {
      override setup(): Promise<void> {
        throw new Error("no key");
      }
    }
    const broken = new Broken();
    const slow = [new Slow(), new Slow()];
    const told: ProcessorSetupError[] = [];
    const pipeline = new Pipeline([slow[0]!, new Pipeline([broken]), slow[1]!]);
    const result = pipeline.setup({ ...setup(), onSetupError: (error) => told.push(error) });
    await expect(result).rejects.toMatchObject({ code: "processorSetup", processor: broken.name });
    expect(setUp).toEqual(slow.map((station) => station.name));
    expect(told).toHaveLength(1);
  });

  it("a cleanup that fails does not stop those of the others", async () => {
    const cleaned: string[] = [];
    class Cleaned extends Station {
      override async cleanup(): Promise<void> {
        await super.cleanup();
        cleaned.push(this.name);
        if (cleaned.length < 3) throw new Error(`cannot release ${this.name}`);
      }
    }
    const pipeline = new Pipeline([new Cleaned(), new Cleaned(), new Cleaned()]);
    await pipeline.setup(setup());
    await expect(pipeline.cleanup()).rejects.toThrow("2 processors");
    expect(cleaned).toHaveLength(3);
  });
});
