import { randomUUID } from "node:crypto";

import { describe, expect, it } from "vitest";

import type { ServerMessage } from "../../../src/emulator/room/protocol.ts";
import { Room, type RoomMember, type RoomOptions, RoomRefusal } from "../../../src/emulator/room/room.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";

class Member implements RoomMember {
  readonly received: ServerMessage[] = [];
  readonly id = randomUUID();
  closed = false;

  send(message: ServerMessage): void {
    this.received.push(message);
  }

  close(): void {
    this.closed = true;
  }

  of<T extends ServerMessage["type"]>(type: T): Extract<ServerMessage, { type: T }>[] {
    return this.received.filter((message): message is Extract<ServerMessage, { type: T }> => message.type === type);
  }
}

function openRoom(options: RoomOptions = {}): { room: Room; clock: VirtualClock; enter: (token?: string) => Member } {
  const clock = new VirtualClock();
  const room = new Room("r", options, clock, (error) => {
    throw error;
  });
  const enter = (token?: string): Member => {
    const member = new Member();
    const request = { type: "join", room: "r", sessionId: member.id, userName: "x", publications: {} } as const;
    room.join({ ...request, ...(token !== undefined && { token }) }, member);
    return member;
  };
  return { room, clock, enter };
}

function refusal(enter: () => unknown): string {
  try {
    enter();
  } catch (thrown) {
    if (thrown instanceof RoomRefusal) return thrown.type;
    throw thrown;
  }
  return "let in";
}

describe("a local room", () => {
  it("introduces a new participant and the others to each other", () => {
    const { enter } = openRoom();
    const first = enter();
    const second = enter();
    expect(second.of("joined")[0]?.peers.map(({ sessionId }) => sessionId)).toEqual([first.id]);
    expect(first.of("peer-joined").map(({ peer }) => peer.sessionId)).toEqual([second.id]);
  });

  it("admits to a private room only with a valid token", () => {
    const { room, clock, enter } = openRoom({ isPrivate: true });
    const token = room.issueToken({ expiresAtMs: clock.wallMs() + 1000 });
    expect(refusal(() => enter())).toBe("not-allowed");
    expect(refusal(() => enter("guess"))).toBe("not-allowed");
    expect(refusal(() => enter(token))).toBe("let in");
  });

  it("refuses a token that has expired, a full room, and a room that has expired", async () => {
    const { room, clock, enter } = openRoom({ maxParticipants: 1, expiresAtMs: new VirtualClock().wallMs() + 5000 });
    const token = room.issueToken({ expiresAtMs: clock.wallMs() + 1000 });
    enter();
    expect(refusal(() => enter())).toBe("meeting-full");
    await clock.advance(1000);
    expect(refusal(() => enter(token))).toBe("exp-token");
    await clock.advance(4000);
    expect(refusal(() => enter())).toBe("exp-room");
  });

  it("delivers an app message to the others, or to its addressee, never to its sender", () => {
    const { room, enter } = openRoom();
    const [a, b, c] = [enter(), enter(), enter()];
    room.handle(a.id, { type: "app-message", to: "*", data: 1 });
    room.handle(a.id, { type: "app-message", to: [c.id, a.id], data: 2 });
    expect(a.of("app-message")).toEqual([]);
    expect(b.of("app-message").map(({ data }) => data)).toEqual([1]);
    expect(c.of("app-message").map(({ data }) => data)).toEqual([1, 2]);
  });

  it("refuses an app message beyond its limit, and reports that to the sender only", () => {
    const { room, enter } = openRoom({ maxAppMessageSize: 20 });
    const [a, b] = [enter(), enter()];
    room.handle(a.id, { type: "app-message", to: "*", data: "x".repeat(18) });
    room.handle(a.id, { type: "app-message", to: "*", data: "x".repeat(19) });
    expect(b.of("app-message")).toHaveLength(1);
    expect(a.of("rejected")).toHaveLength(1);
  });

  it("lets only an owner permit", () => {
    const { room, enter } = openRoom();
    const owner = enter(room.issueToken({ owner: true }));
    const other = enter();
    room.handle(other.id, { type: "permit", id: owner.id, permissions: { canSend: false } });
    expect(other.of("rejected")).toHaveLength(1);
    expect(owner.of("you-updated")).toEqual([]);
    room.handle(owner.id, { type: "permit", id: other.id, permissions: { canSend: ["audio"] } });
    expect(other.of("you-updated")).toMatchObject([{ peer: { permissions: { canSend: ["audio"] } } }]);
  });

  it("lets only an owner mute and eject", () => {
    const { room, enter } = openRoom();
    const owner = enter(room.issueToken({ owner: true }));
    const guest = enter();
    room.handle(guest.id, { type: "eject", id: owner.id });
    expect(guest.of("rejected")).toHaveLength(1);
    expect(owner.closed).toBe(false);
    room.handle(owner.id, { type: "eject", id: guest.id });
    expect(guest.of("ended")[0]?.error).toBe("ejected");
    expect(guest.closed).toBe(true);
    expect(owner.of("peer-left").map(({ sessionId }) => sessionId)).toEqual([guest.id]);
  });

  describe("session data", () => {
    const set = (data: unknown, merge = false) => ({ type: "session-data", data, merge }) as const;

    it("is sent to everyone and to latecomers, replaced or merged", () => {
      const { room, enter } = openRoom();
      const [a, b] = [enter(), enter()];
      room.handle(a.id, set({ one: 1, two: { a: 1 } }));
      room.handle(b.id, set({ two: { b: 2 } }, true));
      for (const member of [a, b]) expect(member.of("session-data").at(-1)?.data).toEqual({ one: 1, two: { b: 2 } });
      expect(enter().of("joined")[0]?.room.sessionData).toEqual({ one: 1, two: { b: 2 } });
      room.handle(a.id, set({ three: 3 }));
      expect(room.sessionData).toEqual({ three: 3 });
    });

    it.each([null, "text", 7, ["list"], undefined])("that is no object (%j) is refused", (data) => {
      const { room, enter } = openRoom();
      const member = enter();
      room.handle(member.id, set(data));
      expect(member.of("rejected")).toMatchObject([{ request: "session-data" }]);
      expect(room.sessionData).toBeUndefined();
    });

    it("that has grown too large is refused, and the old data stays", () => {
      const { room, enter } = openRoom();
      const member = enter();
      room.handle(member.id, set({ a: "x".repeat(60_000) }));
      room.handle(member.id, set({ b: "x".repeat(60_000) }, true));
      expect(member.of("rejected")).toHaveLength(1);
      expect(Object.keys(room.sessionData ?? {})).toEqual(["a"]);
    });

    it("is gone when the last participant has left", () => {
      const { room, enter } = openRoom();
      const member = enter();
      room.handle(member.id, set({ a: 1 }));
      room.leave(member.id);
      expect(enter().of("joined")[0]?.room.sessionData).toBeUndefined();
    });
  });

  describe("recordings", () => {
    const start = (more: object = {}) => ({ type: "start-recording", ...more }) as const;

    it("start and stop for everyone, with their duration", async () => {
      const { room, clock, enter } = openRoom({ enableRecording: true });
      const stopped: number[] = [];
      room.events.on("recordingStopped", (_, durationMs) => stopped.push(durationMs));
      const [a, b] = [enter(), enter()];
      room.handle(a.id, start());
      for (const member of [a, b])
        expect(member.of("recording-started")).toMatchObject([{ recording: { type: "cloud", startedBy: a.id } }]);
      expect(enter().of("joined")[0]?.room.recordings).toHaveLength(1);
      await clock.advance(2500);
      room.handle(b.id, { type: "stop-recording" });
      for (const member of [a, b]) expect(member.of("recording-stopped")).toHaveLength(1);
      expect(stopped).toEqual([2500]);
    });

    it("run concurrently under separate ids, and each stops by its id", () => {
      const { room, enter } = openRoom({ enableRecording: true });
      const member = enter();
      room.handle(member.id, start());
      room.handle(member.id, start({ instanceId: "second", recordingType: "cloud-audio-only" }));
      room.handle(member.id, start({ instanceId: "second" }));
      expect(member.of("recording-failed")).toMatchObject([{ instanceId: "second" }]);
      room.handle(member.id, { type: "stop-recording", instanceId: "second" });
      expect(room.recordings()).toMatchObject([{ type: "cloud" }]);
    });

    it("are refused where not enabled, to the participant's disk, and beyond a maximum", () => {
      const closed = openRoom();
      const guest = closed.enter();
      closed.room.handle(guest.id, start());
      expect(guest.of("recording-failed")[0]?.message).toContain("enable_recording");
      const { room, enter } = openRoom({ enableRecording: true });
      const member = enter();
      room.handle(member.id, start({ recordingType: "local" }));
      for (let n = 0; n < 30; n++) room.handle(member.id, start({ instanceId: `i${n}` }));
      expect(room.recordings()).toHaveLength(20);
      expect(member.of("recording-failed")).toHaveLength(11);
    });

    it("stop when the room empties or ends", () => {
      const { room, enter } = openRoom({ enableRecording: true });
      let stopped = 0;
      room.events.on("recordingStopped", () => stopped++);
      const first = enter();
      room.handle(first.id, start());
      room.leave(first.id);
      expect([stopped, room.recordings()]).toEqual([1, []]);
      room.handle(enter().id, { type: "stop-recording" });
      const second = enter();
      room.handle(second.id, start());
      room.end();
      expect(stopped).toBe(2);
    });
  });

  it("notifies everyone when it ends, and is empty then", () => {
    const { room, enter } = openRoom();
    const [a, b] = [enter(), enter()];
    room.end();
    for (const member of [a, b]) expect(member.of("ended")).toHaveLength(1);
    expect(room.participants()).toEqual([]);
  });
});
