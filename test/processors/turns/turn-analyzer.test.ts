import { describe, expect, it } from "vitest";

import {
  EagerStopStrategy,
  InferenceCompletedStopStrategy,
  type TurnAnalyzer,
  TurnAnalyzerStopStrategy,
  UserTurnProcessor,
  VADStartStrategy,
} from "../../../src/processors/index.ts";
import { runProcessor, settle } from "../../../src/testing/index.ts";
import { block } from "../audio-blocks.ts";
import { said, sttTakes, turnRig, vadStart, vadStop } from "./turn-rig.ts";

class ScriptedTurnAnalyzer implements TurnAnalyzer {
  readonly listened: boolean[] = [];
  readonly signals: AbortSignal[] = [];
  resets = 0;
  closed = 0;
  verdict: () => Promise<"complete" | "incomplete"> = () => Promise.resolve("complete");

  listen(_frame: unknown, speaking: boolean): void {
    this.listened.push(speaking);
  }

  analyze(signal: AbortSignal): Promise<"complete" | "incomplete"> {
    this.signals.push(signal);
    return this.verdict();
  }

  reset(): void {
    this.resets++;
  }

  close(): void {
    this.closed++;
  }
}

function rig() {
  const analyzer = new ScriptedTurnAnalyzer();
  const stop = new TurnAnalyzerStopStrategy({ analyzer });
  return { analyzer, ...turnRig({ start: [new VADStartStrategy()], stop: [stop] }) };
}

describe("TurnAnalyzerStopStrategy", () => {
  it("ends a complete turn with its transcript, without waiting for silence", async () => {
    const { hear, take } = rig();
    hear(sttTakes(1000), vadStart(), vadStop());
    await settle();
    expect(take()).toEqual(["start"]);
    hear(said("all of it", true));
    expect(take()).toEqual(["infer", "stop"]);
  });

  it("ends an incomplete turn when the silence has lasted 3 s", async () => {
    const { analyzer, clock, hear, take } = rig();
    analyzer.verdict = () => Promise.resolve("incomplete");
    hear(vadStart(), vadStop(), said("I would", true));
    await clock.advance(2999);
    expect(take()).toEqual(["start"]);
    await clock.advance(1);
    expect(take()).toEqual(["infer", "stop"]);
  });

  it("aborts and ignores an analysis when the user speaks again", async () => {
    const { analyzer, clock, hear, take } = rig();
    const { promise, resolve } = Promise.withResolvers<"complete">();
    analyzer.verdict = () => promise;
    hear(vadStart(), vadStop(), said("one", true), vadStart());
    expect(analyzer.signals[0]?.aborted).toBe(true);
    resolve("complete");
    await clock.advance(10_000);
    analyzer.verdict = () => Promise.resolve("incomplete");
    hear(vadStop(), said("two", true));
    await clock.advance(2999);
    expect(take()).toEqual(["start"]);
  });

  it("counts the turn as complete, and logs it, when the analysis fails or takes longer than a second", async () => {
    const hanging = rig();
    hanging.analyzer.verdict = () => new Promise(() => undefined);
    hanging.hear(vadStart(), vadStop(), said("one", true));
    await hanging.clock.advance(999);
    expect(hanging.take()).toEqual(["start"]);
    await hanging.clock.advance(1);
    expect(hanging.take()).toEqual(["infer", "stop"]);
    const failing = rig();
    failing.analyzer.verdict = () => Promise.reject(new Error("broken model."));
    failing.hear(vadStart(), vadStop(), said("one", true));
    await settle();
    expect(failing.take()).toEqual(["start", "infer", "stop"]);
    expect(failing.log.lines.join()).toContain("broken model.");
  });

  it("passes all audio to the analyzer, with whether the user speaks, and resets it at the end of a turn", async () => {
    const { analyzer, controller, hear } = rig();
    hear(block(0), vadStart(), block(1), vadStop(), block(0), said("one", true));
    await settle();
    expect(analyzer.listened).toEqual([false, true, false]);
    expect(analyzer.resets).toBe(1);
    controller.close();
    expect(analyzer.closed).toBe(1);
  });

  it("prepares the analyzer before the first frame, and a failure fails the setup, behind other strategies too", async () => {
    const analyzer = new ScriptedTurnAnalyzer();
    let prepared = 0;
    Object.assign(analyzer, {
      prepare: async () => {
        prepared++;
        if (prepared > 1) throw new Error("no model.");
      },
    });
    const inner = new TurnAnalyzerStopStrategy({ analyzer });
    await turnRig({ start: [], stop: [inner] }).controller.prepare();
    expect(prepared).toBe(1);
    for (const outer of [new InferenceCompletedStopStrategy(inner), new EagerStopStrategy({ inner })])
      await expect(turnRig({ start: [], stop: [outer] }).controller.prepare()).rejects.toThrow("no model.");
    const setup = runProcessor(new UserTurnProcessor({ strategies: { start: [], stop: [inner] } }), []);
    await expect(setup).rejects.toThrow("no model.");
  });
});
