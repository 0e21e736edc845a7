import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { VADParams } from "../../../src/frames/index.ts";
import { VADController } from "../../../src/processors/index.ts";
import { VirtualClock } from "../../../src/testing/index.ts";
import { InvalidOptionError } from "../../../src/util/errors.ts";

const BLOCK_MS = 20;

function rig(params: VADParams = {}) {
  const clock = new VirtualClock();
  const told: string[] = [];
  const controller = new VADController({
    clock,
    params,
    onGap: (wasSpeaking) => told.push(wasSpeaking ? "gap in speech" : "gap"),
  });
  const hear = async (confidence: number, ms: number, volume = 0.9): Promise<void> => {
    for (let at = 0; at < ms; at += BLOCK_MS) {
      controller.audioCame();
      const change = controller.hear(confidence, volume, BLOCK_MS);
      if (change !== undefined) told.push(change);
      await clock.advance(BLOCK_MS);
    }
  };
  return { clock, controller, told, hear };
}

describe("VADController", () => {
  it("needs 200 ms of speech to begin and 200 ms of silence to end", async () => {
    const { controller, told, hear } = rig();
    await hear(1, 180);
    expect([controller.state, told]).toEqual(["starting", []]);
    await hear(1, 20);
    expect([controller.state, told]).toEqual(["speaking", ["started"]]);
    await hear(0, 180);
    expect([controller.state, controller.speaking]).toEqual(["stopping", true]);
    await hear(0, 20);
    expect([controller.state, told]).toEqual(["quiet", ["started", "stopped"]]);
  });

  it("[91] tells nothing of a transition that is taken back", async () => {
    const { told, hear } = rig();
    await hear(1, 180);
    await hear(0, 20);
    await hear(1, 180);
    expect(told).toEqual([]);
    await hear(1, 100);
    await hear(0, 180);
    await hear(1, 20);
    await hear(0, 180);
    expect(told).toEqual(["started"]);
  });

  it("counts as speech only what is confident enough and loud enough", async () => {
    const { told, hear } = rig();
    await hear(0.69, 500);
    await hear(1, 500, 0.59);
    expect(told).toEqual([]);
    await hear(0.7, 500, 0.6);
    expect(told).toEqual(["started"]);
  });

  it("[91] ends speech when the audio breaks off for a second", async () => {
    const { clock, controller, told, hear } = rig();
    await hear(1, 300);
    await clock.advance(979);
    expect(told).toEqual(["started"]);
    await clock.advance(1);
    expect([told, controller.state]).toEqual([["started", "gap in speech"], "quiet"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("[91] a gap ends the transitions too: towards silence as speech, towards speech as nothing", async () => {
    const stopping = rig();
    await stopping.hear(1, 300);
    await stopping.hear(0, 100);
    await stopping.clock.advance(1000);
    expect(stopping.told).toEqual(["started", "gap in speech"]);
    const starting = rig();
    await starting.hear(1, 100);
    await starting.clock.advance(1000);
    expect([starting.told, starting.controller.state]).toEqual([["gap"], "quiet"]);
  });

  it("[91] a gap in silence is nothing", async () => {
    const { clock, told, hear } = rig();
    await hear(0, 300);
    await clock.advance(5000);
    expect([told, clock.pendingTimers]).toEqual([[], 0]);
  });

  it("audio that keeps coming is no gap, however long one speaks", async () => {
    const { told, hear } = rig();
    await hear(1, 10_000);
    expect(told).toEqual(["started"]);
  });

  it("takes new parameters, and refuses those that make no sense without changing any", async () => {
    const { controller, told, hear } = rig();
    controller.update({ startMs: 40 });
    expect(controller.params).toEqual({ confidence: 0.7, startMs: 40, stopMs: 200, minVolume: 0.6 });
    for (const bad of [{ confidence: 1.1 }, { minVolume: -1 }, { startMs: NaN }, { stopMs: -1 }])
      expect(() => controller.update({ ...bad, startMs: bad.startMs ?? 7 })).toThrow(InvalidOptionError);

    await hear(1, 40);
    expect(told).toEqual(["started"]);
  });

  it("after close no timer is left and a gap is not told", async () => {
    const { clock, controller, told, hear } = rig();
    await hear(1, 300);
    controller.close();
    controller.close();
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(2000);
    expect(told).toEqual(["started"]);
  });

  it("beginnings and ends alternate in any sequence of speech, noise and gaps", async () => {
    const step = fc.record({
      confidence: fc.constantFrom(0, 0.5, 1),
      ms: fc.integer({ min: 1, max: 20 }).map((n) => n * BLOCK_MS),
      gapMs: fc.constantFrom(0, 0, 0, 500, 1500),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
        const { clock, controller, told, hear } = rig();
        for (const { confidence, ms, gapMs } of steps) {
          await hear(confidence, ms);
          await clock.advance(gapMs);
          const changes = told.filter((what) => what !== "gap");
          expect(changes.every((what, index) => (index % 2 === 0) === (what === "started"))).toBe(true);
          expect(controller.speaking).toBe(changes.length % 2 === 1);
        }
      }),
      { numRuns: 30 },
    );
  });
});
