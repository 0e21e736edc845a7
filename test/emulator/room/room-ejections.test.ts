import { expect, it } from "vitest";

import { RoomEjections } from "../../../src/emulator/room/room-ejections.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";

const DAYS_MS = 40 * 86_400_000;

it("ejects at an expiry that is further away than the longest timer", async () => {
  const clock = new VirtualClock();
  const ejected: string[] = [];
  const ejections = new RoomEjections(clock, (sessionId, error) => ejected.push(`${sessionId} ${error}`));
  const expiresAtMs = clock.wallMs() + DAYS_MS;
  ejections.schedule("one", clock.wallMs(), { expiresAtMs, ejectAtExpiry: true }, undefined);
  ejections.schedule("other", clock.wallMs(), { expiresAtMs, ejectAtExpiry: true }, undefined);
  await clock.advance(DAYS_MS - 1);
  expect(ejected).toEqual([]);
  ejections.cancel("other");
  await clock.advance(1);
  expect(ejected).toEqual(["one exp-room"]);
  expect(clock.pendingTimers).toBe(0);
});
