import { describe, expect, it } from "vitest";

import { LastWords } from "../../../../src/transport/daily/native/last-words.ts";
import { mediaEnvironment } from "../../../../src/transport/daily/native/media-environment.ts";

describe("what a media process knows and tells", () => {
  it("is an environment without keys, and without the options of the bot's Node", () => {
    const env = {
      ...{ TAVUS_API_KEY: "k", DAILY_API_KEY: "k", OPENAI_API_KEY: "k", AWS_SECRET_ACCESS_KEY: "k", HOME: "/root" },
      ...{ NODE_OPTIONS: "--inspect", NODE_CHANNEL_FD: "4", WATCH_REPORT_DEPENDENCIES: "1" },
      ...{ TZ: "UTC", Path: "C:\\", LD_LIBRARY_PATH: "/lib", https_proxy: "http://p" },
    };
    expect(mediaEnvironment(env)).toEqual({
      TZ: "UTC",
      Path: "C:\\",
      LD_LIBRARY_PATH: "/lib",
      https_proxy: "http://p",
    });
  });

  it("is the last of what it printed, short and without tokens", () => {
    const words = new LastWords();
    expect(words.toString()).toBe("");
    for (let line = 0; line < 1000; line++) words.add(`line ${line}\n`);
    words.add(`token eyJ${"a".repeat(60)}.${"b".repeat(20)}\nhttps://x.daily.co/r?t=abc#d end\n`);
    const told = words.toString();
    expect(told.split("\n").slice(-3)).toEqual(["line 999", "token […]", "https://x.daily.co/r end"]);
    expect(told.length).toBeLessThanOrEqual(600);
  });
});
