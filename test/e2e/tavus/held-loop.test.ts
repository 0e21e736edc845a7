import { describe, expect, it } from "vitest";

import { silenceInHeldSpeech } from "../../../bench/chaos/held-loop.ts";
import { REAL_RUNTIMES } from "../../support/calls.ts";
import { warmBrowser } from "../../support/tavus.ts";

describe.each(REAL_RUNTIMES)("a bot that blocks its event loop, on the %s runtime", (runtime) => {
  warmBrowser(runtime);

  it("continues with the speech it has handed over", async () => {
    // With a lead of only 200 ms, each hold caused a gap of 100 ms or more.
    const silentMs = await silenceInHeldSpeech({ runtime, holdMs: 500, everyMs: 1000, times: 5 });
    expect(silentMs).toBeLessThan(500);
  });
});
