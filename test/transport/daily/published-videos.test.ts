import { beforeEach, describe, expect, it } from "vitest";

import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import type { CallHost, HostListener } from "../../../src/transport/daily/call-host.ts";
import { CAMERA } from "../../../src/transport/daily/daily-call.ts";
import { DailyCallError } from "../../../src/transport/daily/daily-errors.ts";
import { FittedVideoSink, type HostedVideoSinkOptions } from "../../../src/transport/daily/fitted-video-sink.ts";
import { HostedDailyCall } from "../../../src/transport/daily/hosted-daily-call.ts";
import { sleep } from "../../../src/util/deadline.ts";
import { silentLogger } from "../../../src/util/logger.ts";

const FORMAT = { width: 32, height: 32 };

class TestSink extends FittedVideoSink {
  releases = 0;
  override release(): void {
    super.release();
    this.releases++;
  }
  protected override show(): void {
    // Nothing is checked of it here.
  }
}

/** A call over a host that notes what is asked of it. */
class Stage {
  readonly clock = new VirtualClock();
  readonly asked: string[] = [];
  readonly sinks: TestSink[] = [];
  /** How long the host takes for a method. */
  readonly takesMs: Record<string, number> = {};
  readonly fails: Record<string, Error> = {};
  listener!: HostListener;
  call!: HostedDailyCall;

  async open(): Promise<this> {
    const host = {
      runtime: "native",
      request: async (method: string, argument?: { trackName?: string; sinkId?: number }) => {
        this.asked.push([method, argument?.trackName, argument?.sinkId].filter((part) => part !== undefined).join(" "));
        await sleep(this.clock, this.takesMs[method] ?? 0);
        const failure = this.fails[method];
        if (failure) throw failure;
        return method === "join" ? { sessionId: "s1", maxAppMessageSize: 4096 } : undefined;
      },
      createVideoSink: (_id: number, options: HostedVideoSinkOptions) => {
        const sink = new TestSink(options);
        this.sinks.push(sink);
        return sink;
      },
      addVideoCapture: () => undefined,
      wantPicture: () => undefined,
      removeCapture: () => undefined,
      close: () => Promise.resolve(),
    } as unknown as CallHost;
    this.call = await HostedDailyCall.start(
      (listener) => {
        this.listener = listener;
        return Promise.resolve(host);
      },
      { clock: this.clock, logger: silentLogger },
    );
    await this.clock.advanceUntil(this.call.join({ url: "https://x.daily.co/r", userName: "Ada" }));
    this.asked.length = 0;
    return this;
  }
}

let stage: Stage;
beforeEach(async () => {
  stage = await new Stage().open();
});

describe("published video of a call", () => {
  it("is unpublished once, however often it is closed, and its name is free at once", async () => {
    const { call, clock, asked } = stage;
    const camera = await clock.advanceUntil(call.publishVideo(CAMERA, FORMAT));
    await expect(call.publishVideo(CAMERA, FORMAT)).rejects.toMatchObject({ code: "alreadyPublished" });
    const closing = Promise.all([camera.close(), camera.close()]);
    await clock.advanceUntil(call.publishVideo(CAMERA, FORMAT));
    await clock.advanceUntil(closing);
    expect(asked).toEqual(["publishVideo camera 1", "unpublishVideo camera 1", "publishVideo camera 2"]);
  });

  it.each(["leave", "roomEnded", "died", "close"])(
    "is released without a request when the call is over: %s",
    async (end) => {
      const { call, clock, asked, listener, sinks } = stage;
      const camera = await clock.advanceUntil(call.publishVideo(CAMERA, FORMAT));
      asked.length = 0;
      if (end === "leave") await clock.advanceUntil(call.leave());
      else if (end === "roomEnded") listener.onEvent({ type: "left", reason: "roomEnded", message: "Over." });
      else if (end === "died") listener.onDeath(new DailyCallError("runtimeDied", "Gone."));
      else await clock.advanceUntil(call.close());
      expect(camera.closed).toBe(true);
      expect(sinks[0]?.releases).toBeGreaterThan(0);
      await clock.advanceUntil(camera.close());
      expect(asked.filter((request) => request.startsWith("unpublish"))).toEqual([]);
      await expect(call.publishVideo(CAMERA, FORMAT)).rejects.toMatchObject({ code: "notJoined" });
    },
  );

  it("and captures: none of them requests anything at the end of the call, nor a closed track in the next call", async () => {
    const { call, clock, asked } = stage;
    const camera = await clock.advanceUntil(call.publishVideo(CAMERA, FORMAT));
    await clock.advanceUntil(call.captureVideo("s2", CAMERA, {}, () => undefined));
    asked.length = 0;
    await clock.advanceUntil(call.leave());
    await clock.advanceUntil(call.join({ url: "https://x.daily.co/r", userName: "Ada" }));
    await clock.advanceUntil(camera.close());
    expect(asked).toEqual(["leave", "join"]);
  });

  it("is removed again when daily-js publishes it too late, and the name is free", async () => {
    const { call, clock, asked, takesMs } = stage;
    takesMs.publishVideo = 60_000;
    await expect(clock.advanceUntil(call.publishVideo(CAMERA, FORMAT))).rejects.toMatchObject({ timeoutMs: 20_000 });
    expect(asked).toEqual(["publishVideo camera 1", "unpublishVideo camera 1"]);
    takesMs.publishVideo = 0;
    await expect(clock.advanceUntil(call.publishVideo(CAMERA, FORMAT))).resolves.toMatchObject({ closed: false });
  });

  it("fails when the call ends while it is being published", async () => {
    const { call, clock, takesMs, listener } = stage;
    takesMs.publishVideo = 100;
    const publishing = call.publishVideo(CAMERA, FORMAT);
    listener.onEvent({ type: "left", reason: "roomEnded", message: "Over." });
    await expect(clock.advanceUntil(publishing)).rejects.toMatchObject({ code: "notJoined" });
  });

  it("passes on why daily-js does not publish it", async () => {
    const { call, clock, fails, sinks } = stage;
    fails.publishVideo = new DailyCallError("trackFailed", "No.");
    await expect(clock.advanceUntil(call.publishVideo(CAMERA, FORMAT))).rejects.toMatchObject({ code: "trackFailed" });
    await clock.advance(10);
    expect(sinks[0]?.closed).toBe(true);
  });
});
