import { afterEach, describe, expect, it, vi } from "vitest";

import type * as daily from "../../../src/transport/daily/index.ts";
import { warmUpRuntime } from "../../../src/transport/room/default-call-factory.ts";
import { WarmUp } from "../../../src/transport/room/warm-up.ts";
import { silentLogger } from "../../../src/util/logger.ts";

const prewarmDailyRuntime = vi.hoisted(() => vi.fn<typeof daily.prewarmDailyRuntime>());
vi.mock("../../../src/transport/daily/index.ts", async (importOriginal) => ({
  ...(await importOriginal<typeof daily>()),
  prewarmDailyRuntime,
}));

afterEach(() => {
  prewarmDailyRuntime.mockReset();
});

function warmUps() {
  let ends = 0;
  const warm = {
    [Symbol.asyncDispose]: async () => {
      ends++;
    },
  };
  const start = vi.fn(async () => warm);
  return { warmUp: new WarmUp(start, () => silentLogger), start, ends: () => ends };
}
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the runtime that is started ahead of a call", () => {
  it.each([
    ["auto", "http://127.0.0.1:8080/v2", "native"],
    ["auto", "https://tavusapi.com/v2", "chromium"],
    ["native", "https://tavusapi.com/v2", "native"],
    ["chromium", "http://localhost:8080", "chromium"],
  ] as const)("is, with %s and %s, %s", async (runtime, place, expected) => {
    await warmUpRuntime({ runtime, mediaProcess: "perCall" }, place, silentLogger);
    expect(prewarmDailyRuntime).toHaveBeenCalledWith(expected, expect.objectContaining({ mediaProcess: "perCall" }));
  });

  it("is started once, and held until the call holds it", async () => {
    const { warmUp, start, ends } = warmUps();
    warmUp.begin();
    warmUp.begin();
    await settled();
    expect([start.mock.calls.length, ends()]).toEqual([1, 0]);
    warmUp.end();
    warmUp.end();
    await settled();
    expect(ends()).toBe(1);
  });

  it("is released as well when it is ready only after the end, and not started after it", async () => {
    const { warmUp, start, ends } = warmUps();
    warmUp.begin();
    warmUp.end();
    await settled();
    expect(ends()).toBe(1);
    warmUp.begin();
    expect(start).toHaveBeenCalledOnce();
  });

  it("fails nothing when it cannot start", async () => {
    const warmUp = new WarmUp(
      () => Promise.reject(new Error("no browser")),
      () => silentLogger,
    );
    warmUp.begin();
    await settled();
    warmUp.end();
    await settled();
  });
});
