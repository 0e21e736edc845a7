import { describe, expect, it } from "vitest";

import { InvalidOptionError } from "../../../src/api/index.ts";
import { DailyServer } from "../../emulator/api/daily/daily-server.ts";
import { failureOf } from "../clients.ts";
import { dailyWith, json, scripted } from "./daily-clients.ts";

/** The claims of a token. */
function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Record<string, unknown>;
}

describe("DailyApi's meeting tokens", () => {
  it("open one room, for an hour, and own nothing", async () => {
    await using server = new DailyServer();
    const claims = claimsOf(await server.client().createMeetingToken({ roomName: "a" }));
    expect(claims).toEqual({
      r: "a",
      o: false,
      exp: server.nowS + 3600,
      d: server.state.domainId,
      iat: server.nowS,
    });
  });

  it("open every room for ever, and own them, only when told so", async () => {
    await using server = new DailyServer();
    const api = server.client();
    const claims = claimsOf(await api.createMeetingToken({ roomName: null, expiresInS: null, isOwner: true }));
    expect(claims).toEqual({ o: true, d: server.state.domainId, iat: server.nowS });
  });

  it("are sent and read back with all that they grant", async () => {
    await using server = new DailyServer();
    const api = server.client();
    const token = await api.createMeetingToken({
      roomName: "a",
      expiresAtS: server.nowS + 60,
      notBeforeS: server.nowS + 30,
      userName: "Ada",
      userId: "u1",
      permissions: { canSend: ["audio"], hasPresence: true },
      ejectAtTokenExp: true,
      startAudioOff: true,
      extraProperties: { enable_prejoin_ui: false },
    });
    expect(server.tavus.requestLog.requests[0]?.body).toMatchObject({
      properties: {
        room_name: "a",
        is_owner: false,
        user_name: "Ada",
        user_id: "u1",
        permissions: { canSend: ["audio"], hasPresence: true },
        start_audio_off: true,
        enable_prejoin_ui: false,
      },
    });
    expect(await failureOf(api.getMeetingToken(token))).toMatchObject({ code: "invalidRequest" });
    expect(await api.getMeetingToken(token, { ignoreNotBefore: true })).toMatchObject({
      roomName: "a",
      isOwner: false,
      userName: "Ada",
      userId: "u1",
      expiresAtS: server.nowS + 60,
      notBeforeS: server.nowS + 30,
      raw: { eject_at_token_exp: true },
    });
  });

  it.each([
    ["no room name", {}],
    ["an empty room name", { roomName: "" }],
    ["two expiries", { roomName: "a", expiresInS: 1, expiresAtS: 1 }],
    ["an expiry in milliseconds", { roomName: "a", expiresAtS: Date.UTC(2027, 0) }],
    ["no seconds to live", { roomName: "a", expiresInS: 0 }],
    ["a user id that is too long", { roomName: "a", userId: "u".repeat(37) }],
    ["a misspelt option", { roomName: "a", owner: true }],
  ])("are refused with %s before anything is sent", async (_, options) => {
    const { fetch, requests } = scripted(() => json({ token: "t" }));
    const failure = await failureOf(dailyWith(fetch).createMeetingToken(options as { roomName: string }));
    expect(failure).toBeInstanceOf(InvalidOptionError);
    expect(requests).toEqual([]);
  });

  it("are asked for again when the answer is lost, because Daily keeps none", async () => {
    const { fetch, requests } = scripted(
      () => json({ error: "server-error" }, 502),
      () => json({ token: "t" }),
    );
    expect(await dailyWith(fetch).createMeetingToken({ roomName: "a" })).toBe("t");
    expect(requests).toHaveLength(2);
  });

  it("that are no tokens are not asked for", async () => {
    const { fetch, requests } = scripted(() => json({}));
    for (const token of ["", "../rooms", "a b"])
      expect(await failureOf(dailyWith(fetch).getMeetingToken(token))).toBeInstanceOf(InvalidOptionError);
    expect(requests).toEqual([]);
  });
});
