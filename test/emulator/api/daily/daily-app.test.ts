import { createHmac } from "node:crypto";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { DailyServer } from "./daily-server.ts";

describe("the emulated Daily API", () => {
  describe("authenticates", () => {
    it.each([
      ["without a header", { authorization: "" }, 400, "authorization-header-error"],
      ["without Bearer", { authorization: "some-key" }, 400, "authorization-header-error"],
      ["with Basic", { authorization: "Basic c29tZQ==" }, 400, "authorization-header-error"],
      ["with another key", { authorization: "Bearer wrong" }, 401, "authentication-error"],
    ])("a request %s", async (_, headers, status, error) => {
      await using server = new DailyServer();
      const answer = await server.request("GET", "/rooms", undefined, headers);
      expect(answer.status).toBe(status);
      expect(await answer.json()).toMatchObject({ error, info: expect.any(String) as string });
    });

    it("but answers no page that has rebound a name to this machine", async () => {
      await using server = new DailyServer();
      const answer = await server.app.request("http://evil.test/v1/rooms", {
        headers: { authorization: `Bearer ${server.state.apiKey}` },
      });
      expect(answer.status).toBe(403);
    });
  });

  it.each([
    ["a body that is not JSON", "{", "json-parsing-error"],
    ["a list", [], "invalid-request-error"],
    ["a name with a slash", { name: "a/b" }, "invalid-request-error"],
    ["a name that is too long", { name: "a".repeat(129) }, "invalid-request-error"],
    ["an unknown privacy", { privacy: "org" }, "invalid-request-error"],
    ["a time that is no number", { properties: { exp: "soon" } }, "invalid-request-error"],
    ["an unknown kind of recording", { properties: { enable_recording: "tape" } }, "invalid-request-error"],
    ["a hook that is too long", { properties: { meeting_join_hook: "h".repeat(256) } }, "invalid-request-error"],
    ["no participants at all", { properties: { max_participants: 0 } }, "invalid-request-error"],
  ])("rejects a room with %s", async (_, body, error) => {
    await using server = new DailyServer();
    expect(await server.ask("POST", "/rooms", body)).toMatchObject({ status: 400, body: { error } });
    expect((await server.ask("GET", "/rooms")).body).toEqual({ total_count: 0, data: [] });
  });

  it("creates a room with a random name and Daily's defaults", async () => {
    await using server = new DailyServer();
    const { status, body } = await server.ask("POST", "/rooms");
    expect(status).toBe(200);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      name: expect.stringMatching(/^[A-Za-z0-9]+$/) as string,
      api_created: true,
      privacy: "public",
      url: `http://127.0.0.1/${String(body.name)}`,
      created_at: "2026-01-01T00:00:00.000Z",
      config: {},
    });
  });

  it("shows only properties that differ from the defaults, and restores a default with null", async () => {
    await using server = new DailyServer();
    const properties = { enable_chat: true, start_video_off: false, max_participants: 200, enable_prejoin_ui: false };
    const created = await server.ask("POST", "/rooms", { name: "a", properties });
    expect(created.body.config).toEqual({ enable_chat: true, enable_prejoin_ui: false });
    const changed = await server.ask("POST", "/rooms/a", { properties: { enable_chat: null, start_audio_off: true } });
    expect(changed.body.config).toEqual({ enable_prejoin_ui: false, start_audio_off: true });
    expect((await server.ask("GET", "/rooms/a")).body).toEqual(changed.body);
  });

  it("rejects a name that is taken, by its own rooms or by Tavus'", async () => {
    await using server = new DailyServer();
    await server.ask("POST", "/rooms", { name: "mine" });
    server.rooms.createRoom("c123");
    for (const name of ["mine", "c123"]) {
      const taken = { status: 400, body: { error: "invalid-request-error" } };
      expect(await server.ask("POST", "/rooms", { name })).toMatchObject(taken);
    }
  });

  it("does not show Tavus' rooms, nor does it delete them", async () => {
    await using server = new DailyServer();
    server.rooms.createRoom("c123");
    expect((await server.ask("GET", "/rooms")).body.total_count).toBe(0);
    expect((await server.ask("GET", "/rooms/c123")).status).toBe(404);
    expect((await server.ask("DELETE", "/rooms/c123")).status).toBe(404);
    expect(server.rooms.room("c123")).toBeDefined();
  });

  describe("lists rooms", () => {
    const names = (body: Record<string, unknown>): string[] => (body.data as { name: string }[]).map(({ name }) => name);

    it("newest first, and from both ends", async () => {
      await using server = new DailyServer();
      const ids: string[] = [];
      for (let index = 0; index < 6; index++)
        ids.push(String((await server.ask("POST", "/rooms", { name: `r${index}` })).body.id));
      const list = async (query: string): Promise<string[]> =>
        names((await server.ask("GET", `/rooms?${query}`)).body);
      expect(await list("limit=2")).toEqual(["r5", "r4"]);
      expect(await list(`limit=2&starting_after=${ids[4]}`)).toEqual(["r3", "r2"]);
      expect(await list(`limit=2&ending_before=${ids[2]}`)).toEqual(["r4", "r3"]);
      expect(await list("limit=2&ending_before=OLDEST")).toEqual(["r1", "r0"]);
      expect((await server.ask("GET", "/rooms?limit=2")).body.total_count).toBe(6);
    });

    it.each(["limit=0", "limit=101", "limit=x", "starting_after=nothing"])("rejects %s", async (query) => {
      await using server = new DailyServer();
      expect((await server.ask("GET", `/rooms?${query}`)).status).toBe(400);
    });
  });

  describe("forgets a room", () => {
    it("that is deleted, and ejects everybody", async () => {
      await using server = new DailyServer();
      await server.ask("POST", "/rooms", { name: "a" });
      const member = server.enter("a");
      expect(await server.ask("DELETE", "/rooms/a")).toEqual({ status: 200, body: { deleted: true, name: "a" } });
      expect(member.ended).toBe("ejected");
      expect(server.refusal("a")).toBe("no-room");
      const again = await server.ask("DELETE", "/rooms/a");
      expect(again).toMatchObject({ status: 404, body: { error: "not-found" } });
      expect(again.body).not.toHaveProperty("deleted");
    });

    it("that has expired, while those in it stay", async () => {
      await using server = new DailyServer();
      await server.ask("POST", "/rooms", { name: "a", properties: { exp: server.nowS + 60 } });
      const member = server.enter("a");
      await server.clock.advance(60_000);
      expect((await server.ask("GET", "/rooms/a")).status).toBe(404);
      expect((await server.ask("GET", "/rooms")).body.total_count).toBe(0);
      expect(server.refusal("a")).toBe("exp-room");
      expect(member.ended).toBeUndefined();
      expect(await server.ask("DELETE", "/rooms/a")).toMatchObject({
        status: 404,
        body: { error: "not-found", deleted: true },
      });
      expect((await server.ask("POST", "/rooms", { name: "a" })).status).toBe(200);
    });
  });

  describe("makes rooms that enforce", () => {
    async function serverWith(properties: (nowS: number) => object, privacy = "public"): Promise<DailyServer> {
      const server = new DailyServer();
      await server.ask("POST", "/rooms", { name: "a", privacy, properties: properties(server.nowS) });
      return server;
    }
    const tokenFor = async (server: DailyServer, properties: object): Promise<string> =>
      String((await server.ask("POST", "/meeting-tokens", { properties })).body.token);

    it("privacy", async () => {
      await using server = await serverWith(() => ({}), "private");
      expect(server.refusal("a")).toBe("not-allowed");
      expect(server.refusal("a", "guess")).toBe("not-allowed");
      expect(server.refusal("a", await tokenFor(server, { room_name: "b" }))).toBe("not-allowed");
      expect(server.refusal("a", await tokenFor(server, { room_name: "a" }))).toBe("let in");
      expect(server.refusal("a", await tokenFor(server, {}))).toBe("let in");
      await server.ask("POST", "/rooms/a", { privacy: "public" });
      expect(server.refusal("a")).toBe("let in");
    });

    it("nbf of rooms and tokens", async () => {
      await using server = await serverWith((nowS) => ({ nbf: nowS + 10 }));
      expect(server.refusal("a")).toBe("nbf-room");
      await server.clock.advance(10_000);
      const token = await tokenFor(server, { room_name: "a", nbf: server.nowS + 10 });
      expect(server.refusal("a")).toBe("let in");
      expect(server.refusal("a", token)).toBe("nbf-token");
    });

    it("max_participants", async () => {
      await using server = await serverWith(() => ({ max_participants: 1 }));
      expect(server.refusal("a")).toBe("let in");
      expect(server.refusal("a")).toBe("meeting-full");
    });

    it("eject_at_room_exp, also when it is set later", async () => {
      await using server = await serverWith((nowS) => ({ exp: nowS + 60 }));
      const member = server.enter("a");
      await server.ask("POST", "/rooms/a", { properties: { eject_at_room_exp: true } });
      await server.clock.advance(59_999);
      expect(member.ended).toBeUndefined();
      await server.clock.advance(1);
      expect(member.ended).toBe("exp-room");
    });

    it("eject_after_elapsed, per participant", async () => {
      await using server = await serverWith(() => ({ eject_after_elapsed: 30 }));
      const first = server.enter("a");
      await server.clock.advance(10_000);
      const second = server.enter("a");
      await server.clock.advance(20_000);
      expect([first.ended, second.ended]).toEqual(["ejected", undefined]);
    });

    it("a token's ejection instead of the room's", async () => {
      await using server = await serverWith(() => ({ eject_after_elapsed: 30 }));
      const longer = server.enter("a", await tokenFor(server, { room_name: "a", eject_after_elapsed: 60 }));
      const tokenExp = { room_name: "a", exp: server.nowS + 45, eject_at_token_exp: true };
      const byToken = server.enter("a", await tokenFor(server, tokenExp));
      const holder = server.enter("a", await tokenFor(server, { room_name: "a", exp: server.nowS + 5 }));
      await server.clock.advance(30_000);
      expect([longer.ended, byToken.ended, holder.ended]).toEqual([undefined, undefined, "ejected"]);
      await server.clock.advance(15_000);
      expect([longer.ended, byToken.ended]).toEqual([undefined, "exp-token"]);
      await server.clock.advance(15_000);
      expect(longer.ended).toBe("ejected");
    });

    it("enforce_unique_user_ids: who joins later stays", async () => {
      await using server = await serverWith(() => ({ enforce_unique_user_ids: true }));
      const token = await tokenFor(server, { room_name: "a", user_id: "ada" });
      const first = server.enter("a", token);
      const second = server.enter("a", token);
      expect([first.ended, second.ended]).toEqual(["ejected", undefined]);
    });

    it("permissions, of which a token's take precedence", async () => {
      await using server = await serverWith(() => ({ permissions: { canSend: false } }));
      const token = await tokenFor(server, { room_name: "a", permissions: { canSend: ["audio"] } });
      const granted = [server.enter("a"), server.enter("a", token)].map(
        ({ received }) => received.find((message) => message.type === "joined")?.you.permissions,
      );
      expect(granted).toEqual([{ canSend: false }, { canSend: ["audio"] }]);
    });
  });

  describe("makes meeting tokens", () => {
    it("that are HS256 JWTs with the documented claims, signed with the key", async () => {
      await using server = new DailyServer();
      const properties = {
        room_name: "a",
        exp: server.nowS + 60,
        is_owner: true,
        user_name: "Ada",
        user_id: "u1",
        eject_at_token_exp: true,
        start_audio_off: true,
      };
      const token = String((await server.ask("POST", "/meeting-tokens", { properties })).body.token);
      const [header = "", payload = "", signature] = token.split(".");
      const expected = createHmac("sha256", server.state.apiKey).update(`${header}.${payload}`).digest("base64url");
      expect(signature).toBe(expected);
      const decode = (part: string): unknown => JSON.parse(Buffer.from(part, "base64url").toString());
      expect(decode(header)).toEqual({ alg: "HS256", typ: "JWT" });
      expect(decode(payload)).toEqual({
        r: "a",
        exp: server.nowS + 60,
        o: true,
        u: "Ada",
        ud: "u1",
        ejt: true,
        ao: true,
        d: server.state.domainId,
        iat: server.nowS,
      });
      expect(await server.ask("GET", `/meeting-tokens/${token}`)).toEqual({ status: 200, body: properties });
    });

    it("and accepts those that are signed by the caller", async () => {
      await using server = new DailyServer();
      await server.ask("POST", "/rooms", { name: "a", privacy: "private" });
      const { domain_id: d } = (await server.ask("GET", "/")).body;
      const sign = (claims: object, key = server.state.apiKey): string => {
        const parts = [{ alg: "HS256", typ: "JWT" }, claims].map((part) =>
          Buffer.from(JSON.stringify(part)).toString("base64url"),
        );
        return [...parts, createHmac("sha256", key).update(parts.join(".")).digest("base64url")].join(".");
      };
      expect(server.refusal("a", sign({ r: "a", d, iat: server.nowS }))).toBe("let in");
      expect(server.refusal("a", sign({ r: "a", d, iat: server.nowS }, "another key"))).toBe("not-allowed");
      expect(server.refusal("a", sign({ r: "a", d: "another domain" }))).toBe("not-allowed");
      expect(server.refusal("a", sign({ r: "a", d, exp: "never" }))).toBe("not-allowed");
    });

    it("and rejects those that are expired, early or altered", async () => {
      await using server = new DailyServer();
      const make = async (properties: object): Promise<string> =>
        String((await server.ask("POST", "/meeting-tokens", { properties })).body.token);
      const validate = async (token: string, query = ""): Promise<number> =>
        (await server.ask("GET", `/meeting-tokens/${token}${query}`)).status;
      const early = await make({ nbf: server.nowS + 60 });
      expect(await validate(early)).toBe(400);
      expect(await validate(early, "?ignoreNbf=true")).toBe(200);
      const late = await make({ exp: server.nowS + 1 });
      await server.clock.advance(1000);
      expect(await validate(late)).toBe(400);
      expect(await validate(`${await make({})}x`)).toBe(400);
      expect(await validate("no.token")).toBe(400);
    });

    it.each([
      ["a user id that is too long", { user_id: "u".repeat(37) }],
      ["an owner that is no boolean", { is_owner: "yes" }],
    ])("but none with %s", async (_, properties) => {
      await using server = new DailyServer();
      expect((await server.ask("POST", "/meeting-tokens", { properties })).status).toBe(400);
    });
  });

  describe("reaches the people in a room", () => {
    it("says who is there", async () => {
      await using server = new DailyServer();
      await server.ask("POST", "/rooms", { name: "a" });
      await server.ask("POST", "/rooms", { name: "empty" });
      const token = String(
        (await server.ask("POST", "/meeting-tokens", { properties: { user_id: "u1", user_name: "Ada" } })).body.token,
      );
      const ada = server.enter("a", token);
      const somebody = server.enter("a");
      await server.clock.advance(5500);
      const row = { room: "a", id: ada.id, userId: "u1", userName: "Ada", duration: 5 };
      expect((await server.ask("GET", "/rooms/a/presence")).body).toMatchObject({
        total_count: 2,
        data: [{ ...row, joinTime: "2026-01-01T00:00:00.000Z" }, { id: somebody.id, userId: null }],
      });
      expect((await server.ask("GET", "/rooms/a/presence?userId=u1")).body.data).toHaveLength(1);
      expect((await server.ask("GET", "/rooms/a/presence?limit=1")).body.data).toHaveLength(1);
      const all = (await server.ask("GET", "/presence")).body;
      expect(Object.keys(all)).toEqual(["a"]);
      expect(all.a).toMatchObject([{ ...row, mtgSessionId: expect.any(String) as string }, {}]);
    });

    it("ejects by session id and by user id, and bans for the session", async () => {
      await using server = new DailyServer();
      await server.ask("POST", "/rooms", { name: "a" });
      const token = String((await server.ask("POST", "/meeting-tokens", { properties: { user_id: "u1" } })).body.token);
      const [one, two, three] = [server.enter("a"), server.enter("a", token), server.enter("a")];
      const body = { ids: [one.id, "nobody"], user_ids: ["u1"], ban: true };
      expect((await server.ask("POST", "/rooms/a/eject", body)).body).toEqual({ ejectedIds: [one.id, two.id] });
      expect([one.ended, two.ended, three.ended]).toEqual(["ejected", "ejected", undefined]);
      expect(server.refusal("a", token)).toBe("not-allowed");
      await server.ask("POST", "/rooms/a/eject", { ids: [three.id] });
      expect(server.refusal("a", token)).toBe("let in");
      expect((await server.ask("POST", "/rooms/a/eject", {})).status).toBe(400);
      expect((await server.ask("POST", "/rooms/a/eject", { ids: Array(101).fill("x") })).status).toBe(400);
    });

    it("sends app messages of at most 4 KB to one or to all", async () => {
      await using server = new DailyServer();
      await server.ask("POST", "/rooms", { name: "a" });
      const [one, two] = [server.enter("a"), server.enter("a")];
      await server.ask("POST", "/rooms/a/send-app-message", { data: { to: "all" } });
      await server.ask("POST", "/rooms/a/send-app-message", { data: { to: "one" }, recipient: one.id });
      expect(one.messages).toEqual([{ to: "all" }, { to: "one" }]);
      expect(two.messages).toEqual([{ to: "all" }]);
      const long = { data: { text: "x".repeat(4096) } };
      expect((await server.ask("POST", "/rooms/a/send-app-message", long)).status).toBe(400);
      expect((await server.ask("POST", "/rooms/a/send-app-message", {})).status).toBe(400);
    });

    it("changes permissions", async () => {
      await using server = new DailyServer();
      await server.ask("POST", "/rooms", { name: "a" });
      const [one, two] = [server.enter("a"), server.enter("a")];
      await server.ask("POST", "/rooms/a/update-permissions", {
        data: { [one.id]: { canSend: ["audio"] }, "*": { canSend: false } },
      });
      const permissions = [one, two].map(
        ({ received }) => received.findLast((message) => message.type === "you-updated")?.peer.permissions,
      );
      expect(permissions).toEqual([{ canSend: ["audio"] }, { canSend: false }]);
    });

    it("shares data", async () => {
      await using server = new DailyServer();
      await server.ask("POST", "/rooms", { name: "a" });
      server.enter("a");
      await server.ask("POST", "/rooms/a/set-session-data", { data: { one: 1, two: 2 } });
      await server.ask("POST", "/rooms/a/set-session-data", {
        data: { three: 3 },
        merge_strategy: "shallow-merge",
        keys_to_delete: ["one"],
      });
      expect((await server.ask("GET", "/rooms/a/get-session-data")).body).toEqual({ data: { two: 2, three: 3 } });
    });

    it("starts and stops recordings where the room allows it", async () => {
      await using server = new DailyServer();
      await server.ask("POST", "/rooms", { name: "a" });
      server.enter("a");
      expect((await server.ask("POST", "/rooms/a/recordings/start")).status).toBe(400);
      await server.ask("POST", "/rooms/a", { properties: { enable_recording: "cloud" } });
      expect((await server.ask("POST", "/rooms/a/recordings/start")).status).toBe(200);
      expect((await server.ask("POST", "/rooms/a/recordings/start")).status).toBe(400);
      expect((await server.ask("POST", "/rooms/a/recordings/stop")).status).toBe(200);
      expect((await server.ask("POST", "/rooms/a/recordings/stop")).status).toBe(400);
    });

    it.each(["eject", "send-app-message", "update-permissions", "recordings/start"])(
      "answers %s in an unknown room with 404",
      async (action) => {
        await using server = new DailyServer();
        expect((await server.ask("POST", `/rooms/nowhere/${action}`, { data: {}, ids: ["x"] })).status).toBe(404);
      },
    );
  });

  it("has faults on demand, and logs requests without tokens", async () => {
    await using server = new DailyServer();
    const { faults, requestLog } = server.tavus;
    // Without a path or an API, it waits for a request to Tavus.
    faults.next({ status: 500 });
    faults.next({ path: "/rooms", method: "POST", status: 429, body: { error: "rate-limit-error" } });
    faults.next({ api: "daily", status: 503 });
    expect((await server.request("POST", "/rooms")).status).toBe(429);
    expect((await server.request("GET", "/rooms")).status).toBe(503);
    expect((await server.request("GET", "/rooms")).status).toBe(200);
    expect(faults.pending).toBe(1);
    const token = server.state.createToken({});
    await server.request("GET", `/meeting-tokens/${token}`);
    expect(requestLog.requests.map(({ api, method, path, status }) => [api, method, path, status])).toEqual([
      ["daily", "POST", "/rooms", 429],
      ["daily", "GET", "/rooms", 503],
      ["daily", "GET", "/rooms", 200],
      ["daily", "GET", "/meeting-tokens/…", 200],
    ]);
    expect(JSON.stringify(server.tavus.activity.since(0, 100))).not.toContain(token);
  });

  it.each([
    ["GET", "/nothing"],
    ["PUT", "/rooms"],
    ["POST", "/rooms/a/dialOut/start"],
  ])("answers %s %s with 404", async (method, path) => {
    await using server = new DailyServer();
    expect(await server.ask(method, path)).toMatchObject({ status: 404, body: { error: "not-found" } });
  });

  it("answers any input in JSON with a status below 500", async () => {
    await using server = new DailyServer();
    await server.ask("POST", "/rooms", { name: "a" });
    server.enter("a");
    const paths = [
      "/rooms",
      "/rooms/a",
      "/meeting-tokens",
      "/rooms/a/eject",
      "/rooms/a/send-app-message",
      "/rooms/a/update-permissions",
      "/rooms/a/set-session-data",
      "/rooms/a/recordings/start",
    ];
    const keys = ["name", "privacy", "properties", "data", "ids", "exp", "permissions", "canSend", "user_id", "a"];
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        fc.jsonValue(),
        fc.dictionary(fc.constantFrom(...keys), tie("any")),
        fc.constantFrom("private", "*", -1, 1e99, true),
      ),
    })).any;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.oneof(value, fc.string()), async (path, body) => {
        const answer = await server.request("POST", path, typeof body === "string" ? body : JSON.stringify(body));
        expect(answer.status).toBeLessThan(500);
        expect(await answer.json()).toBeTypeOf("object");
      }),
      { numRuns: 300 },
    );
  });
});
