import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

import { encodeWav } from "../src/audio/index.ts";
import { asError, InvalidOptionError } from "../src/util/errors.ts";
import { FAILURES, type FailureKind } from "./fail/kinds.ts";
import { type FailureReport, makeFailureReport } from "./fail/report.ts";
import { runFailure } from "./fail/run.ts";
import { failureTimeline } from "./fail/timeline.ts";
import { type DemoOptions, HELP, readOptions } from "./options.ts";
import { makeReport, type Report } from "./report.ts";
import { runConversation, runLive, type Say } from "./run.ts";
import { recordedSpeech, synthesisedSpeech } from "./speech.ts";
import { inMs, timelineSvg } from "./timeline.ts";

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
  printVerdict(report, out, say);
}

function printVerdict({ ok, failures }: Pick<Report, "ok" | "failures">, out: string, say: Say): void {
  say(
    `Look at ${join(out, "timeline.svg")}, listen to ${join(out, "heard-by-user.wav")}, read ${join(out, "report.json")}.`,
  );
  say(ok ? "All checks hold." : `NOT all checks hold:\n  ${failures.join("\n  ")}`);
}

function printFailure(report: FailureReport, out: string, say: Say): void {
  const { words } = report;
  say("");
  say(`failure → noticed           ${inMs(report.failedToNoticedMs)}`);
  say(`noticed → audible           ${inMs(report.noticedToAudibleMs)}, by the bot's own microphone`);
  say(`words                       ${words.said} said, ${words.lost.length} lost, ${words.doubled.length} heard twice`);
  printVerdict(report, out, say);
}

async function scripted(options: DemoOptions, say: Say): Promise<Report> {
  const utterances = options.speech === undefined ? await synthesisedSpeech() : await recordedSpeech(options.speech);
  const named = await versions(options.runtime);
  const handlesBefore = openHandles();
  const conversation = await runConversation(options, utterances, say);
  const report = makeReport(conversation, options, named, await leakedSince(handlesBefore));
  await writeOutput(options.out, report, timelineSvg(conversation, report), conversation.user.heard);
  return report;
}

async function failing(kind: FailureKind, options: DemoOptions, say: Say): Promise<FailureReport> {
  const [question] =
    options.speech === undefined
      ? await synthesisedSpeech(["Please count for me."])
      : await recordedSpeech(options.speech);
  if (!question) throw new InvalidOptionError("--speech", "holds no question.");
  const named = await versions(options.runtime);
  const handlesBefore = openHandles();
  say(`In this scene ${FAILURES[kind]}.`);
  const run = await runFailure(kind, options, question, say);
  const report = makeFailureReport(run, options, named, await leakedSince(handlesBefore));
  await writeOutput(options.out, report, failureTimeline(run, report), run.recording);
  return report;
}

async function writeOutput(
  out: string,
  report: Report | FailureReport,
  timeline: string,
  heard: { readonly sampleRate: number; pcm(): Int16Array },
): Promise<void> {
  await mkdir(out, { recursive: true });
  await Promise.all([
    writeFile(join(out, "report.json"), `${JSON.stringify(report, null, 2)}\n`),
    writeFile(join(out, "timeline.svg"), timeline),
    writeFile(join(out, "heard-by-user.wav"), encodeWav(heard.pcm(), { sampleRate: heard.sampleRate })),
  ]);
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
  if (options.fail) {
    const report = await failing(options.fail, options, say);
    if (options.json) console.log(JSON.stringify(report));
    else printFailure(report, options.out, say);
    return report.ok ? 0 : 1;
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
