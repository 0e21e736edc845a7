import { describe, expect, it } from "vitest";

import {
  EndFrame,
  FilterEnableFrame,
  FilterUpdateSettingsFrame,
  InputAudioRawFrame,
  InputImageRawFrame,
  InputTransportStartAudioStreamingFrame,
  StopFrame,
  TextFrame,
  UserAudioRawFrame,
  UserImageRequestFrame,
  type Frame,
  type FrameDirection,
} from "../../../src/frames/index.ts";
import { FrameProcessor, Pipeline, PipelineTask, type ProcessContext } from "../../../src/pipeline/index.ts";
import { settle, VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { BaseInputTransport } from "../../../src/transport/base/base-input-transport.ts";
import { parseTransportParams, type TransportParamsInput } from "../../../src/transport/base/transport-params.ts";
import { deferred } from "../../../src/util/deadline.ts";
import { chain, startFrame } from "../../pipeline/harness.ts";
import { Collector, pcm, TestLogger } from "../frames.ts";
import { TestFilter } from "./test-stages.ts";

class TestInput extends BaseInputTransport {
  readonly order: string[] = [];
  readonly imageRequests: UserImageRequestFrame[] = [];
  takesPictures = false;

  hear(durationMs = 20, level = 1000): void {
    this.pushAudio(new UserAudioRawFrame({ audio: pcm(durationMs, 16_000, level), sampleRate: 16_000, userId: "u1" }));
  }

  see(): void {
    this.pushVideo(new InputImageRawFrame({ image: new Uint8Array(3), width: 1, height: 1 }));
  }

  protected override start(): Promise<void> {
    this.order.push("start");
    // Capture may begin here, so the StartFrame must have been pushed already.
    this.hear();
    return Promise.resolve();
  }

  protected override stop(): Promise<void> {
    this.order.push("stop");
    return Promise.resolve();
  }

  protected override cancel(): Promise<void> {
    this.order.push("cancel");
    return Promise.reject(new Error("cancel failed"));
  }

  protected override requestImage(frame: UserImageRequestFrame): void | Promise<void> {
    if (!this.takesPictures) return super.requestImage(frame);
    this.imageRequests.push(frame);
  }
}

/** Takes no audio while its gate is closed, like a service that reconnects. */
class Stall extends FrameProcessor {
  gate: Promise<void> | undefined;

  override async process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): Promise<void> {
    if (frame instanceof InputAudioRawFrame) await this.gate;
    ctx.push(frame, direction);
  }
}

async function startInput(params: TransportParamsInput = {}) {
  const clock = new VirtualClock();
  const logger = new TestLogger();
  const input = new TestInput(parseTransportParams({ audioInEnabled: true, ...params }));
  const upstream = new Collector(clock, "upstream");
  const stall = new Stall();
  const downstream = new Collector(clock, "downstream");
  const task = new PipelineTask(new Pipeline([upstream, input, stall, downstream]), { clock, logger });
  task.run().catch(() => undefined);
  await clock.advance(0);
  const reported: string[] = [];
  task.on("error", ({ error }) => reported.push(error.message));
  const send = async (frame: Frame, direction?: FrameDirection): Promise<void> => {
    task.queueFrame(frame, direction);
    await clock.advance(0);
  };
  const hear = async (durationMs?: number, level?: number): Promise<void> => {
    input.hear(durationMs, level);
    await clock.advance(0);
  };
  /** The first sample of each audio frame that was received, except for the first frame, which the start pushes. */
  const levels = (): (number | undefined)[] =>
    downstream
      .of(InputAudioRawFrame)
      .slice(1)
      .map(({ audio }) => audio[0]);
  const errors = (): string[] => reported;
  return { clock, logger, input, upstream, stall, downstream, task, send, hear, levels, errors };
}

function otherAudio(): InputAudioRawFrame {
  return new InputAudioRawFrame({ audio: pcm(20, 16_000), sampleRate: 16_000 });
}

describe("start, pause and end of input", () => {
  it("pushes the StartFrame before it starts", async () => {
    const { downstream } = await startInput();
    expect(downstream.kinds()).toEqual(["StartFrame", "UserAudioRawFrame"]);
  });

  it("passes audio on only after startAudioIn() where audioInStreamOnStart is false", async () => {
    const { input, downstream, hear } = await startInput({ audioInStreamOnStart: false });
    expect(input.droppedAudioFrames).toBe(1);
    input.startAudioIn();
    await hear();
    expect(downstream.kinds()).toEqual(["StartFrame", "UserAudioRawFrame"]);
  });

  it.each(["downstream", "upstream"] as const)(
    "an InputTransportStartAudioStreamingFrame from %s starts the capture",
    async (direction) => {
      const { downstream, send, hear } = await startInput({ audioInStreamOnStart: false });
      await hear();
      await send(new InputTransportStartAudioStreamingFrame(), direction);
      await hear();
      expect(downstream.of(UserAudioRawFrame)).toHaveLength(1);
    },
  );

  it("a StopFrame pauses the media, and the next StartFrame resumes it", async () => {
    const input = new TestInput(parseTransportParams({ audioInEnabled: true, videoInEnabled: true }));
    const { down, send, takeDown } = await chain([input]);
    await settle();
    send(new StopFrame());
    await settle();
    expect(takeDown()).toEqual(["StopFrame"]);
    input.hear();
    input.see();
    await settle();
    expect(down).toEqual([]);
    expect(input.droppedAudioFrames).toBe(1);
    send(startFrame());
    await settle();
    input.see();
    input.hear();
    await settle();
    expect(input.order).toEqual(["start", "start"]);
    expect(takeDown()).toEqual(["StartFrame", "UserAudioRawFrame", "InputImageRawFrame", "UserAudioRawFrame"]);
    await input.cleanup();
  });

  it("pauses and resumes by method call, and drops what waited at the pause", async () => {
    const { clock, input, stall, downstream, hear } = await startInput();
    const { promise, resolve } = deferred<undefined>();
    stall.gate = promise;
    for (let block = 0; block < 40; block++) await hear();
    expect(input.queuedAudioMs).toBeGreaterThan(0);
    input.pauseMedia();
    expect(input.queuedAudioMs).toBe(0);
    stall.gate = undefined;
    resolve(undefined);
    await hear();
    input.resumeMedia();
    await clock.advance(1000);
    await hear(20, 7);
    const last = downstream.of(UserAudioRawFrame);
    expect(last.at(-1)?.audio[0]).toBe(7);
    expect(last.length).toBeLessThan(20);
    expect(input.droppedAudioFrames).toBe(1);
  });

  it("does not resume after the end", async () => {
    const { input, downstream, send, hear } = await startInput();
    await send(new EndFrame());
    input.pauseMedia();
    input.resumeMedia();
    await hear();
    expect(downstream.of(UserAudioRawFrame)).toHaveLength(1);
  });

  it("pushes the EndFrame on before the transport stops, and no audio after it", async () => {
    const { input, downstream, send } = await startInput();
    await send(new EndFrame());
    input.hear();
    expect(input.order).toEqual(["start", "stop"]);
    expect(downstream.kinds()).toEqual(["StartFrame", "UserAudioRawFrame", "EndFrame"]);
  });

  it("pushes the CancelFrame on even when the release fails, and leaves no timer", async () => {
    const { clock, input, stall, downstream, task, hear, errors } = await startInput();
    stall.gate = deferred<undefined>().promise;
    for (let block = 0; block < 40; block++) await hear();
    task.cancel();
    await clock.advance(2000);
    await expect(task.run()).resolves.toMatchObject({ outcome: "cancelled" });
    expect(input.order).toEqual(["start", "cancel"]);
    expect(downstream.kinds()).toContain("CancelFrame");
    expect(errors()).toContain("cancel failed");
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("captured audio", () => {
  it.each(["downstream", "upstream"] as const)(
    "audio that another processor pushes %s takes the same path",
    async (direction) => {
      const closed = await startInput({ audioInPassthrough: false });
      await closed.send(otherAudio(), direction);
      expect(closed.downstream.kinds()).toEqual(["StartFrame"]);
      const open = await startInput();
      await open.send(otherAudio(), direction);
      expect(open.downstream.of(InputAudioRawFrame)).toHaveLength(2);
      expect(open.upstream.of(InputAudioRawFrame)).toHaveLength(0);
    },
  );

  it("queues at most two seconds while the next processor is behind, then drops the oldest, counts it and warns once", async () => {
    const { clock, logger, input, stall, hear, levels } = await startInput();
    const { promise, resolve } = deferred<undefined>();
    const timersBefore = clock.pendingTimers;
    stall.gate = promise;
    for (let block = 1; block <= 300; block++) {
      await hear(20, block);
      await clock.advance(20);
    }
    // The next processor has one frame in hand and 200 ms queued; the rest would be 6 s.
    expect(input.queuedAudioMs).toBe(2000);
    expect(input.stats).toMatchObject({ queuedAudioMs: 2000, droppedAudioFrames: 300 - 11 - 100 });
    expect(logger.warnings().filter((line) => line.includes("drops what users say"))).toHaveLength(1);
    stall.gate = undefined;
    resolve(undefined);
    await clock.advance(1000);
    expect(levels().slice(0, 11)).toEqual(Array.from({ length: 11 }, (_, index) => index + 1));
    expect(levels().slice(11)).toEqual(Array.from({ length: 100 }, (_, index) => index + 201));
    expect(input.queuedAudioMs).toBe(0);
    expect(clock.pendingTimers).toBe(timersBefore);
  });

  it("passes on within 60 ms what a sender makes up for after a stall of 500 ms", async () => {
    const { clock, input, downstream } = await startInput();
    for (let block = 0; block < 50; block++) input.hear(10);
    await clock.advance(60);
    expect(downstream.of(UserAudioRawFrame)).toHaveLength(51);
    expect(input.stats).toMatchObject({ queuedAudioMs: 0, droppedAudioFrames: 0 });
  });

  it("loses and delays nothing when the next processor keeps up, whatever the size of the blocks", async () => {
    const { input, downstream, hear } = await startInput();
    for (const ms of [10, 500, 3000, 20, 20]) await hear(ms);
    expect(downstream.of(UserAudioRawFrame)).toHaveLength(6);
    expect(input.droppedAudioFrames).toBe(0);
  });
});

describe("the input filter", () => {
  it("starts with the rate before the capture, and gets all audio first", async () => {
    const filter = new TestFilter();
    const { downstream, send, hear, task, clock } = await startInput({ audioInFilter: filter });
    expect(filter.starts).toEqual([16_000]);
    await hear(20, 100);
    const [, heard] = downstream.of(UserAudioRawFrame);
    expect(heard?.audio[0]).toBe(200);
    expect(heard?.userId).toBe("u1");
    await send(new EndFrame());
    await clock.advance(0);
    await task.run();
    expect(filter.stops).toBe(1);
  });

  it("does not write into the frame, and may hold its audio back for a while", async () => {
    const filter = new TestFilter();
    const { downstream, hear } = await startInput({ audioInFilter: filter });
    filter.gathers = true;
    await hear(20, 100);
    expect(downstream.of(UserAudioRawFrame)).toHaveLength(1);
    await hear(20, 150);
    const gathered = downstream.of(UserAudioRawFrame)[1];
    expect([gathered?.durationMs, gathered?.audio[0], gathered?.audio.at(-1)]).toEqual([40, 200, 300]);
  });

  it("is configured and switched by frames, which are not passed on", async () => {
    const filter = new TestFilter();
    const { downstream, send, hear, levels } = await startInput({ audioInFilter: filter });
    await send(new FilterUpdateSettingsFrame({ gain: 5 }));
    await hear(20, 100);
    await send(new FilterEnableFrame(false));
    await hear(20, 100);
    expect(levels()).toEqual([500, 100]);
    expect(downstream.kinds().filter((kind) => kind.startsWith("Filter"))).toEqual([]);
    const without = await startInput();
    await without.send(new FilterEnableFrame(false));
    expect(without.downstream.of(FilterEnableFrame)).toHaveLength(1);
  });

  it("is bypassed from its first failure on, which is reported once", async () => {
    const filter = new TestFilter();
    const { hear, levels, errors } = await startInput({ audioInFilter: filter });
    await hear(20, 100);
    filter.failure = new Error("model gone");
    for (let block = 0; block < 5; block++) await hear(20, 100);
    expect(levels()).toEqual([200, 100, 100, 100, 100, 100]);
    expect(errors()).toEqual(["audioInFilter: it failed and is left out from now on (model gone)."]);
  });

  it("leaves audio of another format alone", async () => {
    const { downstream, send } = await startInput({ audioInFilter: new TestFilter() });
    const frame = new InputAudioRawFrame({ audio: pcm(20, 8000), sampleRate: 8000 });
    await send(frame);
    expect(downstream.of(InputAudioRawFrame)).toContain(frame);
  });
});

describe("pictures of users", () => {
  it("are passed on at once when video is enabled, and not otherwise", async () => {
    for (const videoInEnabled of [true, false]) {
      const { clock, input, downstream } = await startInput({ videoInEnabled });
      input.see();
      await clock.advance(0);
      expect(downstream.of(InputImageRawFrame)).toHaveLength(videoInEnabled ? 1 : 0);
    }
  });

  it("are requested from down the pipeline; a transport that takes none logs a warning", async () => {
    const { input, upstream, logger, send } = await startInput();
    const request = new UserImageRequestFrame({ userId: "u1" });
    await send(request, "upstream");
    expect(logger.warnings()).toEqual([expect.stringContaining("cannot take pictures")]);
    input.takesPictures = true;
    await send(request, "upstream");
    expect(input.imageRequests).toEqual([request]);
    expect(upstream.of(UserImageRequestFrame)).toEqual([]);
    await send(new TextFrame("other frames pass"), "upstream");
    expect(upstream.of(TextFrame)).toHaveLength(1);
  });
});
