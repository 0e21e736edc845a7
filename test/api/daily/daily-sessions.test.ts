import { describe, expect, it } from "vitest";

import { DailyStatusError, InvalidOptionError } from "../../../src/api/index.ts";
import { DailyServer, type Member } from "../../emulator/api/daily/daily-server.ts";
import { failureOf } from "../clients.ts";
import { dailyWith, json, scripted } from "./daily-clients.ts";

async function busyRoom(): Promise<{ server: DailyServer; ada: Member; guest: Member }> {
  const server = new DailyServer();
  const api = server.client();
  await api.createRoom({ name: "a", privacy: "private", properties: { enableRecording: "cloud" } });
  const tokens = await Promise.all([
    api.createMeetingToken({ roomName: "a", userId: "u1", userName: "Ada" }),
    api.createMeetingToken({ roomName: "a" }),
  ]);
  const [ada, guest] = tokens.map((token) => server.enter("a", token)) as [Member, Member];
  return { server, ada, guest };
}

describe("DailyApi and the people in a room", () => {
  it("says who is there", async () => {
    const { server, ada, guest } = await busyRoom();
    await using _ = server;
    await server.clock.advance(7000);
    const api = server.client();
    expect(await api.getRoomPresence("a")).toMatchObject([
      { sessionId: ada.id, room: "a", userId: "u1", userName: "Ada", durationS: 7 },
      { sessionId: guest.id },
    ]);
    expect(await api.getRoomPresence("a", { userId: "u1" })).toHaveLength(1);
    expect(await api.getPresence()).toMatchObject({ a: [{ sessionId: ada.id }, { sessionId: guest.id }] });
  });

  it("ejects, also by user id", async () => {
    const { server, ada, guest } = await busyRoom();
    await using _ = server;
    expect(await server.client().eject("a", { userIds: ["u1"], ids: ["nobody"] })).toEqual([ada.id]);
    expect([ada.ended, guest.ended]).toEqual(["ejected", undefined]);
    expect(await failureOf(server.client().eject("a", {}))).toBeInstanceOf(InvalidOptionError);
  });

  it("reads the session ids of those ejected under either name", async () => {
    for (const body of [{ ejectedIds: ["x"] }, { ejected_ids: ["x"] }])
      expect(await dailyWith(scripted(() => json(body)).fetch).eject("a", { ids: ["x"] })).toEqual(["x"]);
  });

  it("sends app messages, shares data, records and changes permissions", async () => {
    const { server, ada, guest } = await busyRoom();
    await using _ = server;
    const api = server.client();
    await api.sendAppMessage("a", { hello: "all" });
    await api.sendAppMessage("a", { hello: "Ada" }, { recipient: ada.id });
    expect([ada.messages, guest.messages]).toEqual([[{ hello: "all" }, { hello: "Ada" }], [{ hello: "all" }]]);

    await api.setSessionData("a", { one: 1, two: 2 });
    await api.setSessionData("a", { three: 3 }, { merge: true, keysToDelete: ["one"] });
    expect(await api.getSessionData("a")).toEqual({ two: 2, three: 3 });

    expect(await api.startRecording("a", { type: "cloud" })).toMatchObject({ recordingId: expect.any(String) as string });
    await api.stopRecording("a");

    await api.updatePermissions("a", { [ada.id]: { canSend: false } });
    expect(server.rooms.room("a")?.participants()[0]?.permissions).toEqual({ canSend: false });
  });

  it("gets the domain", async () => {
    const { server } = await busyRoom();
    await using _ = server;
    expect(await server.client().getDomain()).toMatchObject({
      domainName: "emulator",
      domainId: server.state.domainId,
      config: {},
    });
  });

  it("reports an unknown room", async () => {
    const { server } = await busyRoom();
    await using _ = server;
    const api = server.client();
    for (const call of [api.getRoomPresence("b"), api.eject("b", { ids: ["x"] }), api.sendAppMessage("b", {})]) {
      const failure = await failureOf(call);
      expect(failure).toBeInstanceOf(DailyStatusError);
      expect(failure).toMatchObject({ code: "notFound" });
    }
  });

  it("creates a temporary room that ejects everybody at its end", async () => {
    await using server = new DailyServer();
    const api = server.client();
    const room = await api.createTemporaryRoom({ expiresInS: 60 });
    expect(server.refusal(room.name)).toBe("not-allowed");
    const member = server.enter(room.name, await api.createMeetingToken({ roomName: room.name }));
    await server.clock.advance(60_000);
    expect(member.ended).toBe("exp-room");
    expect(await failureOf(api.getRoom(room.name))).toMatchObject({ code: "notFound" });
    await api.deleteRoom(room.name);
  });

  it("never creates two rooms when the answer to a creation is lost", async () => {
    await using server = new DailyServer();
    server.tavus.faults.next({ path: "/rooms", method: "POST", status: 502, afterHandling: true });
    const api = server.client();
    const room = await server.clock.advanceUntil(api.createRoom({ properties: { enableChat: true } }));
    expect(room.config).toEqual({ enableChat: true });
    expect((await api.listRooms()).map(({ name }) => name)).toEqual([room.name]);
  });
});
