import { describe, expect, it } from "vitest";

import { FrameScheduler } from "../../../src/pipeline/engine/frame-scheduler.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { systemClock } from "../../../src/util/clock.ts";

function setUp() {
  const time = { nowMs: 0 };
  const turns: (() => void)[] = [];
  const scheduler = new FrameScheduler({
    sliceMs: 4,
    nowMs: () => time.nowMs,
    nextTurn: (callback) => turns.push(callback),
  });
  const nextTurn = (): void => {
    turns.shift()?.();
  };
  return { scheduler, time, turns, nextTurn };
}

/** Microtasks only: what runs here runs before any timer. */
async function microtasks(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

describe("FrameScheduler", () => {
  it("runs what is ready in its order, within one turn of the event loop", async () => {
    const { scheduler } = setUp();
    const order: string[] = [];
    const worker = (name: string, rounds: number) => ({
      drain: () => {
        order.push(name);
        rounds--;
        return rounds > 0;
      },
    });
    scheduler.schedule(worker("a", 2));
    scheduler.schedule(worker("b", 2));
    await microtasks();
    expect(order).toEqual(["a", "b", "a", "b"]);
  });

  it("gives the event loop a turn when the slice is used up, and continues after it", async () => {
    const { scheduler, time, turns, nextTurn } = setUp();
    let rounds = 0;
    scheduler.schedule({
      drain: () => {
        rounds++;
        time.nowMs++;
        return rounds < 10;
      },
    });
    await microtasks();
    expect(rounds).toBe(4);
    nextTurn();
    expect(rounds).toBe(8);
    nextTurn();
    expect(rounds).toBe(10);
    nextTurn();
    expect(turns).toEqual([]);
  });

  it("counts the microtasks of one turn together: awaiting handlers cannot starve timers either", async () => {
    const { scheduler, time, nextTurn } = setUp();
    let rounds = 0;
    const worker = {
      drain: () => {
        rounds++;
        time.nowMs++;
        void Promise.resolve().then(() => {
          scheduler.schedule(worker);
        });
        return false;
      },
    };
    scheduler.schedule(worker);
    await microtasks();
    expect(rounds).toBe(4);
    nextTurn();
    await microtasks();
    expect(rounds).toBe(8);
  });

  it("knows the time of an event without reading the clock while it runs work, and only for the machine's own clock", async () => {
    const { scheduler, time } = setUp();
    time.nowMs = -5;
    const times: number[] = [];
    const virtual = new VirtualClock();
    scheduler.schedule({
      drain: () => {
        times.push(scheduler.eventTimeMs(systemClock), scheduler.eventTimeMs(virtual));
        return false;
      },
    });
    await microtasks();
    expect(times).toEqual([-5, 0]);
    expect(scheduler.eventTimeMs(systemClock)).toBeGreaterThan(0);
  });
});
