import { describe, expect, it } from "vitest";

import { BotConnectedFrame, ClientConnectedFrame, StartFrame } from "../../src/frames/index.ts";
import { StartupTimingObserver, type StartupReport } from "../../src/observers/index.ts";
import { FrameProcessor, Pipeline, PipelineTask, type ProcessorSetup } from "../../src/pipeline/index.ts";
import { VirtualClock } from "../../src/testing/index.ts";
import { sleep } from "../../src/util/deadline.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { Station } from "../pipeline/harness.ts";
import { pushed } from "./pushes.ts";

class Connecting extends FrameProcessor {
  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    await sleep(setup.clock, 300);
  }
}

describe("StartupTimingObserver", () => {
  it("reports how long each processor took to set up and held the StartFrame, once the pipeline runs", async () => {
    const clock = new VirtualClock();
    const observer = new StartupTimingObserver();
    const reports: StartupReport[] = [];
    observer.on("started", (report) => reports.push(report));
    const slow = new Station(
      async (frame, direction, ctx) => {
        if (frame instanceof StartFrame) await sleep(clock, 50);
        ctx.push(frame, direction);
      },
      { name: "Slow" },
    );
    const pipeline = new Pipeline([
      new Connecting({ name: "Connecting" }),
      slow,
      new Station(undefined, { name: "Quick" }),
    ]);
    const task = new PipelineTask(pipeline, { clock, logger: silentLogger, observers: [observer] });
    const run = task.run();
    await clock.advance(1000);
    task.cancel();
    await clock.advanceUntil(run);
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ setupMs: 300, startMs: 50, totalMs: 350 });
    const stations = reports[0]?.processors.filter(({ processor }) => !processor.startsWith("Pipeline"));
    expect(stations).toEqual([
      { processor: "Connecting", setupMs: 300, startArrivedMs: 0, startHeldMs: 0 },
      { processor: "Slow", setupMs: 0, startArrivedMs: 0, startHeldMs: 50 },
      { processor: "Quick", setupMs: 0, startArrivedMs: 50, startHeldMs: 0 },
    ]);
    expect(observer.report).toBe(reports[0]);
  });

  it("reports once when the bot was connected and when the first user joined", () => {
    const observer = new StartupTimingObserver();
    const reported: string[] = [];
    observer.on("botConnected", (ms) => reported.push(`bot ${ms}`));
    observer.on("clientConnected", (ms) => reported.push(`client ${ms}`));
    pushed(observer, 1000, new StartFrame({ audioInSampleRate: 16_000, audioOutSampleRate: 24_000 }));
    pushed(observer, 1400, new BotConnectedFrame(), ["In#1", "A#1", "B#1"]);
    pushed(observer, 2500, new ClientConnectedFrame(), ["In#1", "A#1", "B#1"]);
    pushed(observer, 9000, new ClientConnectedFrame(), ["In#1", "A#1", "B#1"]);
    expect(reported).toEqual(["bot 400", "client 1500"]);
  });
});
