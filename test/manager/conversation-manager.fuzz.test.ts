import fc from "fast-check";
import { expect, it } from "vitest";

import { ManagerRig } from "./manager-rig.ts";

const LEAVE_GRACE_MS = 2000;
/** More than any creation, retries of an end and the grace time take together. */
const QUIET_MS = 120_000;

const step = fc.record({
  do: fc.constantFrom("join", "join", "leave", "leave", "start", "end", "over", "close"),
  user: fc.constantFrom("ada", "grace", "alan"),
  waitMs: fc.constantFrom(0, 0, 1, 100, 1000, 2000, 2500, 10_000),
  // What the API does from here on.
  delayMs: fc.constantFrom(0, 0, 500, 3000),
  createFailures: fc.constantFrom(0, 0, 0, 1),
  palFailures: fc.constantFrom(0, 0, 0, 1),
  // The lease tries three times: more failures are a test of its own.
  endFailures: fc.constantFrom(0, 0, 1, 2),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
const lastStep = fc.constantFrom("end", "close", "lastLeave");

/** Whether each conversation is created before it ends, and ends before the next is created. */
function expectLegalOrder(events: readonly string[]): void {
  let open: string | undefined;
  let pals = 0;
  for (const event of events) {
    const [what, id] = event.split(" ");
    if (what === "pal") {
      expect(open).toBeUndefined();
      pals++;
    } else if (what === "created") {
      expect(open).toBeUndefined();
      open = id;
    } else {
      expect(open).toBe(id);
      open = undefined;
    }
  }
  expect(open).toBeUndefined();
  expect(pals).toBeLessThanOrEqual(1);
}

async function live(steps: readonly Step[], last: string): Promise<void> {
  const rig = new ManagerRig({ autoCreatePal: true, faceId: "f1", leaveGraceMs: LEAVE_GRACE_MS });
  const { manager, clock, api } = rig;
  let closed = false;
  const unsettled = new Set<Promise<unknown>>();
  const watch = (promise: Promise<unknown>): void => {
    const settled = promise.then(
      () => undefined,
      (thrown: unknown) => expect(thrown).toBeInstanceOf(Error),
    );
    unsettled.add(settled);
    void settled.finally(() => unsettled.delete(settled));
  };
  for (const { do: action, user, waitMs, ...faults } of steps) {
    await clock.advance(waitMs);
    Object.assign(api, faults);
    if (action === "join") watch(manager.userJoined(user));
    if (action === "leave") watch(manager.userLeft(user));
    if (action === "start") watch(manager.start());
    if (action === "end") watch(manager.end());
    if (action === "over") watch(manager.conversationOver(`c${api.created.length}`));
    if (action === "close") {
      closed = true;
      watch(manager.close());
    }
  }
  Object.assign(api, { createFailures: 0, palFailures: 0 });
  if (last === "lastLeave") {
    // A conversation that start() holds, without users, does not end by a leave.
    watch(manager.userJoined("last"));
    for (const user of [...manager.users, "last"]) watch(manager.userLeft(user));
  }
  if (last === "end") watch(manager.end());
  if (last === "close") {
    closed = true;
    watch(manager.close());
  }
  await clock.advance(QUIET_MS);
  expect(unsettled.size).toBe(0);
  expect(api.mostOpen).toBeLessThanOrEqual(1);
  expect([...api.open]).toEqual([]);
  // Every conversation was ended, and with success once.
  expect([...api.ends.keys()]).toEqual(api.created.map((_, index) => `c${index + 1}`));
  expect([...api.ends.values()].every((times) => times === 1)).toBe(true);
  expectLegalOrder(rig.events);
  expect(rig.ended.map(({ conversationId }) => conversationId)).toEqual([...api.ends.keys()]);
  expect(rig.ended.every(({ confirmed }) => confirmed)).toBe(true);
  expect([manager.state, manager.users, clock.pendingTimers]).toEqual(["idle", [], 0]);
  expect(manager.cost.process).toMatchObject({ open: 0, over: api.created.length });
  // It can go on, unless it was closed.
  const again = clock.advanceUntil(manager.start());
  if (closed) await expect(again).rejects.toMatchObject({ code: "managerClosed" });
  else expect((await again).conversationId).toBe(`c${api.created.length}`);
}

it("has at most one conversation, and ends each one once, for every order of joins, leaves, starts, ends and faults", async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 14 }), lastStep, live), { numRuns: 300 });
}, 60_000);
