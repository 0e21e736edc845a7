import { describe, expect, it } from "vitest";

import { ANSWERING } from "./answering.ts";
import { BARGING_IN } from "./barging-in.ts";
import { COUGHING } from "./coughing.ts";
import { EAGER } from "./eager.ts";
import { FEATURES } from "./features.ts";
import { FUNCTIONS } from "./functions.ts";
import { runScenario } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";
import { SPEAKING } from "./speaking.ts";
import { MARKERS } from "./markers.ts";
import { TIMING } from "./timing.ts";
import { TURNS } from "./turns.ts";

const SCENARIOS: Readonly<Record<string, readonly Scenario[]>> = {
  "the bot answers": ANSWERING,
  "the user barges in": BARGING_IN,
  "turns of the user": TURNS,
  "functions of the model": FUNCTIONS,
  "what is said": SPEAKING,
  "a barge-in after four words": TIMING,
  "sounds without words, and silence": COUGHING,
  "an answer ahead of time": EAGER,
  "the model judges turns": MARKERS,
  "wake phrase, schemas, progress, summaries": FEATURES,
};

describe.each(Object.entries(SCENARIOS))("%s", (_group, scenarios) => {
  it.each(scenarios)("$title", async (scenario) => {
    const outcome = await runScenario(scenario);
    const { expect: expected } = scenario;
    const {
      heard = heardAccordingTo(expected.context),
      frames,
      never = [],
      firstWordMs,
      errors = [],
      ...rest
    } = expected;
    expect(outcome).toMatchObject({ ...rest, heard, errors });
    if (frames) expect(inOrder(outcome.frames, frames)).toEqual(frames);
    expect(outcome.frames.filter((kind) => never.includes(kind))).toEqual([]);
    if (firstWordMs) {
      expect(outcome.firstWordMs).toBeGreaterThanOrEqual(firstWordMs[0]);
      expect(outcome.firstWordMs).toBeLessThanOrEqual(firstWordMs[1]);
    }
    expect(outcome.timers).toBe(0);
  });
});

/** The assistant's words in the context: the context must contain exactly what the user has heard. */
function heardAccordingTo(context: readonly string[]): string {
  const said = context.flatMap((line) => /^assistant(?: \(interrupted\))?: (.*)$/su.exec(line)?.[1] ?? []);
  return said.filter((text) => text !== "").join(" ");
}

/** The part of `wanted` that is in `kinds`, in that order. */
function inOrder(kinds: readonly string[], wanted: readonly string[]): string[] {
  const found: string[] = [];
  for (const kind of kinds) if (kind === wanted[found.length]) found.push(kind);
  return found;
}
