import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";

import { InCallEventOrder, type InCallEvent } from "../../../src/api/events/index.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { conversation, eventOf, system } from "./messages.ts";

const HOLD_MS = 80;

let clock: VirtualClock;
let order: InCallEventOrder;
let got: InCallEvent[];

beforeEach(() => {
  clock = new VirtualClock();
  got = [];
  order = new InCallEventOrder({ clock, deliver: (event) => got.push(event) });
});

function said(seq: number | undefined, speech = `word ${seq ?? ""}`): InCallEvent {
  return eventOf(conversation("conversation.utterance", { role: "user", speech }, seq === undefined ? {} : { seq }));
}

function speaking(what: "started" | "stopped", role: string, rest: object = {}): InCallEvent {
  return eventOf(conversation(`conversation.${what}_speaking`, { role }, rest));
}

function legacy(what: "started" | "stopped", rest: object = {}): InCallEvent {
  return eventOf(conversation(`conversation.replica.${what}_speaking`, {}, rest));
}

function seqs(): (number | undefined)[] {
  return got.map(({ seq }) => seq);
}

describe("InCallEventOrder", () => {
  it("delivers events in the order of their numbers, whatever the order of arrival within the window", () => {
    for (const seq of [4, 6, 8, 5, 7]) order.accept(said(seq), "pal");
    expect(seqs()).toEqual([4, 5, 6, 7, 8]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("waits for a missing number no longer than the deadline", async () => {
    order.accept(said(1), "pal");
    order.accept(said(4), "pal");
    order.accept(said(3), "pal");
    await clock.advance(HOLD_MS - 1);
    expect(seqs()).toEqual([1]);
    await clock.advance(1);
    expect(seqs()).toEqual([1, 3, 4]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("delivers an event that arrives after the deadline late, once", async () => {
    for (const seq of [1, 3]) order.accept(said(seq), "pal");
    await clock.advance(HOLD_MS);
    for (const seq of [2, 2]) order.accept(said(seq), "pal");
    expect(seqs()).toEqual([1, 3, 2]);
  });

  it("drops a late speaking event, which would revert the state", async () => {
    order.accept(said(1), "pal");
    order.accept(speaking("stopped", "user", { seq: 3 }), "pal");
    await clock.advance(HOLD_MS);
    order.accept(speaking("started", "user", { seq: 2 }), "pal");
    expect(seqs()).toEqual([1, 3]);
  });

  it("stops waiting when numbers are always missing, until one arrives late after all", async () => {
    let seq = 0;
    for (let gap = 0; gap < 4; gap++) {
      order.accept(said(++seq), "pal");
      seq++;
      order.accept(said(++seq), "pal");
      await clock.advance(HOLD_MS);
    }
    const before = got.length;
    seq++;
    order.accept(said(++seq), "pal");
    expect(got).toHaveLength(before + 1);
    order.accept(said(seq - 1), "pal");
    order.accept(said(seq + 2), "pal");
    expect(got).toHaveLength(before + 2);
    order.accept(said(seq + 1), "pal");
    expect(seqs().slice(-2)).toEqual([seq + 1, seq + 2]);
  });

  it("starts again when the sender restarts its count", () => {
    for (let seq = 100; seq < 200; seq++) order.accept(said(seq), "pal");
    order.accept(speaking("stopped", "user", { seq: 200 }), "pal");
    order.accept(speaking("started", "user", { seq: 0 }), "pal");
    order.accept(said(2), "pal");
    order.accept(speaking("stopped", "user", { seq: 1 }), "pal");
    expect(seqs().slice(-4)).toEqual([200, 0, 1, 2]);
  });

  it("delivers held events before it starts again, so that old state does not follow new state", async () => {
    for (let seq = 100; seq < 200; seq++) order.accept(said(seq), "pal");
    order.accept(speaking("stopped", "user", { seq: 202 }), "pal");
    order.accept(speaking("started", "user", { seq: 0 }), "pal");
    order.accept(said(1), "pal");
    await clock.advance(HOLD_MS);
    expect(seqs().slice(-3)).toEqual([202, 0, 1]);
  });

  it("orders each sender's events separately", () => {
    order.accept(said(5), "a");
    order.accept(said(900), "b");
    order.accept(said(6), "a");
    expect(seqs()).toEqual([5, 900, 6]);
  });

  it("holds a bounded number of events and delivers them when the sender leaves", () => {
    order.accept(said(0), "pal");
    for (let seq = 2; seq < 66; seq++) order.accept(said(seq), "pal");
    expect(got).toHaveLength(65);
    order.accept(said(70), "pal");
    order.forget("pal");
    expect(seqs().at(-1)).toBe(70);
    expect(clock.pendingTimers).toBe(0);
  });

  it("delivers events without a number at once", () => {
    order.accept(said(undefined, "a"), "pal");
    order.accept(said(undefined, "b"), "pal");
    expect(got).toHaveLength(2);
  });

  it("leaves no timer and no event behind when it is closed", async () => {
    order.accept(said(1), "pal");
    order.accept(said(3), "pal");
    order.close();
    order.close();
    await clock.advance(1000);
    expect([seqs(), clock.pendingTimers]).toEqual([[1], 0]);
  });

  it("loses nothing and repeats nothing, for any shuffle, repetition and delay", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ seq: fc.nat({ max: 40 }), waitMs: fc.constantFrom(0, 0, 0, 30, 200) }), { maxLength: 80 }),
        async (arrivals) => {
          const time = new VirtualClock();
          const out: number[] = [];
          const one = new InCallEventOrder({ clock: time, deliver: ({ seq }) => out.push(seq ?? -1) });
          for (const { seq, waitMs } of arrivals) {
            one.accept(said(seq), "pal");
            if (waitMs > 0) await time.advance(waitMs);
          }
          await time.advance(1000);
          expect([...out].sort((a, b) => a - b)).toEqual(
            [...new Set(arrivals.map(({ seq }) => seq))].sort((a, b) => a - b),
          );
          // Without a wait in between and with the first event first, the order is perfect.
          if (arrivals.every(({ waitMs, seq }) => waitMs === 0 && seq >= (arrivals[0]?.seq ?? 0)))
            expect(out).toEqual([...out].sort((a, b) => a - b));
          expect(time.pendingTimers).toBe(0);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe("duplicates in several dialects are one event", () => {
  const dialects = {
    current: (what: "started" | "stopped", rest: object) => speaking(what, "pal", rest),
    replica: (what: "started" | "stopped", rest: object) => speaking(what, "replica", rest),
    legacy: (what: "started" | "stopped", rest: object) => legacy(what, rest),
  };
  const orders = fc.shuffledSubarray(["current", "replica", "legacy"] as const, { minLength: 3, maxLength: 3 });

  it("for speaking, whichever dialect arrives first, with numbers or without", () => {
    fc.assert(
      fc.property(fc.array(orders, { minLength: 1, maxLength: 8 }), fc.boolean(), (bursts, numbered) => {
        const out: string[] = [];
        const one = new InCallEventOrder({ clock, deliver: ({ type }) => out.push(type) });
        let seq = 0;
        for (const [index, burst] of bursts.entries()) {
          const what = index % 2 === 0 ? "started" : "stopped";
          for (const dialect of burst) one.accept(dialects[dialect](what, numbered ? { seq: seq++ } : {}), "pal");
        }
        expect(out).toEqual(bursts.map((_, index) => (index % 2 === 0 ? "startedSpeaking" : "stoppedSpeaking")));
      }),
    );
  });

  it("for speaking of pal and user at the same time", () => {
    for (const what of ["started", "stopped"] as const) {
      for (const role of ["pal", "user", "replica"]) order.accept(speaking(what, role), "pal");
      order.accept(legacy(what), "pal");
      order.accept(eventOf(conversation(`conversation.user.${what}_speaking`)), "pal");
    }
    expect(got.map((event) => [event.type, "role" in event && event.role])).toEqual([
      ["startedSpeaking", "pal"],
      ["startedSpeaking", "user"],
      ["stoppedSpeaking", "pal"],
      ["stoppedSpeaking", "user"],
    ]);
  });

  it.each([
    ["pal", "replica"],
    ["replica", "pal"],
  ])("for utterances with the roles %s and %s", (first, second) => {
    for (const [turn_idx, speech] of [
      [0, "Yes."],
      [1, "Yes."],
    ] as const) {
      for (const role of [first, second]) {
        order.accept(eventOf(conversation("conversation.utterance", { role, speech }, { turn_idx })), "pal");
        const streamed = { role, speech, content_index: 0, final: true };
        order.accept(eventOf(conversation("conversation.utterance.streaming", streamed, { turn_idx })), "pal");
      }
    }
    expect(got.map(({ type, turnIdx }) => [type, turnIdx])).toEqual([
      ["utterance", 0],
      ["utteranceStreaming", 0],
      ["utterance", 1],
      ["utteranceStreaming", 1],
    ]);
  });

  it("but not when a user says the same twice", () => {
    order.accept(said(undefined, "Yes."), "pal");
    order.accept(said(undefined, "Yes."), "pal");
    order.accept(said(7, "Yes."), "pal");
    order.accept(said(8, "Yes."), "pal");
    expect(got).toHaveLength(4);
  });

  it("for palJoined once per session, and for shutdown once", () => {
    for (const sender of ["a", "b"]) {
      order.accept(eventOf(system("system.pal_joined", { face_id: "f" })), sender);
      order.accept(eventOf(system("system.replica_joined", { face_id: "f" })), sender);
      order.accept(eventOf(system("system.shutdown", {})), sender);
    }
    expect(got.map(({ type }) => type)).toEqual(["palJoined", "shutdown", "palJoined"]);
  });

  it("for tool calls with the same id, and not for those without an id", () => {
    const call = (id?: string) =>
      eventOf(conversation("conversation.tool_call", { name: "roll", ...(id && { tool_call_id: id }) }));
    for (const id of ["t1", "t1", "t2", undefined, undefined]) order.accept(call(id), "pal");
    expect(got).toHaveLength(4);
  });

  it("for an analysis under both of its names", () => {
    order.accept(eventOf(conversation("conversation.perception_analysis", { analysis: "a" })), "pal");
    order.accept(eventOf(conversation("conversation.perception-analysis", { analysis: "a" })), "pal");
    expect(got).toHaveLength(1);
  });
});

describe("a pal that left while speaking", () => {
  it("starts speaking when it returns, in another session or the same", () => {
    order.accept(speaking("started", "pal"), "first");
    order.accept(speaking("started", "replica"), "first");
    order.forget("first");
    order.accept(speaking("started", "pal"), "second");
    order.accept(speaking("started", "replica"), "second");
    order.forget("second");
    order.accept(speaking("started", "pal"), "first");
    expect(got.map(({ type }) => type)).toEqual(["startedSpeaking", "startedSpeaking", "startedSpeaking"]);
  });
});
