import { describe, expect, it } from "vitest";
import fc from "fast-check";

import { TickSchedule } from "../../src/audio/tick-schedule.ts";

const MAX_CATCH_UP_MS = 1000;

/** Runs timers of whole milliseconds, at least one, that fire `lateMs` after their time; returns when which ticks were taken. */
function run(untilMs: number, lateMs: (turn: number) => number): { readonly atMs: number; readonly ticks: number }[] {
  const schedule = new TickSchedule(0, MAX_CATCH_UP_MS);
  const turns = [];
  for (let atMs = 0; atMs < untilMs;) {
    atMs += Math.max(1, schedule.delayMs(atMs)) + lateMs(turns.length);
    turns.push({ atMs, ticks: schedule.take(atMs) });
  }
  return turns;
}

describe("TickSchedule", () => {
  it("takes a tick with every timer: one that fires in the millisecond before it is not set again", () => {
    const turns = run(10_000, () => 0.3);
    expect(turns.every(({ ticks }) => ticks === 1)).toBe(true);
    expect(turns.length).toBeCloseTo(1000, -1);
  });

  it("does not drift, however late timers fire", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 300, noNaN: true }), { minLength: 1 }), (late) => {
        let taken = 0;
        for (const { atMs, ticks } of run(3000, (turn) => late[turn % late.length] ?? 0)) {
          taken += ticks;
          // The tick that is 10 ms times its number, and up to 1 ms early.
          expect(Math.abs(taken - Math.floor((atMs + 1) / 10 + 1e-9))).toBeLessThanOrEqual(1);
          expect(taken * 10).toBeLessThanOrEqual(atMs + 1 + 1e-9);
        }
      }),
    );
  });

  it("makes up for a stall at once, and skips a longer one", () => {
    const schedule = new TickSchedule(0, MAX_CATCH_UP_MS);
    expect(schedule.take(1000)).toBe(100);
    expect(schedule.skippedMs).toBe(0);
    expect(schedule.take(5000)).toBe(1);
    expect(schedule.skippedMs).toBe(5000 - 1010);
    expect(schedule.delayMs(5000)).toBe(10);
  });

  it("begins again without making up for the time between", () => {
    const schedule = new TickSchedule(0, MAX_CATCH_UP_MS);
    schedule.restart(500);
    expect(schedule.take(505)).toBe(0);
    expect(schedule.take(510)).toBe(1);
  });
});
