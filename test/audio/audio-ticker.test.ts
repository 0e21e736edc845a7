import { describe, expect, it } from "vitest";

import { AudioTicker } from "../../src/audio/audio-ticker.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";

/** A clock on which time can pass without running timers, as in a blocked event loop. */
class StallingClock extends VirtualClock {
  #stalledMs = 0;

  override nowMs(): number {
    return super.nowMs() + this.#stalledMs;
  }

  stall(ms: number): void {
    this.#stalledMs += ms;
  }
}

describe("AudioTicker", () => {
  it("ticks once for every 10 ms that pass, without drift", async () => {
    const clock = new StallingClock();
    const ticker = new AudioTicker(clock);
    let ticks = 0;
    ticker.add(() => ticks++);
    await clock.advance(1000);
    expect(ticks).toBe(100);
  });

  it("makes up for a stall of less than a second at once", async () => {
    const clock = new StallingClock();
    const ticker = new AudioTicker(clock);
    let ticks = 0;
    ticker.add(() => ticks++);
    await clock.advance(100);
    clock.stall(900);
    await clock.advance(50);
    expect(ticks).toBe(105);
    expect(ticker.skippedMs).toBe(0);
  });

  it("skips a long stall instead of flooding the receiver, and counts it", async () => {
    const clock = new StallingClock();
    const ticker = new AudioTicker(clock);
    let ticks = 0;
    ticker.add(() => ticks++);
    await clock.advance(100);
    clock.stall(5000);
    await clock.advance(100);
    expect(ticks).toBeLessThan(30);
    expect(ticker.skippedMs).toBeGreaterThan(4900);
  });

  it("sets no timer without listeners", async () => {
    const clock = new StallingClock();
    const ticker = new AudioTicker(clock);
    const listener = (): void => undefined;
    ticker.add(listener);
    ticker.remove(listener);
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(100);
  });
});
