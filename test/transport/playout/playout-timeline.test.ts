import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { PcmPartial } from "../../../src/transport/playout/pcm-partial.ts";
import { PlayoutWaits } from "../../../src/transport/playout/playout-waits.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { PlayoutTimeline } from "../../../src/transport/playout/playout-timeline.ts";

describe("PlayoutTimeline", () => {
  it("plays a stretch in real time and starts the next after a gap when it can", () => {
    const timeline = new PlayoutTimeline(1000);
    timeline.append(100, 50);
    timeline.append(50, 60);
    expect([40, 60, 150, 300].map((ms) => timeline.positionAt(ms))).toEqual([0, 10, 100, 150]);
    timeline.append(10, 400);
    expect([399, 405, 500].map((ms) => timeline.positionAt(ms))).toEqual([150, 155, 160]);
  });

  it("what was played stays played when its stretch is moved later", () => {
    const timeline = new PlayoutTimeline(1000);
    const segment = timeline.append(100, 0);
    expect(timeline.positionAt(50)).toBe(50);
    timeline.moveTo(segment, 40);
    expect([50, 80, 100].map((ms) => timeline.positionAt(ms))).toEqual([50, 50, 60]);
  });

  it("at the time a position is due it has been reached, and never earlier", () => {
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

describe("PlayoutWaits", () => {
  it("what was heard at the moment of a flush counts as played, though its timer has not fired", async () => {
    const clock = new VirtualClock();
    let played = 0;
    const waits = new PlayoutWaits(clock, { playedSamples: () => played, dueMs: () => clock.nowMs() + 100 });
    const outcomes = Promise.all([waits.wait(10), waits.wait(20)]);
    played = 10;
    waits.flush();
    await expect(outcomes).resolves.toEqual(["played", "flushed"]);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("PcmPartial", () => {
  it("cuts any stream into whole chunks in order, and pads the rest", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 20 }),
        fc.integer({ min: 1, max: 17 }),
        (blocks, size) => {
          const partial = new PcmPartial(size);
          const chunks: Int16Array[] = [];
          let next = 1;
          for (const length of blocks) {
            partial.add(
              Int16Array.from({ length }, () => next++),
              (chunk) => chunks.push(chunk),
            );
          }
          const rest = partial.flush();
          if (rest) chunks.push(rest);
          expect(chunks.every(({ length }) => length === size)).toBe(true);
          const joined = chunks.flatMap((chunk) => [...chunk]);
          const total = blocks.reduce((sum, length) => sum + length, 0);
          expect(joined.slice(0, total)).toEqual(Array.from({ length: total }, (_, index) => index + 1));
          expect(joined.slice(total).every((sample) => sample === 0)).toBe(true);
        },
      ),
    );
  });
});
