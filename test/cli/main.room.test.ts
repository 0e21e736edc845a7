import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";

import { until } from "../support/until.ts";

const MAIN = new URL("../../src/cli/main.ts", import.meta.url).pathname;
const FLAGS = ["--conditions=tavus-transport-source"];

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

function start(argv: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [...FLAGS, MAIN, ...argv], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH, TAVUS_JOURNAL: "off", ...env },
  });
  children.push(child);
  const process_ = {
    child,
    stdout: "",
    stderr: "",
    ended: once(child, "close").then(([code]) => code as number | null),
  };
  child.stdout.on("data", (data: Buffer) => (process_.stdout += data.toString()));
  child.stderr.on("data", (data: Buffer) => (process_.stderr += data.toString()));
  return process_;
}

describe("the installed command", () => {
  it("runs an emulator until Ctrl-C and reaches it with the variables that it prints", async () => {
    const emulator = start(["emulator", "--port", "0", "--pal", "never"]);
    await until("it says where it is", () => /DAILY_API_KEY=\S+\n/.test(emulator.stdout), 15_000);
    const env = Object.fromEntries(
      [...emulator.stdout.matchAll(/export (\w+)=(\S+)/g)].map(([, name, value]) => [name, value]),
    ) as Record<string, string>;
    const names = ["TAVUS_API_URL", "TAVUS_API_KEY", "TAVUS_FACE_ID", "DAILY_API_URL", "DAILY_API_KEY"];
    expect(Object.keys(env)).toEqual(names);
    const list = start(["conversations", "list", "--json"], env);
    expect(await list.ended).toBe(0);
    expect(JSON.parse(list.stdout)).toEqual([]);
    emulator.child.kill("SIGINT");
    expect(await emulator.ended).toBe(0);
  });

  it("prints the emulator's URLs for scripts in one line of JSON", async () => {
    const emulator = start(["emulator", "--port", "0", "--json"]);
    await until("it says where it is", () => emulator.stdout.endsWith("\n"), 15_000);
    const printed = JSON.parse(emulator.stdout) as { apiUrl: string; bundleUrl: string };
    expect(printed.apiUrl).toMatch(/\/v2$/);
    const bundle = await fetch(`${printed.bundleUrl}/call-machine-object-bundle.js`);
    expect(bundle.headers.get("content-type")).toContain("javascript");
    emulator.child.kill("SIGTERM");
    expect(await emulator.ended).toBe(0);
  });

  it("names the port that is in use", async () => {
    const first = start(["emulator", "--port", "0", "--json"]);
    await until("it says where it is", () => first.stdout.endsWith("\n"), 15_000);
    const { port } = new URL((JSON.parse(first.stdout) as { url: string }).url);
    const second = start(["emulator", "--port", port]);
    expect(await second.ended).toBe(1);
    expect(second.stderr).toContain(`port ${port}`);
  });

  it("exits with the command's exit code", async () => {
    expect(await start(["--help"]).ended).toBe(0);
    expect(await start(["nonsense"]).ended).toBe(2);
    expect(await start(["faces", "list"]).ended).toBe(1);
  });
});
