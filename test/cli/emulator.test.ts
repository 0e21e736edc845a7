import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { EXIT } from "../../src/cli/exit-codes.ts";
import { cli } from "./cli-harness.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tavus-seeds-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

/** Starts an emulator whose pals never join, sends it requests, and stops it. */
async function whileItRuns(
  argv: readonly string[],
  ask: (emulator: { apiUrl: string; apiKey: string }) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const failures: unknown[] = [];
  const onLine = (line: string): void => {
    const emulator = JSON.parse(line) as { apiUrl: string; apiKey: string };
    ask(emulator)
      .catch((thrown: unknown) => failures.push(thrown))
      .finally(() => {
        stop.abort();
      });
  };
  const argumentsOfAll = ["emulator", "--port", "0", "--pal", "never", "--json", ...argv];
  const { code, stderr } = await cli(argumentsOfAll, { signal: stop.signal, onLine });
  expect(failures).toEqual([]);
  expect([code, stderr]).toEqual([EXIT.ok, "Ending 0 open conversations…"]);
}

function get({ apiUrl, apiKey }: { apiUrl: string; apiKey: string }, path: string): Promise<Response> {
  return fetch(`${apiUrl}${path}`, { headers: { "x-api-key": apiKey } });
}

describe("tavus-transport emulator", () => {
  it("accepts any id only with --accept-any-id", async () => {
    await whileItRuns(["--accept-any-id"], async (emulator) => {
      expect((await get(emulator, "/personas/p0123456789a")).status).toBe(200);
    });
    await whileItRuns([], async (emulator) => {
      expect((await get(emulator, "/personas/p0123456789a")).status).toBe(400);
    });
  });

  it("serves Daily's API, whose URL and key it prints", async () => {
    await whileItRuns([], async (emulator) => {
      const { dailyApiUrl, dailyApiKey } = emulator as unknown as { dailyApiUrl: string; dailyApiKey: string };
      const headers = { authorization: `Bearer ${dailyApiKey}` };
      expect(await (await fetch(`${dailyApiUrl}/rooms`, { headers })).json()).toEqual({ total_count: 0, data: [] });
    });
  });

  it("serves the faces and PALs of a seed file", async () => {
    const path = await file("seed.json", JSON.stringify({ pals: [{ pal_id: "p1", pal_name: "Ada" }] }));
    await whileItRuns(["--seed", path, "--max-app-message-size", "tavus"], async (emulator) => {
      expect(await (await get(emulator, "/pals/p1")).json()).toMatchObject({ pal_name: "Ada" });
    });
  });

  it("fails every creation with --fail-create", async () => {
    await whileItRuns(["--fail-create", "402", "--fail-pal", "freeze"], async ({ apiUrl, apiKey }) => {
      const response = await fetch(`${apiUrl}/conversations`, { method: "POST", headers: { "x-api-key": apiKey } });
      expect([response.status, await response.text()]).toEqual([402, expect.stringContaining("credits") as string]);
    });
  });

  it.each([
    [["--seed", "/nowhere/seed.json"], "--seed: /nowhere/seed.json cannot be read"],
    [["--max-app-message-size", "0"], "--max-app-message-size must be a whole number from 1 to 1000000 or tavus."],
    [["--max-app-message-size", "daily"], "or tavus"],
  ])("names the problem with %j", async (argv, message) => {
    const { code, stderr } = await cli(["emulator", "--port", "0", "--pal", "never", ...argv]);
    expect(code).toBe(EXIT.usage);
    expect(stderr).toContain(message);
  });

  it("names the problem with a seed file", async () => {
    const broken = await cli(["emulator", "--port", "0", "--seed", await file("broken.json", "{")]);
    expect([broken.code, broken.stderr]).toEqual([EXIT.usage, expect.stringContaining("is not JSON") as string]);
    const wrong = await cli(["emulator", "--pal", "never", "--seed", await file("wrong.json", '{"pals":[{}]}')]);
    expect([wrong.code, wrong.stderr]).toEqual([
      EXIT.usage,
      expect.stringContaining("pals.0.pal_id: is missing") as string,
    ]);
  });
});
