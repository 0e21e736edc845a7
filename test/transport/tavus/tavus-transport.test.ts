import { inspect } from "node:util";
import { describe, expect, it } from "vitest";

import {
  BotConnectedFrame,
  BotStartedSpeakingFrame,
  ClientConnectedFrame,
  EndFrame,
  ErrorFrame,
  InputTransportMessageFrame,
  InterruptionFrame,
  OutputTransportMessageUrgentFrame,
  OutputTransportReadyFrame,
  TTSStoppedFrame,
  UserAudioRawFrame,
} from "../../../src/frames/index.ts";
import { DailyCallError } from "../../../src/transport/daily/daily-errors.ts";
import { InvalidOptionError } from "../../../src/util/errors.ts";
import { TavusTransport } from "../../../src/transport/tavus/tavus-transport.ts";
import { pcm, speech } from "../frames.ts";
import { PAL, PAL_NAME, TavusHarness, USER } from "./tavus-harness.ts";

/** The default of `palConnectMs`. */
const CONNECT_MS = 500;

describe("setup", () => {
  it("input and output share one conversation and one call, joined under the bot's name", async () => {
    const h = await new TavusHarness().start();
    expect([h.api.created.length, h.callsMade, h.call.joins.length, h.api.palLookUps]).toEqual([1, 1, 1, 1]);
    expect(h.call.joins[0]).toMatchObject({ userName: "Ada", token: "token", subscribeAutomatically: false });
    expect(h.transport.conversationId).toBe("c1");
    expect(h.transport.conversationUrl).toBe("https://tavus.daily.co/c1");
  });

  it("a message queued before the join is sent after it", async () => {
    const h = new TavusHarness({ call: { joinDelayMs: 3000 } });
    h.task.queueFrame(new OutputTransportMessageUrgentFrame({ hello: 1 }));
    await h.start();
    await h.clock.advance(2000);
    expect(h.call.sent).toEqual([]);
    await h.clock.advance(2000);
    expect(h.call.sent.map(({ data }) => data)).toEqual([{ hello: 1 }]);
  });

  it("a failed join drops what was queued and rejects with its reason", async () => {
    const h = new TavusHarness();
    h.call.failNext("join", new DailyCallError("roomFull", "The room is full."));
    h.task.queueFrame(new OutputTransportMessageUrgentFrame({ hello: 1 }));
    await h.start();
    await expect(h.finish()).rejects.toMatchObject({ code: "roomFull" });
    expect(h.call.sent).toEqual([]);
  });

  it("a conversation is always created with limits, and with what the options say", async () => {
    const h = await new TavusHarness({ options: { conversation: { name: "n", extra: { a: 1 } } } }).start();
    expect(h.api.created[0]).toMatchObject({
      faceId: "f1",
      palId: "pipecat-stream",
      conversationName: "n",
      extra: { a: 1 },
      properties: { maxCallDuration: 1800, participantLeftTimeout: 30, participantAbsentTimeout: 120 },
    });
  });

  it("an output alone joins, reports that it is connected, and ends the conversation", async () => {
    const h = await new TavusHarness({ ends: "output" }).start();
    expect(h.downstream.of(BotConnectedFrame)).toHaveLength(1);
    await h.send(new EndFrame());
    await h.finish();
    expect(h.api.ends).toEqual(["c1"]);
  });

  it("an input alone joins and ends the conversation as well", async () => {
    const h = await new TavusHarness({ ends: "input" }).start();
    expect(h.downstream.of(BotConnectedFrame)).toHaveLength(1);
    h.task.cancel();
    await h.finish();
    expect(h.api.ends).toEqual(["c1"]);
  });

  it("with both halves there is one BotConnectedFrame, after the StartFrame", async () => {
    const h = await new TavusHarness().start();
    expect(h.downstream.kinds().slice(0, 2)).toEqual(["StartFrame", "BotConnectedFrame"]);
    expect(h.downstream.of(BotConnectedFrame)).toHaveLength(1);
  });

  it("a given room is joined without the API", async () => {
    const env = { TAVUS_SAMPLE_ROOM_URL: "http://127.0.0.1:9/room?t=tok" };
    const h = await new TavusHarness({ env }).start();
    expect(h.transport.conversationId).toBe("dev-conversation");
    expect(h.call.joins[0]).toMatchObject({ url: "http://127.0.0.1:9/room", token: "tok" });
    h.call.addParticipant({ userName: "TestTavusTransport", sessionId: "pal" });
    await h.clock.advance(2000);
    expect(h.events).toEqual(["palJoined pal"]);
    await h.send(new EndFrame());
    await h.finish();
    expect([h.api.created, h.api.ends, h.api.palLookUps]).toEqual([[], [], 0]);
  });

  it("invalid options throw in the constructor, all problems in one error", () => {
    expect(() => new TavusTransport({}, { env: {} })).toThrow(InvalidOptionError);
    const messages = { params: { audioDelivery: "messages" } } as const;
    expect(() => new TavusTransport(messages, { env: {} })).toThrow(/TAVUS_API_KEY[\s\S]*TAVUS_FACE_ID/);
  });

  it("the key cannot be seen in the transport", () => {
    const transport = new TavusTransport({ apiKey: "top-secret", faceId: "f" }, { env: {} });
    expect(inspect(transport, { depth: 10, showHidden: true })).not.toContain("top-secret");
    expect(JSON.stringify(transport)).not.toContain("top-secret");
  });

  it("input() and output() return the same object at every call", () => {
    const { transport } = new TavusHarness();
    expect(transport.input()).toBe(transport.input());
    expect(transport.output()).toBe(transport.output());
  });
});

describe("failure", () => {
  it("a creation that fails rejects the run with its own error and leaves nothing", async () => {
    const h = new TavusHarness();
    h.api.createError = new Error("402");
    await h.start();
    await expect(h.finish()).rejects.toThrow("402");
    expect([h.callsMade, h.api.ends]).toEqual([0, []]);
  });

  it("a conversation that cannot be joined is ended exactly once", async () => {
    const h = new TavusHarness();
    h.call.failNext("join", new DailyCallError("roomFull", "The room is full."));
    await h.start();
    await expect(h.finish()).rejects.toThrow(/full/);
    expect(h.api.ends).toEqual(["c1"]);
    expect(h.call.closes).toBeGreaterThan(0);
    expect(h.clock.pendingTimers).toBe(0);
  });

  it("a join that hangs fails at its deadline, and its conversation is ended", async () => {
    const h = new TavusHarness({ call: { joinDelayMs: 10_000_000 }, options: { params: { joinTimeoutMs: 3000 } } });
    await h.start();
    await expect(h.finish()).rejects.toThrow(/Joining the room took longer than 3000 ms/);
    expect(h.api.ends).toEqual(["c1"]);
  });

  it("a join may take as long as joinTimeoutMs; no other deadline is shorter", async () => {
    const h = new TavusHarness({ call: { joinDelayMs: 55_000 }, options: { params: { joinTimeoutMs: 60_000 } } });
    await h.start();
    await h.clock.advance(54_999);
    expect(h.call.state).toBe("joining");
    await h.clock.advance(2);
    expect(h.call.state).toBe("joined");
    h.task.cancel();
    await h.finish();
    expect(h.api.ends).toEqual(["c1"]);
  });

  it("a conversation whose creation finishes after the cancel is ended too", async () => {
    const h = new TavusHarness();
    h.api.createDelayMs = 8000;
    await h.start();
    await h.clock.advance(1000);
    h.task.cancel();
    await h.finish().catch(() => undefined);
    await h.clock.advance(20_000);
    expect(h.api.created).toHaveLength(1);
    expect(h.api.ends).toEqual(["c1"]);
    expect(h.callsMade).toBe(0);
  });

  it("a track that cannot be published fails the setup", async () => {
    const h = new TavusHarness();
    h.call.failNext("publishAudio", new DailyCallError("trackFailed", "No track."));
    await h.start();
    await expect(h.finish()).rejects.toThrow("No track.");
    expect(h.api.ends).toEqual(["c1"]);
  });

  it("a PAL that cannot be looked up is only a warning", async () => {
    const h = new TavusHarness();
    h.api.palError = new Error("503");
    await h.start();
    expect(h.logger.warnings()).toEqual([expect.stringContaining("PAL could not be looked up")]);
    expect(h.call.state).toBe("joined");
  });

  it("a failed ending is retried and delays no frame", async () => {
    const h = await new TavusHarness().start();
    h.api.endFailures = 2;
    await h.send(new EndFrame());
    expect(h.downstream.of(EndFrame)).toHaveLength(1);
    await expect(h.finish()).resolves.toMatchObject({ outcome: "ended" });
    expect(h.api.ends).toEqual(["c1"]);
  });

  it("an ending that keeps failing is an error event, and a log line with the id", async () => {
    const h = await new TavusHarness().start();
    const errors: string[] = [];
    h.transport.on("error", ({ message }) => errors.push(message));
    h.api.endFailures = 100;
    h.task.cancel();
    await h.finish();
    expect(errors).toEqual(["500"]);
    expect(h.logger.lines.find(({ level }) => level === "error")?.fields).toMatchObject({ conversationId: "c1" });
  });

  it.each([
    ["the room ends the call", (h: TavusHarness) => h.call.endFromOutside("ejected", "You were ejected."), /ejected/],
    ["the runtime dies", (h: TavusHarness) => h.call.die(), /died/],
  ])("when %s the task fails with it and the conversation is ended once", async (_what, happen, message) => {
    const h = await new TavusHarness().start();
    const errors: Error[] = [];
    h.transport.on("error", (error) => errors.push(error));
    happen(h);
    await h.clock.advance(0);
    await expect(h.finish()).rejects.toThrow(message);
    expect(errors.map(({ message: text }) => text)).toEqual([expect.stringMatching(message)]);
    expect(h.api.ends).toEqual(["c1"]);
  });

  it("a listener that throws stops nothing and is reported", async () => {
    const h = await new TavusHarness().start();
    const errors: string[] = [];
    h.transport.on("error", ({ message }) => errors.push(message));
    h.transport.on("clientConnected", () => {
      throw new Error("listener");
    });
    h.transport.on("clientConnected", async () => Promise.reject(new Error("async listener")));
    h.call.addParticipant({ ...USER, sessionId: "u1" });
    h.call.addParticipant({ ...USER, sessionId: "u2" });
    await h.clock.advance(0);
    expect(errors).toEqual(["listener", "listener", "async listener", "async listener"]);
    expect(h.call.captured).toEqual(["u1/microphone", "u2/microphone"]);
  });
});

describe("end", () => {
  it("the conversation outlives the input: tail and end silence are played, then it is ended once", async () => {
    const h = await new TavusHarness().start();
    h.call.addParticipant({ ...PAL, sessionId: "pal" });
    await h.send(speech(1010), new EndFrame());
    expect(h.call.leaves).toBe(0);
    await h.clock.advance(3000);
    expect([h.call.leaves, h.api.ends]).toEqual([0, []]);
    await h.finish();
    const sink = h.call.sinks.get("stream")!;
    expect(sink.heard().filter((sample) => sample === 1000)).toHaveLength(24 * 1010);
    expect(sink.utteranceEnds).toHaveLength(1);
    expect([h.call.leaves, h.call.closes, h.api.ends]).toEqual([1, 1, ["c1"]]);
    expect(h.clock.pendingTimers).toBe(0);
  });

  it("cancel leaves and ends at once", async () => {
    const h = await new TavusHarness().start();
    h.call.addParticipant(PAL);
    await h.send(speech(5000));
    await h.clock.advance(CONNECT_MS + 300);
    h.task.cancel();
    await h.clock.advance(0);
    expect([h.call.leaves, h.api.ends]).toEqual([1, ["c1"]]);
    await h.finish();
    expect(h.api.ends).toEqual(["c1"]);
  });

  it("an API that hangs delays the end by at most 8 s in all, and nothing of it continues after that", async () => {
    const h = await new TavusHarness().start();
    h.api.endHangs = true;
    h.call.leave = () => new Promise(() => undefined);
    h.call.close = () => new Promise(() => undefined);
    const fromMs = h.clock.nowMs();
    h.task.cancel();
    await h.clock.advance(7999);
    expect(h.api.endsUnderWay).toBe(1);
    await h.clock.advance(1);
    expect(h.api.endsUnderWay).toBe(0);
    await expect(h.finish()).resolves.toMatchObject({ outcome: "cancelled" });
    expect(h.clock.nowMs() - fromMs).toBeLessThan(10_000);
    expect(h.logger.lines.filter(({ level }) => level === "error")).toHaveLength(1);
  });

  it("an ending that failed for good is tried again later, at growing distances, until it succeeds", async () => {
    const h = await new TavusHarness().start();
    h.api.endFailures = 3 + 3;
    h.task.cancel();
    await h.finish();
    expect(h.api.ends).toEqual([]);
    // After 15, 30, 60 and 120 s.
    await h.clock.advance(45_000);
    expect(h.api.endFailures).toBe(1);
    await h.clock.advance(179_000);
    expect(h.api.ends).toEqual([]);
    await h.clock.advance(3000);
    expect(h.api.ends).toEqual(["c1"]);
    expect(h.logger.warnings()).toEqual(["The conversation was ended at last."]);
    expect(h.clock.pendingTimers).toBe(0);
  });

  it("retries stop when the time limit must have ended the conversation", async () => {
    const h = await new TavusHarness({ options: { conversation: { maxCallDurationS: 120 } } }).start();
    h.api.endFailures = Infinity;
    h.task.cancel();
    await h.finish();
    await h.clock.advance(600_000);
    expect(h.clock.pendingTimers).toBe(0);
  });

  it.each(["both", "input", "output"] as const)(
    "close() in mid-call cancels the task, with a reason that says so (ends: %s)",
    async (ends) => {
      const h = await new TavusHarness({ ends }).start();
      const closing = h.transport.close();
      await expect(h.finish()).resolves.toMatchObject({
        outcome: "cancelled",
        reason: "the transport was closed by close()",
      });
      await closing;
      expect([h.call.leaves, h.api.ends]).toEqual([1, ["c1"]]);
    },
  );

  it("a call that does not leave delays the end of the conversation, but not for long", async () => {
    const h = await new TavusHarness().start();
    h.call.leave = () => new Promise(() => undefined);
    h.task.cancel();
    await h.clock.advance(2100);
    expect(h.api.ends).toEqual(["c1"]);
  });
});

describe("participants", () => {
  const joiners = {
    pal: (h: TavusHarness) => h.call.addParticipant({ ...PAL, sessionId: "pal" }),
    user: (h: TavusHarness) => h.call.addParticipant({ userName: PAL_NAME, sessionId: "user" }),
    bot: (h: TavusHarness) => h.start(),
  };
  const orders = [
    ["bot", "pal", "user"],
    ["bot", "user", "pal"],
    ["pal", "bot", "user"],
    ["pal", "user", "bot"],
    ["user", "bot", "pal"],
    ["user", "pal", "bot"],
  ] as const;

  /** Nothing stands in for the pal, so that nothing listens to it. */
  const alone = { options: { fallback: "none" as const } };
  const fallbacks = ["none", "microphone"] as const;
  const cases = orders.flatMap((order) => fallbacks.map((fallback) => [fallback, ...order] as const));

  it.each(cases)(
    "fallback %s, order %s, %s, %s: a user with the pal's name reaches the pipeline, the pal never, also after it rejoins",
    async (fallback, ...order) => {
      const h = new TavusHarness({ options: { fallback } });
      for (const who of order) {
        await joiners[who](h);
        await h.clock.advance(100);
      }
      await h.clock.advance(3000);
      h.call.removeParticipant("pal");
      h.call.addParticipant({ ...PAL, sessionId: "pal again" });
      await h.clock.advance(3000);
      void h.call.speak("pal again", pcm(100, 16_000, 5));
      void h.call.speak("user", pcm(100, 16_000, 77));
      await h.clock.advance(500);
      // With a stand-in for the pal it is listened to, for its loudness alone.
      const ear = fallback === "none" ? [] : ["pal/microphone", "pal again/microphone"];
      expect(h.call.captured.toSorted()).toEqual([...ear, "user/microphone"].toSorted());
      const heard = h.middle.of(UserAudioRawFrame);
      expect(heard).toHaveLength(5);
      expect(
        heard.every(
          ({ audio, userId, transportSource }) =>
            audio[0] === 77 && userId === "user" && transportSource === "microphone",
        ),
      ).toBe(true);
      const unsubscribed = h.call.subscriptions.filter(({ subscription }) => subscription.microphone === false);
      expect(unsubscribed.map(({ sessionId }) => sessionId)).toEqual(["pal", "pal again"]);
      expect(h.events.filter((event) => event.startsWith("pal"))).toEqual([
        "palJoined pal",
        "palLeft pal",
        "palJoined pal again",
      ]);
      expect(h.events.filter((event) => event.startsWith("client"))).toEqual(["clientConnected user"]);
      expect(h.middle.of(ClientConnectedFrame)).toHaveLength(1);
      expect(h.api.palLookUps).toBe(1);
    },
  );

  it("a user taken for the pal by name is captured once the real pal joins, and not before", async () => {
    const h = await new TavusHarness(alone).start();
    joiners.user(h);
    await h.clock.advance(3000);
    expect(h.call.captured).toEqual([]);
    joiners.pal(h);
    await h.clock.advance(0);
    expect(h.call.captured).toEqual(["user/microphone"]);
    expect(h.events).toEqual(["palJoined user", "palLeft user", "clientConnected user", "palJoined pal"]);
  });

  it("a pal known only by its event is dropped from capture at that moment", async () => {
    const h = await new TavusHarness(alone).start();
    h.call.addParticipant({ userName: "unknown", sessionId: "p" });
    await h.clock.advance(0);
    expect(h.call.capturesOf("p")).toEqual(["microphone"]);
    h.call.receive({ message_type: "system", event_type: "system.replica_joined", properties: {} }, "p");
    await h.clock.advance(0);
    expect(h.call.capturesOf("p")).toEqual([]);
    expect(h.events).toEqual(["clientConnected p", "clientDisconnected p", "palJoined p"]);
  });

  it("a user that leaves while its capture opens is not captured", async () => {
    const h = await new TavusHarness().start();
    const captureAudio = h.call.captureAudio.bind(h.call);
    h.call.captureAudio = async (...args) => {
      const capture = await captureAudio(...args);
      h.call.removeParticipant("u");
      return capture;
    };
    h.call.addParticipant({ ...USER, sessionId: "u" });
    await h.clock.advance(0);
    expect(h.call.capturesOf("u")).toEqual([]);
    expect(h.upstream.of(ErrorFrame)).toEqual([]);
  });

  it("a participant that turns out to be the pal while its capture opens is not captured", async () => {
    const h = await new TavusHarness(alone).start();
    const captureAudio = h.call.captureAudio.bind(h.call);
    h.call.captureAudio = async (...args) => {
      const capture = await captureAudio(...args);
      h.call.receive({ message_type: "system", event_type: "system.pal_joined" }, "u");
      return capture;
    };
    h.call.addParticipant({ ...USER, sessionId: "u" });
    await h.clock.advance(0);
    expect(h.call.capturesOf("u")).toEqual([]);
  });

  it("audio that a runtime still delivers of the pal is dropped", async () => {
    const h = await new TavusHarness(alone).start();
    const captureAudio = h.call.captureAudio.bind(h.call);
    h.call.captureAudio = async (...args) => ({ ...(await captureAudio(...args)), close: () => undefined });
    h.call.addParticipant({ ...USER, sessionId: "u" });
    await h.clock.advance(0);
    h.call.receive({ message_type: "system", event_type: "system.pal_joined" }, "u");
    void h.call.speak("u", pcm(100, 16_000));
    await h.clock.advance(200);
    expect(h.call.capturesOf("u")).toEqual(["microphone"]);
    expect(h.middle.of(UserAudioRawFrame)).toEqual([]);
  });

  it("every app message reaches the pipeline and the application, with its sender", async () => {
    const h = await new TavusHarness().start();
    const got: unknown[] = [];
    h.transport.on("appMessage", (message, from) => got.push([message, from]));
    h.call.addParticipant({ ...USER, sessionId: "u" });
    h.call.receive({ chat: "hi" }, "u");
    await h.clock.advance(0);
    expect(got).toEqual([[{ chat: "hi" }, "u"]]);
    expect(
      h.middle.of(InputTransportMessageFrame).map(({ message, fromSessionId }) => [message, fromSessionId]),
    ).toEqual(got);
  });
});

describe("voice on the track", () => {
  it("is published as the custom track stream, and no microphone is", async () => {
    const h = await new TavusHarness().start();
    h.call.addParticipant(PAL);
    const named = speech(40);
    named.transportDestination = "stream";
    await h.send(speech(40), named, new TTSStoppedFrame());
    await h.clock.advance(1000);
    expect([...h.call.sinks.keys()]).toEqual(["stream"]);
    expect(h.call.sinks.get("stream")!.playedSamples).toBe(24 * 80);
    expect(h.downstream.of(BotStartedSpeakingFrame)[0]?.transportDestination).toBe("stream");
  });

  it("waits for the pal, then is played whole", async () => {
    const h = await new TavusHarness().start();
    await h.send(speech(400), new TTSStoppedFrame());
    await h.clock.advance(5000);
    expect(h.call.sinks.get("stream")!.writes).toHaveLength(0);
    expect(h.upstream.of(OutputTransportReadyFrame)).toHaveLength(0);
    h.call.addParticipant(PAL);
    await h.clock.advance(1000);
    expect(h.upstream.of(OutputTransportReadyFrame)).toHaveLength(1);
    expect(h.call.sinks.get("stream")!.playedSamples).toBe(24 * 400);
  });

  it("waits until the pal can have connected, and is heard whole then", async () => {
    const h = await new TavusHarness().start();
    await h.send(speech(400), new TTSStoppedFrame());
    h.call.addParticipant(PAL);
    await h.clock.advance(CONNECT_MS - 1);
    expect(h.call.sinks.get("stream")!.writes).toHaveLength(0);
    await h.clock.advance(1 + 400);
    expect(h.call.sinks.get("stream")!.playedSamples).toBe(24 * 400);
  });

  it("waits again when the pal comes back, and only as long as the option says", async () => {
    const h = await new TavusHarness({ options: { fallback: "none", params: { palConnectMs: 200 } } }).start();
    h.call.addParticipant({ ...PAL, sessionId: "first" });
    await h.clock.advance(1000);
    h.call.removeParticipant("first");
    await h.send(speech(400), new TTSStoppedFrame());
    h.call.addParticipant({ ...PAL, sessionId: "second" });
    await h.clock.advance(199);
    expect(h.call.sinks.get("stream")!.writes).toHaveLength(0);
    await h.clock.advance(1 + 400);
    expect(h.call.sinks.get("stream")!.playedSamples).toBe(24 * 400);
  });

  it("is not held up by a second session of a pal that hears it", async () => {
    const h = await new TavusHarness().start();
    h.call.addParticipant({ ...PAL, sessionId: "first" });
    await h.send(speech(400), new TTSStoppedFrame());
    await h.clock.advance(CONNECT_MS + 100);
    h.call.addParticipant({ ...PAL, sessionId: "second" });
    await h.clock.advance(300);
    expect(h.call.sinks.get("stream")!.playedSamples).toBe(24 * 400);
    expect(h.downstream.of(InterruptionFrame)).toEqual([]);
  });

  it("waits for a pal that leaves while it connects", async () => {
    const h = await new TavusHarness({ options: { fallback: "none" } }).start();
    await h.send(speech(400), new TTSStoppedFrame());
    h.call.addParticipant({ ...PAL, sessionId: "first" });
    await h.clock.advance(CONNECT_MS - 100);
    h.call.removeParticipant("first");
    await h.clock.advance(2000);
    expect(h.call.sinks.get("stream")!.writes).toHaveLength(0);
    h.call.addParticipant({ ...PAL, sessionId: "second" });
    await h.clock.advance(CONNECT_MS + 400);
    expect(h.call.sinks.get("stream")!.playedSamples).toBe(24 * 400);
  });

  it("waits for no pal to connect once the call is over", async () => {
    const h = await new TavusHarness().start();
    h.call.addParticipant(PAL);
    await h.send(new EndFrame());
    await h.clock.advanceUntil(h.task.run());
    expect([h.clock.nowMs() < CONNECT_MS, h.clock.pendingTimers]).toEqual([true, 0]);
  });

  it("does not wait for the pal once the call is over", async () => {
    const h = await new TavusHarness().start();
    await h.send(new EndFrame());
    await h.finish();
    expect(h.clock.pendingTimers).toBe(0);
    await h.clock.advance(60_000);
    expect(h.logger.warnings()).toEqual([]);
  });

  it("continues with a warning when the pal does not join in time", async () => {
    const h = await new TavusHarness({ options: { fallback: "none", params: { palReadyTimeoutMs: 4000 } } }).start();
    await h.send(speech(40), new TTSStoppedFrame());
    await h.clock.advance(4100);
    expect(h.call.sinks.get("stream")!.playedSamples).toBe(24 * 40);
    expect(h.logger.warnings()).toEqual([expect.stringContaining("pal has not joined")]);
  });

  it("an interruption flushes and sends conversation.interrupt at once", async () => {
    const h = await new TavusHarness().start();
    h.call.addParticipant(PAL);
    await h.send(speech(5000));
    await h.clock.advance(CONNECT_MS + 300);
    const atMs = h.clock.nowMs();
    expect(h.call.sinks.get("stream")!.playedSamples).toBeGreaterThan(0);
    await h.send(new InterruptionFrame());
    expect(h.sentOf("conversation.interrupt").map((message) => message.atMs)).toEqual([atMs]);
    const sink = h.call.sinks.get("stream")!;
    const writes = sink.writes.length;
    await h.clock.advance(2000);
    expect(sink.writes).toHaveLength(writes);
    expect(sink.flushes).toHaveLength(1);
  });

  it("after an interruption the track is silent for as long as the option says, then plays everything", async () => {
    const h = await new TavusHarness({ options: { params: { interruptionSilenceMs: 300 } } }).start();
    h.call.addParticipant(PAL);
    await h.send(speech(5000, 24_000, 111));
    await h.clock.advance(CONNECT_MS + 300);
    await h.send(new InterruptionFrame(), speech(400, 24_000, 222), new TTSStoppedFrame());
    await h.clock.advance(2000);
    const sink = h.call.sinks.get("stream")!;
    const after = sink.heard().subarray(sink.flushes[0]?.position);
    expect([...after.entries()].filter(([, sample]) => sample !== 0)).toHaveLength(24 * 400);
    expect(after.indexOf(222)).toBe(24 * 300);
  });

  it("an interrupt that cannot be sent is an error event, and the interruption continues", async () => {
    const h = await new TavusHarness().start();
    const errors: string[] = [];
    h.transport.on("error", ({ message }) => errors.push(message));
    h.call.failNext("sendAppMessage", new Error("no channel"));
    await h.send(new InterruptionFrame());
    expect(errors).toEqual(["no channel"]);
    expect(h.downstream.of(InterruptionFrame)).toHaveLength(1);
  });

  it("an interrupt that comes to daily-js after the end of the call is none", async () => {
    const h = await new TavusHarness().start();
    const errors: string[] = [];
    h.transport.on("error", ({ message }) => errors.push(message));
    h.call.failNext("sendAppMessage", new DailyCallError("notJoined", "The call is over."));
    await h.send(new InterruptionFrame());
    expect(errors).toEqual([]);
    expect(h.downstream.of(InterruptionFrame)).toHaveLength(1);
  });
});

describe("voice in messages", () => {
  const messages = { options: { params: { audioDelivery: "messages" as const } } };

  it("is sent ahead of real time, to the PAL for messages, with exactly one done", async () => {
    const h = await new TavusHarness(messages).start();
    expect(h.api.created[0]).toMatchObject({ palId: "pipecat0" });
    h.call.addParticipant(PAL);
    // Messages need no connection of the pal's: they do not wait for one.
    await h.send(speech(5000), new TTSStoppedFrame());
    await h.clock.advance(50);
    const echo = h.sentOf("conversation.echo");
    const bytes = echo.reduce((sum, { properties }) => sum + Buffer.from(String(properties.audio), "base64").length, 0);
    expect(bytes).toBe((5000 + 40) * 48);
    expect(echo.filter(({ properties }) => properties.done === true)).toHaveLength(1);
    expect(echo.at(-1)?.properties.done).toBe(true);
    expect(new Set(echo.map(({ properties }) => properties.inference_id)).size).toBe(1);
    expect([...h.call.sinks.keys()]).toEqual([]);
  });

  it("playout follows the pal's events, each sent three times, and only those of the pal", async () => {
    const h = await new TavusHarness(messages).start();
    h.call.addParticipant({ ...PAL, sessionId: "pal" });
    h.call.addParticipant({ ...USER, sessionId: "u" });
    await h.send(speech(1000), new TTSStoppedFrame());
    const say = (from: string, event_type: string, properties = {}) =>
      h.call.receive({ message_type: "conversation", event_type, properties }, from);
    await h.clock.advance(100);
    say("u", "conversation.started_speaking", { role: "pal" });
    await h.clock.advance(600);
    expect(h.downstream.of(BotStartedSpeakingFrame)).toHaveLength(0);
    say("pal", "conversation.replica.started_speaking");
    say("pal", "conversation.started_speaking", { role: "pal" });
    say("pal", "conversation.started_speaking", { role: "replica" });
    const startMs = h.clock.nowMs();
    await h.clock.advance(1020);
    say("pal", "conversation.stopped_speaking", { role: "pal", interrupted: false, duration: 1 });
    say("pal", "conversation.stopped_speaking", { role: "replica", interrupted: false, duration: 1 });
    const endMs = h.clock.nowMs();
    await h.clock.advance(3000);
    expect(h.downstream.atMs(BotStartedSpeakingFrame).map((ms) => Math.round(ms))).toEqual([Math.round(startMs)]);
    expect(h.downstream.kinds().filter((kind) => kind === "BotStoppedSpeakingFrame")).toHaveLength(1);
    expect(h.downstream.atMs(TTSStoppedFrame)[0]! - endMs).toBeLessThan(5);
  });

  it("after an interruption no silence is sent: the new inference id separates old speech from new", async () => {
    const h = await new TavusHarness(messages).start();
    h.call.addParticipant(PAL);
    await h.send(speech(1000));
    await h.clock.advance(600);
    const atMs = h.clock.nowMs();
    await h.send(new InterruptionFrame(), speech(400, 24_000, 222), new TTSStoppedFrame());
    const later = h.call.sent.filter((message) => message.atMs >= atMs).slice(1, 3);
    const audio = later.map(({ data }) => (data as { properties: { audio: string } }).properties.audio);
    const samples = audio.flatMap((base64) => [
      ...new Int16Array(new Uint8Array(Buffer.from(base64, "base64")).buffer),
    ]);
    expect(new Set(samples)).toEqual(new Set([222]));
  });

  it("after an interruption nothing of the old inference id is sent", async () => {
    const h = await new TavusHarness(messages).start();
    h.call.addParticipant(PAL);
    await h.send(...Array.from({ length: 20 }, () => speech(1000)));
    await h.clock.advance(2000);
    await h.send(new InterruptionFrame(), speech(200), new TTSStoppedFrame());
    await h.clock.advance(20_000);
    const kinds = h.call.sent.map(
      ({ data }) => data as { event_type: string; properties?: { inference_id: string; done: boolean } },
    );
    const cut = kinds.findIndex(({ event_type }) => event_type === "conversation.interrupt");
    const oldId = kinds[0]?.properties?.inference_id;
    expect(kinds.slice(0, cut).every(({ properties }) => properties?.inference_id === oldId && !properties?.done)).toBe(
      true,
    );
    expect(kinds.slice(cut + 1).some(({ properties }) => properties?.inference_id === oldId)).toBe(false);
    expect(kinds.slice(cut + 1).filter(({ properties }) => properties?.done)).toHaveLength(1);
  });

  it("an EndFrame sends the tail and the done, and waits until they were heard", async () => {
    const h = await new TavusHarness(messages).start();
    h.call.addParticipant(PAL);
    await h.send(speech(30_010), new EndFrame());
    await h.clock.advance(25_000);
    expect([h.call.leaves, h.api.ends.length]).toEqual([0, 0]);
    await h.finish();
    const echo = h.sentOf("conversation.echo");
    expect(echo.filter(({ properties }) => properties.done === true)).toHaveLength(1);
    expect(echo.at(-1)?.properties.done).toBe(true);
    // The window: never much more than 10 s ahead of what was heard.
    const early = echo.filter(({ atMs }) => atMs < echo[0]!.atMs + 1000);
    expect(early.length * 50).toBeLessThan(11_500);
    expect(h.api.ends).toEqual(["c1"]);
  });

  it("messages stay below maxMessageBytes", async () => {
    const h = await new TavusHarness({
      options: { params: { audioDelivery: "messages", maxMessageBytes: 2000 } },
    }).start();
    h.call.addParticipant(PAL);
    await h.send(speech(500), new TTSStoppedFrame());
    await h.clock.advance(50);
    expect(Math.max(...h.call.sent.map(({ data }) => JSON.stringify(data).length))).toBeLessThanOrEqual(2000);
  });
});
