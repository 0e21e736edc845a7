import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, describe, expect, it } from "vitest";

import { decodeWav, encodeWav } from "../../../src/audio/index.ts";
import { startEmulator } from "../../../src/emulator/index.ts";
import { CAMERA, type CapturedVideo, MICROPHONE } from "../../../src/transport/daily/index.ts";
import { Calls } from "../../support/calls.ts";
import { FACE_ID, joinUser } from "../../support/tavus.ts";
import { tone } from "../../support/tone.ts";
import { until } from "../../support/until.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tavus-transport-demo-"));
const RATE = 16_000;

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  stdout: string;
  stderr: string;
  readonly ended: Promise<number | null>;
  kill(signal: NodeJS.Signals): void;
}

function run(file: string, args: readonly string[], env: Record<string, string> = {}): Run {
  const flags = ["--conditions=tavus-transport-source", "--disable-warning=ExperimentalWarning"];
  const child = spawn(process.execPath, [...flags, file, ...args], {
    cwd: root,
    env: { ...process.env, TAVUS_API_KEY: "", TAVUS_FACE_ID: "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 120_000,
    killSignal: "SIGKILL",
  });
  const ended = once(child, "close").then(([code]) => code as number | null);
  const result: Run = { stdout: "", stderr: "", ended, kill: (signal) => void child.kill(signal) };
  child.stdout.on("data", (data: Buffer) => (result.stdout += data.toString()));
  child.stderr.on("data", (data: Buffer) => (result.stderr += data.toString()));
  return result;
}

/** Three beeps and the pauses between them: the shortest "speech" that has turns. */
function beeps(): string {
  const parts = [500, 700, 600].flatMap((hz) => [tone(hz, RATE, 1200), new Int16Array(RATE * 0.6)]);
  const pcm = Int16Array.from(parts.flatMap((part) => [...part]));
  const file = join(folder, "beeps.wav");
  writeFileSync(file, encodeWav(pcm, { sampleRate: RATE }));
  return file;
}

describe("the demo", () => {
  it.each([
    ["native", "track"],
    ["chromium", "messages"],
  ])(
    "holds a conversation (%s, %s) in which all checks hold, and leaves its three files",
    { timeout: 120_000 },
    async (runtime, delivery) => {
      const out = join(folder, `${runtime}-${delivery}`);
      const options = ["--runtime", runtime, "--delivery", delivery, "--speech", beeps(), "--out", out, "--json"];
      const demo = run("demo/main.ts", options);
      const code = await demo.ended;
      const report = JSON.parse(demo.stdout) as { failures: string[]; ok: boolean; bargeIn: { count: number } };
      expect(report.failures).toEqual([]);
      expect(code).toBe(0);
      expect(report).toMatchObject({ ok: true, runtime, delivery, conversation: { created: 1, ended: 1 } });
      expect(report.bargeIn.count).toBeGreaterThanOrEqual(1);
      expect(JSON.parse(readFileSync(join(out, "report.json"), "utf8"))).toEqual(report);
      expect(decodeWav(readFileSync(join(out, "heard-by-user.wav"))).pcm.length).toBeGreaterThan(RATE);
      expect(readFileSync(join(out, "timeline.svg"), "utf8")).toMatch(/^<svg .*<\/svg>\n$/s);
    },
  );

  it.each([
    [["--runtime", "quantum"], "--runtime: must be native or chromium"],
    [["--speech", "/nowhere.wav"], '--speech: cannot read "/nowhere.wav"'],
    [["--speech", "package.json"], "Not a WAV file"],
    [["--nonsense"], "--help"],
  ])("says in one line what is wrong with %j", async (args, words) => {
    const demo = run("demo/main.ts", args);
    expect(await demo.ended).toBe(1);
    expect(demo.stderr.trim().split("\n")).toHaveLength(1);
    expect(demo.stderr).toContain(words);
  });

  it("--live prints where to go, and ends the conversation on Ctrl-C", async () => {
    const demo = run("demo/main.ts", ["--live"]);
    await until("the room's URL is printed", () => demo.stdout.includes("http://127.0.0.1:"), 20_000);
    demo.kill("SIGINT");
    expect(await demo.ended).toBe(0);
  });
});

describe("the examples", () => {
  it("parrot.ts starts, prints where to go, and ends on Ctrl-C", async () => {
    const parrot = run("examples/parrot.ts", []);
    await until("the pal has joined", () => parrot.stdout.includes("has joined"), 20_000);
    expect(parrot.stdout).toMatch(/Open http:\/\/127\.0\.0\.1:\d+\/\S+ in Chrome/);
    parrot.kill("SIGINT");
    await parrot.ended;
    expect(parrot.stderr).toBe("");
  });

  it("fallback.ts repeats what it hears without credits, in a room of its own", async () => {
    const bot = run("examples/fallback.ts", ["credits"]);
    const [, url = "", token] = await until("it invites", () => /Open (\S+)\?t=(\S+) in/.exec(bot.stdout), 20_000);
    expect(bot.stdout).toContain("avatar: failed (outOfCredits)");
    await using calls = new Calls("native");
    const user = await joinUser(calls, url, "User", token);
    const { sessionId } = await user.sees("Polly");
    const ear = await user.listen(sessionId, "microphone");
    await user.speak(440, 800);
    await until("the user hears itself again", () => ear.hears(440), 10_000);
    await user.call.leave();
    expect(await bot.ended).toBe(0);
    expect(bot.stderr).toContain("held in the fallback room");
  });

  it("scripted-bot.ts greets a user, understands, calls a function, and ends when the user leaves", async () => {
    const bot = run("examples/scripted-bot.ts", []);
    const url = await until("it is connected", () => /Open (\S+) in Chrome/.exec(bot.stdout)?.[1], 20_000);
    await using calls = new Calls("native");
    const user = await joinUser(calls, url);
    const says = (words: string): Promise<boolean> =>
      until(`it says ${words}`, () => bot.stdout.includes(words), 20_000);
    await says('assistant: "Welcome to the fruit shop."');
    await user.speak(300, 800);
    await says('assistant: "We have apples, plums and pears. Which of them would you like?"');
    await user.speak(300, 800);
    await says('assistant: "That is 3 a piece."');
    expect(bot.stdout.split("\n").slice(1, 6)).toEqual([
      'assistant: "Welcome to the fruit shop."',
      'user: "What do you have?"',
      'assistant: "We have apples, plums and pears. Which of them would you like?"',
      'user: "How much is a pear?"',
      'assistant: "One moment."',
    ]);
    await user.call.leave();
    await bot.ended;
    expect(bot.stderr).toBe("");
  });

  it("daily-bot.ts repeats what a user says in a room without Tavus, shows its face, and ends when the user leaves", async () => {
    const bot = run("examples/daily-bot.ts", [], { DAILY_ROOM_URL: "" });
    const url = await until("it is in its room", () => /Open (\S+) in Chrome/.exec(bot.stdout)?.[1], 20_000);
    await using calls = new Calls("native");
    const user = await joinUser(calls, url, "Grace");
    const { sessionId } = await user.sees("Polly");
    const voice = await user.listen(sessionId, MICROPHONE);
    /** How dark its mouth is where only an open one has dark pixels. */
    let lumaOfMouth = NaN;
    const show = ({ image, width, height }: CapturedVideo): void => {
      lumaOfMouth = image[Math.round(height * 0.72) * width + Math.round(width / 2)] ?? NaN;
    };
    await user.call.captureVideo(sessionId, CAMERA, { fps: 10 }, show);
    await until("its face is seen, with a closed mouth", () => lumaOfMouth > 120);
    await user.speak(440, 400);
    await until("it repeats the tone", () => voice.hears(440));
    await until("its mouth is open", () => lumaOfMouth < 90);
    await until("it was greeted", () => user.messages.length > 0);
    expect(user.messages).toMatchObject([{ data: { hello: "Grace" }, from: sessionId }]);
    await user.call.leave();
    expect(await bot.ended).toBe(0);
    expect([bot.stdout.includes("Grace has joined."), bot.stderr]).toEqual([true, ""]);
  });

  it("video-service.ts repeats what a user says with the voice and the face of a pal, and ends when the user leaves", async () => {
    const bot = run("examples/video-service.ts", [], { DAILY_ROOM_URL: "" });
    const url = await until("it is in its room", () => /Open (\S+) in Chrome/.exec(bot.stdout)?.[1], 20_000);
    await using calls = new Calls("native");
    const user = await joinUser(calls, url, "Grace");
    const { sessionId } = await user.sees("Polly");
    const voice = await user.listen(sessionId, MICROPHONE);
    const marks = new Set<"black" | "white">();
    const show = ({ image, width, height }: CapturedVideo): void => {
      const luma = image[Math.round(height / 16) * width + Math.round(height / 16)] ?? NaN;
      if (luma < 60) marks.add("black");
      if (luma > 190) marks.add("white");
    };
    await user.call.captureVideo(sessionId, CAMERA, { fps: 30 }, show);
    await until("the pal speaks for the bot, and is seen", () => bot.stdout.includes("speaking") && marks.has("black"));
    await user.speak(440, 400);
    await until("the pal repeats the tone", () => voice.hears(440));
    await until("the mark in its picture is white while it speaks", () => marks.has("white"));
    await user.call.leave();
    expect([await bot.ended, bot.stderr]).toEqual([0, ""]);
  });

  it("live.ts reports a missing key, and never shows a wrong one", async () => {
    const keyless = run("examples/live.ts", []);
    expect(await keyless.ended).toBe(1);
    expect(keyless.stderr).toContain("TAVUS_API_KEY");
    await using emulator = await startEmulator();
    const key = "a-very-secret-key";
    const refused = run("examples/live.ts", [], {
      TAVUS_API_KEY: key,
      TAVUS_API_URL: emulator.apiUrl,
      TAVUS_FACE_ID: FACE_ID,
    });
    expect(await refused.ended).toBe(1);
    expect(refused.stderr).toContain("unauthorized: ");
    expect(refused.stderr + refused.stdout).not.toContain(key);
  });

  it("live.ts runs against the emulator as it would against Tavus, and leaves no conversation open", async () => {
    await using emulator = await startEmulator();
    const live = run("examples/live.ts", [], {
      TAVUS_API_KEY: emulator.apiKey,
      TAVUS_API_URL: emulator.apiUrl,
      TAVUS_FACE_ID: FACE_ID,
    });
    await until("it is connected", () => live.stdout.includes("Open http"), 20_000);
    expect(emulator.tavus.openConversations).toBe(1);
    live.kill("SIGTERM");
    await live.ended;
    expect(emulator.tavus.openConversations).toBe(0);
  });
});
