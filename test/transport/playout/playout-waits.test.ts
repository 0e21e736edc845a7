import { describe, expect, it } from "vitest";

import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { PlayoutWaits } from "../../../src/transport/playout/playout-waits.ts";
import { TimedPlayoutWaits } from "../../../src/transport/playout/timed-playout-waits.ts";

describe("PlayoutWaits", () => {
  it("ends a wait when its position has been played, a flush ends the others, and a close those to come", async () => {
    const waits = new PlayoutWaits();
    const outcomes = [waits.add(30, 0), waits.add(10, 0), waits.add(20, 0)];
    waits.settleReached(20);
    waits.flush();
    waits.close();
    outcomes.push(waits.add(40, 20), waits.add(20, 20));
    await expect(Promise.all(outcomes)).resolves.toEqual(["flushed", "played", "played", "closed", "played"]);
  });

  it("knows the earliest time of its positions, in whatever order they are, and none for unknown ones", () => {
    const waits = new PlayoutWaits();
    expect(waits.earliestDueMs((position) => position)).toBeUndefined();
    for (const position of [30, 10, 20]) void waits.add(position, 0);
    expect(waits.earliestDueMs((position) => (position < 20 ? undefined : position * 2))).toBe(40);
  });
});

describe("TimedPlayoutWaits", () => {
  it("counts what was heard at the moment of a flush as played, even if its timer has not fired", async () => {
    const clock = new VirtualClock();
    let played = 0;
    const waits = new TimedPlayoutWaits(clock, { playedSamples: () => played, dueMs: () => clock.nowMs() + 100 });
    const outcomes = Promise.all([waits.wait(10), waits.wait(20)]);
    played = 10;
    waits.flush();
    await expect(outcomes).resolves.toEqual(["played", "flushed"]);
    expect(clock.pendingTimers).toBe(0);
  });
});
