import fc from "fast-check";
import { expect, it } from "vitest";

import { CostMeter, type MeteredConversation } from "../../../src/api/index.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { silentLogger } from "../../../src/util/logger.ts";

const LIMIT_S = 300;
const ABSENT_S = 120;

/** What happens to a conversation, told apart from what the meter makes of it. */
interface Fate {
  readonly metered: MeteredConversation;
  readonly openedMs: number;
  limitMs: number;
  is: "opening" | "open" | "unclear" | "over" | "never";
  spentMs: number;
}

const step = fc.record({
  do: fc.constantFrom("open", "created", "failed", "lost", "ended", "sweptOwn", "sweptOther", "report"),
  which: fc.nat(5),
  waitMs: fc.constantFrom(0, 1, 1000, 59_000, 200_000),
});

it("counts every conversation once, whether it ended, crashed, was lost or was swept, in any order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const clock = new VirtualClock();
      const meter = new CostMeter({ clock, env: {}, logger: silentLogger, warnAt: [{ scope: "process", minutes: 7 }] });
      const reported: string[] = [];
      let warnings = 0;
      meter
        .on("ended", ({ conversationName }) => reported.push(conversationName))
        .on("warning", () => warnings++);
      const fates: Fate[] = [];
      const others = new Map<number, number>();
      const close = (fate: Fate): void => {
        fate.spentMs = Math.min(clock.nowMs() - fate.openedMs, fate.limitMs);
        fate.is = "over";
      };
      const pass = (): void => {
        for (const fate of fates) {
          const runs = fate.is !== "over" && fate.is !== "never";
          if (runs && clock.nowMs() >= fate.openedMs + fate.limitMs) close(fate);
        }
      };
      for (const { do: action, which, waitMs } of steps) {
        await clock.advance(waitMs);
        pass();
        const index = fates.length === 0 ? -1 : which % fates.length;
        const fate = fates[index];
        const name = `n${index}`;
        switch (action) {
          case "open":
            fates.push({
              metered: meter.opening({
                conversationName: `n${fates.length}`,
                maxCallDurationS: LIMIT_S,
                participantAbsentTimeoutS: ABSENT_S,
              }),
              openedMs: clock.nowMs(),
              limitMs: LIMIT_S * 1000,
              is: "opening",
              spentMs: 0,
            });
            break;
          case "created":
            fate?.metered.created(`c${index}`);
            if (fate?.is === "opening") fate.is = "open";
            break;
          case "failed":
            fate?.metered.notCreated(false);
            if (fate?.is === "opening") fate.is = "never";
            break;
          case "lost":
            fate?.metered.notCreated(true);
            if (fate?.is === "opening") {
              fate.is = "unclear";
              fate.limitMs = ABSENT_S * 1000;
              pass();
            }
            break;
          case "ended":
            fate?.metered.ended();
            if (fate && fate.is !== "over" && fate.is !== "never") close(fate);
            break;
          case "sweptOwn":
            // The journal's own entry: by its id, or by its name where the id never became known.
            if (!fate || fate.is === "opening" || fate.is === "never") break;
            meter.swept({
              conversationId: `c${index}`,
              conversationName: name,
              createdWallMs: clock.wallMs() - 1000,
              maxCallDurationS: LIMIT_S,
            });
            if (fate.is !== "over") close(fate);
            break;
          case "sweptOther": {
            const ranMs = which * 100_000;
            const createdWallMs = clock.wallMs() - ranMs;
            meter.swept({ conversationId: `other${which}`, createdWallMs, maxCallDurationS: LIMIT_S });
            if (!others.has(which)) others.set(which, Math.min(ranMs, LIMIT_S * 1000));
            break;
          }
          case "report":
            expect(meter.report.open).toBeGreaterThanOrEqual(0);
        }
        pass();
        const nowMs = clock.nowMs();
        const own = fates.reduce((sum, { is, spentMs, openedMs }) => {
          if (is === "never") return sum;
          return sum + (is === "over" ? spentMs : nowMs - openedMs);
        }, 0);
        const swept = [...others.values()].reduce((sum, ms) => sum + ms, 0);
        const over = fates.filter(({ is }) => is === "over").length;
        const running = fates.filter(({ is }) => is !== "over" && is !== "never").length;
        const { minutes, ...report } = meter.report;
        expect(minutes * 60_000).toBeCloseTo(own + swept, 3);
        expect(report).toMatchObject({ open: running, over: over + others.size, swept: others.size });
        expect(new Set(reported).size).toBe(reported.length);
        expect(warnings).toBeLessThanOrEqual(1);
        if (own + swept >= 420_001 && running > 0) expect(warnings).toBe(1);
      }
    }),
    { numRuns: 300 },
  );
});
