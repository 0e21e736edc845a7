// `node scripts/run.mjs setup|demo|test|bench|fuzz|docs [arguments]`: sets everything up, then runs the task.
// Runs on any Node from 20 on and needs no package, because it installs them.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { endLike, envWithPath, runForeground } from "./lib/process.mjs";
import { root, SetupError, setUp } from "./lib/setup.mjs";

const [task, ...args] = process.argv.slice(2);
// The demo's voice runs on node:wasi, which is still experimental and would print a warning each time.
const sourceFlags = ["--conditions=tavus-transport-source", "--disable-warning=ExperimentalWarning"];

// With --json, standard output belongs to the report alone.
const say = args.includes("--json") ? (line) => console.error(line) : (line) => console.log(line);

/** Runs vitest once and adds its counts to `totals`. */
async function runTests(node, projectFlags, totals) {
  const folder = mkdtempSync(join(tmpdir(), "tavus-transport-test-"));
  const counts = join(folder, "counts.json");
  try {
    const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${counts}`];
    const flags = ["run", ...projectFlags, "--passWithNoTests", ...reporters, ...args];
    const end = await runForeground(node, [vitest, ...flags], { cwd: root, env: envWithPath(dirname(node)) });
    try {
      const report = JSON.parse(readFileSync(counts, "utf8"));
      totals.passed += report.numPassedTests;
      // A file that does not load has no tests to count, but has failed.
      const notLoaded = report.testResults.filter(
        (file) => file.status === "failed" && file.assertionResults.length === 0,
      );
      totals.failed += report.numFailedTests + notLoaded.length;
      totals.skipped += report.numPendingTests + report.numTodoTests;
    } catch {
      // Vitest writes no report when it cannot start or is stopped; its exit code reports that.
    }
    return end;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs the parallel tests first. Tests with real rooms measure time and need the machine to themselves. */
async function test(node) {
  const totals = { passed: 0, failed: 0, skipped: 0 };
  let end = { code: 0, signal: null };
  const chosen = args.some((argument) => argument.startsWith("--project"));
  for (const flags of chosen ? [[]] : [["--project=unit"], ["--project=process"], ["--project=room"]]) {
    const result = await runTests(node, flags, totals);
    if (result.code !== 0) end = result;
    if (result.stopped) return result;
  }
  if (end.code === 0 && totals.passed + totals.failed === 0) {
    console.error("No test matched.");
    end = { code: 1, signal: null };
  }
  // Tools read this line; it sums up all runs.
  say(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
  return end;
}

async function runSource(node, file, nodeFlags = []) {
  const { buildBrowser } = await import("./build-browser.mjs");
  await buildBrowser(say);
  const command = [...nodeFlags, ...sourceFlags, join(root, file), ...args];
  return runForeground(node, command, { env: envWithPath(dirname(node)) });
}

/** Runs the fuzz targets of test/hostile with a new seed for `--minutes` (default 5). */
async function fuzz(node) {
  const { values } = parseArgs({ args, options: { minutes: { type: "string", default: "5" } } });
  if (!(Number(values.minutes) > 0)) throw new SetupError("--minutes: must be a number above 0.");
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const env = { ...envWithPath(dirname(node)), FUZZ_MINUTES: values.minutes, PROPERTY_SEED: "random" };
  return runForeground(node, [vitest, "run", "--project=unit", "test/hostile/fuzz.test.ts"], { cwd: root, env });
}

const tasks = {
  setup: () => ({ code: 0, signal: null }),
  demo: (node) => runSource(node, "demo/main.ts"),
  test,
  fuzz,
  docs: (node) =>
    runForeground(node, ["--disable-warning=ExperimentalWarning", join(root, "scripts/docs/main.ts"), ...args], {
      cwd: root,
      env: envWithPath(dirname(node)),
    }),
  bench: (node) => runSource(node, "bench/main.ts", ["--expose-gc"]),
};

const start = Object.hasOwn(tasks, task ?? "") ? tasks[task] : undefined;
if (!start) {
  console.error(`Usage: node scripts/run.mjs ${Object.keys(tasks).join("|")} [arguments]`);
  process.exitCode = 2;
} else {
  try {
    endLike(await start(await setUp(say)));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`\n${error.message}`);
    process.exitCode = 1;
  }
}
