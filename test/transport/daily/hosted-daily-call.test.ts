import { describe, expect, it } from "vitest";

import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import type { CallHost, HostListener } from "../../../src/transport/daily/call-host.ts";
import { HostedDailyCall, type CallTimeouts } from "../../../src/transport/daily/hosted-daily-call.ts";
import { sleep } from "../../../src/util/deadline.ts";
import { silentLogger } from "../../../src/util/logger.ts";
import { TestLogger } from "../frames.ts";

const URL_ = "https://example.daily.co/room";

/** A call whose daily-js takes this long for everything. */
async function callOf(answersInMs: number, timeouts: CallTimeouts = {}) {
  const clock = new VirtualClock();
  const host = {
    runtime: "native",
    request: async (method: string) => {
      await sleep(clock, answersInMs);
      return method === "join" ? { sessionId: "s1", maxAppMessageSize: 4096 } : undefined;
    },
    close: () => Promise.resolve(),
  } as unknown as CallHost;
  const call = await HostedDailyCall.start(() => Promise.resolve(host), { clock, logger: silentLogger, ...timeouts });
  return { call, clock };
}

describe("the deadlines of a call", () => {
  it("a join may take as long as joinTimeoutMs, also longer than the default", async () => {
    const { call, clock } = await callOf(55_000, { joinTimeoutMs: 60_000 });
    await expect(clock.advanceUntil(call.join({ url: URL_, userName: "Ada" }))).resolves.toMatchObject({
      sessionId: "s1",
    });
  });

  it.each([
    [undefined, 30_000],
    [60_000, 60_000],
    [3000, 3000],
  ])("a join with joinTimeoutMs %j fails after %i ms", async (joinTimeoutMs, expectedMs) => {
    const { call, clock } = await callOf(1e7, joinTimeoutMs === undefined ? {} : { joinTimeoutMs });
    const joining = call.join({ url: URL_, userName: "Ada" });
    await expect(clock.advanceUntil(joining)).rejects.toMatchObject({ timeoutMs: expectedMs });
    expect(clock.nowMs()).toBe(expectedMs);
  });

  it("a call is closed within leaveTimeoutMs even if daily-js hangs", async () => {
    const { call, clock } = await callOf(1e7, { leaveTimeoutMs: 2000 });
    await clock.advanceUntil(call.close());
    expect(clock.nowMs()).toBe(2000);
  });
});

it("logs the warnings of a host that starts: the call has no listeners yet", async () => {
  const logger = new TestLogger();
  const warned: string[] = [];
  let warn: ((message: string) => void) | undefined;
  const call = await HostedDailyCall.start(
    ({ onWarning }) => {
      onWarning("no sandbox");
      warn = onWarning;
      return Promise.resolve({ close: () => Promise.resolve() } as unknown as CallHost);
    },
    { clock: new VirtualClock(), logger },
  );
  call.on("warning", (message) => warned.push(message));
  warn?.("later");
  expect(logger.warnings()).toEqual([expect.stringContaining("no sandbox")]);
  expect(warned).toEqual(["later"]);
});

it("reports its states before what led to them, and what daily-js reports", async () => {
  const seen: unknown[] = [];
  let listener: HostListener | undefined;
  const requests: unknown[] = [];
  const host = {
    request: async (method: string, argument: unknown) => {
      requests.push([method, argument]);
      return method === "join" ? { sessionId: "s1", maxAppMessageSize: 4096 } : { settings: 1 };
    },
    close: () => Promise.resolve(),
  } as unknown as CallHost;
  const call = await HostedDailyCall.start(
    (given) => {
      listener = given;
      return Promise.resolve(host);
    },
    { clock: new VirtualClock(), logger: silentLogger },
  );
  call.on("callStateUpdated", (state, before) => seen.push(`${before} to ${state}`));
  call.on("networkQualityChanged", (quality) => seen.push(quality.state));
  call.on("left", (reason) => seen.push(reason));
  await expect(call.updateSendSettings({ video: "x" })).rejects.toMatchObject({ code: "notJoined" });
  const joining = call.join({ url: URL_, userName: "Ada" });
  listener?.onEvent({ type: "status", name: "networkQualityChanged", argument: { state: "bad", reasons: [] } });
  await joining;
  requests.length = 0;
  expect(await call.updateSendSettings({ video: "x" })).toEqual({ settings: 1 });
  expect(requests).toEqual([["control", { control: "updateSendSettings", argument: { video: "x" } }]]);
  listener?.onEvent({ type: "left", reason: "roomEnded", message: "Over." });
  await call.close();
  expect(seen).toEqual(["new to joining", "joining to joined", "bad", "joined to left", "roomEnded", "left to closed"]);
});
