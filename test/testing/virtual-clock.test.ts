import { expect, it } from "vitest";

import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { sleep } from "../../src/util/deadline.ts";

it("runs timers in the order of their time, then of their creation, including those that timers set", async () => {
  const clock = new VirtualClock();
  const ran: string[] = [];
  const note = (name: string) => () => ran.push(`${name}@${clock.nowMs()}`);
  clock.setTimeout(note("c"), 20);
  clock.setTimeout(note("a"), 10);
  clock.setTimeout(note("b"), 10);
  clock.setTimeout(() => clock.setTimeout(note("nested"), 5), 10);
  clock.clearTimeout(clock.setTimeout(note("cleared"), 1));
  await clock.advance(19);
  expect(ran).toEqual(["a@10", "b@10", "nested@15"]);
  expect(clock.nowMs()).toBe(19);
  await clock.advance(1);
  expect(ran.at(-1)).toBe("c@20");
  expect(clock.pendingTimers).toBe(0);
});

it("settles work between timers before time moves on", async () => {
  const clock = new VirtualClock();
  const times: number[] = [];
  void (async () => {
    for (let i = 0; i < 3; i++) {
      await sleep(clock, 10);
      times.push(clock.nowMs());
    }
  })();
  await clock.advance(100);
  expect(times).toEqual([10, 20, 30]);
});

it("advances wall time too", async () => {
  const clock = new VirtualClock(5000);
  await clock.advance(20);
  expect(clock.wallMs()).toBe(5020);
});

it("advanceUntil stops when the promise settles and returns its result", async () => {
  const clock = new VirtualClock();
  expect(await clock.advanceUntil(sleep(clock, 70).then(() => "done"))).toBe("done");
  expect(clock.nowMs()).toBe(70);
  await expect(clock.advanceUntil(Promise.reject(new Error("no")))).rejects.toThrow("no");
});

it("advanceUntil gives up at its limit, and on a promise that never settles", async () => {
  const clock = new VirtualClock();
  await expect(clock.advanceUntil(new Promise(() => undefined))).rejects.toThrow("Nothing is left");
  await expect(clock.advanceUntil(sleep(clock, 200), 100)).rejects.toThrow("within 100 ms");
});
