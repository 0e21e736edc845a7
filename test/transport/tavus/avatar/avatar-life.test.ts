import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { VirtualClock } from "../../../../src/testing/virtual-clock.ts";
import { AvatarLife, type AvatarChange } from "../../../../src/transport/tavus/avatar/avatar-life.ts";
import { nextAvatarState, type AvatarInput } from "../../../../src/transport/tavus/avatar/avatar-state.ts";

function live(...inputs: readonly AvatarInput[]): string[] {
  const story: string[] = [];
  const life = new AvatarLife({
    clock: new VirtualClock(),
    onChange: ({ state }) => story.push("reason" in state ? `${state.is} ${state.reason}` : state.is),
  });
  for (const input of inputs) life.report(input);
  return story;
}

const OPENING = { type: "opening" } as const;
const JOINED = { type: "palJoined", sessionId: "p1" } as const;
const LEFT = { type: "palLeft", remaining: undefined } as const;
const HEARD = { type: "palHeard", sessionId: "p1" } as const;
const failed = (reason: "outOfCredits" | "roomEnded"): AvatarInput => ({ type: "failed", reason });

describe("the state of the avatar", () => {
  it("follows the pal through the room", () => {
    expect(live(OPENING, JOINED, LEFT, JOINED)).toEqual(["joining", "speaking", "absent left", "speaking"]);
    expect(live(OPENING, { type: "palLate" }, JOINED)).toEqual(["joining", "absent notJoined", "speaking"]);
  });

  it("is absent while a pal in the room is silent", () => {
    const silent = { type: "palSilent" } as const;
    expect(live(OPENING, JOINED, silent, silent, HEARD)).toEqual(["joining", "speaking", "absent silent", "speaking"]);
    expect(live(OPENING, JOINED, silent, LEFT, HEARD)).toEqual(["joining", "speaking", "absent silent", "absent left"]);
  });

  it("keeps the first cause of a failure", () => {
    expect(live(OPENING, JOINED, failed("outOfCredits"), LEFT, failed("roomEnded"))).toEqual([
      "joining",
      "speaking",
      "failed outOfCredits",
    ]);
  });

  it("stays with the session that speaks while a second one is in the room", () => {
    expect(live(OPENING, JOINED, { type: "palJoined", sessionId: "p2" })).toEqual(["joining", "speaking"]);
    expect(nextAvatarState({ is: "speaking", sessionId: "p1" }, { type: "palLeft", remaining: "p2" })).toEqual({
      is: "speaking",
      sessionId: "p2",
    });
  });

  it("ignores a pal where there is no conversation", () => {
    expect(live({ type: "notConfigured" }, JOINED, LEFT, HEARD, { type: "palLate" })).toEqual(["none notConfigured"]);
  });
});

const sessionId = fc.constantFrom("p1", "p2");
const input: fc.Arbitrary<AvatarInput> = fc.oneof(
  fc.constantFrom<AvatarInput>(
    { type: "notConfigured" },
    OPENING,
    { type: "palLate" },
    { type: "palSilent" },
    failed("outOfCredits"),
    failed("roomEnded"),
  ),
  fc.record({ type: fc.constant("palJoined" as const), sessionId }),
  fc.record({ type: fc.constant("palHeard" as const), sessionId }),
  fc.record({ type: fc.constant("palLeft" as const), remaining: fc.option(sessionId, { nil: undefined }) }),
);

it("reports each change once and accounts for all of the time, for any order of inputs", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(input, fc.nat(5000)), { maxLength: 40 }), async (steps) => {
      const clock = new VirtualClock();
      const startMs = clock.nowMs();
      const changes: AvatarChange[] = [];
      const life = new AvatarLife({ clock, onChange: (change) => changes.push(change) });
      let known = life.state;
      for (const [step, waitMs] of steps) {
        life.report(step);
        await clock.advance(waitMs);
      }
      for (const { state, before } of changes) {
        expect(before).toBe(known);
        expect(state).not.toEqual(before);
        known = state;
      }
      expect(life.state).toBe(known);
      const absences = changes.filter(({ state }) => state.is === "absent" || state.is === "failed");
      expect([...life.failures.values()].reduce((sum, count) => sum + count, 0)).toBe(absences.length);
      expect([...life.spentMs.values()].reduce((sum, ms) => sum + ms, 0)).toBe(clock.nowMs() - startMs);
      // A failed avatar comes back only with a conversation or a pal.
      for (const [at, { before, state }] of changes.entries()) {
        if (before.is === "failed")
          expect([at, state.is]).toEqual([at, expect.stringMatching(/joining|speaking|none/)]);
      }
    }),
    { numRuns: 300 },
  );
});
