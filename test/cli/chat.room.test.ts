import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tavus-chat-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Chat {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as a user does, with the input. */
async function chat(
  args: readonly string[],
  { input = "", interruptAt }: { input?: string; interruptAt?: RegExp } = {},
): Promise<Chat> {
  const argv = ["--conditions=tavus-transport-source", join("src", "cli", "main.ts"), "chat", ...args];
  const env = { ...process.env, TAVUS_API_URL: "", TAVUS_API_KEY: "a-real-key", TAVUS_FACE_ID: "" };
  const child = spawn(process.execPath, argv, { cwd: ROOT, env, timeout: 50_000, killSignal: "SIGKILL" });
  child.stdin.end(input);
  const run = { stdout: "", stderr: "" };
  const watch = (): void => {
    if (interruptAt?.test(run.stdout + run.stderr) === true) child.kill("SIGINT");
  };
  child.stdout.on("data", (data: Buffer) => {
    run.stdout += data.toString();
    watch();
  });
  child.stderr.on("data", (data: Buffer) => {
    run.stderr += data.toString();
    watch();
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...run };
}

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const BOT = join("examples", "scripted-bot.ts");

// At the same time: most of it is starting processes and waiting for words.
describe.concurrent("tavus-transport chat, with a real bot in a real room", () => {
  it("plays the written conversation of the example, interruption and function call included", async () => {
    const { code, stdout, stderr } = await chat([BOT, "--script", join("examples", "scripted-bot.chat"), "--json"]);
    const report = JSON.parse(stdout) as {
      ok: boolean;
      transcript: { who: string; text: string; firstSoundMs?: number }[];
    };
    expect([code, report.ok, stderr.includes("a-real-key")]).toEqual([0, true, false]);
    // The greeting can be over before the client is ready.
    const asked = report.transcript.slice(report.transcript.findIndex(({ who }) => who === "user"));
    expect(asked.map(({ who }) => who)).toEqual(["user", "bot", "user", "call", "bot", "user", "bot"]);
    expect(report.transcript.at(-1)?.firstSoundMs).toBeGreaterThan(0);
  });

  it("fails where the bot says something else, and leaves no bot behind", async () => {
    const script = await file("wrong.chat", "user: Bye!\nbot: Stay!\n");
    const { code, stdout, stderr } = await chat([BOT, "--script", script]);
    expect(code).toBe(1);
    expect(stdout).toContain("user  Bye!\nbot   See you soon!\n");
    expect(stderr).toContain(
      `${script}:2: the bot said something else.\n  expected  bot: Stay!\n  found     See you soon!\n`,
    );
  });

  it("reports a bot that crashes before its conversation, one that starts none, and ends on Ctrl-C", async () => {
    const crashes = await file("crashes.mjs", 'throw new Error("no model")');
    const refused = await file(
      "refused.mjs",
      `const { TAVUS_API_URL: url, TAVUS_API_KEY: key } = process.env;
       const headers = { "x-api-key": key };
       await fetch(url + "/conversations", { method: "POST", headers, body: "{" });
       console.log("\\u001b[31mwaits");
       setInterval(() => {}, 1000);`,
    );
    const [crashed, interrupted] = await Promise.all([chat([crashes]), chat([refused], { interruptAt: /waits/ })]);
    expect(crashed.code).toBe(1);
    expect(crashed.stderr).toMatch(
      /crashes\.mjs: the bot ended before its conversation began: exit code 1\.\n.*no model/s,
    );
    expect([interrupted.code, interrupted.stderr]).toEqual([
      130,
      expect.stringContaining("| waits\nInterrupted.") as string,
    ]);
  });
});
