import { describe, expect, it } from "vitest";

import { SendSettings } from "../../../src/emulator/call-machine/send-settings.ts";

const layers = { low: { maxBitrate: 100 }, medium: { maxBitrate: 200 }, high: { maxBitrate: 300 } };

describe("the bit rate that send settings allow", () => {
  it.each([
    ["the camera's", { video: { encodings: { low: { maxBitrate: 5 } } } }, "cam-video", 5],
    ["the screen's", { screenVideo: { encodings: layers } }, "screen-video", 300],
    ["a custom track's", { cat: { encodings: layers, maxQuality: "medium" } }, "cat", 200],
    ["that of custom tracks", { customVideoDefaults: { encodings: layers, maxQuality: "low" } }, "cat", 100],
    [
      "of a better layer than there is",
      { video: { encodings: { low: { maxBitrate: 5 } }, maxQuality: "high" } },
      "cam-video",
      5,
    ],
    ["none of a preset", { video: "quality-optimized" }, "cam-video", undefined],
    ["none of another track", { video: { encodings: layers } }, "cat", undefined],
    ["none of custom tracks for the camera", { customVideoDefaults: { encodings: layers } }, "cam-video", undefined],
  ])("is %s", (_what, settings, tag, limit) => {
    const sendSettings = new SendSettings();
    sendSettings.update(settings);
    expect(sendSettings.limit()(tag)).toBe(limit);
  });

  it("is changed track by track, and limits handed out before stay as they are", () => {
    const settings = new SendSettings();
    settings.update({ video: { encodings: { low: { maxBitrate: 5 } } }, cat: "default-video" });
    const before = settings.limit();
    settings.update({ video: "default-video" });
    settings.update(undefined);
    expect(settings.current).toEqual({ video: "default-video", cat: "default-video" });
    expect([before("cam-video"), settings.limit()("cam-video")]).toEqual([5, undefined]);
  });
});
