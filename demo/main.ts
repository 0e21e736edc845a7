import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

import { encodeWav } from "../src/audio/index.ts";
import { asError } from "../src/util/errors.ts";
import { type DemoOptions, HELP, readOptions } from "./options.ts";
import { makeReport, type Report } from "./report.ts";
import { runConversation, runLive, type Say } from "./run.ts";
import { recordedSpeech, synthesisedSpeech } from "./speech.ts";
import { timelineSvg } from "./timeline.ts";

const HANDLES_DEADLINE_MS = 3000;

function openHandles(): number {
  // Standard streams, and handles that await garbage collection, are not leaks.
  return process.getActiveResourcesInfo().filter((kind) => !/^(Pipe|TTY|FSReq|Immediate|CloseReq)/.test(kind)).length;
}

/** Handles more than before, given a moment for sockets to finish closing. */
async function leakedSince(before: number): Promise<number> {
  const deadline = performance.now() + HANDLES_DEADLINE_MS;
  while (openHandles() > before && performance.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
  return Math.max(0, openHandles() - before);
}

async function versions(runtime: DemoOptions["runtime"]): Promise<Report["versions"]> {
  const { version } = createRequire(import.meta.url)("@daily-co/daily-js/package.json") as { version: string };
  const base = { node: process.version, dailyJs: version };
  if (runtime === "native") return base;
  const { holdBrowser } = await import("../src/transport/daily/chromium/shared-browser.ts");
  const held = await holdBrowser();
  const withBrowser = { ...base, browser: held.browser.version };
  await held.release();
  return withBrowser;
}

function print(report: Report, out: string, say: Say): void {
  const { latency, bargeIn } = report;
  say("");
  say(`write → heard by the user   p50 ${latency.writeToHeardMs.p50} ms   p95 ${latency.writeToHeardMs.p95} ms`);
  say(
    `user's last word → pal      p50 ${latency.userEndToPalStartMs.p50} ms (500 ms of it: waiting for the end of the turn)`,
  );
  const { interruptToSilenceMs: atPal, interruptToUserSilenceMs: atUser } = bargeIn;
  say(
    `interruption → silence      max ${atPal.max} ms at the pal, ${atUser.max} ms at the user; ${bargeIn.count} times`,
  );
  say(
    `Look at ${join(out, "timeline.svg")}, listen to ${join(out, "heard-by-user.wav")}, read ${join(out, "report.json")}.`,
  );
  say(report.ok ? "All checks hold." : `NOT all checks hold:\n  ${report.failures.join("\n  ")}`);
}

async function scripted(options: DemoOptions, say: Say): Promise<Report> {
  const utterances = options.speech === undefined ? await synthesisedSpeech() : await recordedSpeech(options.speech);
  const named = await versions(options.runtime);
  const handlesBefore = openHandles();
  const conversation = await runConversation(options, utterances, say);
  const report = makeReport(conversation, options, named, await leakedSince(handlesBefore));
  await mkdir(options.out, { recursive: true });
  const { heard } = conversation.user;
  await Promise.all([
    writeFile(join(options.out, "report.json"), `${JSON.stringify(report, null, 2)}\n`),
    writeFile(join(options.out, "timeline.svg"), timelineSvg(conversation, report)),
    writeFile(join(options.out, "heard-by-user.wav"), encodeWav(heard.pcm(), { sampleRate: heard.sampleRate })),
  ]);
  return report;
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (!options) {
    console.log(HELP);
    return 0;
  }
  const started = performance.now();
  const say: Say = (line) => {
    const at = ((performance.now() - started) / 1000).toFixed(1).padStart(5);
    const text = line === "" ? "" : `${at} s  ${line}`;
    if (options.json) console.error(text);
    else console.log(text);
  };
  if (options.live) {
    await runLive(options, say);
    return 0;
  }
  const report = await scripted(options, say);
  if (options.json) console.log(JSON.stringify(report));
  else print(report, options.out, say);
  return report.ok ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (thrown) {
  console.error(`The demo could not run: ${asError(thrown).message}`);
  process.exitCode = 1;
}
