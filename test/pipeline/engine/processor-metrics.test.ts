import { describe, expect, it } from "vitest";

import { InterruptionFrame, type MetricsData, MetricsFrame, TextFrame } from "../../../src/frames/index.ts";
import { ProcessorMetrics } from "../../../src/pipeline/engine/processor-metrics.ts";
import type { ProcessorSetup } from "../../../src/pipeline/index.ts";
import { VirtualClock, settle } from "../../../src/testing/virtual-clock.ts";
import { Station, chain } from "../harness.ts";

class Measured extends Station {
  able = true;
  override canGenerateMetrics(): boolean {
    return this.able;
  }
  get metric(): ProcessorMetrics {
    return this.metrics;
  }
}

const ALL = { enableMetrics: true, enableUsageMetrics: true };

async function measured(setup: Partial<ProcessorSetup> = ALL) {
  const station = new Measured(undefined, { name: "llm" });
  const line = await chain([new Station(), station, new Station()], { setup });
  const take = async (): Promise<MetricsData[]> => {
    await settle();
    expect(line.up).toEqual([]);
    return line.down.splice(0).flatMap((frame) => (frame instanceof MetricsFrame ? frame.data : []));
  };
  return { ...line, station, metric: station.metric, take };
}

describe("times", () => {
  it("travel downstream as MetricsFrames with the processor's name and the model", async () => {
    const { metric, clock, take } = await measured();
    metric.model = "small";
    metric.startTtfb();
    metric.startProcessing();
    metric.startTextAggregation();
    await clock.advance(120);
    metric.stopTtfb();
    await clock.advance(30);
    metric.stopTextAggregation();
    metric.stopTtfat();
    await clock.advance(50);
    metric.stopProcessing();
    const about = { processor: "llm", model: "small" };
    expect(await take()).toEqual([
      { ...about, kind: "ttfb", valueMs: 120 },
      { ...about, kind: "textAggregation", valueMs: 150 },
      { ...about, kind: "ttfat", valueMs: 150 },
      { ...about, kind: "processing", valueMs: 200 },
    ]);
  });

  it("only the first stop counts, and one without a start does not", async () => {
    const { metric, clock, take } = await measured();
    metric.stopTtfb();
    metric.startTtfb();
    await clock.advance(10);
    metric.stopTtfb();
    await clock.advance(10);
    metric.stopTtfb();
    metric.stopProcessing();
    expect(await take()).toEqual([{ processor: "llm", kind: "ttfb", valueMs: 10 }]);
  });

  it("below zero are dropped", async () => {
    const { metric, clock, take } = await measured();
    await clock.advance(100);
    metric.startTtfb(80);
    metric.stopTtfb(60);
    metric.stopTtfb(90);
    expect(await take()).toEqual([]);
    metric.startTtfb(80);
    metric.stopTtfb();
    expect(await take()).toMatchObject([{ valueMs: 20 }]);
  });

  it("cancel() discards measurements in progress", async () => {
    const { metric, clock, take } = await measured();
    metric.startTtfb();
    metric.startProcessing();
    metric.cancel();
    await clock.advance(10);
    metric.stopTtfb();
    metric.stopProcessing();
    expect(await take()).toEqual([]);
  });

  it("an interruption ends them: the time spent is reported, what never arrived is not", async () => {
    const { metric, clock, take, send } = await measured();
    metric.startTtfb();
    metric.startProcessing();
    metric.startTextAggregation();
    await clock.advance(40);
    send(new InterruptionFrame());
    await clock.advance(10);
    metric.stopTtfb();
    metric.stopProcessing();
    metric.stopTextAggregation();
    expect(await take()).toEqual([{ processor: "llm", kind: "processing", valueMs: 40 }]);
  });

  it("with onlyInitialTtfb only the first one is reported", async () => {
    const { metric, clock, take } = await measured();
    metric.onlyInitialTtfb = true;
    for (const waitMs of [10, 20]) {
      metric.startTtfb();
      await clock.advance(waitMs);
      metric.stopTtfb();
    }
    expect(await take()).toMatchObject([{ valueMs: 10 }]);
  });
});

describe("time to first audio", () => {
  const silence = (ms: number): Int16Array => new Int16Array(ms * 16);
  const loud = (ms: number): Int16Array => new Int16Array(ms * 16).fill(8000);

  it("is the arrival of the first chunk plus the silence it begins with, wherever the chunks are cut", async () => {
    const { metric, clock, take } = await measured();
    metric.startTtfb();
    await clock.advance(100);
    metric.audio(silence(75), 16_000);
    await clock.advance(5);
    metric.audio(silence(125), 16_000);
    metric.audio(loud(45), 16_000);
    expect(await take()).toEqual([]);
    metric.audio(loud(45), 16_000);
    metric.audio(loud(100), 16_000);
    expect(await take()).toEqual([{ processor: "llm", kind: "ttfa", valueMs: 300 }]);
  });

  it("is not reported when nothing is audible for 3 s", async () => {
    const { metric, take } = await measured();
    metric.startTtfb();
    metric.audio(silence(3000), 16_000);
    metric.audio(loud(500), 16_000);
    expect(await take()).toEqual([]);
  });
});

describe("usage", () => {
  it("reports tokens, characters and audio", async () => {
    const { metric, take } = await measured();
    const usage = { promptTokens: 3, completionTokens: 4, totalTokens: 7 };
    metric.llmUsage(usage);
    metric.ttsUsage(12);
    metric.sttUsage(900);
    expect(await take()).toEqual([
      { processor: "llm", kind: "llmUsage", usage },
      { processor: "llm", kind: "ttsUsage", characters: 12 },
      { processor: "llm", kind: "sttUsage", audioMs: 900 },
    ]);
  });
});

describe("enabling", () => {
  async function kinds(setup: Partial<ProcessorSetup>, able = true): Promise<string[]> {
    const { metric, take, station } = await measured(setup);
    station.able = able;
    metric.startTtfb();
    metric.stopTtfb();
    metric.ttsUsage(1);
    return (await take()).map((data) => data.kind);
  }

  it.each([
    ["nothing by default", {}, true, []],
    ["times with enableMetrics", { enableMetrics: true }, true, ["ttfb"]],
    ["usage with enableUsageMetrics", { enableUsageMetrics: true }, true, ["ttsUsage"]],
    ["nothing for a processor that cannot measure", ALL, false, []],
  ] as const)("pushes %s", async (_what, setup, able, expected) => {
    expect(await kinds(setup, able)).toEqual(expected);
  });

  it("a processor cannot measure unless it says so", async () => {
    class Silent extends Station {
      measure(): void {
        this.metrics.ttsUsage(1);
      }
    }
    const station = new Silent();
    const { takeDown, send } = await chain([station], { setup: ALL });
    station.measure();
    send(new TextFrame("a"));
    await settle();
    expect(takeDown()).toEqual(["a"]);
  });
});

it("measures on the clock of its processor", () => {
  const clock = new VirtualClock();
  const frames: MetricsFrame[] = [];
  const metrics = new ProcessorMetrics({
    name: "tts",
    clock: () => clock,
    measuresTimes: () => true,
    measuresUsage: () => false,
    processor: { push: (frame) => frames.push(frame) },
  });
  metrics.startProcessing();
  metrics.stopProcessing();
  expect(frames.map((frame) => frame.data)).toEqual([[{ processor: "tts", kind: "processing", valueMs: 0 }]]);
});
