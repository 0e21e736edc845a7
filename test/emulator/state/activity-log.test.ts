import { describe, expect, it } from "vitest";

import { ActivityLog } from "../../../src/emulator/state/activity-log.ts";
import { Room } from "../../../src/emulator/room/room.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";

function newLog() {
  const clock = new VirtualClock();
  const log = new ActivityLog(clock);
  return { clock, log, titles: () => log.since(0, 1000).map(({ title, times }) => [title, times]) };
}

describe("the activity log", () => {
  it("keeps the last 500 entries", () => {
    const { log } = newLog();
    for (let n = 1; n <= 510; n++) log.add({ kind: "page", title: `${n}` });
    const kept = log.since(0, 1000);
    expect(kept).toHaveLength(500);
    expect([kept.at(0)?.title, kept.at(-1)?.title]).toEqual(["11", "510"]);
  });

  it("returns what is new since the last call, newest entries first", () => {
    const { log } = newLog();
    log.add({ kind: "page", title: "old" });
    const { lastSeq } = log;
    for (const title of ["a", "b", "c"]) log.add({ kind: "page", title });
    expect(log.since(lastSeq, 2).map(({ title }) => title)).toEqual(["b", "c"]);
    expect(log.since(log.lastSeq, 10)).toEqual([]);
  });

  it("counts repeated entries, and returns the entry again under its id", async () => {
    const { log, clock } = newLog();
    log.add({ kind: "message", title: "echo", foldKey: "x" });
    const [first] = log.since(0, 10);
    const { lastSeq } = log;
    await clock.advance(20);
    log.add({ kind: "message", title: "echo", foldKey: "x" });
    expect(log.since(lastSeq, 10)).toMatchObject([{ id: first!.id, times: 2, wallMs: first!.wallMs + 20 }]);
    log.add({ kind: "message", title: "other" });
    log.add({ kind: "message", title: "echo", foldKey: "x" });
    expect(log.since(0, 10).map(({ times }) => times)).toEqual([2, 1, 1]);
  });

  it("does not count up entries without a fold key", () => {
    const { log, titles } = newLog();
    log.add({ kind: "page", title: "a" });
    log.add({ kind: "page", title: "a" });
    expect(titles()).toEqual([
      ["a", 1],
      ["a", 1],
    ]);
  });
});

describe("a watched room", () => {
  const ADA = "7a4d7c7e-5f0c-4c0e-9d57-0c4b8a0c9a01";

  function newRoom() {
    const made = newLog();
    const room = new Room("lobby", {}, made.clock, (error) => {
      throw error;
    });
    made.log.watch(room);
    const join = (sessionId: string, userName: string): void => {
      const request = { type: "join", room: "lobby", sessionId, userName, publications: {} } as const;
      room.join(request, { send: () => undefined, close: () => undefined });
    };
    const say = (sessionId: string, data: unknown): void => {
      room.handle(sessionId, { type: "app-message", to: "*", data });
    };
    return { ...made, room, join, say };
  }

  it("records joins, messages and leaves until it ends", () => {
    const { room, join, say, titles, log } = newRoom();
    join(ADA, "Ada");
    say(ADA, { event_type: "conversation.interrupt" });
    say(ADA, "hello");
    room.leave(ADA);
    room.end();
    expect(titles()).toEqual([
      ["Ada joined", 1],
      ["conversation.interrupt from Ada", 1],
      ["app message from Ada", 1],
      ["Ada left", 1],
      ["the room was closed", 1],
    ]);
    expect(log.since(0, 10).every(({ room: name }) => name === "lobby")).toBe(true);
  });

  it("shows speech sent in many messages as one entry", () => {
    const { join, say, titles } = newRoom();
    join(ADA, "");
    for (let n = 0; n < 30; n++) say(ADA, { event_type: "conversation.echo", properties: { modality: "audio" } });
    expect(titles()).toEqual([
      ["somebody joined", 1],
      ["conversation.echo from somebody", 30],
    ]);
  });

  it.each([null, 7, [], { event_type: 7 }, { event_type: null }])("takes %j for a message of any kind", (data) => {
    const { join, say, titles } = newRoom();
    join(ADA, "Ada");
    say(ADA, data);
    expect(titles().at(-1)).toEqual(["app message from Ada", 1]);
  });
});
