import { describe, expect, it } from "vitest";

import { journalPath } from "../../../src/api/journal/index.ts";

describe("the folder of the journal", () => {
  it.each([
    ["the option first", "/mine", { TAVUS_JOURNAL: "/env", HOME: "/home/ada" }, "/mine"],
    ["not the current folder for an empty option", "", { TAVUS_JOURNAL: "/env" }, "/env"],
    ["none when the option is false", false, { TAVUS_JOURNAL: "/env", HOME: "/home/ada" }, undefined],
    ["then TAVUS_JOURNAL", undefined, { TAVUS_JOURNAL: "/env", HOME: "/home/ada" }, "/env"],
    ["none when TAVUS_JOURNAL is off", undefined, { TAVUS_JOURNAL: "Off", HOME: "/home/ada" }, undefined],
    [
      "then the state folder",
      undefined,
      { XDG_STATE_HOME: "/state", HOME: "/home/ada" },
      "/state/tavus-transport/conversations",
    ],
    [
      "then below the home folder, ignoring empty variables",
      undefined,
      { TAVUS_JOURNAL: "", XDG_STATE_HOME: "", HOME: "/home/ada" },
      "/home/ada/.local/state/tavus-transport/conversations",
    ],
    ["none without a home folder", undefined, {}, undefined],
  ] as const)("is %s", (_what, option, env, path) => {
    expect(journalPath(option, env)).toBe(path);
  });
});
