import { describe, expect, it } from "vitest";

import { EndFrame, InputAudioRawFrame, StopFrame, UserAudioRawFrame } from "../../../src/frames/index.ts";
import { Pipeline, PipelineTask } from "../../../src/pipeline/index.ts";
import { BaseInputTransport } from "../../../src/transport/base/base-input-transport.ts";
import { parseTransportParams, type TransportParamsInput } from "../../../src/transport/base/transport-params.ts";
import { Collector, pcm, TestLogger } from "../frames.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";

class TestInput extends BaseInputTransport {
  readonly order: string[] = [];

  hear(): void {
    this.pushAudio(new UserAudioRawFrame({ audio: pcm(20, 16_000), sampleRate: 16_000, userId: "u1" }));
  }

  protected override start(): Promise<void> {
    this.order.push("start");
    // Capture may begin in here, so the StartFrame has to be on its way already.
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
}

async function startInput(params: TransportParamsInput = {}) {
  const clock = new VirtualClock();
  const input = new TestInput(parseTransportParams({ audioInEnabled: true, ...params }));
  const downstream = new Collector(clock, "downstream");
  const task = new PipelineTask(new Pipeline([input, downstream]), { clock, logger: new TestLogger() });
  task.run().catch(() => undefined);
  await clock.advance(0);
  return { clock, input, downstream, task };
}

describe("BaseInputTransport", () => {
  it("pushes the StartFrame before it starts", async () => {
    const { downstream } = await startInput();
    expect(downstream.kinds()).toEqual(["StartFrame", "UserAudioRawFrame"]);
  });

  it("[61] audio from another processor goes the way of captured audio", async () => {
    const { clock, downstream, task } = await startInput({ audioInPassthrough: false });
    task.queueFrame(new InputAudioRawFrame({ audio: pcm(20, 16_000), sampleRate: 16_000 }));
    await clock.advance(0);
    expect(downstream.kinds()).toEqual(["StartFrame"]);
    const open = await startInput();
    open.task.queueFrame(new InputAudioRawFrame({ audio: pcm(20, 16_000), sampleRate: 16_000 }));
    await open.clock.advance(0);
    expect(open.downstream.kinds()).toContain("InputAudioRawFrame");
  });

  it("[62] passes audio on only once asked to, where it does not stream from the start", async () => {
    const { clock, input, downstream } = await startInput({ audioInStreamOnStart: false });
    expect(input.droppedAudioFrames).toBe(1);
    input.startAudioIn();
    input.hear();
    await clock.advance(0);
    expect(downstream.kinds()).toEqual(["StartFrame", "UserAudioRawFrame"]);
  });

  it("[63] a StopFrame pauses the media", async () => {
    const { clock, input, downstream, task } = await startInput();
    task.queueFrame(new StopFrame());
    await clock.advance(0);
    input.hear();
    await clock.advance(0);
    expect(downstream.of(UserAudioRawFrame)).toHaveLength(1);
    expect(input.droppedAudioFrames).toBe(1);
  });

  it("the EndFrame goes on before the transport stops, and nothing is heard after it", async () => {
    const { clock, input, downstream, task } = await startInput();
    task.queueFrame(new EndFrame());
    await clock.advance(0);
    input.hear();
    expect(input.order).toEqual(["start", "stop"]);
    expect(downstream.kinds()).toEqual(["StartFrame", "UserAudioRawFrame", "EndFrame"]);
  });

  it("cancel passes on even when letting go fails", async () => {
    const { clock, input, downstream, task } = await startInput();
    task.cancel();
    await clock.advance(0);
    await expect(task.run()).resolves.toMatchObject({ outcome: "cancelled" });
    expect(input.order).toEqual(["start", "cancel"]);
    expect(downstream.kinds()).toContain("CancelFrame");
  });
});
