import { describe, expect, it } from "vitest";

import {
  InterruptionFrame,
  ProposedUserStartedSpeakingFrame,
  ProposedUserStoppedSpeakingFrame,
  UserStartedSpeakingFrame,
  VADUserStartedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../../../src/frames/index.ts";
import { externalTurnStrategies, UserTurnProcessor } from "../../../src/processors/index.ts";
import { runProcessor } from "../../../src/testing/index.ts";

describe("UserTurnProcessor", () => {
  it("starts a turn with an interruption and ends it without one, both broadcast", async () => {
    const turns: string[] = [];
    const processor = new UserTurnProcessor();
    processor.on("userTurnStarted", () => turns.push("started")).on("userTurnStopped", () => turns.push("stopped"));
    const steps = [new VADUserStartedSpeakingFrame(), new VADUserStoppedSpeakingFrame()];
    const { upstream } = await runProcessor(processor, steps, {
      expectDownstream: [
        "VADUserStartedSpeakingFrame",
        "UserStartedSpeakingFrame",
        "InterruptionFrame",
        "VADUserStoppedSpeakingFrame",
        "UserStoppedSpeakingFrame",
      ],
    });
    expect(upstream.some((frame) => frame instanceof InterruptionFrame)).toBe(true);
    expect(upstream.some((frame) => frame instanceof UserStartedSpeakingFrame)).toBe(true);
    expect(turns).toEqual(["started", "stopped"]);
  });

  it("forwards proposals that no strategy resolves", async () => {
    await runProcessor(new UserTurnProcessor(), [new ProposedUserStartedSpeakingFrame()], {
      expectDownstream: ["ProposedUserStartedSpeakingFrame"],
    });
  });

  it("consumes proposals that its strategies resolve", async () => {
    const steps = [
      new ProposedUserStartedSpeakingFrame(),
      { waitMs: 100 },
      new ProposedUserStoppedSpeakingFrame(),
      { waitMs: 600 },
    ];
    await runProcessor(new UserTurnProcessor({ strategies: externalTurnStrategies() }), steps, {
      expectDownstream: ["UserStartedSpeakingFrame", "InterruptionFrame", "UserStoppedSpeakingFrame"],
      expectUpstream: ["UserStartedSpeakingFrame", "InterruptionFrame", "UserStoppedSpeakingFrame"],
    });
  });
});
