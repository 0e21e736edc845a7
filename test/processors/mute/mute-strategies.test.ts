import { describe, expect, it } from "vitest";

import {
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  EndFrame,
  ErrorFrame,
  type Frame,
  FunctionCallCancelFrame,
  FunctionCallResultFrame,
  FunctionCallsStartedFrame,
  InterruptionFrame,
  LLMContextAssistantTurnFrame,
  TextFrame,
  VADUserStartedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../../../src/frames/index.ts";
import {
  AlwaysMuteStrategy,
  FirstSpeechMuteStrategy,
  FunctionCallMuteStrategy,
  UntilFirstBotTurnMuteStrategy,
  type UserMuteStrategy,
} from "../../../src/processors/index.ts";
import { UserMuteController } from "../../../src/processors/mute/user-mute-controller.ts";
import { VirtualClock } from "../../../src/testing/index.ts";

const botStarts = (): Frame => new BotStartedSpeakingFrame();
const botStops = (): Frame => new BotStoppedSpeakingFrame();

function rig(...strategies: UserMuteStrategy[]) {
  const clock = new VirtualClock();
  const changes: boolean[] = [];
  const controller = new UserMuteController(strategies, (muted) => changes.push(muted));
  const start = (): void => controller.start(clock);
  const hear = (...frames: Frame[]): boolean[] => frames.map((frame) => controller.observeAndAdmit(frame));
  return { clock, controller, changes, start, hear };
}

describe("mute strategies", () => {
  it("first speech: from the first word of the bot to the last of that utterance, once", () => {
    const { changes, start, hear } = rig(new FirstSpeechMuteStrategy());
    start();
    expect(changes).toEqual([]);
    hear(botStarts(), botStops(), botStarts(), botStops());
    expect(changes).toEqual([true, false]);
  });

  it("until the first bot turn is complete: from the start, once", () => {
    const { changes, start, hear } = rig(new UntilFirstBotTurnMuteStrategy());
    start();
    expect(changes).toEqual([true]);
    hear(botStarts(), botStops(), botStarts(), botStops());
    expect(changes).toEqual([true, false]);
  });

  it("a failed opening line does not mute forever: the user is heard after 20 s, or the given timeout", async () => {
    const { clock, changes, start } = rig(new UntilFirstBotTurnMuteStrategy());
    start();
    await clock.advance(19_999);
    expect(changes).toEqual([true]);
    await clock.advance(1);
    expect(changes).toEqual([true, false]);
    const waiting = rig(new UntilFirstBotTurnMuteStrategy({ timeoutMs: 0 }));
    waiting.start();
    await waiting.clock.advance(3_600_000);
    expect(waiting.changes).toEqual([true]);
  });

  it("an opening line that fails unmutes the user at once", () => {
    const failures = [
      new ErrorFrame(new Error("no voice")),
      new LLMContextAssistantTurnFrame({ text: "", timestampMs: 0 }),
    ];
    for (const failure of failures) {
      const { clock, changes, start, hear } = rig(new UntilFirstBotTurnMuteStrategy());
      start();
      expect([hear(failure), changes]).toEqual([[true], [true, false]]);
      expect(clock.pendingTimers).toBe(0);
    }
  });

  it("an opening line that continues, or whose function is still running, has not failed", () => {
    const { changes, start, hear } = rig(new UntilFirstBotTurnMuteStrategy());
    const call = { functionName: "f", toolCallId: "a", arguments: {} };
    start();
    hear(new FunctionCallsStartedFrame([call]), new LLMContextAssistantTurnFrame({ text: "", timestampMs: 0 }));
    hear(new FunctionCallResultFrame(call, 1), botStarts(), new ErrorFrame(new Error("of the camera")));
    expect(changes).toEqual([true]);
    hear(botStops());
    expect(changes).toEqual([true, false]);
  });

  it("the timeout does not cut a long opening line", async () => {
    const { clock, changes, start, hear } = rig(new UntilFirstBotTurnMuteStrategy());
    start();
    hear(botStarts());
    await clock.advance(120_000);
    expect(changes).toEqual([true]);
  });

  it("always: while the bot speaks", () => {
    const { changes, start, hear } = rig(new AlwaysMuteStrategy());
    start();
    hear(botStarts(), botStops(), botStarts(), botStops());
    expect(changes).toEqual([true, false, true, false]);
  });

  it("function calls: until each has its result or is cancelled", () => {
    const call = (toolCallId: string) => ({ functionName: "f", toolCallId, arguments: {} });
    const { changes, start, hear } = rig(new FunctionCallMuteStrategy());
    start();
    hear(new FunctionCallsStartedFrame([call("a"), call("b")]), new FunctionCallResultFrame(call("a"), 1));
    expect(changes).toEqual([true]);
    hear(new FunctionCallResultFrame(call("b"), "half", { isFinal: false }));
    expect(changes).toEqual([true]);
    hear(new FunctionCallCancelFrame(call("b")));
    expect(changes).toEqual([true, false]);
  });

  it("several: muted while any of them is muted", () => {
    const { changes, start, hear } = rig(new UntilFirstBotTurnMuteStrategy(), new AlwaysMuteStrategy());
    start();
    hear(botStarts(), botStops());
    expect(changes).toEqual([true, false]);
  });
});

describe("a mute decision", () => {
  /** Muted from its first frame of the given kind on. */
  class MuteOn implements UserMuteStrategy {
    readonly heard: string[] = [];
    muted = false;
    readonly #kind: string;

    constructor(kind: string) {
      this.#kind = kind;
    }

    hear(frame: Frame): void {
      this.heard.push(frame.kind);
      this.muted ||= frame.kind === this.#kind;
    }
  }

  it("applies to the frame that causes it", () => {
    const { start, hear } = rig(new MuteOn("InterruptionFrame"));
    start();
    expect(hear(new TextFrame("x"), new InterruptionFrame(), new TextFrame("x"))).toEqual([true, false, true]);
  });

  it("is not reported before the start, but then at once", () => {
    const { changes, start, hear } = rig(new AlwaysMuteStrategy());
    hear(botStarts());
    expect(changes).toEqual([]);
    start();
    start();
    expect(changes).toEqual([true]);
  });

  it("is not made for lifecycle frames", () => {
    const strategy = new MuteOn("EndFrame");
    const { start, hear } = rig(strategy);
    start();
    expect(hear(new EndFrame())).toEqual([true]);
    expect(strategy.heard).toEqual([]);
  });

  it("lets the end of speech pass only if its start has passed", () => {
    const { start, hear } = rig(new AlwaysMuteStrategy());
    start();
    const [begin, end] = [new VADUserStartedSpeakingFrame(), new VADUserStoppedSpeakingFrame()];
    expect(hear(begin, botStarts(), end, begin, end)).toEqual([true, true, true, false, false]);
  });

  it("is not reported after close, and leaves no timer", async () => {
    const { clock, controller, changes, start, hear } = rig(new UntilFirstBotTurnMuteStrategy());
    start();
    controller.close();
    controller.close();
    hear(botStarts(), botStops());
    expect([changes, clock.pendingTimers]).toEqual([[true], 0]);
  });
});
