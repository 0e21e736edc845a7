import { describe, expect, it } from "vitest";

import {
  CancelFrame,
  EndFrame,
  InterruptionFrame,
  OutputAudioRawFrame,
  TextFrame,
  UserStartedSpeakingFrame,
} from "../../src/frames/index.ts";
import { CancelledError } from "../../src/pipeline/index.ts";
import { settle } from "../../src/testing/virtual-clock.ts";
import { sleep } from "../../src/util/deadline.ts";
import { Station, chain, gate } from "./harness.ts";

describe("bad processors", () => {
  it("one that pushes after its cleanup is named once; the frames are dropped", async () => {
    const station = new Station();
    const { takeDown, log } = await chain([station]);
    await station.cleanup();
    station.push(new TextFrame("late"));
    station.push(new TextFrame("later"));
    expect(takeDown()).toEqual([]);
    expect(log.lines).toHaveLength(1);
    expect(log.lines[0]).toContain(`warn: ${station.name} pushed a TextFrame after its cleanup`);
    expect(station.stats.droppedClosed).toBe(2);
  });

  it("frames for a pipeline that is closed are dropped, counted, and mentioned once", async () => {
    const station = new Station();
    const { send, takeDown, log, pipeline } = await chain([station]);
    await pipeline.cleanup();
    send(new TextFrame("a"), new UserStartedSpeakingFrame(), new EndFrame());
    await settle();
    expect(takeDown()).toEqual([]);
    expect(station.stats.droppedClosed).toBe(3);
    expect(log.lines).toEqual([
      `debug: ${station.name} received a frame after it was cancelled or cleaned up; it and later ones are dropped.`,
    ]);
  });

  it("one that never returns from a handler is named as busy, and again as dangling once it was aborted", async () => {
    const station = new Station((frame, direction, ctx) => {
      if (frame instanceof TextFrame) return new Promise<void>(() => undefined);
      ctx.push(frame, direction);
    });
    const { send, pipeline, takeDown } = await chain([new Station(), station]);
    send(new TextFrame("hangs"));
    await settle();
    expect(pipeline.busyProcessors()).toEqual([station.name]);
    send(new InterruptionFrame(), new EndFrame());
    await settle();
    expect(takeDown()).toEqual(["InterruptionFrame", "EndFrame"]);
    expect(pipeline.busyProcessors()).toEqual([]);
    expect(pipeline.danglingHandlers()).toEqual([`${station.name} (TextFrame)`]);
    expect(station.stats.abandonedHandlers).toBe(1);
  });

  it("a handler that returns late no longer dangles", async () => {
    const { open, opened } = gate();
    const station = new Station(async (frame, direction, ctx) => {
      if (frame instanceof TextFrame) await opened;
      ctx.push(frame, direction);
    });
    const { send, clock, log } = await chain([station]);
    send(new TextFrame("slow"));
    await settle();
    send(new InterruptionFrame());
    await settle();
    open();
    await clock.advance(5000);
    expect(station.danglingHandlers()).toEqual([]);
    expect(log.lines).toEqual([]);
  });

  it("one that makes audio of a wrong rate or length is reported by name, and the next frame passes", async () => {
    const station = new Station((frame, direction, ctx) => {
      if (frame instanceof TextFrame && frame.text === "rate")
        ctx.push(new OutputAudioRawFrame({ audio: new Int16Array(10), sampleRate: 0 }));
      else if (frame instanceof TextFrame && frame.text === "odd")
        ctx.push(new OutputAudioRawFrame({ audio: new Int16Array(3), sampleRate: 16_000, numChannels: 2 }));
      else ctx.push(frame, direction);
    });
    const { send, takeDown, up } = await chain([station]);
    send(new TextFrame("rate"), new TextFrame("odd"), new TextFrame("fine"), new EndFrame());
    await settle();
    expect(takeDown()).toEqual(["fine", "EndFrame"]);
    const errors = up.map((frame) => "error" in frame && (frame.error as Error).message);
    expect(errors).toHaveLength(2);
    expect(errors[0]).toContain(`${station.name} failed on a TextFrame: sampleRate:`);
    expect(errors[1]).toContain(`${station.name} failed on a TextFrame: audio:`);
  });
});

describe("cancellation", () => {
  it("a cancel before anything ran closes the processor: what waits is never handled", async () => {
    const station = new Station();
    const { send } = await chain([station], { start: false });
    send(new TextFrame("waits"), new CancelFrame());
    await settle();
    expect(station.handled).toEqual(["CancelFrame"]);
    expect(station.stats).toMatchObject({ queuedOrderedFrames: 0, droppedByInterruption: 1 });
  });

  it("a processor that cancels itself while it is cancelled does not wait for itself", async () => {
    const station: Station = new Station(async (frame, direction, ctx) => {
      if (frame instanceof CancelFrame) {
        station.queueFrame(new CancelFrame("again"));
        await Promise.resolve();
      }
      ctx.push(frame, direction);
    });
    const { send, takeDown, clock } = await chain([station]);
    send(new CancelFrame());
    await settle();
    expect(takeDown()).toEqual(["CancelFrame"]);
    expect(station.handled.filter((kind) => kind === "CancelFrame")).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });

  it("a cancel by what listens to the aborted signal does not handle the CancelFrame again", async () => {
    const station: Station = new Station(async (frame, direction, ctx) => {
      if (frame instanceof TextFrame) {
        ctx.signal.addEventListener("abort", () => {
          station.queueFrame(new CancelFrame("again"));
        });
        await new Promise<void>(() => undefined);
      }
      ctx.push(frame, direction);
    });
    const { send, takeDown } = await chain([station]);
    send(new TextFrame("hangs"));
    await settle();
    send(new CancelFrame());
    await settle();
    expect(station.handled.filter((kind) => kind === "CancelFrame")).toHaveLength(1);
    expect(takeDown()).toEqual(["CancelFrame"]);
  });

  it("a system handler that cancels its own processor and hangs is reported as dangling, not as busy", async () => {
    const station: Station = new Station((frame, direction, ctx) => {
      if (frame instanceof UserStartedSpeakingFrame) {
        station.queueFrame(new CancelFrame());
        return new Promise<void>(() => undefined);
      }
      ctx.push(frame, direction);
    });
    const { send, clock, log } = await chain([station]);
    send(new UserStartedSpeakingFrame());
    await settle();
    expect(station.busyProcessors()).toEqual([]);
    expect(station.danglingHandlers()).toEqual([`${station.name} (UserStartedSpeakingFrame)`]);
    await clock.advance(1000);
    expect(log.lines).toHaveLength(1);
    expect(log.lines[0]).toContain(`${station.name} still handles a UserStartedSpeakingFrame`);
  });

  it("a cancel aborts what a handler waits for, with the reason; the abort itself is not an error", async () => {
    const reasons: unknown[] = [];
    const station: Station = new Station(async (frame, direction, ctx) => {
      if (frame instanceof TextFrame || frame instanceof UserStartedSpeakingFrame) {
        try {
          await sleep(clock, 60_000, ctx.signal);
        } catch (thrown) {
          reasons.push(thrown);
          throw thrown;
        }
      }
      ctx.push(frame, direction);
    });
    const { send, takeUp, clock } = await chain([station]);
    send(new TextFrame("waits"), new UserStartedSpeakingFrame());
    await settle();
    send(new CancelFrame("enough"));
    await settle();
    expect(reasons).toHaveLength(2);
    for (const reason of reasons) {
      expect(reason).toBeInstanceOf(CancelledError);
      expect(reason).toMatchObject({ reason: "enough" });
    }
    expect(takeUp()).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });
});
