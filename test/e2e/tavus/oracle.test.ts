import { describe, expect, it } from "vitest";

import { SLOW_WAY_MS } from "../../../bench/chaos/oracle.ts";
import { runChaos } from "../../../bench/chaos/run.ts";
import { REAL_RUNTIMES } from "../../support/calls.ts";
import { warmBrowser } from "../../support/tavus.ts";

/** The first five rounds of this seed contain cuts, one of them before the first sound, two in a row, and an immediate answer. */
const SEED = 10;
const INTERRUPTIONS = 5;

/** Messages leave by the same way in both runtimes. */
const DELIVERIES = { native: ["track", "messages"], chromium: ["track"] } as const;

// A short run of `npm run bench -- chaos`: random speech and interruptions, the same ones in every run.
describe.each(REAL_RUNTIMES)("speech and interruptions in any order, on the %s runtime", (runtime) => {
  warmBrowser(runtime);

  it.each(DELIVERIES[runtime])(
    "by %s: what is not interrupted is heard whole, and nothing of the rest after its silence",
    async (delivery) => {
      const bounds = { rounds: 5, seconds: 45, callSeconds: 60, sampleSeconds: 60, holdsAtMostMs: 100 };
      const { verdict, refused } = await runChaos({ runtime, delivery, seed: SEED, ...bounds }, () => undefined);
      expect([verdict.rounds, verdict.interruptions]).toEqual([5, INTERRUPTIONS]);
      expect(verdict.losses).toEqual([]);
      // On a very busy machine, audio may be in flight longer than the pal waits; the pal cannot recognise it as old.
      expect(verdict.oldAudio.filter(({ wayMs }) => wayMs <= SLOW_WAY_MS)).toEqual([]);
      expect([verdict.unreportedWords, verdict.lostInterruptions, refused]).toEqual([0, 0, 0]);
    },
  );
});
