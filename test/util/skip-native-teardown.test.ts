import { spawnSync } from "node:child_process";

import { describe, expect, it } from "vitest";

const MODULE = new URL("../../src/util/skip-native-teardown.ts", import.meta.url).href;

/** Runs code in a process that skips the teardown. */
function run(code: string) {
  const script = `import { skipNativeTeardown } from ${JSON.stringify(MODULE)};\nskipNativeTeardown();\n${code}`;
  return spawnSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8", timeout: 20_000 });
}

describe("a process that skips the teardown of its native modules", () => {
  it.each([
    ["an exception", 'setTimeout(() => { throw new TypeError("nobody caught this"); }, 1);'],
    ["a rejection", 'void Promise.reject(new TypeError("nobody caught this"));'],
    ["a rejection at top level", 'await Promise.reject(new TypeError("nobody caught this"));'],
  ])("still prints the error that ended it: %s", (_what, code) => {
    const { status, stderr } = run(code);
    expect(status).toBe(1);
    expect(stderr).toContain("TypeError: nobody caught this");
  });

  it("prints nothing for an error that a handler caught", () => {
    const handler = 'process.on("uncaughtException", () => { process.exitCode = 3; });';
    const { status, stderr } = run(`${handler}\nsetTimeout(() => { throw new Error("caught"); }, 1);`);
    expect([status, stderr]).toEqual([3, ""]);
  });

  it("exits with the requested code, after the other listeners", () => {
    const { status, stdout } = run('process.on("exit", (code) => console.log("exit", code));\nprocess.exitCode = 7;');
    expect([status, stdout]).toEqual([7, "exit 7\n"]);
  });
});
