import { describe, expect, it } from "vitest";

import { browserEnvironment } from "../../../../src/transport/daily/chromium/browser-environment.ts";

describe("the environment of a browser", () => {
  it("has nothing but what a browser needs", () => {
    const given = {
      ...{ PATH: "/bin", HOME: "/home/ada", TMPDIR: "/tmp", LC_ALL: "C", XDG_CACHE_HOME: "/cache", https_proxy: "p" },
      ...{
        TAVUS_API_KEY: "k",
        OPENAI_API_KEY: "k",
        DATABASE_URL: "u",
        AWS_SECRET_ACCESS_KEY: "k",
        NODE_OPTIONS: "-r x",
      },
      LANG: undefined,
    };
    const { PATH, HOME, TMPDIR, LC_ALL, XDG_CACHE_HOME, https_proxy } = given;
    expect(browserEnvironment(given)).toEqual({ PATH, HOME, TMPDIR, LC_ALL, XDG_CACHE_HOME, https_proxy });
  });

  it("matches the names of Windows in any case", () => {
    expect(browserEnvironment({ SystemRoot: "C:\\Windows", Path: "C:\\bin" })).toEqual({
      SystemRoot: "C:\\Windows",
      Path: "C:\\bin",
    });
  });
});
