import { describe, expect, it } from "vitest";

import { TextFrame } from "../../../src/frames/index.ts";
import type { Observer, PushEvent } from "../../../src/pipeline/index.ts";
import { ObserverHub, type ObserverHubOptions } from "../../../src/pipeline/observing/observer-hub.ts";
import { VirtualClock, settle } from "../../../src/testing/virtual-clock.ts";
import { Station, chain, gate, label, recordedLog } from "../harness.ts";

const frame = new TextFrame("x");

function push(timeMs: number): PushEvent {
  return { source: "a", destination: "b", frame, direction: "downstream", timeMs };
}

/** A hub whose turns and time a test moves by hand. */
function byHand(options: ObserverHubOptions = {}) {
  const log = recordedLog();
  const turns: (() => void)[] = [];
  const time = { ms: 0 };
  const hub = new ObserverHub(log.logger, [], {
    nowMs: () => time.ms,
    nextTurn: (callback) => turns.push(callback),
    ...options,
  });
  const turn = (): void => {
    for (const callback of turns.splice(0)) callback();
  };
  return { hub, log, time, turn, turnsQueued: () => turns.length };
}

/** Notes the times of the pushes it sees. */
class Seeing implements Observer {
  readonly times: number[] = [];
  onPush(event: PushEvent): unknown {
    this.times.push(event.timeMs);
    return undefined;
  }
}

describe("delivery", () => {
  it("comes in a later turn of the event loop, in order, to each observer", () => {
    const { hub, turn } = byHand();
    const [one, two] = [new Seeing(), new Seeing()];
    hub.add(one);
    hub.add(two);
    hub.add(two);
    for (const timeMs of [1, 2, 3]) hub.push(push(timeMs));
    expect(one.times).toEqual([]);
    turn();
    expect(one.times).toEqual([1, 2, 3]);
    expect(two.times).toEqual([1, 2, 3]);
  });

  it("nothing is queued, and no turn taken, for a hook that no observer has", () => {
    const { hub, turnsQueued } = byHand();
    expect(hub.watchesPush || hub.watchesProcess).toBe(false);
    hub.add(new Seeing());
    expect([hub.watchesPush, hub.watchesProcess]).toEqual([true, false]);
    hub.process({ processor: "a", frame, direction: "downstream", timeMs: 1 });
    hub.push(push(1));
    expect(turnsQueued()).toBe(1);
  });

  it("a removed observer receives nothing more, not even what waits for it", () => {
    const { hub, turn } = byHand();
    const [gone, stays] = [new Seeing(), new Seeing()];
    hub.add(gone);
    hub.add(stays);
    hub.push(push(1));
    hub.remove(gone);
    hub.push(push(2));
    turn();
    expect(gone.times).toEqual([]);
    expect(stays.times).toEqual([1, 2]);
    hub.remove(stays);
    expect(hub.watchesPush).toBe(false);
  });

  it("takes 2 ms per turn and continues in the next one", () => {
    const { hub, time, turn } = byHand();
    const times: number[] = [];
    hub.add({
      onPush: (event) => {
        times.push(event.timeMs);
        time.ms++;
      },
    });
    for (const timeMs of [1, 2, 3, 4, 5]) hub.push(push(timeMs));
    turn();
    expect(times).toEqual([1, 2]);
    turn();
    turn();
    expect(times).toEqual([1, 2, 3, 4, 5]);
  });

  it("reads the clock less often while observers are quick, and no hook that becomes slow holds the loop for long", () => {
    let looks = 0;
    const time = { ms: 0 };
    const { hub, turn } = byHand({
      nowMs: () => {
        looks++;
        return time.ms;
      },
    });
    let calls = 0;
    hub.add({
      onPush: () => {
        calls++;
        if (calls > 1000) time.ms++;
      },
    });
    for (let timeMs = 1; timeMs <= 1100; timeMs++) hub.push(push(timeMs));
    turn();
    expect(looks).toBeLessThan(100);
    expect(calls - 1000).toBeLessThanOrEqual(16);
  });

  it("an observer slower than a whole turn does not starve the others", () => {
    const { hub, time, turn } = byHand();
    const slow: Observer = {
      onPush: () => {
        time.ms += 50;
      },
    };
    const quick = new Seeing();
    hub.add(slow);
    hub.add(quick);
    for (const timeMs of [1, 2, 3]) hub.push(push(timeMs));
    turn();
    turn();
    expect(quick.times).toEqual([1]);
    turn();
    turn();
    expect(quick.times).toEqual([1, 2, 3]);
  });

  it("an observer that falls far behind loses events, counted and with one warning; the others lose none", () => {
    const { hub, log, turn } = byHand({ maxQueued: 3 });
    const never = gate();
    const stuck: number[] = [];
    const seeing = new Seeing();
    hub.add({
      onPush: async (event) => {
        stuck.push(event.timeMs);
        await never.opened;
      },
    });
    hub.add(seeing);
    for (let timeMs = 1; timeMs <= 10; timeMs++) {
      hub.push(push(timeMs));
      turn();
    }
    expect(stuck).toEqual([1]);
    expect(seeing.times).toHaveLength(10);
    expect(hub.dropped).toBe(6);
    expect(log.lines).toHaveLength(1);
    expect(log.lines[0]).toContain("more than 3 events behind");
  });

  it("thousands of waiting events are delivered in order, none twice", () => {
    const { hub, turn } = byHand();
    const seeing = new Seeing();
    hub.add(seeing);
    const times = Array.from({ length: 5000 }, (_, timeMs) => timeMs);
    for (const timeMs of times) hub.push(push(timeMs));
    turn();
    expect(seeing.times).toEqual(times);
  });
});

describe("asynchronous observers", () => {
  it("receive the next event when their promise has settled; the others do not wait", async () => {
    const log = recordedLog();
    const clock = new VirtualClock();
    const gates = [gate(), gate()];
    const started: number[] = [];
    const seeing = new Seeing();
    const waiting: Observer = {
      onPush: async (event) => {
        started.push(event.timeMs);
        await gates[started.length - 1]?.opened;
      },
    };
    const hub = new ObserverHub(log.logger, [waiting, seeing]);
    hub.push(push(1));
    hub.push(push(2));
    await settle();
    expect([started, seeing.times]).toEqual([[1], [1, 2]]);
    gates[0]!.open();
    await settle();
    expect(started).toEqual([1, 2]);
    gates[1]!.open();
    expect(await hub.flush(clock)).toBe(true);
  });
});

describe("observers that throw", () => {
  it("are reported once by their class and removed after ten throws; the others continue", () => {
    const { hub, log, turn } = byHand();
    let calls = 0;
    class Broken implements Observer {
      onPush(): void {
        calls++;
        throw new Error("mine");
      }
    }
    const seeing = new Seeing();
    hub.add(new Broken());
    hub.add(seeing);
    for (let timeMs = 1; timeMs <= 20; timeMs++) hub.push(push(timeMs));
    turn();
    expect(calls).toBe(10);
    expect(seeing.times).toHaveLength(20);
    expect(log.lines).toEqual([
      "warn: The observer Broken threw; it is removed after 10 throws.",
      "error: The observer Broken threw 10 times and was removed.",
    ]);
  });

  it("a rejection counts like a throw", async () => {
    const log = recordedLog();
    const hub = new ObserverHub(log.logger, [{ onPush: () => Promise.reject(new Error("mine")) }]);
    for (let timeMs = 1; timeMs <= 20; timeMs++) hub.push(push(timeMs));
    expect(await hub.flush(new VirtualClock())).toBe(true);
    expect(log.lines.at(-1)).toBe("error: An observer threw 10 times and was removed.");
    expect(hub.watchesPush).toBe(false);
  });
});

describe("flush", () => {
  it("waits until everything is delivered, over as many turns as that takes", async () => {
    const seeing = new Seeing();
    let nowMs = 0;
    const hub = new ObserverHub(recordedLog().logger, [seeing], { nowMs: () => (nowMs += 0.7) });
    for (let timeMs = 1; timeMs <= 100; timeMs++) hub.push(push(timeMs));
    expect(await hub.flush(new VirtualClock())).toBe(true);
    expect(seeing.times).toHaveLength(100);
  });

  it("does not wait longer than its bound for a promise that never settles", async () => {
    const clock = new VirtualClock();
    const hub = new ObserverHub(recordedLog().logger, [{ onPush: () => new Promise(() => undefined) }]);
    hub.push(push(1));
    expect(await clock.advanceUntil(hub.flush(clock, 300))).toBe(false);
    expect(clock.nowMs()).toBe(300);
  });

  it("resolves at once without observers", async () => {
    expect(await new ObserverHub(recordedLog().logger).flush(new VirtualClock())).toBe(true);
  });
});

describe("in a pipeline", () => {
  it("pushes, handlers and setups are reported with their time and the names of the processors", async () => {
    const log = recordedLog();
    const told: string[] = [];
    const hub = new ObserverHub(log.logger, [
      {
        onSetup: ({ processor, durationMs }) => told.push(`${processor} set up in ${durationMs} ms`),
        onStarted: ({ timeMs }) => told.push(`started at ${timeMs}`),
        onProcess: (event) => told.push(`${event.processor} has ${label(event.frame)} at ${event.timeMs}`),
        onPush: (event) => told.push(`${event.source} to ${event.destination}: ${label(event.frame)}`),
      },
    ]);
    const a = new Station(undefined, { name: "a" });
    const b = new Station(undefined, { name: "b" });
    const { send, clock } = await chain([a, b], { setup: { observers: hub } });
    expect(told).toContain("a set up in 0 ms");
    await clock.advance(20);
    told.length = 0;
    send(new TextFrame("x"));
    await settle();
    expect(told.slice(0, 3)).toEqual(["a has x at 20", "a to b: x", "b has x at 20"]);
    hub.started({ timeMs: 5 });
    await settle();
    expect(told.at(-1)).toBe("started at 5");
  });

  it("a slow observer does not hold a frame up", async () => {
    const seen: string[] = [];
    const hub = new ObserverHub(recordedLog().logger, [{ onPush: () => seen.push("observer") }]);
    const last = new Station((frame, direction, ctx) => {
      seen.push(label(frame));
      ctx.push(frame, direction);
    });
    const { send } = await chain([new Station(), new Station(), last], { setup: { observers: hub } });
    seen.length = 0;
    send(new TextFrame("x"));
    await settle();
    expect(seen[0]).toBe("x");
  });
});
