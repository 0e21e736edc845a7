import { beforeEach, describe, expect, it } from "vitest";

import { ScriptedDailyCall } from "../../src/testing/scripted-daily-call.ts";
import { DailyCallError } from "../../src/transport/daily/daily-errors.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";

const JOIN = { url: "https://x.daily.co/r", userName: "bot" };

let clock: VirtualClock;
let call: ScriptedDailyCall;

beforeEach(() => {
  clock = new VirtualClock();
  call = new ScriptedDailyCall({ clock });
});

describe("ScriptedDailyCall", () => {
  it("tells of those who were there before, right after the join", async () => {
    const seen: string[] = [];
    call.on("participantJoined", ({ userName }) => seen.push(userName));
    call.addParticipant({ userName: "early" });
    expect(seen).toEqual([]);
    await call.join(JOIN);
    call.addParticipant({ userName: "late" });
    expect(seen).toEqual(["early", "late"]);
  });

  it("delivers speech in blocks of 20 ms in real time, at the rate of the capture", async () => {
    await call.join(JOIN);
    const { sessionId } = call.addParticipant({ userName: "Grace" });
    const blocks: { readonly length: number; readonly atMs: number }[] = [];
    await call.captureAudio(sessionId, "microphone", { sampleRate: 24_000 }, ({ pcm }) =>
      blocks.push({ length: pcm.length, atMs: clock.nowMs() }),
    );
    const startMs = clock.nowMs();
    void call.speak(sessionId, new Int16Array(16 * 60));
    await clock.advance(100);
    expect(blocks.map(({ length, atMs }) => [length, atMs - startMs])).toEqual([
      [480, 0],
      [480, 20],
      [480, 40],
    ]);
  });

  it("refuses app messages beyond its size, and remembers the others with their time", async () => {
    await call.join(JOIN);
    await call.sendAppMessage({ a: 1 }, "s1");
    await expect(call.sendAppMessage("x".repeat(4095))).rejects.toMatchObject({ code: "messageTooLarge" });
    expect(call.sent).toEqual([{ atMs: clock.nowMs(), data: { a: 1 }, to: "s1" }]);
  });

  it("plays what is written in real time, and forgets on a flush what was not heard", async () => {
    await call.join(JOIN);
    const sink = await call.publishAudio("stream", { sampleRate: 1000 });
    sink.write(new Int16Array(100).fill(1));
    await clock.advance(40);
    expect([sink.playedSamples, sink.flush(), sink.writtenSamples]).toEqual([40, 40, 40]);
    sink.write(new Int16Array(10).fill(2));
    await expect(Promise.all([sink.whenPlayed(50), clock.advance(20)])).resolves.toContain("played");
    expect([...sink.heard()]).toEqual([...new Array<number>(40).fill(1), ...new Array<number>(10).fill(2)]);
  });

  it("fails what it is told to fail, once, in order", async () => {
    call.failNext("join", new DailyCallError("roomNotFound", "No room."));
    await expect(call.join(JOIN)).rejects.toMatchObject({ code: "roomNotFound" });
    await expect(call.join(JOIN)).resolves.toMatchObject({ maxAppMessageSize: 4096 });
  });

  it("a runtime that dies is an error event, closes the sinks and fails everything after it", async () => {
    await call.join(JOIN);
    const sink = await call.publishAudio("stream", { sampleRate: 1000 });
    const errors: Error[] = [];
    call.on("error", (error) => errors.push(error));
    call.die();
    expect(errors).toMatchObject([{ code: "runtimeDied" }]);
    expect(sink.closed).toBe(true);
    await expect(call.sendAppMessage({})).rejects.toMatchObject({ code: "notJoined" });
  });

  it("what the room ends is told with its reason, and may be joined again", async () => {
    await call.join(JOIN);
    const left: string[] = [];
    call.on("left", (reason) => left.push(reason));
    call.endFromOutside("ejected");
    expect([left, call.state]).toEqual([["ejected"], "left"]);
    await call.join(JOIN);
    expect(call.state).toBe("joined");
  });
});
