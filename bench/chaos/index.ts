import { InvalidOptionError } from "../../src/util/errors.ts";
import type { BenchOptions } from "../lib/options.ts";
import { save as saveResults } from "../lib/results.ts";
import { asText } from "./report.ts";
import { type ChaosOptions, runChaos } from "./run.ts";

const CALL_SECONDS = 600;

/** Runs `npm run bench -- chaos`. Resolves with whether no word was lost and no old audio was heard. */
export async function chaos(options: BenchOptions): Promise<boolean> {
  const started = performance.now();
  const report = await runChaos(chaosOptions(options), (line) => {
    console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(5)} s  ${line}`);
  });
  console.log(options.json ? JSON.stringify(report) : asText(report));
  const name = `chaos-${report.runtime}-${report.delivery}`;
  if (options.save) await saveResults(name, report, `\`\`\`\n${asText(report)}\n\`\`\`\n`);
  return report.ok;
}

function chaosOptions({ quick, minutes, runtime, delivery, seed, holds }: BenchOptions): ChaosOptions {
  const seconds = Math.round(parseNumber("minutes", minutes, quick ? 1 : 10, 0) * 60);
  return {
    runtime: parseChoice("runtime", runtime, ["native", "chromium"]),
    delivery: parseChoice("delivery", delivery, ["track", "messages"]),
    seconds,
    rounds: Infinity,
    seed: parseNumber("seed", seed, 1, 0),
    holdsAtMostMs: parseNumber("holds", holds, 250, 0),
    callSeconds: CALL_SECONDS,
    sampleSeconds: seconds > 1200 ? 60 : 15,
  };
}

function parseChoice<T extends string>(name: string, given: string | undefined, choices: readonly [T, ...T[]]): T {
  const found = given === undefined ? choices[0] : choices.find((choice) => choice === given);
  if (found === undefined) throw new InvalidOptionError(`--${name}`, `must be one of ${choices.join(", ")}.`);
  return found;
}

function parseNumber(name: string, given: string | undefined, otherwise: number, atLeast: number): number {
  const value = given === undefined ? otherwise : Number(given);
  if (!Number.isFinite(value) || value < atLeast)
    throw new InvalidOptionError(`--${name}`, `must be a number of at least ${atLeast}.`);
  return value;
}
