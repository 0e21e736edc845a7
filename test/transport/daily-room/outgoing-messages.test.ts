import { describe, expect, it } from "vitest";

import { ScriptedDailyCall } from "../../../src/testing/scripted-daily-call.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { OutgoingMessages } from "../../../src/transport/daily-room/outgoing-messages.ts";
import { DailyCallError } from "../../../src/transport/daily/daily-errors.ts";
import { TestLogger } from "../frames.ts";

const OVER = new Error("over");

async function stage() {
  const logger = new TestLogger();
  const messages = new OutgoingMessages(() => logger);
  const call = new ScriptedDailyCall({ clock: new VirtualClock() });
  await call.join({ url: "https://example.daily.co/room", userName: "Bot" });
  return {
    messages,
    call,
    logger,
    sent: () => call.sent.map(({ data, to }) => (to === undefined ? data : [data, to])),
  };
}

describe("app messages of a transport", () => {
  it("wait for the join, and leave in their order, before anything later", async () => {
    const { messages, call, sent } = await stage();
    const early = [messages.send(1), messages.send(2, "u1")];
    expect(sent()).toEqual([]);
    messages.joined(call);
    const late = messages.send(3);
    await Promise.all([...early, late]);
    expect(sent()).toEqual([1, [2, "u1"], 3]);
  });

  it("wait in a bounded number", async () => {
    const { messages, call, sent } = await stage();
    const waiting = Array.from({ length: 100 }, (_, index) => messages.send(index));
    await expect(messages.send("one more")).rejects.toMatchObject({ code: "notJoined" });
    messages.joined(call);
    await Promise.all(waiting);
    expect(sent()).toHaveLength(100);
  });

  it("that wait are rejected with the reason when there is no join", async () => {
    const { messages, call, sent } = await stage();
    const waiting = messages.send(1);
    messages.over(OVER);
    await expect(waiting).rejects.toBe(OVER);
    messages.joined(call);
    await expect(messages.send(2)).rejects.toBe(OVER);
    expect(sent()).toEqual([]);
  });

  it("are dropped while the connection is interrupted, frames with one warning per interruption", async () => {
    const { messages, call, logger, sent } = await stage();
    messages.joined(call);
    for (let round = 0; round < 2; round++) {
      messages.interrupted(true);
      await messages.sendFrame("lost", undefined);
      await messages.sendFrame("lost", undefined);
      await expect(messages.send("lost")).rejects.toMatchObject({ code: "connectionFailed" });
      messages.interrupted(false);
      await messages.sendFrame(`back ${round}`, undefined);
    }
    expect(sent()).toEqual(["back 0", "back 1"]);
    expect(logger.warnings()).toHaveLength(2);
    expect(logger.warnings()[0]).toContain("the connection is interrupted");
  });

  it("of frames are dropped after the call, with one warning", async () => {
    const { messages, call, logger, sent } = await stage();
    messages.joined(call);
    messages.over(OVER);
    await messages.sendFrame(1, undefined);
    await messages.sendFrame(2, undefined);
    expect(sent()).toEqual([]);
    expect(logger.warnings()).toEqual([expect.stringContaining("the call is over")]);
  });

  it("of frames that fail in a row are one error, until one succeeds", async () => {
    const { messages, call } = await stage();
    messages.joined(call);
    const failure = new DailyCallError("messageTooLarge", "too large");
    const outcome = async (fails: boolean): Promise<string> => {
      if (fails) call.failNext("sendAppMessage", failure);
      return await messages.sendFrame({}, undefined).then(
        () => "quiet",
        (error: unknown) => (error === failure ? "error" : "?"),
      );
    };
    const outcomes: string[] = [];
    for (const fails of [true, true, true, false, true, true]) outcomes.push(await outcome(fails));
    expect(outcomes).toEqual(["error", "quiet", "quiet", "quiet", "error", "quiet"]);
  });
});
