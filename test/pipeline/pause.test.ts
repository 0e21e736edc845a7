import { describe, expect, it } from "vitest";

import {
  CancelFrame,
  DataFrame,
  EndFrame,
  FrameProcessorPauseFrame,
  FrameProcessorPauseUrgentFrame,
  FrameProcessorResumeFrame,
  InterruptionFrame,
  TextFrame,
  UserStartedSpeakingFrame,
} from "../../src/frames/index.ts";
import { type PauseOptions, Pipeline } from "../../src/pipeline/index.ts";
import { settle } from "../../src/testing/virtual-clock.ts";
import { Station, chain, gate } from "./harness.ts";

class Result extends DataFrame {
  readonly kind = "Result";
  override readonly uninterruptible = true;
}

/** Lets a test do what a subclass does. */
class Pausable extends Station {
  override pause(options?: PauseOptions): void {
    super.pause(options);
  }
  override resume(): void {
    super.resume();
  }
  override pauseAllUntil(ready: Promise<unknown>, timeoutMs?: number): void {
    super.pauseAllUntil(ready, timeoutMs);
  }
}

describe("pauseAllUntil", () => {
  it("holds frames, then delivers them in order once ready", async () => {
    const station = new Pausable();
    const { send, takeDown, clock, log } = await chain([station]);
    const ready = gate();
    station.pauseAllUntil(ready.opened);
    send(new TextFrame("a"), new TextFrame("b"), new TextFrame("c"));
    await settle();
    expect(takeDown()).toEqual([]);
    ready.open();
    await settle();
    expect(takeDown()).toEqual(["a", "b", "c"]);
    expect(clock.pendingTimers).toBe(0);
    expect(log.lines).toEqual([]);
  });

  it("a promise that rejects lifts it as well, with a warning that names the processor", async () => {
    const station = new Pausable();
    const { send, takeDown, log } = await chain([station]);
    station.pauseAllUntil(Promise.reject(new Error("no device")));
    send(new TextFrame("a"));
    await settle();
    expect(takeDown()).toEqual(["a"]);
    expect(log.lines).toEqual([`warn: ${station.name} did not get ready: no device Resuming its frames without that.`]);
  });

  it("resumes after its timeout, 5 s by default, with a warning", async () => {
    const station = new Pausable();
    const { send, takeDown, clock, log } = await chain([station]);
    station.pauseAllUntil(new Promise(() => undefined));
    send(new TextFrame("a"));
    await clock.advance(4999);
    expect(takeDown()).toEqual([]);
    await clock.advance(1);
    expect(takeDown()).toEqual(["a"]);
    station.pauseAllUntil(new Promise(() => undefined), 100);
    send(new TextFrame("b"));
    await clock.advance(100);
    expect(takeDown()).toEqual(["b"]);
    expect(log.lines).toHaveLength(2);
    expect(log.lines[0]).toContain(`${station.name} was not ready within 5000 ms`);
  });

  it("a failure after the timeout is not reported", async () => {
    const station = new Pausable();
    const { clock, log } = await chain([station]);
    const { promise, reject } = Promise.withResolvers<undefined>();
    station.pauseAllUntil(promise);
    await clock.advance(5000);
    reject(new Error("too late"));
    await settle();
    expect(log.lines).toHaveLength(1);
  });

  it("holds system frames too, and the running handler continues", async () => {
    const { open, opened } = gate();
    const station = new Pausable(async (frame, direction, ctx) => {
      if (frame instanceof TextFrame && frame.text === "in hand") await opened;
      ctx.push(frame, direction);
    });
    const { send, takeDown } = await chain([station]);
    const ready = gate();
    send(new TextFrame("in hand"));
    await settle();
    station.pauseAllUntil(ready.opened);
    send(new UserStartedSpeakingFrame(), new TextFrame("a"));
    open();
    await settle();
    expect(takeDown()).toEqual(["in hand"]);
    ready.open();
    await settle();
    expect(takeDown()).toEqual(["UserStartedSpeakingFrame", "a"]);
  });

  it("only warns in a pipeline, which has no queue of its own", async () => {
    class Group extends Pipeline {
      holdNow(): void {
        this.pauseAllUntil(new Promise(() => undefined));
        this.pause();
      }
    }
    const group = new Group([new Station()]);
    const { send, takeDown, log, clock } = await chain([group]);
    group.holdNow();
    send(new TextFrame("a"));
    await settle();
    expect(takeDown()).toEqual(["a"]);
    expect(clock.pendingTimers).toBe(0);
    expect(log.lines[0]).toContain(`${group.name} cannot pause`);
  });

  it("called by a handler, it holds the very next frame", async () => {
    const ready = gate();
    const station: Pausable = new Pausable((frame, direction, ctx) => {
      if (frame instanceof TextFrame && frame.text === "last") station.pauseAllUntil(ready.opened);
      ctx.push(frame, direction);
    });
    const { send, takeDown } = await chain([station]);
    send(new TextFrame("last"), new TextFrame("held"));
    await settle();
    expect(takeDown()).toEqual(["last"]);
    ready.open();
    await settle();
    expect(takeDown()).toEqual(["held"]);
  });

  it("two of them hold until both are ready", async () => {
    const station = new Pausable();
    const { send, takeDown } = await chain([station]);
    const [one, two] = [gate(), gate()];
    station.pauseAllUntil(one.opened);
    station.pauseAllUntil(two.opened);
    send(new TextFrame("a"));
    one.open();
    await settle();
    expect(takeDown()).toEqual([]);
    two.open();
    await settle();
    expect(takeDown()).toEqual(["a"]);
  });

  it("an interruption drops what it holds at once, and a cancel passes", async () => {
    const station = new Pausable();
    const { send, takeDown, clock } = await chain([station]);
    station.pauseAllUntil(new Promise(() => undefined));
    send(new TextFrame("old"), new Result(), new InterruptionFrame());
    expect(station.stats).toMatchObject({ droppedByInterruption: 1, queuedOrderedFrames: 1 });
    send(new CancelFrame());
    await settle();
    expect(takeDown()).toEqual(["CancelFrame"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("cleanup lifts it and leaves no timer", async () => {
    const station = new Pausable();
    const { send, clock } = await chain([station]);
    station.pauseAllUntil(new Promise(() => undefined));
    send(new TextFrame("a"));
    await station.cleanup();
    station.pauseAllUntil(new Promise(() => undefined));
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("pause and resume", () => {
  it("hold ordered frames of both directions, keep their order, and let system frames pass", async () => {
    const station = new Pausable();
    const { send, pipeline, takeDown, takeUp } = await chain([station]);
    station.pause();
    send(new TextFrame("a"), new TextFrame("b"), new UserStartedSpeakingFrame());
    pipeline.queueFrame(new TextFrame("up"), "upstream");
    await settle();
    expect(takeDown()).toEqual(["UserStartedSpeakingFrame"]);
    expect(station.stats.queuedOrderedFrames).toBe(3);
    expect(station.busyProcessors()).toEqual([station.name]);
    station.resume();
    send(new TextFrame("c"));
    await settle();
    expect(takeDown()).toEqual(["a", "b", "c"]);
    expect(takeUp()).toEqual(["up"]);
  });

  it("a pause of one direction lets the other pass", async () => {
    const station = new Pausable();
    const { send, pipeline, takeDown, takeUp } = await chain([station]);
    station.pause({ direction: "downstream" });
    send(new TextFrame("a"));
    pipeline.queueFrame(new TextFrame("up 1"), "upstream");
    send(new TextFrame("b"));
    pipeline.queueFrame(new TextFrame("up 2"), "upstream");
    await settle();
    expect(takeDown()).toEqual([]);
    expect(takeUp()).toEqual(["up 1", "up 2"]);
    station.pause({ direction: "upstream" });
    pipeline.queueFrame(new TextFrame("up 3"), "upstream");
    send(new TextFrame("c"));
    await settle();
    expect([takeDown(), takeUp()]).toEqual([[], []]);
    station.resume();
    await settle();
    expect(takeDown()).toEqual(["a", "b", "c"]);
    expect(takeUp()).toEqual(["up 3"]);
  });

  it("the frame being handled is finished; the pause holds the next one", async () => {
    const station: Pausable = new Pausable((frame, direction, ctx) => {
      if (frame instanceof TextFrame && frame.text === "last") station.pause();
      ctx.push(frame, direction);
    });
    const { send, takeDown } = await chain([station]);
    send(new TextFrame("last"), new TextFrame("held"));
    await settle();
    expect(takeDown()).toEqual(["last"]);
    station.resume();
    await settle();
    expect(takeDown()).toEqual(["held"]);
  });

  it("an interruption drops what is held and lifts the pause; uninterruptible frames pass", async () => {
    const station = new Pausable();
    const { send, takeDown } = await chain([station]);
    station.pause();
    send(new TextFrame("old"), new Result(), new EndFrame());
    await settle();
    send(new InterruptionFrame(), new TextFrame("new"));
    await settle();
    expect(takeDown()).toEqual(["InterruptionFrame", "Result", "EndFrame", "new"]);
    expect(station.stats.droppedByInterruption).toBe(1);
  });

  it("an interruption that the paused processor itself broadcasts does the same", async () => {
    const station = new Pausable();
    const { send, takeDown } = await chain([station]);
    station.pause();
    send(new TextFrame("old"), new Result());
    await settle();
    station.broadcastInterruption();
    await settle();
    expect(takeDown()).toEqual(["InterruptionFrame", "Result"]);
  });

  it("a cancel passes and leaves nothing held", async () => {
    const station = new Pausable();
    const { send, takeDown } = await chain([station]);
    station.pause();
    send(new TextFrame("old"), new CancelFrame());
    await settle();
    expect(takeDown()).toEqual(["CancelFrame"]);
    expect(station.stats.queuedOrderedFrames).toBe(0);
  });

  it("frames held are bounded like frames that wait", async () => {
    const station = new Pausable(undefined, { limits: { maxFrames: 2 } });
    const { send, takeDown } = await chain([station]);
    station.pause();
    send(new TextFrame("a"), new TextFrame("b"), new TextFrame("too many"), new EndFrame());
    station.resume();
    await settle();
    expect(takeDown()).toEqual(["a", "b", "EndFrame"]);
    expect(station.stats.droppedOverflow).toBe(1);
  });
});

describe("pause frames", () => {
  it("a FrameProcessorPauseFrame pauses the processor it names from its own place in the queue on", async () => {
    const first = new Station(undefined, { name: "first" });
    const second = new Station(undefined, { name: "second" });
    const { send, takeDown } = await chain([first, second]);
    send(new TextFrame("a"), new FrameProcessorPauseFrame("second"), new TextFrame("b"));
    await settle();
    expect(takeDown()).toEqual(["a", "FrameProcessorPauseFrame"]);
    expect(first.stats.queuedOrderedFrames).toBe(0);
    send(new FrameProcessorResumeFrame("first"));
    await settle();
    expect(takeDown()).toEqual(["FrameProcessorResumeFrame"]);
    send(new FrameProcessorResumeFrame("second"));
    await settle();
    expect(takeDown()).toEqual(["FrameProcessorResumeFrame", "b"]);
  });

  it("a FrameProcessorPauseUrgentFrame holds what waits already", async () => {
    const { open, opened } = gate();
    const station = new Station(
      async (frame, direction, ctx) => {
        if (frame instanceof TextFrame && frame.text === "in hand") await opened;
        ctx.push(frame, direction);
      },
      { name: "tts" },
    );
    const { send, takeDown } = await chain([station]);
    send(new TextFrame("in hand"), new TextFrame("waits"));
    await settle();
    send(new FrameProcessorPauseUrgentFrame("tts"));
    open();
    await settle();
    expect(takeDown()).toEqual(["FrameProcessorPauseUrgentFrame", "in hand"]);
    send(new FrameProcessorResumeFrame("tts"));
    await settle();
    expect(takeDown()).toEqual(["FrameProcessorResumeFrame", "waits"]);
  });

  it("an interruption queued after an urgent pause lifts it, whichever is handled first", async () => {
    const { open, opened } = gate();
    const station = new Station(
      async (frame, direction, ctx) => {
        if (frame instanceof UserStartedSpeakingFrame) await opened;
        ctx.push(frame, direction);
      },
      { name: "tts" },
    );
    const { send, takeDown } = await chain([station]);
    send(new UserStartedSpeakingFrame());
    await settle();
    send(new FrameProcessorPauseUrgentFrame("tts"), new InterruptionFrame(), new TextFrame("new"));
    open();
    await settle();
    expect(takeDown().at(-1)).toBe("new");
  });
});
