import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { findNodeVersionProblem } from "../../src/cli/node-version.ts";

const root = new URL("../../", import.meta.url);

describe("the Node version check", () => {
  it.each(["20.19.0", "22.18.0", "23.11.1"])("rejects %s and says what to install", (version) => {
    expect(findNodeVersionProblem(version)).toBe(
      `Node 24 or newer is required; this is ${version}. Install it from https://nodejs.org.`,
    );
  });

  it.each(["24.0.0", "24.21.0", "26.10.0", "100.0.0"])("accepts %s", (version) => {
    expect(findNodeVersionProblem(version)).toBeUndefined();
  });

  it("requires the version that package.json requires", () => {
    const { engines } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as {
      engines: { node: string };
    };
    const [, lowest = ""] = /^>=(\d+)$/.exec(engines.node) ?? [];
    expect(findNodeVersionProblem(`${lowest}.0.0`)).toBeUndefined();
    expect(findNodeVersionProblem(`${Number(lowest) - 1}.99.0`)).toBeDefined();
  });

  it("runs before any module that an older Node cannot parse is loaded", () => {
    for (const file of ["main.ts", "node-version.ts"]) {
      const source = readFileSync(new URL(`src/cli/${file}`, root), "utf8");
      const imported = [...source.matchAll(/^import .* from "(.*)";$/gm)].map(([, name]) => name);
      expect(imported).toEqual(file === "main.ts" ? ["./node-version.ts"] : []);
    }
  });
});
