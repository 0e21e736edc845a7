import { describe, expect, it } from "vitest";

import {
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  type Frame,
  FunctionCallCancelFrame,
  FunctionCallResultFrame,
  FunctionCallsStartedFrame,
  LLMContext,
  LLMContextFrame,
  UserIdleTimeoutUpdateFrame,
  UserStartedSpeakingFrame,
  UserStoppedSpeakingFrame,
} from "../../../src/frames/index.ts";
import { UserIdleController, UserIdleProcessor } from "../../../src/processors/index.ts";
import { runProcessor, VirtualClock } from "../../../src/testing/index.ts";
import { InvalidOptionError } from "../../../src/util/errors.ts";

const botStarts = (): Frame => new BotStartedSpeakingFrame();
const botStops = (): Frame => new BotStoppedSpeakingFrame();
const userStarts = (): Frame => new UserStartedSpeakingFrame();
const userStops = (): Frame => new UserStoppedSpeakingFrame();
const update = (timeoutMs: number): Frame => new UserIdleTimeoutUpdateFrame(timeoutMs);
const call = { functionName: "f", toolCallId: "a", arguments: {} };
const callStarts = (): Frame => new FunctionCallsStartedFrame([call]);

function rig(timeoutMs = 1000) {
  const clock = new VirtualClock();
  let idle = 0;
  const controller = new UserIdleController(timeoutMs, () => ++idle);
  controller.setup(clock);
  const hear = (...frames: Frame[]): void => {
    for (const frame of frames) controller.hear(frame);
  };
  /** How often the user was found idle in this time. */
  const within = async (ms: number): Promise<number> => {
    const before = idle;
    await clock.advance(ms);
    return idle - before;
  };
  return { clock, controller, hear, within };
}

describe("the idle timer", () => {
  it("does not run before the bot has spoken", async () => {
    const { within, hear } = rig();
    expect(await within(60_000)).toBe(0);
    hear(botStarts());
    expect(await within(60_000)).toBe(0);
  });

  it("runs when the bot has stopped, and ends once", async () => {
    const { within, hear } = rig();
    hear(botStarts(), botStops());
    expect(await within(999)).toBe(0);
    expect(await within(1)).toBe(1);
    expect(await within(60_000)).toBe(0);
    hear(botStarts(), botStops());
    expect(await within(1000)).toBe(1);
  });

  it("is stopped by the user's turn, and does not run while the model answers", async () => {
    const { within, hear } = rig();
    hear(botStops(), userStarts());
    expect(await within(60_000)).toBe(0);
    hear(userStops(), new LLMContextFrame(new LLMContext()));
    expect(await within(60_000)).toBe(0);
  });

  it("starts again after a turn that does not run the model: a cough", async () => {
    const { within, hear } = rig();
    hear(botStarts(), userStarts(), botStops(), userStops());
    expect(await within(999)).toBe(0);
    expect(await within(1)).toBe(1);
    expect(await within(60_000)).toBe(0);
    hear(userStarts(), userStops());
    expect(await within(1000)).toBe(1);
  });

  it("does not mistake the commit after the bot's speech for a run of the model", async () => {
    const { within, hear } = rig();
    hear(botStarts(), botStops(), new LLMContextFrame(new LLMContext()));
    expect(await within(1000)).toBe(1);
  });

  it("does not start while the bot speaks over the end of the user's turn", async () => {
    const { within, hear } = rig();
    hear(userStarts(), botStarts(), userStops());
    expect(await within(60_000)).toBe(0);
  });

  it("is stopped by the bot's speech", async () => {
    const { within, hear } = rig();
    hear(botStops());
    await within(900);
    hear(botStarts());
    expect(await within(60_000)).toBe(0);
  });

  it("is not started by a bot that stops because the user barged in", async () => {
    const { within, hear } = rig();
    hear(botStarts(), userStarts(), botStops());
    expect(await within(60_000)).toBe(0);
  });

  it("does not run during a function call, and starts over after it", async () => {
    for (const over of [new FunctionCallResultFrame(call, 1), new FunctionCallCancelFrame(call)]) {
      const { within, hear } = rig();
      hear(botStops());
      await within(900);
      hear(callStarts());
      expect(await within(60_000)).toBe(0);
      hear(over);
      expect(await within(999)).toBe(0);
      expect(await within(1)).toBe(1);
    }
  });

  it("does not start after a function call when the user or the bot speaks meanwhile", async () => {
    const { within, hear } = rig();
    hear(botStops(), callStarts(), botStarts(), new FunctionCallResultFrame(call, 1));
    expect(await within(60_000)).toBe(0);
  });

  it("can be changed, off and on: it then restarts, if the user is expected to speak", async () => {
    const { within, hear } = rig();
    hear(botStops());
    await within(900);
    hear(update(5000));
    expect(await within(4999)).toBe(0);
    expect(await within(1)).toBe(1);
    hear(botStops(), update(0));
    expect(await within(60_000)).toBe(0);
    hear(update(1000));
    expect(await within(1000)).toBe(1);
  });

  it("is not started by a change unless the user is expected to speak", async () => {
    for (const before of [[], [botStops(), botStarts()], [botStops(), userStarts()], [botStops(), callStarts()]]) {
      const { within, hear } = rig();
      hear(...before, update(500));
      expect(await within(60_000)).toBe(0);
    }
  });

  it("is not restarted by a change after it has fired", async () => {
    const { within, hear } = rig();
    hear(botStops());
    expect(await within(1000)).toBe(1);
    hear(update(500));
    expect(await within(60_000)).toBe(0);
  });

  it("rejects an invalid timeout, and keeps the old one", async () => {
    expect(() => rig(-1)).toThrow(InvalidOptionError);
    const { within, hear } = rig();
    expect(() => hear(update(NaN))).toThrow(InvalidOptionError);
    hear(botStops());
    expect(await within(1000)).toBe(1);
  });
});

describe("UserIdleProcessor", () => {
  it("reports an idle user, forwards everything and leaves no timer", async () => {
    const processor = new UserIdleProcessor({ timeoutMs: 1000 });
    const clock = new VirtualClock();
    let idle = 0;
    processor.on("userIdle", () => ++idle);
    const steps = [botStarts(), botStops(), { waitMs: 1500 }, botStarts(), botStops()];
    await runProcessor(processor, steps, {
      clock,
      expectDownstream: steps.flatMap((step) => ("kind" in step ? [step.kind] : [])),
    });
    expect([idle, clock.pendingTimers]).toEqual([1, 0]);
  });
});
