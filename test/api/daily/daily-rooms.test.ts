import { describe, expect, it } from "vitest";

import { DailyApiError, DailyConnectionError, InvalidOptionError } from "../../../src/api/index.ts";
import { VirtualClock } from "../../../src/testing/index.ts";
import { failureOf } from "../clients.ts";
import { dailyWith, json, KEY, roomBody, scripted } from "./daily-clients.ts";

const NAME = /^room-[0-9a-f-]{36}$/;
const lost = (): never => {
  throw new TypeError("fetch failed", { cause: Object.assign(new Error("socket hang up"), { code: "ECONNRESET" }) });
};
const refused = (): never => {
  throw new TypeError("fetch failed", { cause: Object.assign(new Error("refused"), { code: "ECONNREFUSED" }) });
};
const nameTaken = (): Response => json({ error: "invalid-request-error", info: "the name is taken" }, 400);
const notFound = (): Response => json({ error: "not-found" }, 404);

describe("DailyApi's rooms", () => {
  it("creates a room with the properties in Daily's names", async () => {
    const { fetch, requests } = scripted(() =>
      json(roomBody("demo", { config: { exp: 1_800_000_000, enable_chat: true, something_new: 1 } })),
    );
    const room = await dailyWith(fetch).createRoom({
      name: "demo",
      privacy: "private",
      properties: {
        exp: 1_800_000_000,
        ejectAtRoomExp: true,
        enableChat: true,
        enableMultipartyAdaptiveSimulcast: true,
        permissions: { canSend: ["audio", "customAudio"], hasPresence: true },
        sip: { sip_mode: "dial-in" },
      },
      extraProperties: { enable_opus_fec: true },
    });
    expect(requests).toEqual([
      expect.objectContaining({
        method: "POST",
        path: "/rooms",
        body: {
          name: "demo",
          privacy: "private",
          properties: {
            exp: 1_800_000_000,
            eject_at_room_exp: true,
            enable_chat: true,
            enable_multiparty_adaptive_simulcast: true,
            permissions: { canSend: ["audio", "customAudio"], hasPresence: true },
            sip: { sip_mode: "dial-in" },
            enable_opus_fec: true,
          },
        },
      }),
    ]);
    expect(requests[0]?.headers).toMatchObject({ authorization: `Bearer ${KEY}` });
    expect(room).toMatchObject({
      id: "id-of-demo",
      name: "demo",
      url: "https://example.daily.co/demo",
      privacy: "private",
      createdAt: "2026-11-21T12:00:00.000Z",
      config: { exp: 1_800_000_000, enableChat: true },
    });
    expect(room.raw).toMatchObject({ config: { something_new: 1 } });
  });

  it("reads a room with nothing but a name and a URL, and ignores fields of the wrong type", async () => {
    const room = { name: "a", url: "https://example.daily.co/a", privacy: "secret", id: 7, config: { exp: "soon" } };
    const { fetch } = scripted(() => json(room));
    expect(await dailyWith(fetch).getRoom("a")).toEqual({
      name: "a",
      url: "https://example.daily.co/a",
      config: {},
      raw: room,
    });
  });

  it.each([
    ["no URL", { name: "a" }, "url"],
    ["a list", [roomBody("a")], ""],
    ["nothing", "", "name"],
  ])("rejects an answer with %s", async (_, body, path) => {
    const { fetch } = scripted(() => (body === "" ? new Response("") : json(body)));
    expect(await failureOf(dailyWith(fetch).getRoom("a"))).toMatchObject({ code: "badResponse", path });
  });

  describe("a creation without a name", () => {
    it("sends a unique name", async () => {
      const { fetch, requests } = scripted(() => json(roomBody("x")));
      const api = dailyWith(fetch);
      await api.createRoom();
      await api.createRoom();
      const names = requests.map(({ body }) => body.name);
      expect(names).toEqual([expect.stringMatching(NAME), expect.stringMatching(NAME)]);
      expect(new Set(names).size).toBe(2);
    });

    it("whose answer is lost is repeated with the same name, and finds the room of the first attempt", async () => {
      const { fetch, requests } = scripted(lost, nameTaken, () => json(roomBody("x")));
      const room = await dailyWith(fetch).createRoom({ privacy: "private" });
      const name = requests[0]?.body.name;
      expect(room.name).toBe("x");
      expect(requests.map(({ method, path }) => [method, path])).toEqual([
        ["POST", "/rooms"],
        ["POST", "/rooms"],
        ["GET", `/rooms/${String(name)}`],
      ]);
      expect(requests[1]?.body.name).toBe(name);
    });

    it("that is invalid at once is not looked for", async () => {
      const { fetch, requests } = scripted(nameTaken);
      expect(await failureOf(dailyWith(fetch).createRoom())).toMatchObject({ code: "invalidRequest" });
      expect(requests).toHaveLength(1);
    });

    it("that fails for good says that no room exists when there is none", async () => {
      const { fetch } = scripted(lost, lost, lost, notFound);
      expect(await failureOf(dailyWith(fetch).createRoom())).toMatchObject({
        code: "unreachable",
        roomName: undefined,
      });
    });

    it("that fails for good names the room that may exist", async () => {
      const { fetch, requests } = scripted(lost);
      const failure = await failureOf(dailyWith(fetch).createRoom());
      expect(failure).toBeInstanceOf(DailyConnectionError);
      expect(failure).toMatchObject({ delivered: "unknown", roomName: requests[0]?.body.name });
    });

    it("is repeated after a refused connection, and then is an ordinary success", async () => {
      const { fetch, requests } = scripted(refused, () => json(roomBody("x")));
      expect((await dailyWith(fetch).createRoom()).name).toBe("x");
      expect(requests).toHaveLength(2);
    });
  });

  describe("a creation with a name of the caller's", () => {
    it("whose answer is lost is not repeated, because the room may be somebody else's", async () => {
      const { fetch, requests } = scripted(lost);
      expect(await failureOf(dailyWith(fetch).createRoom({ name: "lobby" }))).toMatchObject({ roomName: "lobby" });
      expect(requests).toHaveLength(1);
    });

    it("is repeated when the server asks for fewer requests", async () => {
      const { fetch, requests } = scripted(
        () => json({ error: "rate-limit-error" }, 429),
        () => json(roomBody("lobby")),
      );
      await dailyWith(fetch).createRoom({ name: "lobby" });
      expect(requests).toHaveLength(2);
    });

    it("that is taken says so", async () => {
      const failure = await failureOf(dailyWith(scripted(nameTaken).fetch).createRoom({ name: "lobby" }));
      expect(failure).toMatchObject({
        code: "invalidRequest",
        dailyError: "invalid-request-error",
        roomName: undefined,
        serverMessage: "the name is taken",
      });
    });
  });

  it("creates a temporary room that is private and ends by itself", async () => {
    const clock = new VirtualClock();
    const { fetch, requests } = scripted(() => json(roomBody("x")));
    await dailyWith(fetch, { clock }).createTemporaryRoom({ expiresInS: 60, properties: { startAudioOff: true } });
    expect(requests[0]?.body).toMatchObject({
      name: expect.stringMatching(NAME) as string,
      privacy: "private",
      properties: { exp: Math.ceil(clock.wallMs() / 1000) + 60, eject_at_room_exp: true, start_audio_off: true },
    });
  });

  it("restores defaults with null", async () => {
    const { fetch, requests } = scripted(() => json(roomBody("x")));
    await dailyWith(fetch).updateRoom("x", { properties: { exp: null, enableChat: true } });
    expect(requests[0]).toMatchObject({
      method: "POST",
      path: "/rooms/x",
      body: { properties: { exp: null, enable_chat: true } },
    });
  });

  it.each([
    ["deleted", () => json({ deleted: true, name: "x" })],
    ["unknown", notFound],
    ["expired", () => json({ error: "not-found", deleted: true }, 404)],
  ])("counts a room that is %s as deleted", async (_, answer) => {
    await expect(dailyWith(scripted(answer).fetch).deleteRoom("x")).resolves.toBeUndefined();
  });

  it("repeats a deletion until the server allows it", async () => {
    const limited = (): Response => json({ error: "rate-limit-error" }, 429);
    const { fetch, requests } = scripted(limited, limited, limited, limited, limited, () => json({ deleted: true }));
    await dailyWith(fetch).deleteRoom("x");
    expect(requests).toHaveLength(6);
  });

  it.each<[string, { name?: string; properties?: object }]>([
    ["a name with a slash", { name: "a/b" }],
    ["a name that is too long", { name: "a".repeat(129) }],
    ["a misspelt property", { properties: { ejectAtRoomEx: true } }],
    ["a time in milliseconds", { properties: { exp: Date.UTC(2027, 0) } }],
    ["no seconds to stay", { properties: { ejectAfterElapsed: 0 } }],
  ])("rejects %s before anything is sent", async (_, options) => {
    const { fetch, requests } = scripted(() => json(roomBody("x")));
    expect(await failureOf(dailyWith(fetch).createRoom(options))).toBeInstanceOf(InvalidOptionError);
    expect(requests).toEqual([]);
  });

  it("ends with the signal's reason", async () => {
    const controller = new AbortController();
    const { fetch } = scripted(() => {
      controller.abort(new Error("no longer wanted"));
      return new Promise<Response>(() => {});
    });
    const failure = await failureOf(dailyWith(fetch).createRoom({}, { signal: controller.signal }));
    expect(failure).toMatchObject({ message: "no longer wanted" });
    expect(failure).not.toBeInstanceOf(DailyApiError);
  });
});
