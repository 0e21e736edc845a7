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
  it("begins a turn with an interruption and ends it without one, both told both ways", async () => {
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

  it("passes proposals on for those who resolve them", async () => {
    await runProcessor(new UserTurnProcessor(), [new ProposedUserStartedSpeakingFrame()], {
      expectDownstream: ["ProposedUserStartedSpeakingFrame"],
    });
  });

  it("[83] resolves proposals itself when told to: they go no further", async () => {
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
