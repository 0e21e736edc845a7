import { describe, expect, it } from "vitest";

import { babble } from "../../../bench/lib/sound.ts";
import { makeFailureReport } from "../../../demo/fail/report.ts";
import { runFailure } from "../../../demo/fail/run.ts";
import { warmBrowser } from "../../support/tavus.ts";

const QUESTION = { text: "(babble)", pcm: babble(700, 16_000), sampleRate: 16_000 };

// A scene of `npm run demo -- --fail`: the user has to hear each word of the bot's answer exactly once. A pal that leaves is
// in voice-route.test.ts.
describe("a pal that freezes, on the chromium runtime", () => {
  const runtime = "chromium";
  warmBrowser(runtime);

  it("loses no word, says none twice, and leaves nothing open", async () => {
    const options = { runtime, delivery: "track" } as const;
    const run = await runFailure("freeze", options, QUESTION, () => undefined);
    const report = makeFailureReport(run, options, { node: "", dailyJs: "" }, 0);
    expect(report.failures).toEqual([]);
    expect(report.words.heardFromPal.length).toBeGreaterThan(2);
    expect(report.words.heardFromBot.length).toBeGreaterThan(2);
  });
});
