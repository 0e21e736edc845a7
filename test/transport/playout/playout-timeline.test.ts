import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { PlayoutTimeline } from "../../../src/transport/playout/playout-timeline.ts";

describe("PlayoutTimeline", () => {
  it("plays a stretch in real time, and starts the next one after a gap at its own time", () => {
    const timeline = new PlayoutTimeline(1000);
    timeline.append(100, 50);
    timeline.append(50, 60);
    expect([40, 60, 150, 300].map((ms) => timeline.positionAt(ms))).toEqual([0, 10, 100, 150]);
    timeline.append(10, 400);
    expect([399, 405, 500].map((ms) => timeline.positionAt(ms))).toEqual([150, 155, 160]);
  });

  it("keeps what was played, even when its stretch is moved later", () => {
    const timeline = new PlayoutTimeline(1000);
    const segment = timeline.append(100, 0);
    expect(timeline.positionAt(50)).toBe(50);
    timeline.moveTo(segment, 40);
    expect([50, 80, 100].map((ms) => timeline.positionAt(ms))).toEqual([50, 50, 60]);
  });

  it("reaches a position at the time it is due, and never earlier", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ samples: fc.integer({ min: 1, max: 5000 }), at: fc.double({ min: 0, max: 900, noNaN: true }) }),
          {
            minLength: 1,
            maxLength: 8,
          },
        ),
        fc.constantFrom(8000, 16_000, 24_000, 44_100),
        (appends, rate) => {
          const timeline = new PlayoutTimeline(rate);
          for (const { samples, at } of appends) timeline.append(samples, at);
          const due = Array.from({ length: timeline.end }, (_, index) => timeline.dueMs(index + 1) ?? Infinity);
          for (let position = 1; position <= due.length; position += 97) {
            const dueMs = due[position - 1] ?? Infinity;
            const fresh = new PlayoutTimeline(rate);
            for (const { samples, at } of appends) fresh.append(samples, at);
            expect(fresh.positionAt(dueMs - 500 / rate)).toBeLessThan(position);
            expect(fresh.positionAt(dueMs)).toBeGreaterThanOrEqual(position);
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});
