import { describe, expect, it } from "vitest";

import { BotConnectedFrame, ClientConnectedFrame, EndFrame, UserAudioRawFrame } from "../../../../src/frames/index.ts";
import type { LeftReason } from "../../../../src/transport/daily/daily-call.ts";
import type { TavusRoomChange } from "../../../../src/transport/tavus/index.ts";
import { pcm, speech } from "../../frames.ts";
import { PAL, TavusHarness, USER, type TavusHarnessOptions } from "../tavus-harness.ts";

const ROOM = "https://own.daily.co/room1";

/** A call with pal and user in the conversation's room. */
async function inCall(
  options: TavusHarnessOptions = {},
  prepare: (h: TavusHarness) => void = () => undefined,
): Promise<TavusHarness & { changes: TavusRoomChange[] }> {
  const h = await new TavusHarness({ makesRooms: true, ...options }).start();
  prepare(h);
  const changes: TavusRoomChange[] = [];
  h.transport.on("roomChanged", (change) => changes.push(change));
  h.call.addParticipant({ ...PAL, sessionId: "pal" });
  h.call.addParticipant({ ...USER, sessionId: "user" });
  await h.clock.advance(1000);
  return Object.assign(h, { changes });
}

function shutDown(h: TavusHarness, reason: string): void {
  const properties = { shutdown_reason: reason };
  h.call.receive({ message_type: "system", event_type: "system.shutdown", seq: 1, properties }, "pal");
}

describe("a conversation whose room ends during the call", () => {
  it.each(["roomEnded", "expired", "ejected"] satisfies LeftReason[])(
    "is followed by the fallback room, where the users are captured again (%s)",
    async (reason) => {
      const h = await inCall();
      h.call.endFromOutside(reason);
      await h.clock.advance(100);
      expect(h.changes).toEqual([
        {
          sessionId: h.calls[1]?.sessionId,
          conversationId: "fallback-room",
          conversationUrl: ROOM,
          meetingToken: "users-token",
          isFallback: true,
        },
      ]);
      expect(h.api.ends).toEqual(["c1"]);
      h.calls[1]?.addParticipant({ ...USER, sessionId: "user again" });
      await h.clock.advance(0);
      const before = h.middle.of(UserAudioRawFrame).length;
      await Promise.all([h.calls[1]?.speak("user again", pcm(100, 16_000, 500)), h.clock.advance(100)]);
      expect(h.middle.of(UserAudioRawFrame).length).toBeGreaterThan(before);
      // The call goes on: nobody has left it, and the bot did not connect a second time.
      expect(h.events).toEqual(["palJoined pal", "clientConnected user", "clientConnected user again"]);
      expect(h.downstream.of(BotConnectedFrame)).toHaveLength(1);
      expect(h.downstream.of(ClientConnectedFrame)).toHaveLength(2);
      await h.send(new EndFrame());
      await expect(h.finish()).resolves.toMatchObject({ outcome: "ended" });
      expect([h.api.ends, h.rooms.deleted]).toEqual([["c1"], h.rooms.created]);
      expect(h.calls.map(({ closes }) => closes)).toEqual([1, 1]);
      expect(h.clock.pendingTimers).toBe(0);
    },
  );

  it("has the rest of the sentence said there, once a user is there to hear it", async () => {
    const h = await inCall();
    await h.send(speech(4000));
    await h.clock.advance(1500);
    h.call.endFromOutside("roomEnded");
    await h.clock.advance(5000);
    const heardByPal = h.call.sinks.get("stream")!.playedSamples / 24;
    expect(h.calls[1]?.sinks.get("microphone")).toBeUndefined();
    expect(h.downstream.kinds()).not.toContain("InterruptionFrame");
    h.calls[1]?.addParticipant(USER);
    await h.clock.advance(6000);
    const heardInRoom = h.calls[1]!.sinks.get("microphone")!.playedSamples / 24;
    expect(heardByPal).toBeGreaterThan(1000);
    // All of it was heard, and at most a word of it twice, beside the silence until the microphone is received.
    expect(heardByPal + heardInRoom).toBeGreaterThanOrEqual(4000);
    expect(heardInRoom).toBeLessThan(4000);
  });

  it("has a voice there although the old call never answers the publishing of its microphone", async () => {
    const h = await inCall();
    const publish = h.call.publishAudio.bind(h.call);
    h.call.publishAudio = (name, format) =>
      name === "microphone" ? new Promise(() => undefined) : publish(name, format);
    await h.send(speech(4000));
    shutDown(h, "internal error occurred at step 3");
    await h.clock.advance(1000);
    h.calls[1]?.addParticipant(USER);
    await h.clock.advance(2000);
    expect(h.calls[1]?.sinks.get("microphone")?.playedSamples).toBeGreaterThan(24 * 1000);
  });

  it("has a voice even when no user appears in the fallback room", async () => {
    const h = await inCall();
    await h.send(speech(4000));
    h.call.endFromOutside("roomEnded");
    await h.clock.advance(25_000);
    expect(h.calls[1]?.sinks.get("microphone")?.playedSamples).toBeGreaterThan(24 * 3000);
  });

  it("is announced to the users who can still be reached, when Tavus announces it", async () => {
    const h = await inCall();
    shutDown(h, "internal error occurred at step 3");
    await h.clock.advance(1000);
    const data = { url: ROOM, token: "users-token" };
    const label = "tavus-transport";
    expect(h.call.sent.filter(({ to }) => to !== undefined)).toMatchObject([
      { to: "user", data: { label, type: "fallback-room", data } },
      { to: "user", data: { label, type: "room-changed", data: { ...data, reason: "shutDown" } } },
    ]);
    expect(h.call.leaves).toBe(1);
    expect(h.changes).toHaveLength(1);
    // Users who follow leave the old room first.
    expect(h.events).not.toContain("clientDisconnected user");
    expect(h.avatarStates).toEqual(["joining", "speaking", "failed shutDown"]);
  });

  it("has a fallback room that each user knows from the start, since most ends are not announced", async () => {
    const h = await inCall();
    h.call.addParticipant({ ...USER, sessionId: "late" });
    await h.clock.advance(0);
    const data = { url: ROOM, token: "users-token" };
    expect(h.call.sent).toMatchObject(
      ["user", "late"].map((to) => ({ to, data: { label: "tavus-transport", type: "fallback-room", data } })),
    );
    expect(h.rooms.created).toHaveLength(1);
    await h.send(new EndFrame());
    await h.finish();
    expect(h.rooms.deleted).toEqual(h.rooms.created);
  });

  it("is out of credits when it ends before its own limit", async () => {
    const h = await inCall();
    shutDown(h, "max_call_duration reached");
    h.call.endFromOutside("roomEnded");
    await h.clock.advance(1000);
    expect(h.changes).toHaveLength(1);
    expect(h.avatarStates.at(-1)).toBe("failed timeLimit");
  });

  it.each([
    ["its own limit is reached", "max_call_duration reached", 118_000],
    ["somebody ended it", "end_conversation_endpoint_hit", 1000],
    ["nobody was in it", "participant_left_timeout reached", 1000],
  ])("ends the call as before when %s", async (_why, reason, afterMs) => {
    const h = await inCall({ options: { conversation: { maxCallDurationS: 120 } } });
    await h.clock.advance(afterMs);
    shutDown(h, reason);
    h.call.endFromOutside("roomEnded");
    await expect(h.finish()).rejects.toThrow();
    expect([h.changes, h.api.ends]).toEqual([[], ["c1"]]);
    expect(h.rooms.deleted).toEqual(h.rooms.created);
  });

  it("ends the call as before without a fallback room, and when our own connection fails", async () => {
    for (const [options, reason] of [
      [{ makesRooms: false }, "roomEnded"],
      [{}, "connectionLost"],
    ] as const) {
      const h = await inCall(options);
      h.call.endFromOutside(reason);
      await expect(h.finish()).rejects.toThrow();
      expect([h.changes, h.api.ends]).toEqual([[], ["c1"]]);
    }
  });

  it("ends the call when the fallback room cannot be made or joined, or ends as well", async () => {
    const unmade = await inCall({}, ({ rooms }) => (rooms.createError = new Error("no room")));
    expect(unmade.logger.warnings()).toEqual(["A user does not know the fallback room."]);
    unmade.call.endFromOutside("roomEnded");
    await expect(unmade.finish()).rejects.toThrow(/no room/);
    const ended = await inCall();
    ended.call.endFromOutside("roomEnded");
    await ended.clock.advance(100);
    ended.calls[1]?.endFromOutside("expired");
    await expect(ended.finish()).rejects.toThrow();
    for (const h of [unmade, ended]) {
      expect(h.api.ends).toEqual(["c1"]);
      expect(new Set(h.rooms.deleted)).toEqual(new Set(h.rooms.asked.map(({ name }) => name)));
      expect(h.clock.pendingTimers).toBe(0);
    }
  });

  it.each([0, 100, 600, 1200])(
    "leaves nothing behind when it is closed %i ms after the end of the room",
    async (ms) => {
      const h = await inCall({ call: { joinDelayMs: 500 } });
      await h.clock.advance(1000);
      h.rooms.delayMs = 500;
      h.call.endFromOutside("roomEnded");
      await h.clock.advance(ms);
      const closing = h.transport.close();
      await h.clock.advance(30_000);
      await closing;
      expect(h.api.ends).toEqual(["c1"]);
      expect(h.rooms.deleted).toEqual(h.rooms.created);
      expect(h.calls.every(({ closes }) => closes === 1)).toBe(true);
      await h.finish();
      expect(h.clock.pendingTimers).toBe(0);
    },
  );
});
