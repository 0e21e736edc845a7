import { parseArgs } from "node:util";

import { asError } from "../src/util/errors.ts";
import { api } from "./api/index.ts";
import { busyBot } from "./busy-bot/index.ts";
import { chaos } from "./chaos/index.ts";
import { density } from "./density/index.ts";
import type { BenchOptions } from "./lib/options.ts";
import { fallback } from "./fallback/index.ts";
import { peers } from "./peers/index.ts";
import { pipeline } from "./pipeline/index.ts";
import { services } from "./services/index.ts";
import { voice } from "./voice/index.ts";

const BENCHES: Readonly<Record<string, (options: BenchOptions) => Promise<boolean>>> = {
  api,
  "busy-bot": busyBot,
  chaos,
  density,
  fallback,
  peers,
  pipeline,
  services,
  voice,
};

const HELP = `npm run bench -- <${Object.keys(BENCHES).join("|")}> [options]

  pipeline   speed of the frame pipeline: hops, traversal, interruption, memory, event loop (1 minute)
  voice      latencies, interruption, continuity, joins and CPU of both runtimes against the emulator (10 minutes)
  density    calls in two-way speech until the first dropout, by runtime: CPU and memory of each, the far side counted apart;
             --runtime native|chromium for one of them (8 minutes)
  peers      the frame pipeline next to Pipecat's, in turns; needs a Python with pipecat-ai, skipped without (2 minutes)
  fallback   the pal fails in every way it can, 20 times each in both runtimes: when it is noticed, when the bot is audible by its
             own microphone, what is lost or said twice; what publishing video costs (11 minutes)
  busy-bot   speech that was handed over while the bot's event loop is blocked: what is missing at the pal and at a user's ear (8 minutes)
  api        10 000 API calls from 16 callers, a fault in every fifth request: what fails, what is left open (30 s)

  services   how long a user waits for a bot on the adapters of vendors, stage by stage, and what of it is ours (3 minutes)

  chaos      random speech and interruptions, judged by the pal's output: lost words, old audio, what the bot reports as heard,
             memory, handles, threads (10 minutes; --minutes 60 is the soak test)

  --quick    few rounds, 90 s: shows that the bench works, not reliable figures
  --json     one JSON object, and nothing else, on standard output
  --save     write the results to bench/results/
  --python P peers only: the Python with pipecat-ai. Default python3
  --minutes N, --runtime native|chromium, --delivery track|messages, --seed N, --holds MS
             chaos only; --holds: the longest time the bot's event loop is blocked, now and then (default 250; 0: never)

Exit code: 0 all targets met, 1 some missed, 2 the bench could not run.`;

// Ctrl-C must not leave processes behind: they end when this one does.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      save: { type: "boolean", default: false },
      python: { type: "string", default: "python3" },
      minutes: { type: "string" },
      runtime: { type: "string" },
      delivery: { type: "string" },
      seed: { type: "string" },
      holds: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const [name = ""] = positionals;
  const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
  if (values.help) {
    console.log(HELP);
  } else if (!bench || positionals.length > 1) {
    console.error(HELP);
    process.exitCode = 2;
  } else {
    process.exitCode = (await bench(values)) ? 0 : 1;
  }
} catch (thrown) {
  console.error(`The bench could not run: ${asError(thrown).message}`);
  process.exitCode = 2;
}
