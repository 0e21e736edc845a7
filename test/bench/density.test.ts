import { describe, expect, it } from "vitest";

import { judge } from "../../bench/density/judge.ts";
import { between, nextCount } from "../../bench/density/ramp.ts";
import { callsByOwnCpu, checkTargets, furtherCall, type RuntimeFigures } from "../../bench/density/report.ts";
import type { Step } from "../../bench/density/step.ts";

const BOT = { heardMs: 9990, elapsedMs: 10_000, longestGapMs: 21 };
const PAL = { packets: 1000, concealedMs: 0, jitterBufferMs: 35 };
const TONE = { blocks: 1000, dropouts: 0, longestGapMs: 0, phaseJumps: 0 };

describe("the judge of many calls", () => {
  it("finds nothing missing in calls that are whole in both directions", () => {
    const verdict = judge({ a: BOT, b: BOT }, { tones: { a: TONE }, receptions: { a: PAL, b: PAL } });
    expect(verdict).toMatchObject({ ok: true, spoiledCalls: 0, worstMissingMs: 10, worstJitterBufferMs: 35 });
  });

  it.each([
    ["a dropout at the pal's ear", { tones: { b: { ...TONE, dropouts: 1, longestGapMs: 10 } } }],
    ["more than a packet that was made up", { receptions: { a: PAL, b: { ...PAL, concealedMs: 21 } } }],
    ["a pal that receives nothing", { receptions: { a: PAL, b: { ...PAL, packets: 0 } } }],
    ["a pal that nobody knows", { receptions: { a: PAL } }],
    ["a user who is not heard for a while", { bots: { a: BOT, b: { ...BOT, heardMs: 9900 } } }],
    ["a bot that is gone", { bots: { a: BOT } }],
  ])(
    "counts the call with %s",
    (
      _what,
      {
        tones = {},
        receptions = { a: PAL, b: PAL },
        bots = { a: BOT, b: BOT },
      }: {
        tones?: Record<string, typeof TONE>;
        receptions?: Record<string, typeof PAL>;
        bots?: Record<string, typeof BOT>;
      },
    ) => {
      expect(judge(bots, { tones, receptions })).toMatchObject({ ok: false, spoiledCalls: 1 });
    },
  );

  it("does not count one late packet, which a jitter buffer hides", () => {
    expect(judge({ a: BOT }, { tones: {}, receptions: { a: { ...PAL, concealedMs: 20 } } }).ok).toBe(true);
  });
});

describe("the ramp", () => {
  const plan = [1, 5, 10, 20];

  it("follows the plan while there is room", () => {
    expect(nextCount(plan, { calls: 1, usedCores: 0.1 }, 2)).toBe(5);
    expect(nextCount(plan, { calls: 20, usedCores: 0.5 }, 2)).toBeUndefined();
  });

  it("goes no further than what fills the machine, but always one call further", () => {
    expect(nextCount(plan, { calls: 10, usedCores: 1.3 }, 2)).toBe(14);
    expect(nextCount(plan, { calls: 10, usedCores: 1.99 }, 2)).toBe(11);
  });

  it("halves what is between a good and a bad number, until it is close enough", () => {
    expect(between(10, 20)).toBe(15);
    expect(between(18, 20)).toBe(19);
    expect(between(19, 20)).toBeUndefined();
    expect(between(38, 41)).toBeUndefined();
  });
});

describe("the report", () => {
  const step = (calls: number, botsPercent: number, pssMb: number, ok = true): Step => ({
    calls,
    botsPercent,
    botsNodePercent: 1,
    emulatorPercent: 1,
    usersPercent: 1,
    pssMb,
    verdict: { ...judge({}, { tones: {}, receptions: {} }), ok },
    threads: [],
  });
  const figures: RuntimeFigures = {
    runtime: "native",
    steps: [step(1, 6, 100), step(41, 106, 260), step(60, 190, 999, false)],
    stopped: "dropout",
    callsWithoutDropout: 41,
    farSideIsRaised: true,
  };

  it("takes what a further call costs from the good steps alone", () => {
    expect(furtherCall(figures)).toEqual({ cpuPercent: 2.5, memoryMb: 4 });
    expect(furtherCall({ ...figures, steps: [step(1, 6, 100)] })).toEqual({ cpuPercent: null, memoryMb: null });
  });

  it("extrapolates how many calls the bots' own CPU allows", () => {
    // 90 % of two cores.
    expect(callsByOwnCpu(figures, 2)).toBe(70);
  });

  it("checks the targets of the runtimes that ran", () => {
    expect(checkTargets([figures]).map(({ measured, ok }) => [measured, ok])).toEqual([
      [41, true],
      [6, true],
      [4, true],
    ]);
    expect(checkTargets([{ ...figures, callsWithoutDropout: 39 }])[0]?.ok).toBe(false);
  });
});
