import { palUserId } from "../../../src/emulator/pal/pal-user-id.ts";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { describe, expect, it } from "vitest";

import { systemClock } from "../../../src/util/clock.ts";
import { ORIGIN, PageServer } from "./page-server.ts";

const ADA = "7a4d7c7e-5f0c-4c0e-9d57-0c4b8a0c9a01";

/** Admits a participant to a room as the room server does. */
function enter(server: PageServer, room: string, userName: string, token?: string) {
  const request = { type: "join", room, sessionId: ADA, userName, publications: {}, ...(token && { token }) } as const;
  server.rooms.room(room)?.join(request, { send: () => undefined, close: () => undefined });
}

async function create(server: PageServer, body: object = {}): Promise<string> {
  return (await server.api("POST", "/conversations", body)).conversation_id as string;
}

describe("conversations", () => {
  it("are listed newest first, with their details and age", async () => {
    await using server = new PageServer();
    const first = await create(server, { pal_id: "pipecat0", face_id: "rc8992fe8e8e", conversation_name: "One" });
    await server.clock.advance(5000);
    const second = await create(server, { conversation_name: "Two" });
    const { conversations, nowWallMs, openConversations, maxConcurrent, creditsS } = await server.overview();
    expect(conversations.map(({ id }) => id)).toEqual([second, first]);
    expect(conversations[1]).toEqual({
      id: first,
      name: "One",
      pal: { id: "pipecat0", name: "Ari" },
      face: { id: "rc8992fe8e8e", name: "Brooke" },
      status: "active",
      note: "",
      createdWallMs: nowWallMs - 5000,
      joinUrl: `${ORIGIN}/${first}`,
      people: [],
    });
    expect([openConversations, maxConcurrent, creditsS]).toEqual([2, 10, null]);
  });

  it("list the participants of the room and mark the pal", async () => {
    await using server = new PageServer();
    const id = await create(server, { face_id: "r90bbd427f71" });
    const room = server.rooms.createRoom(id);
    enter(server, id, "Anna", room.issueToken({ userId: palUserId("r90bbd427f71") }));
    expect((await server.overview()).conversations[0]?.people).toEqual([{ name: "Anna", isPal: true }]);
    room.leave(ADA);
    enter(server, id, "");
    const { conversations, rooms } = await server.overview();
    expect(conversations[0]?.people).toEqual([{ name: "(no name)", isPal: false }]);
    expect(rooms).toEqual([]);
  });

  it("that have ended show the reason, and cannot be opened", async () => {
    await using server = new PageServer({ creditsS: 1 });
    await create(server);
    await create(server, { test_mode: true });
    await server.clock.advance(1000);
    const { conversations, creditsS, openConversations } = await server.overview();
    expect(conversations).toMatchObject([
      { status: "ended", note: "test mode" },
      { status: "ended", note: "max call duration reached" },
    ]);
    expect(conversations.some((one) => "joinUrl" in one)).toBe(false);
    expect([creditsS, openConversations]).toEqual([0, 0]);
  });

  it("that are private are opened with their token", async () => {
    await using server = new PageServer();
    const id = await create(server, { require_auth: true });
    const [conversation] = (await server.overview()).conversations;
    expect(conversation).toMatchObject({ note: "private", joinUrl: `${ORIGIN}/${id}?t=token-of-${id}` });
  });

  it("are all shown while they are open, and 20 of the ended ones", async () => {
    await using server = new PageServer({ maxConcurrent: 30 });
    const oldest = await create(server);
    for (let n = 0; n < 24; n++) await create(server, { test_mode: true });
    const { conversations, olderConversations } = await server.overview();
    expect(conversations).toHaveLength(21);
    expect(conversations.at(-1)?.id).toBe(oldest);
    expect(olderConversations).toBe(4);
  });
});

describe("rooms and faults", () => {
  it("rooms without a conversation are listed with their participants", async () => {
    await using server = new PageServer();
    server.rooms.createRoom("a room/with signs");
    enter(server, "a room/with signs", "Ada");
    expect((await server.overview()).rooms).toEqual([
      {
        name: "a room/with signs",
        joinUrl: `${ORIGIN}/a%20room%2Fwith%20signs`,
        people: [{ name: "Ada", isPal: false }],
      },
    ]);
  });

  it.each([
    [{ status: 503 }, ["any request", "status 503", "1 more request"]],
    [{ path: "/pals", method: "get", delayMs: 50, times: 3 }, ["GET /pals…", "50 ms late", "3 more requests"]],
    [
      { path: /end$/, reset: true, afterHandling: true, probability: 0.2 },
      ["any /end$/", "carried out, then connection reset", "all requests, each with 20 %"],
    ],
    [{ garbage: true, status: 502 }, ["any request", "status 502, JSON that is cut off", "1 more request"]],
    [{ wrongShape: true, times: 2 }, ["any request", "JSON of the wrong shape", "2 more requests"]],
    [{ body: "<html>", delayMs: 1 }, ["any request", "1 ms late, then another body", "1 more request"]],
    [{}, ["any request", "nothing", "1 more request"]],
  ])("the fault %j is told in words", async (fault, words) => {
    await using server = new PageServer();
    server.tavus.faults.next(fault);
    const [hits, does, left] = words;
    expect((await server.overview()).faults).toEqual([{ hits, does, left }]);
  });

  it("a fault that has hit is not listed any more", async () => {
    await using server = new PageServer();
    server.tavus.faults.next({ status: 503, times: 2 });
    await server.api("GET", "/pals");
    expect((await server.overview()).faults).toMatchObject([{ left: "1 more request" }]);
    await server.api("GET", "/pals");
    expect((await server.overview()).faults).toEqual([]);
  });
});

describe("the activity", () => {
  it("has the requests of the API with their outcome", async () => {
    await using server = new PageServer();
    await create(server, { conversation_name: "One" });
    await server.api("POST", "/conversations", { face_id: "nobody" });
    const requests = (await server.activity()).filter(({ kind }) => kind === "request");
    expect(requests).toMatchObject([
      { title: "POST /conversations → 200", failed: false },
      { title: "POST /conversations → 400", failed: true },
    ]);
    expect(requests[0]?.detail).toContain('"conversation_name": "One"');
  });

  it("has the events of conversations and the messages in rooms", async () => {
    await using server = new PageServer();
    const id = await create(server);
    server.rooms.createRoom(id);
    enter(server, id, "Ada");
    server.rooms.room(id)?.handle(ADA, { type: "app-message", to: "*", data: { event_type: "conversation.respond" } });
    await server.api("POST", `/conversations/${id}/end`);
    const told = (await server.activity()).map(({ kind, title, room }) => [kind, title, room]);
    expect(told).toContainEqual(["room", "Ada joined", id]);
    expect(told).toContainEqual(["message", "conversation.respond from Ada", id]);
    expect(told).toContainEqual(["event", "system.shutdown", id]);
  });

  it("has the webhooks, received or not", async () => {
    const receiver = createServer((_request, response) => response.end());
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook?secret=hidden`;
    await using server = new PageServer({ clock: systemClock });
    server.tavus.webhooks.send(url, { event_type: "system.shutdown", conversation_id: "c1" });
    server.tavus.webhooks.send("http://127.0.0.1:1/", {});
    await server.tavus.webhooks.idle();
    const told = (await server.activity()).filter(({ kind }) => kind === "webhook");
    expect(told).toHaveLength(2);
    expect(told.find(({ failed }) => !failed)).toMatchObject({ title: "system.shutdown → 200", room: "c1" });
    expect(told.find(({ failed }) => failed)).toMatchObject({ title: "callback → not received" });
    expect(JSON.stringify(told)).not.toContain("hidden");
    receiver.close();
  });

  it("is sent from where the page has read to", async () => {
    await using server = new PageServer();
    await server.api("GET", "/pals");
    const { lastSeq } = await server.overview();
    await server.api("GET", "/faces");
    expect((await server.overview(lastSeq)).activity).toMatchObject([{ title: "GET /faces → 200" }]);
  });

  it("is cut to the newest 200", async () => {
    await using server = new PageServer();
    for (let n = 0; n < 210; n++) server.tavus.activity.add({ kind: "page", title: `${n}` });
    const { activity } = await server.overview();
    expect([activity.length, activity[0]?.title]).toEqual([200, "10"]);
  });
});

describe("secrets", () => {
  it("the API key, meeting tokens and what sounds like a secret are not in the activity", async () => {
    await using server = new PageServer({ apiKey: "key-of-the-account" });
    const id = await create(server, {
      require_auth: true,
      callback_url: "http://user:pass@127.0.0.1:1/hook?secret=in-the-url#too",
      properties: { livekit_room_token: "token-in-the-body" },
    });
    const { activity } = server.tavus;
    await server.api("GET", "/pals?api_key=key-of-the-account&password=in-the-query");
    await server.api("GET", `/pals/key-of-the-account`);
    const data = { text: `join with token-of-${id}`, deep: { authorization: "Bearer in-the-message" } };
    activity.add({ kind: "message", title: `from token-of-${id}`, detail: data });
    const shown = JSON.stringify(await server.activity());
    for (const secret of [
      "key-of-the-account",
      `token-of-${id}`,
      "in-the-url",
      "pass@",
      "token-in-the-body",
      "in-the-query",
      "in-the-message",
    ])
      expect(shown).not.toContain(secret);
    expect(shown).toContain("http://127.0.0.1:1/hook?…");
  });

  it("long texts are truncated, and show their length", async () => {
    await using server = new PageServer();
    const { activity } = server.tavus;
    activity.add({ kind: "message", title: "t".repeat(5000), detail: { audio: "a".repeat(4000) } });
    activity.add({ kind: "message", title: "many", detail: Array.from({ length: 5000 }, (_, n) => n) });
    const [long, many] = await server.activity();
    expect(long?.title).toBe(`${"t".repeat(200)}… (5000 characters)`);
    expect(long?.detail).toContain(`${"a".repeat(200)}… (4000 characters)`);
    expect(many?.detail?.length).toBeLessThan(4100);
  });

  it.each([undefined, {}, null, "text", [1]])("a detail can be %j", async (detail) => {
    await using server = new PageServer();
    server.tavus.activity.add({ kind: "message", title: "x", detail });
    const [entry] = await server.activity();
    expect(entry?.detail).toBe(
      detail === undefined || JSON.stringify(detail) === "{}" ? undefined : JSON.stringify(detail, null, 2),
    );
  });
});
