import { describe, expect, it } from "vitest";

import type { CallHost, HostListener } from "../../src/transport/daily/call-host.ts";
import { HostedDailyCall } from "../../src/transport/daily/hosted-daily-call.ts";
import { systemClock } from "../../src/util/clock.ts";
import { silentLogger } from "../../src/util/logger.ts";

describe("app messages that arrive while a call joins", () => {
  it("are kept up to a thousand; the rest is dropped with one warning, and participants are kept", async () => {
    let listener!: HostListener;
    const joined = Promise.withResolvers<{ sessionId: string; maxAppMessageSize: number }>();
    const host = {
      runtime: "native",
      request: (method: string) => (method === "join" ? joined.promise : Promise.resolve(undefined)),
      close: () => Promise.resolve(),
    } as unknown as CallHost;
    const call = await HostedDailyCall.start(
      (given) => {
        listener = given;
        return Promise.resolve(host);
      },
      { clock: systemClock, logger: silentLogger },
    );
    const seen = { messages: 0, participants: 0, warnings: [] as string[] };
    call
      .on("appMessage", () => seen.messages++)
      .on("participantJoined", () => seen.participants++)
      .on("warning", (warning) => seen.warnings.push(warning));

    const joining = call.join({ url: "http://127.0.0.1:1/r", userName: "Ada" });
    for (let n = 0; n < 5000; n++) listener.onEvent({ type: "appMessage", data: n, from: "s" });
    const participant = { sessionId: "s", userName: "Sam", custom: {} } as never;
    listener.onEvent({ type: "participantJoined", participant });
    joined.resolve({ sessionId: "me", maxAppMessageSize: 4096 });
    await joining;

    expect(seen.messages).toBe(1000);
    expect(seen.participants).toBe(1);
    expect(seen.warnings).toEqual([expect.stringContaining("Too many app messages")]);
    await call.close();
  });
});
