import { describe, expect, it } from "vitest";

import { TavusKeyError, TavusStatusError, TavusVetoError, TavusConnectionError } from "../../../../src/api/errors.ts";
import { AvatarStateFrame, EndFrame, MetricsFrame, UserAudioRawFrame } from "../../../../src/frames/index.ts";
import { DailyCallError } from "../../../../src/transport/daily/daily-errors.ts";
import { PalFitError } from "../../../../src/transport/tavus/index.ts";
import { toCreationFailure } from "../../../../src/transport/tavus/avatar/avatar-failures.ts";
import { FallbackRoomError } from "../../../../src/transport/tavus/place/fallback-room.ts";
import { DeadlineError, InvalidOptionError } from "../../../../src/util/errors.ts";
import { pcm } from "../../frames.ts";
import { TavusHarness, USER } from "../tavus-harness.ts";
import { resolveTavusOptions } from "../../../../src/transport/tavus/resolve-tavus-options.ts";

const OUT_OF_CREDITS = new TavusStatusError("outOfCredits", "402", { status: 402 });
const ROOM = "https://own.daily.co/room1";

function refused(error: Error = OUT_OF_CREDITS, options: object = {}): TavusHarness {
  const h = new TavusHarness({ makesRooms: true, options });
  h.api.createError = error;
  return h;
}

describe("a conversation that cannot be created", () => {
  it("is replaced by a private room that ends by itself, with a token for the bot and one for users", async () => {
    const h = refused(OUT_OF_CREDITS, { conversation: { maxCallDurationS: 600 } });
    const conversation = await h.transport.createConversation();
    expect(conversation).toEqual({
      conversationId: "fallback-room",
      conversationUrl: ROOM,
      meetingToken: "users-token",
      isFallback: true,
    });
    const exp = Math.ceil(h.clock.wallMs() / 1000) + 600;
    expect(h.rooms.asked).toMatchObject([{ privacy: "private", properties: { exp, ejectAtRoomExp: true } }]);
    const roomName = h.rooms.created[0];
    expect(h.rooms.tokens).toEqual([
      { roomName, expiresAtS: exp, userName: "Ada" },
      { roomName, expiresAtS: exp },
    ]);
    expect(h.transport.avatar).toMatchObject({ is: "failed", reason: "outOfCredits" });
    await h.start();
    expect(h.call.joins).toMatchObject([{ url: ROOM, token: "bots-token" }]);
    await h.send(new EndFrame());
    await h.finish();
    expect(h.rooms.deleted).toEqual(h.rooms.created);
    expect([h.api.creationsAsked, h.api.ends]).toEqual([1, []]);
  });

  it("leaves a bot that hears its users, and does not speak to a pal", async () => {
    const h = await refused().start();
    const connections: unknown[] = [];
    h.transport.on("connected", (connection) => connections.push(connection));
    h.call.addParticipant({ ...USER, sessionId: "user" });
    // Whoever claims to be a pal is a user here.
    h.call.addParticipant({ userName: "Eve", userId: "tavus-face-r1", sessionId: "eve" });
    h.call.receive({ message_type: "system", event_type: "system.pal_joined", properties: {} }, "user");
    await h.clock.advance(0);
    expect(h.events).toEqual(["clientConnected user", "clientConnected eve"]);
    await Promise.all([h.call.speak("user", pcm(40, 16_000, 500)), h.clock.advance(40)]);
    expect(h.middle.of(UserAudioRawFrame).length).toBeGreaterThan(0);
    expect(h.avatarStates).toEqual(["joining", "failed outOfCredits"]);
    await expect(h.transport.respond("hello")).rejects.toBeInstanceOf(DailyCallError);
  });

  it("is one log line that says what failed and what happens now", async () => {
    const h = await refused().start();
    expect(h.logger.warnings()).toEqual([
      "The Tavus account has no credits left (402); the call is held in the fallback room.",
    ]);
  });

  it("is a frame in both directions, after the start, and the pal's later states follow", async () => {
    const h = await refused().start();
    for (const end of [h.upstream, h.downstream]) {
      const frames = end.of(AvatarStateFrame);
      expect(frames.map(({ state }) => state)).toMatchObject([{ is: "failed", reason: "outOfCredits" }]);
    }
  });

  it("uses the room that is given, as it is", async () => {
    const fallback = { roomUrl: "https://own.daily.co/lobby?t=secret" };
    const h = new TavusHarness({ options: { fallback } });
    h.api.createError = OUT_OF_CREDITS;
    await h.start();
    expect(h.call.joins).toMatchObject([{ url: "https://own.daily.co/lobby", token: "secret" }]);
    expect(JSON.stringify(h.logger.lines)).not.toContain("secret");
  });

  it.each(["none", "microphone"] as const)("remains an error with fallback %s", async (fallback) => {
    const h = new TavusHarness({ options: { fallback } });
    h.api.createError = OUT_OF_CREDITS;
    await h.start();
    await expect(h.finish()).rejects.toBe(OUT_OF_CREDITS);
    expect(h.avatarStates).toEqual(["joining", "failed outOfCredits"]);
  });

  it("remains an error when it is a mistake of the application", async () => {
    const h = refused(new InvalidOptionError("x", "is wrong."));
    await expect(h.transport.createConversation()).rejects.toBeInstanceOf(InvalidOptionError);
    expect(h.rooms.asked).toEqual([]);
  });

  it("is an error that names both failures when no room can be made either, and deletes what may exist", async () => {
    const h = refused();
    h.rooms.tokenError = new Error("no token");
    await expect(h.transport.createConversation()).rejects.toThrow(/avatar has failed.*no token/);
    await expect(h.transport.createConversation()).rejects.toBeInstanceOf(FallbackRoomError);
    await h.clock.advance(0);
    expect(h.rooms.deleted).toEqual(h.rooms.created);
  });

  it("makes no room for a transport that was closed meanwhile", async () => {
    const h = refused();
    h.api.createDelayMs = 1000;
    const creating = h.transport.createConversation();
    creating.catch(() => undefined);
    await h.clock.advance(10);
    const closing = h.transport.close();
    await h.clock.advance(2000);
    await closing;
    expect(h.rooms.asked).toEqual([]);
  });

  it("warns, and ends, when the room cannot be deleted", async () => {
    const h = await refused().start();
    h.rooms.deleteError = new Error("503");
    await h.send(new EndFrame());
    await expect(h.finish()).resolves.toMatchObject({ outcome: "ended" });
    expect(h.logger.warnings()).toContainEqual(expect.stringContaining("could not be deleted; it ends by itself"));
  });

  it("has the reason of its error", () => {
    const status = (code: ConstructorParameters<typeof TavusStatusError>[0]) => new TavusStatusError(code, "x", {});
    const delivered = { delivered: "unknown" } as const;
    const reasons = [
      status("unauthorized"),
      status("concurrencyLimit"),
      status("rateLimited"),
      status("serverError"),
      new TavusKeyError(),
      new TavusVetoError(new Error("budget")),
      new TavusConnectionError("unreachable", "x", delivered),
      new DeadlineError("x", 1),
      new PalFitError("p", "x"),
      new Error("?"),
    ].map(toCreationFailure);
    expect(reasons).toEqual([
      "unauthorized",
      "rateLimited",
      "rateLimited",
      "serverError",
      "notConfigured",
      "vetoed",
      "unreachable",
      "timeout",
      "invalidRequest",
      "unknown",
    ]);
  });
});

describe("a conversation whose room cannot be joined", () => {
  it("is ended, and the call is held in the fallback room", async () => {
    const h = new TavusHarness({ makesRooms: true });
    h.call.failNext("join", new DailyCallError("roomFull", "The room is full."));
    await h.start();
    expect(h.api.ends).toEqual(["c1"]);
    expect(h.calls.map(({ closes, state }) => [closes, state])).toEqual([
      [1, "closed"],
      [0, "joined"],
    ]);
    expect(h.transport.conversationUrl).toBe(ROOM);
    expect(h.avatarStates).toEqual(["joining", "failed joinFailed"]);
    await h.send(new EndFrame());
    await h.finish();
    expect([h.api.ends, h.rooms.deleted]).toEqual([["c1"], h.rooms.created]);
    expect(h.clock.pendingTimers).toBe(0);
  });
});

describe("an avatar that is not configured", () => {
  const fallback = { roomUrl: "https://own.daily.co/lobby" };

  it.each([
    [{ faceId: "f" }, "API key"],
    [{ apiKey: "k" }, "neither a face"],
  ])("is no error where a fallback room is given: %j", (options, why) => {
    const { noAvatarBecause } = resolveTavusOptions({ ...options, fallback }, {}, false);
    expect(noAvatarBecause).toContain(why);
    expect(() => resolveTavusOptions({ faceId: "f", fallback: "microphone" }, {}, false)).toThrow(/TAVUS_API_KEY/);
  });

  it("is an error where a conversation is named, and wrong values are errors in any case", () => {
    expect(() => resolveTavusOptions({ conversationId: "c1", fallback }, {}, false)).toThrow(/apiKey: missing/);
    expect(() => resolveTavusOptions({ apiUrl: "nonsense", fallback }, {}, false)).toThrow(/apiUrl/);
    expect(resolveTavusOptions({ roomUrl: "https://d.daily.co/r", fallback }, {}, false).noAvatarBecause).toBe(
      undefined,
    );
  });

  it("is said once, asks Tavus for nothing, and the call is held in the room", async () => {
    const h = await new TavusHarness({ options: { faceId: undefined, fallback } }).start();
    expect(h.logger.warnings()).toEqual([expect.stringMatching(/^No avatar: neither a face .* fallback room/)]);
    expect([h.api.creationsAsked, h.api.palLookUps]).toEqual([0, 0]);
    expect(h.call.joins).toMatchObject([{ url: fallback.roomUrl }]);
    expect(h.transport.avatar).toEqual({ is: "none", reason: "notConfigured" });
    await h.transport.createConversation();
    expect(h.logger.warnings()).toHaveLength(1);
  });
});

it("measures how long each state of the avatar lasted", async () => {
  const h = new TavusHarness({ metrics: true });
  await h.start();
  h.call.addParticipant({ userName: "x", userId: "tavus-face-r1", sessionId: "pal" });
  await h.clock.advance(1500);
  h.call.removeParticipant("pal");
  await h.clock.advance(0);
  const data = h.downstream.of(MetricsFrame).flatMap((frame) => frame.data);
  expect(data).toMatchObject([
    { kind: "avatar", state: "joining", next: "speaking", reason: undefined },
    { kind: "avatar", state: "speaking", valueMs: 1500, next: "absent", reason: "left" },
  ]);
});
