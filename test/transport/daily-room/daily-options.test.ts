import { inspect } from "node:util";
import { describe, expect, it } from "vitest";

import { resolveDailyOptions } from "../../../src/transport/daily-room/daily-options.ts";
import type { DailyParamsInput } from "../../../src/transport/daily-room/daily-options-types.ts";
import { DailyTransport } from "../../../src/transport/daily-room/daily-transport.ts";
import { InvalidOptionError } from "../../../src/util/errors.ts";

const roomUrl = "https://example.daily.co/room";

describe("DailyTransport options", () => {
  it("have defaults: both ways of audio on, video off", () => {
    expect(resolveDailyOptions({ roomUrl }, {})).toMatchObject({
      roomUrl,
      botName: "Bot",
      runtime: "auto",
      params: {
        ...{ audioInEnabled: true, audioInSources: ["microphone"], audioOutEnabled: true, microphoneOutEnabled: true },
        ...{ videoInEnabled: false, videoInSources: {}, videoOutEnabled: false, cameraOutEnabled: true },
      },
    });
  });

  it("have the room from the environment, Pipecat's older name included", () => {
    const env = { DAILY_SAMPLE_ROOM_URL: "https://a.daily.co/old" };
    expect(resolveDailyOptions({}, env).roomUrl).toBe("https://a.daily.co/old");
    const both = { ...env, DAILY_ROOM_URL: "https://a.daily.co/new" };
    expect(resolveDailyOptions({}, both).roomUrl).toBe("https://a.daily.co/new");
    expect(resolveDailyOptions({ roomUrl }, both).roomUrl).toBe(roomUrl);
    expect(resolveDailyOptions({}, { ...env, DAILY_ROOM_URL: "" }).roomUrl).toBe("https://a.daily.co/old");
  });

  it("take the token out of the URL; an explicit one has precedence, and the environment's is for its own room", () => {
    expect(resolveDailyOptions({ roomUrl: `${roomUrl}?t=a` }, {})).toMatchObject({ roomUrl, token: "a" });
    expect(resolveDailyOptions({ roomUrl: `${roomUrl}?t=a`, token: "b" }, {}).token).toBe("b");
    const env = { DAILY_ROOM_URL: roomUrl, DAILY_ROOM_TOKEN: "c" };
    expect(resolveDailyOptions({}, env).token).toBe("c");
    expect(resolveDailyOptions({ roomUrl: "https://other.daily.co/room" }, env).token).toBeUndefined();
  });

  it("say what to do without a room", () => {
    expect(() => resolveDailyOptions({}, {})).toThrow(/DAILY_ROOM_URL.*emulator/);
  });

  it("report every problem at once, and no token", () => {
    const params = { audioOutSampleRate: 22_050, audioOutAutoSilence: false };
    const wrong = { roomUrl: `${roomUrl}?t=secret`, token: " ", params };
    expect(() => resolveDailyOptions(wrong, {})).toThrow(InvalidOptionError);
    const problems = (): unknown => resolveDailyOptions({ ...wrong, token: "secret" }, {});
    expect(problems).toThrow(/audioOutSampleRate: must be one of 8000[\s\S]*audioOutAutoSilence/);
    expect(problems).not.toThrow(/secret/);
  });

  it.each<[DailyParamsInput, RegExp]>([
    [{ microphoneOutEnabled: false }, /microphoneOutEnabled: false leaves the bot without a voice/],
    [{ audioOutDestinations: ["screenAudio"] }, /"screenAudio" is not an audio track that can be published/],
    [{ videoInSources: { camera: {} } }, /videoInSources: needs videoInEnabled/],
    [{ videoInEnabled: true, videoInSources: { camera: { fps: 31 } } }, /videoInSources\.camera\.fps/],
    [{ videoOutEnabled: true, videoOutWidth: 641 }, /videoOutWidth: must be an even number/],
    [{ videoOutEnabled: true, videoOutHeight: 2000 }, /videoOutHeight: .* at most 1920/],
    [{ videoOutEnabled: true, videoOutFps: 100 }, /videoOutFps: must be from 1 to 60/],
    [{ videoOutEnabled: true, cameraOutEnabled: false }, /cameraOutEnabled: false leaves the bot without a picture/],
    [{ videoOutEnabled: true, videoOutDestinations: ["microphone"] }, /"microphone" is not a video track/],
    [{ videoOutBitrate: 1 }, /videoOutBitrate/],
  ])("refuse %j", (params, message) => {
    expect(() => resolveDailyOptions({ roomUrl, params }, {})).toThrow(message);
  });

  it("ignore the rules for video that is off", () => {
    expect(() => resolveDailyOptions({ roomUrl, params: { videoOutWidth: 641 } }, {})).not.toThrow();
  });

  it("keep the token out of sight", () => {
    const transport = new DailyTransport({ roomUrl, token: "top-secret" }, { env: {} });
    expect(transport.roomUrl).toBe(roomUrl);
    expect(inspect(transport, { depth: 10, showHidden: true })).not.toContain("top-secret");
    expect(JSON.stringify(transport)).not.toContain("top-secret");
  });
});
