import fc from "fast-check";
import { expect, it } from "vitest";

import { EndFrame, type Frame, type FrameDirection, OutputAudioRawFrame } from "../../../src/frames/index.ts";
import { FrameLane } from "../../../src/pipeline/engine/frame-lane.ts";

const operation = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("push", "push", "pushFront", "pushEnd") },
  { weight: 4, arbitrary: fc.constant("shift") },
  { weight: 1, arbitrary: fc.constantFrom("retain", "clear", "interrupt") },
);

it("a lane behaves like an array, whatever the order of operations", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 300 }), (operations) => {
      const lane = new FrameLane();
      let model: { frame: Frame; direction: FrameDirection }[] = [];
      for (const name of operations) {
        const audio = new OutputAudioRawFrame({ audio: new Int16Array(16), sampleRate: 16_000 });
        const frame = name === "pushEnd" ? new EndFrame() : audio;
        const direction = frame.id % 3 === 0 ? "upstream" : "downstream";
        if (name === "push" || name === "pushEnd") {
          lane.push(frame, direction);
          model.push({ frame, direction });
        } else if (name === "pushFront") {
          lane.pushFront(frame, direction);
          model.unshift({ frame, direction });
        } else if (name === "shift") {
          const expected = model.shift();
          if (expected) expect(lane.headDirection).toBe(expected.direction);
          expect(lane.shift()).toBe(expected?.frame);
        } else if (name === "interrupt") {
          const kept = model.filter((entry) => entry.frame.uninterruptible);
          expect(lane.dropInterruptible()).toBe(model.length - kept.length);
          model = kept;
        } else if (name === "clear") {
          expect(lane.clear()).toBe(model.length);
          model = [];
        } else {
          const keep = (candidate: Frame): boolean => candidate.id % 2 === 0;
          const kept = model.filter((entry) => keep(entry.frame));
          expect(lane.retain(keep)).toBe(model.length - kept.length);
          model = kept;
        }
        expect(lane.size).toBe(model.length);
        expect(lane.durationMs).toBeCloseTo(
          model.reduce((sum, { frame: { durationMs } }) => sum + durationMs, 0),
          6,
        );
      }
      for (const { frame, direction } of model) {
        expect(lane.headDirection).toBe(direction);
        expect(lane.shift()).toBe(frame);
      }
      expect(lane.shift()).toBeUndefined();
    }),
  );
});

it("a lane that has held many frames keeps none of them once emptied, and still works", () => {
  const lane = new FrameLane();
  const frame = new OutputAudioRawFrame({ audio: new Int16Array(16), sampleRate: 16_000 });
  for (let i = 0; i < 10_000; i++) lane.push(frame, "downstream");
  expect(lane.clear()).toBe(10_000);
  lane.push(frame, "upstream");
  expect([lane.size, lane.headDirection, lane.durationMs]).toEqual([1, "upstream", 1]);
});
