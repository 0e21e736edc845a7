import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { DailyApi } from "../../src/api/index.ts";
import { type Emulator, startEmulator } from "../../src/emulator/index.ts";
import { MICROPHONE } from "../../src/transport/daily/index.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { Calls } from "../support/calls.ts";
import { until } from "../support/until.ts";

describe("a room made with DailyApi, in the native runtime", () => {
  let emulator: Emulator;
  let api: DailyApi;
  let calls: Calls;

  beforeAll(async () => {
    emulator = await startEmulator({ logger: silentLogger, pal: { join: "never" } });
    api = new DailyApi({ apiKey: emulator.dailyApiKey, apiUrl: emulator.dailyApiUrl, logger: silentLogger });
  });
  afterAll(async () => {
    await emulator.close();
  });
  beforeEach(() => {
    calls = new Calls("native");
  });
  afterEach(async () => {
    await calls[Symbol.asyncDispose]();
  });

  it("admits only the holder of a token, shows who it is, and ejects it when it is deleted", async () => {
    const { name, url } = await api.createTemporaryRoom();
    await expect(calls.join(url, "Eve")).rejects.toMatchObject({ code: "notAllowed" });
    const elsewhere = await api.createMeetingToken({ roomName: "elsewhere" });
    await expect(calls.join(url, "Eve", { token: elsewhere })).rejects.toMatchObject({ code: "notAllowed" });

    const token = await api.createMeetingToken({ roomName: name, userId: "bot-1", userName: "Bot" });
    const bot = await calls.join(url, "", { token });
    expect(await api.getRoomPresence(name)).toMatchObject([{ sessionId: bot.id, userId: "bot-1", userName: "Bot" }]);
    await api.sendAppMessage(name, { hello: "bot" });
    await until("the message arrives", () => bot.messages.length === 1);
    expect(bot.messages[0]?.data).toEqual({ hello: "bot" });

    await api.deleteRoom(name);
    await until("the call ends", () => bot.ends.length === 1);
    expect(bot.ends).toEqual([{ reason: "ejected", message: expect.any(String) as string }]);
    await expect(calls.join(url, "Bot", { token })).rejects.toMatchObject({ code: "roomNotFound" });
  });

  it("lets participants send only what they may, until they may more", async () => {
    const { name, url } = await api.createTemporaryRoom();
    const [token, listener] = await Promise.all([
      api.createMeetingToken({ roomName: name, permissions: { canSend: ["customAudio"] } }),
      api.createMeetingToken({ roomName: name }),
    ]);
    const bot = await calls.join(url, "Bot", { token });
    const user = await calls.join(url, "User", { token: listener });
    await bot.call.publishAudio(MICROPHONE, { sampleRate: 48_000 });
    await bot.call.publishAudio("stream", { sampleRate: 48_000 });
    await user.seesThat(bot.id, "the custom track is there", ({ custom }) => custom.stream?.state === "sendable");
    expect(Object.keys(emulator.room(name)?.participants()[0]?.publications ?? {})).toEqual(["stream"]);

    await api.updatePermissions(name, { [bot.id]: { canSend: true } });
    await user.seesThat(bot.id, "the microphone is there", ({ microphone }) => microphone.state === "sendable");
  });
});
