import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { VADParams } from "../../../src/frames/index.ts";
import { VADController } from "../../../src/processors/index.ts";
import { VirtualClock } from "../../../src/testing/index.ts";
import { InvalidOptionError } from "../../../src/util/errors.ts";

const BLOCK_MS = 20;

function rig(params: VADParams = {}) {
  const clock = new VirtualClock();
  const reported: string[] = [];
  const controller = new VADController({
    clock,
    params,
    onGap: (wasSpeaking) => reported.push(wasSpeaking ? "gap in speech" : "gap"),
  });
  const hear = async (confidence: number, ms: number, volume = 0.9): Promise<void> => {
    for (let at = 0; at < ms; at += BLOCK_MS) {
      controller.noteAudio();
      const change = controller.hear(confidence, volume, BLOCK_MS);
      if (change !== undefined) reported.push(change);
      await clock.advance(BLOCK_MS);
    }
  };
  return { clock, controller, reported, hear };
}

describe("VADController", () => {
  it("starts speech after 200 ms and ends it after 200 ms of silence", async () => {
    const { controller, reported, hear } = rig();
    await hear(1, 180);
    expect([controller.state, reported]).toEqual(["starting", []]);
    await hear(1, 20);
    expect([controller.state, reported]).toEqual(["speaking", ["started"]]);
    await hear(0, 180);
    expect([controller.state, controller.speaking]).toEqual(["stopping", true]);
    await hear(0, 20);
    expect([controller.state, reported]).toEqual(["quiet", ["started", "stopped"]]);
  });

  it("reports nothing for a transition that is taken back", async () => {
    const { reported, hear } = rig();
    await hear(1, 180);
    await hear(0, 20);
    await hear(1, 180);
    expect(reported).toEqual([]);
    await hear(1, 100);
    await hear(0, 180);
    await hear(1, 20);
    await hear(0, 180);
    expect(reported).toEqual(["started"]);
  });

  it("counts audio as speech only if it is confident and loud enough", async () => {
    const { reported, hear } = rig();
    await hear(0.69, 500);
    await hear(1, 500, 0.59);
    expect(reported).toEqual([]);
    await hear(0.7, 500, 0.6);
    expect(reported).toEqual(["started"]);
  });

  it("ends speech when no audio arrives for a second", async () => {
    const { clock, controller, reported, hear } = rig();
    await hear(1, 300);
    await clock.advance(979);
    expect(reported).toEqual(["started"]);
    await clock.advance(1);
    expect([reported, controller.state]).toEqual([["started", "gap in speech"], "quiet"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("ends transitions at a gap too: a stop ends speech, a start is dropped", async () => {
    const stopping = rig();
    await stopping.hear(1, 300);
    await stopping.hear(0, 100);
    await stopping.clock.advance(1000);
    expect(stopping.reported).toEqual(["started", "gap in speech"]);
    const starting = rig();
    await starting.hear(1, 100);
    await starting.clock.advance(1000);
    expect([starting.reported, starting.controller.state]).toEqual([["gap"], "quiet"]);
  });

  it("ignores a gap in silence", async () => {
    const { clock, reported, hear } = rig();
    await hear(0, 300);
    await clock.advance(5000);
    expect([reported, clock.pendingTimers]).toEqual([[], 0]);
  });

  it("reports no gap while audio arrives, however long the speech", async () => {
    const { reported, hear } = rig();
    await hear(1, 10_000);
    expect(reported).toEqual(["started"]);
  });

  it("accepts new parameters, and rejects invalid ones without changing any", async () => {
    const { controller, reported, hear } = rig();
    controller.update({ startMs: 40 });
    expect(controller.params).toEqual({ confidence: 0.7, startMs: 40, stopMs: 200, minVolume: 0.6 });
    for (const bad of [{ confidence: 1.1 }, { minVolume: -1 }, { startMs: NaN }, { stopMs: -1 }])
      expect(() => controller.update({ ...bad, startMs: bad.startMs ?? 7 })).toThrow(InvalidOptionError);
    await hear(1, 40);
    expect(reported).toEqual(["started"]);
  });

  it("leaves no timer after close, and reports no gap", async () => {
    const { clock, controller, reported, hear } = rig();
    await hear(1, 300);
    controller.close();
    controller.close();
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(2000);
    expect(reported).toEqual(["started"]);
  });

  it("alternates starts and stops for any sequence of speech, noise and gaps", async () => {
    const step = fc.record({
      confidence: fc.constantFrom(0, 0.5, 1),
      ms: fc.integer({ min: 1, max: 20 }).map((n) => n * BLOCK_MS),
      gapMs: fc.constantFrom(0, 0, 0, 500, 1500),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
        const { clock, controller, reported, hear } = rig();
        for (const { confidence, ms, gapMs } of steps) {
          await hear(confidence, ms);
          await clock.advance(gapMs);
          const changes = reported.filter((what) => what !== "gap");
          expect(changes.every((what, index) => (index % 2 === 0) === (what === "started"))).toBe(true);
          expect(controller.speaking).toBe(changes.length % 2 === 1);
        }
      }),
      { numRuns: 30 },
    );
  });
});
