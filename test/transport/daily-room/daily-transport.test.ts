import { describe, expect, it } from "vitest";

import {
  BotConnectedFrame,
  ClientConnectedFrame,
  EndFrame,
  ErrorFrame,
  InputTransportMessageFrame,
  OutputTransportMessageFrame,
  OutputTransportMessageUrgentFrame,
  OutputTransportReadyFrame,
} from "../../../src/frames/index.ts";
import { DailyCallError } from "../../../src/transport/daily/daily-errors.ts";
import { speech } from "../frames.ts";
import { DailyHarness, ROOM_URL } from "./daily-harness.ts";

const USER = { userName: "Grace" };

describe("setup", () => {
  it("input and output share one call, joined under the bot's name with its token", async () => {
    const h = await new DailyHarness({ options: { token: "tok" } }).start();
    expect(h.callsMade).toBe(1);
    expect(h.call.joins).toMatchObject([
      { url: ROOM_URL, userName: "Ada", token: "tok", subscribeAutomatically: false },
    ]);
    expect([...h.call.sinks.keys()]).toEqual(["microphone"]);
    expect(h.transport.sessionId).toBe(h.call.sessionId);
  });

  it.each(["both", "input", "output"] as const)("%s: one BotConnectedFrame, after the StartFrame", async (ends) => {
    const h = await new DailyHarness({ ends }).start();
    h.call.addParticipant({ ...USER, sessionId: "u1" });
    h.call.receive("hello", "u1");
    await h.clock.advance(0);
    expect(h.downstream.kinds().slice(0, 2)).toEqual(["StartFrame", "BotConnectedFrame"]);
    expect(h.downstream.of(BotConnectedFrame)).toHaveLength(1);
    expect(h.downstream.of(ClientConnectedFrame)).toHaveLength(1);
    expect(h.downstream.of(InputTransportMessageFrame)).toMatchObject([{ message: "hello", fromSessionId: "u1" }]);
    h.task.cancel();
    await h.finish();
    expect([h.call.leaves, h.call.closes]).toEqual([1, 1]);
  });

  it("emits what happens in the order of the room, Pipecat's events included", async () => {
    const h = new DailyHarness({ call: { joinDelayMs: 100 } });
    h.call.addParticipant({ ...USER, sessionId: "u1" });
    await h.start();
    expect(h.events).toEqual(["state joining"]);
    await h.clock.advance(100);
    h.call.addParticipant({ ...USER, sessionId: "u2" });
    h.call.updateParticipant("u2", { userName: "Hopper" });
    h.call.receive("hi", "u2");
    h.call.removeParticipant("u1");
    await h.clock.advance(0);
    h.task.cancel();
    await h.finish();
    expect(h.events).toEqual([
      ...["state joining", "state joined", "joined", "connected"],
      ...["firstParticipantJoined u1", "participantJoined u1", "clientConnected u1"],
      ...["participantJoined u2", "clientConnected u2", "participantUpdated u2", 'message "hi" of u2'],
      ...["participantLeft u1", "clientDisconnected u1"],
      ...["state leaving", "beforeLeave", "left", "state left"],
    ]);
  });

  it("is ready as soon as the pipeline has started", async () => {
    const h = await new DailyHarness().start();
    expect(h.upstream.of(OutputTransportReadyFrame)).toHaveLength(1);
  });

  it("reports who is in the room", async () => {
    const h = await new DailyHarness().start();
    h.call.addParticipant({ ...USER, sessionId: "u1" });
    expect([...h.transport.participants().keys()]).toEqual(["u1"]);
    expect(h.transport.participantCounts()).toEqual({ present: 2 });
    h.task.cancel();
    await h.finish();
    expect(h.transport.participants().size).toBe(0);
    expect(h.transport.participantCounts()).toEqual({ present: 0 });
    expect(h.transport.sessionId).toBeUndefined();
  });

  it("input() and output() return the same object at every call", () => {
    const { transport } = new DailyHarness();
    expect(transport.input()).toBe(transport.input());
    expect(transport.output()).toBe(transport.output());
  });
});

describe("app messages", () => {
  it("of the application and of frames before the join are sent after it, once and in order", async () => {
    const h = new DailyHarness({ call: { joinDelayMs: 3000 } });
    const first = h.transport.sendAppMessage("first");
    h.task.queueFrame(new OutputTransportMessageUrgentFrame("third", "u1"));
    await h.start();
    const second = h.transport.sendAppMessage("second", { sessionId: "u2" });
    await h.clock.advance(2000);
    expect(h.call.sent).toEqual([]);
    await h.clock.advance(2000);
    await Promise.all([first, second]);
    expect(h.call.sent.map(({ data, to }) => [data, to])).toEqual([
      ["first", undefined],
      ["second", "u2"],
      ["third", "u1"],
    ]);
  });

  it("of frames wait for the audio before them", async () => {
    const h = await new DailyHarness().start();
    await h.send(speech(1000), new OutputTransportMessageFrame("after"));
    await h.clock.advance(900);
    expect(h.call.sent).toEqual([]);
    await h.clock.advance(200);
    expect(h.call.sent.map(({ data }) => data)).toEqual(["after"]);
  });

  it("that wait for a join that fails are rejected with its reason", async () => {
    const h = new DailyHarness();
    const failure = new DailyCallError("roomFull", "The room is full.");
    h.call.failNext("join", failure);
    const waiting = h.transport.sendAppMessage("hello");
    waiting.catch(() => undefined);
    await h.start();
    await expect(h.finish()).rejects.toMatchObject({ code: "roomFull" });
    await expect(waiting).rejects.toBe(failure);
  });

  it("of frames that keep failing are one error upstream", async () => {
    const h = await new DailyHarness().start();
    for (let n = 0; n < 3; n++) h.call.failNext("sendAppMessage", new Error("no way"));
    for (let n = 0; n < 4; n++) await h.send(new OutputTransportMessageUrgentFrame(n));
    expect(h.upstream.of(ErrorFrame)).toMatchObject([{ error: { message: "no way" }, fatal: false }]);
    expect(h.call.sent.map(({ data }) => data)).toEqual([3]);
  });

  it("are still sent by a listener of beforeLeave, and by nobody after the call", async () => {
    const h = await new DailyHarness().start();
    h.transport.on("beforeLeave", () => h.transport.sendAppMessage("goodbye"));
    h.task.cancel();
    await h.finish();
    expect(h.call.sent.map(({ data }) => data)).toEqual(["goodbye"]);
    await expect(h.transport.sendAppMessage("too late")).rejects.toMatchObject({ code: "notJoined" });
  });
});

describe("failure", () => {
  it("a room that cannot be joined rejects the run with its reason, and everything is released", async () => {
    const h = new DailyHarness();
    h.call.failNext("join", new DailyCallError("notAllowed", "A token is needed."));
    await h.start();
    await expect(h.finish()).rejects.toMatchObject({ code: "notAllowed" });
    expect(h.call.closes).toBe(1);
    expect(h.clock.pendingTimers).toBe(0);
    expect(h.events).toEqual(["state joining", "state error"]);
  });

  it("a join that hangs fails at its deadline", async () => {
    const h = new DailyHarness({ call: { joinDelayMs: 10_000_000 }, options: { params: { joinTimeoutMs: 3000 } } });
    await h.start();
    await expect(h.finish()).rejects.toThrow(/Joining the room took longer than 3000 ms/);
    expect(h.call.closes).toBe(1);
  });

  it("a runtime that starts too late is closed", async () => {
    const h = new DailyHarness({ runtime: { startDelayMs: 20_000 } });
    await h.start();
    await h.clock.advance(1000);
    h.task.cancel();
    await h.finish().catch(() => undefined);
    await h.clock.advance(30_000);
    expect([h.call.joins.length, h.call.closes]).toEqual([0, 1]);
  });

  it("a track that cannot be published fails the setup, and the room is left", async () => {
    const h = new DailyHarness();
    h.call.failNext("publishAudio", new DailyCallError("trackFailed", "No track."));
    await h.start();
    await expect(h.finish()).rejects.toThrow("No track.");
    expect([h.call.leaves, h.call.closes]).toEqual([1, 1]);
  });

  it.each([
    ["an eject", (h: DailyHarness) => h.call.endFromOutside("ejected", "You were ejected."), "ejected"],
    ["the end of the room", (h: DailyHarness) => h.call.endFromOutside("roomEnded"), "roomExpired"],
    ["the expiry of the token", (h: DailyHarness) => h.call.endFromOutside("expired"), "roomExpired"],
    ["a lost connection", (h: DailyHarness) => h.call.endFromOutside("connectionLost"), "connectionFailed"],
    ["the death of the runtime", (h: DailyHarness) => h.call.die(), "runtimeDied"],
  ])("%s is one error, and ends the task with it", async (_what, happen, code) => {
    for (const ends of ["both", "input", "output"] as const) {
      const h = await new DailyHarness({ ends }).start();
      const errors: Error[] = [];
      h.transport.on("error", (error) => errors.push(error));
      happen(h);
      await h.clock.advance(0);
      await expect(h.finish()).rejects.toMatchObject({ code });
      expect(errors).toMatchObject([{ code }]);
      expect(h.events.slice(-3)).toEqual(["state error", `error ${errors[0]?.message ?? ""}`, "left"]);
      expect(h.call.closes).toBe(1);
      expect(h.clock.pendingTimers).toBe(0);
      await expect(h.transport.sendAppMessage("too late")).rejects.toMatchObject({ code });
    }
  });

  it("a room that ends before the pipeline has started ends the task all the same", async () => {
    const h = new DailyHarness();
    const publish = h.call.publishAudio.bind(h.call);
    h.call.publishAudio = async (...args) => {
      const sink = await publish(...args);
      h.call.endFromOutside("ejected", "You were ejected.");
      return sink;
    };
    await h.start();
    await expect(h.finish()).rejects.toMatchObject({ code: "ejected" });
    expect(h.events.filter((event) => !event.startsWith("state"))).toEqual([
      "joined",
      "connected",
      expect.stringContaining("ejected"),
      "left",
    ]);
  });

  it("a listener that throws stops nothing and is reported", async () => {
    const h = await new DailyHarness().start();
    h.transport.on("participantJoined", () => {
      throw new Error("listener");
    });
    h.transport.on("participantJoined", async () => Promise.reject(new Error("async listener")));
    h.call.addParticipant({ ...USER, sessionId: "u1" });
    await h.clock.advance(0);
    expect(h.events.filter((event) => event.startsWith("error"))).toEqual(["error listener", "error async listener"]);
    expect(h.call.captured).toEqual(["u1/microphone"]);
    expect(h.events).toContain("clientConnected u1");
  });
});

describe("end", () => {
  it("everything is heard before the room is left", async () => {
    const h = await new DailyHarness().start();
    await h.send(speech(1000), new EndFrame());
    await h.clock.advance(2900);
    expect(h.call.leaves).toBe(0);
    await h.finish();
    const heard = h.call.sinks.get("microphone")!.heard();
    expect(heard.filter((sample) => sample === 1000)).toHaveLength(24 * 1000);
    expect([h.call.leaves, h.call.closes]).toEqual([1, 1]);
    expect(h.clock.pendingTimers).toBe(0);
  });

  it("waits for the listeners of beforeLeave, who still find the room", async () => {
    const h = await new DailyHarness().start();
    let states: string[] = [];
    h.transport.on("beforeLeave", async () => {
      await new Promise((resolve) => void h.clock.setTimeout(() => resolve(undefined), 1500));
      states = [h.call.state];
    });
    h.task.cancel();
    await h.clock.advance(1400);
    expect(h.call.leaves).toBe(0);
    await h.finish();
    expect(states).toEqual(["joined"]);
    expect(h.call.leaves).toBe(1);
  });

  it("leaves without a listener of beforeLeave that never ends, and with one that fails", async () => {
    const h = await new DailyHarness().start();
    h.transport.on("beforeLeave", () => Promise.reject(new Error("listener")));
    h.transport.on("beforeLeave", () => new Promise(() => undefined));
    h.task.cancel();
    await h.clock.advance(1999);
    expect(h.call.leaves).toBe(0);
    await h.clock.advance(2);
    expect(h.call.leaves).toBe(1);
    await h.finish();
    expect(h.events).toContain("error listener");
    expect(h.logger.warnings()).toEqual(["Leaving without them."]);
  });

  it("a call that does not leave delays the end, but for less than a task has for its cleanup", async () => {
    const h = await new DailyHarness().start();
    h.transport.on("beforeLeave", () => new Promise(() => undefined));
    h.call.leave = () => new Promise(() => undefined);
    h.call.close = () => new Promise(() => undefined);
    const fromMs = h.clock.nowMs();
    h.task.cancel();
    await expect(h.finish()).resolves.toMatchObject({ outcome: "cancelled" });
    expect(h.clock.nowMs() - fromMs).toBeLessThan(10_000);
    expect(h.events.slice(-2)).toEqual(["left", "state left"]);
  });

  it.each(["both", "input", "output"] as const)(
    "close() in mid-call cancels the task, with a reason that says so (ends: %s)",
    async (ends) => {
      const h = await new DailyHarness({ ends }).start();
      const closing = Promise.all([h.transport.close(), h.transport.close()]);
      await expect(h.finish()).resolves.toMatchObject({
        outcome: "cancelled",
        reason: "the transport was closed by close()",
      });
      await closing;
      expect([h.call.leaves, h.call.closes]).toEqual([1, 1]);
    },
  );

  it("close() by a listener ends the call once", async () => {
    for (const event of ["joined", "beforeLeave", "left", "callStateUpdated"] as const) {
      const h = new DailyHarness();
      h.transport.on(event, () => void h.transport.close());
      await h.start();
      h.task.cancel();
      await h.finish().catch(() => undefined);
      await h.clock.advance(10_000);
      expect([event, h.events.filter((name) => name === "left").length <= 1]).toEqual([event, true]);
      expect([event, h.call.closes]).toEqual([event, h.callsMade]);
      expect(h.clock.pendingTimers).toBe(0);
    }
  });

  it("a transport that never ran closes, and can no longer be run", async () => {
    const h = new DailyHarness();
    const waiting = h.transport.sendAppMessage("hello");
    waiting.catch(() => undefined);
    await h.transport.close();
    await expect(waiting).rejects.toMatchObject({ code: "closed" });
    await h.start();
    await expect(h.finish()).rejects.toMatchObject({ code: "closed" });
    expect(h.callsMade).toBe(0);
  });
});
