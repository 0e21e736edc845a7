import fc from "fast-check";
import { expect, it } from "vitest";

import { DailyCallError } from "../../../src/transport/daily/daily-errors.ts";
import { PAL, TavusHarness, USER } from "./tavus-harness.ts";

const delayMs = fc.constantFrom(0, 1, 500, 5000, 20_000, 40_000);
const faults = fc.record({
  createDelayMs: delayMs,
  createFails: fc.boolean(),
  startDelayMs: delayMs,
  startFails: fc.boolean(),
  joinDelayMs: delayMs,
  fails: fc.constantFrom("nothing", "join", "leave", "publishAudio"),
  endFailures: fc.constantFrom(0, 0, 1, 3),
  hangs: fc.constantFrom("nothing", "leave", "close"),
  fallback: fc.constantFrom("microphone", "room", "rooms"),
  roomDelayMs: delayMs,
  roomFails: fc.constantFrom("nothing", "nothing", "create", "token", "delete"),
});
type What = "create" | "run" | "close" | "cancel" | "end" | "pal" | "user" | "message" | "kicked" | "shutdown" | "die";
const step = fc.record({
  do: fc.constantFrom(
    "create",
    "run",
    "run",
    "run",
    "close",
    "cancel",
    "end",
    "pal",
    "user",
    "message",
    "kicked",
    "shutdown",
    "die",
  ),
  waitMs: fc.constantFrom(0, 0, 1, 400, 3000, 12_000),
});
type Faults = typeof faults extends fc.Arbitrary<infer F> ? F : never;
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
type Ends = "both" | "input" | "output";

/** Everything that can be observed of a transport's life, each entry with its time. */
async function live(ends: Ends, given: Faults, steps: readonly Step[]): Promise<{ h: TavusHarness; story: string[] }> {
  const h = new TavusHarness({
    ends,
    makesRooms: given.fallback === "rooms",
    options: given.fallback === "room" ? { fallback: { roomUrl: "https://own.daily.co/lobby" } } : {},
    call: { joinDelayMs: given.joinDelayMs },
    runtime: { startDelayMs: given.startDelayMs, ...(given.startFails && { error: new Error("no browser") }) },
    endTimeoutMs: 300_000,
  });
  const story: string[] = [];
  const tell = (what: string): void => void story.push(`${h.clock.nowMs()} ${what}`);
  const watch = (what: string, work: Promise<unknown>): void =>
    void work.then(
      (value) => tell(`${what} → ${value === undefined ? "done" : JSON.stringify(value)}`),
      (thrown: unknown) => tell(`${what} → ${String(thrown)}`),
    );
  h.api.createDelayMs = given.createDelayMs;
  if (given.createFails) h.api.createError = new Error("402");
  h.api.endFailures = given.endFailures;
  h.rooms.delayMs = given.roomDelayMs;
  if (given.roomFails === "create") h.rooms.createError = new Error("no room");
  if (given.roomFails === "token") h.rooms.tokenError = new Error("no token");
  if (given.roomFails === "delete") h.rooms.deleteError = new Error("not deleted");
  if (given.fails !== "nothing")
    h.call.failNext(given.fails, new DailyCallError("connectionFailed", `${given.fails} failed.`));
  if (given.hangs !== "nothing") h.call[given.hangs as "leave"] = () => new Promise(() => undefined);
  for (const event of [
    "connected",
    "roomChanged",
    "clientConnected",
    "clientDisconnected",
    "palJoined",
    "palLeft",
  ] as const)
    h.transport.on(event, ({ sessionId }) => tell(`${event} ${sessionId}`));
  h.transport.on("appMessage", (message) => tell(`appMessage ${JSON.stringify(message)}`));
  h.transport.on("error", ({ message }) => tell(`error ${message}`));
  const runs: Promise<unknown>[] = [];
  let people = 0;
  const act: Readonly<Record<What, () => void>> = {
    create: () => watch("create", h.transport.createConversation()),
    run: () => {
      if (runs.length > 0) return;
      const run = h.task.run().then(({ outcome, reason }) => ({ outcome, reason }));
      runs.push(run);
      watch("run", run);
    },
    close: () => watch("close", h.transport.close()),
    cancel: () => {
      if (runs.length > 0) h.task.cancel();
    },
    end: () => {
      if (runs.length > 0) h.task.end();
    },
    pal: () => h.call.addParticipant({ ...PAL, sessionId: `pal ${++people}` }),
    user: () => h.call.addParticipant({ ...USER, sessionId: `user ${++people}` }),
    message: () => h.call.receive({ hello: people }, "somebody"),
    kicked: () => {
      const call = h.calls.findLast(({ state }) => state === "joined");
      call?.endFromOutside(people % 2 === 0 ? "ejected" : "connectionLost");
    },
    shutdown: () => {
      const pal = [...h.call.participants().keys()].find((sessionId) => sessionId.startsWith("pal"));
      const properties = { shutdown_reason: "max_call_duration reached" };
      if (pal) h.call.receive({ message_type: "system", event_type: "system.shutdown", seq: people, properties }, pal);
    },
    die: () => h.calls.findLast(({ state }) => state === "joined")?.die(),
  };
  for (const { do: what, waitMs } of steps) {
    act[what]();
    await h.clock.advance(waitMs);
  }
  if (runs.length > 0) h.task.cancel();
  watch("last close", h.transport.close());
  await h.clock.advance(600_000);
  return { h, story };
}

it("ends a conversation exactly once and closes its call, at any failure and any time of closing", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<Ends>("both", "both", "input", "output"),
      faults,
      fc.array(step, { minLength: 1, maxLength: 12, size: "max" }),
      async (ends, given, steps) => {
        const { h, story } = await live(ends, given, steps);
        expect(h.api.ends).toEqual(h.api.created.map((_, index) => `c${index + 1}`));
        expect(h.api.created.length).toBeLessThanOrEqual(1);
        expect(h.callsMade).toBeLessThanOrEqual(given.fallback === "microphone" ? 1 : 2);
        for (const [at, { closes }] of h.calls.entries())
          if (at > 0 || given.hangs !== "close") expect([at, closes]).toEqual([at, 1]);

        // Every room that may exist is deleted once.
        const asked = h.rooms.asked.map(({ name }) => name);
        if (given.roomFails !== "delete") expect(h.rooms.deleted.toSorted()).toEqual(asked.toSorted());
        expect(asked.length).toBeLessThanOrEqual(story.filter((line) => line.includes(" create → ")).length + 1);
        expect(h.clock.pendingTimers).toBe(0);
        expect(story.filter((line) => line.includes(" connected ")).length).toBeLessThanOrEqual(1);
        expect(story.filter((line) => line.includes(" roomChanged ")).length).toBeLessThanOrEqual(1);
        expect(story.filter((line) => line.includes(" last close → done"))).toHaveLength(1);
      },
    ),
    { numRuns: 300 },
  );
});

const roomStep = fc.record({
  do: fc.constantFrom<What>("kicked", "kicked", "shutdown", "user", "pal", "close", "cancel", "end", "die"),
  waitMs: fc.constantFrom(0, 1, 300, 600, 1500, 12_000),
});

it("ends and deletes everything once, whatever happens to a call on its way to the fallback room", async () => {
  await fc.assert(
    fc.asyncProperty(
      faults,
      fc.constantFrom(0, 500),
      fc.array(roomStep, { minLength: 1, maxLength: 8, size: "max" }),
      async ({ roomFails, endFailures }, slowMs, steps) => {
        const given = {
          createDelayMs: 0,
          startDelayMs: 0,
          joinDelayMs: slowMs,
          roomDelayMs: slowMs,
          endFailures,
          roomFails,
        };
        const nothing = { createFails: false, startFails: false, fails: "nothing", hangs: "nothing" };
        const before: Step[] = [
          { do: "run", waitMs: 3000 },
          { do: "pal", waitMs: 0 },
          { do: "user", waitMs: 0 },
        ];
        const { h, story } = await live("both", { ...given, ...nothing, fallback: "rooms" } as Faults, [
          ...before,
          ...(steps as Step[]),
        ]);
        expect(h.api.ends).toEqual(["c1"]);
        const asked = h.rooms.asked.map(({ name }) => name);
        if (roomFails !== "delete") expect(h.rooms.deleted.toSorted()).toEqual(asked.toSorted());
        expect(h.calls.every(({ closes }) => closes === 1)).toBe(true);
        expect(h.calls.length).toBeLessThanOrEqual(2);
        expect(h.clock.pendingTimers).toBe(0);
        expect(story.filter((line) => line.includes(" roomChanged ")).length).toBeLessThanOrEqual(1);
        expect(story.filter((line) => line.includes(" last close → done"))).toHaveLength(1);
      },
    ),
    { numRuns: 200 },
  );
});
