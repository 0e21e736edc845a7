import { afterEach, describe, expect, it, vi } from "vitest";

import { Pipeline, PipelineTask } from "../../../src/pipeline/index.ts";
import { ScriptedDailyCall, VirtualClock } from "../../../src/testing/index.ts";
import type * as daily from "../../../src/transport/daily/index.ts";
import { TavusTransport } from "../../../src/transport/tavus/index.ts";
import { silentLogger } from "../../../src/util/logger.ts";
import { safeLogger } from "../../../src/util/safe-logger.ts";

const createDailyCall = vi.hoisted(() => vi.fn<typeof daily.createDailyCall>());
vi.mock("../../../src/transport/daily/index.ts", async (importOriginal) => ({
  ...(await importOriginal<typeof daily>()),
  createDailyCall,
}));

afterEach(() => {
  createDailyCall.mockReset();
});

describe("the default call factory", () => {
  it("passes its deadlines, clock and logger to the call, which has none of its own", async () => {
    const clock = new VirtualClock();
    // As the library passes it on: guarded.
    const logger = safeLogger({ ...silentLogger });
    createDailyCall.mockImplementation(() => Promise.resolve(new ScriptedDailyCall({ clock, joinDelayMs: 55_000 })));
    const roomUrl = "https://example.daily.co/room";
    const options = { roomUrl, runtime: "chromium", params: { joinTimeoutMs: 60_000 } } as const;
    const transport = new TavusTransport(options, { env: {}, clock, logger });
    const task = new PipelineTask(new Pipeline([transport.input(), transport.output()]), { clock, logger });
    const connected = vi.fn();
    transport.on("connected", connected);
    const run = task.run();
    // The runtimes are loaded when they are needed, in real time.
    await vi.waitFor(() => expect(createDailyCall).toHaveBeenCalled(), 20_000);
    await clock.advance(54_000);
    expect(createDailyCall.mock.calls).toEqual([
      [
        {
          ...{
            url: roomUrl,
            runtime: "chromium",
            mediaProcess: "shared",
            mediaPriority: "normal",
            jitterBuffer: false,
          },
          ...{ joinTimeoutMs: 60_000, leaveTimeoutMs: 2000, clock, logger },
        },
      ],
    ]);
    expect(createDailyCall.mock.calls[0]?.[0].clock).toBe(clock);
    expect(createDailyCall.mock.calls[0]?.[0].logger).toBe(logger);
    expect(connected).not.toHaveBeenCalled();
    await clock.advance(2000);
    expect(connected).toHaveBeenCalledOnce();
    task.cancel();
    await clock.advanceUntil(run);
  });
});
