import { describe, expect, it } from "vitest";

import { type Load, LoadWatch, sampleCpu, summarize } from "../../bench/lib/machine-load.ts";
import { describeLoads, isSpoiled, QuietRuns } from "../../bench/lib/quiet-runs.ts";

const QUIET: Load = { seconds: 10, own: 0.8, foreign: 0.05, foreignWorst: 0.2, stolen: 0.01, loadAverage: 0.9 };
const busy = (foreign: number): Load => ({ ...QUIET, foreign, foreignWorst: foreign });

/** Runs that find the machine in these states, one after another. */
function runs(loads: readonly Load[], repeats: number) {
  const left = [...loads];
  const lines: string[] = [];
  const quiet = new QuietRuns({
    repeats,
    progress: (line) => lines.push(line),
    waitMs: 0,
    watch: () => ({ stop: () => left.shift() }),
  });
  return { quiet, lines };
}

/** A measurement that returns 1, 2, 3 … */
function counter(): () => Promise<number> {
  let count = 0;
  return () => Promise.resolve(++count);
}

describe("measurements on a machine with others", () => {
  it("counts the first run when it was quiet", async () => {
    const { quiet } = runs([QUIET], 3);
    expect(await quiet.measure("tone", counter())).toBe(1);
    expect(quiet.loads).toEqual([{ name: "tone", load: QUIET, spoiled: false, repeats: 0 }]);
  });

  it("repeats a run that others spoiled, and counts the quiet one", async () => {
    const { quiet, lines } = runs([busy(0.9), QUIET], 3);
    expect(await quiet.measure("tone", counter())).toBe(2);
    expect(quiet.loads).toEqual([{ name: "tone", load: QUIET, spoiled: false, repeats: 1 }]);
    expect(lines).toEqual([expect.stringContaining("tone: spoiled by others (others 0.9 cores")]);
  });

  it("repeats no more often than allowed in all, and then counts the least disturbed run and says so", async () => {
    const { quiet } = runs([busy(0.9), busy(0.5), busy(0.7), busy(0.8)], 2);
    expect(await quiet.measure("tone", counter())).toBe(2);
    expect(await quiet.measure("joins", counter())).toBe(1);
    expect(quiet.loads).toMatchObject([
      { name: "tone", spoiled: true, repeats: 2, load: { foreign: 0.5 } },
      { name: "joins", spoiled: true, repeats: 0, load: { foreign: 0.8 } },
    ]);
    expect(describeLoads(quiet.loads).join("\n")).toContain("tone: repeated 2 times; **still disturbed**");
  });

  it("is not spoiled by what it uses itself, but by a busy second or by the hypervisor", () => {
    expect(isSpoiled({ ...QUIET, own: 2, loadAverage: 9 })).toBe(false);
    expect(isSpoiled({ ...QUIET, foreignWorst: 0.9 })).toBe(true);
    expect(isSpoiled({ ...QUIET, stolen: 0.3 })).toBe(true);
  });

  it("says nothing where the system does not say how loaded it is", async () => {
    const { quiet } = runs([], 1);
    expect(await quiet.measure("tone", counter())).toBe(1);
    expect(quiet.loads).toEqual([{ name: "tone", load: null, spoiled: false, repeats: 0 }]);
    expect(describeLoads(quiet.loads)).toEqual(["How loaded the machine was is unknown: it has no /proc."]);
  });
});

describe("the load of a machine", () => {
  const sample = (atS: number, foreignS: number, ownS = 0, stolenS = 0) => ({
    atMs: atS * 1000,
    ownS,
    foreignS,
    stolenS,
  });

  it("is CPU time per second, with the worst second by itself", () => {
    const load = summarize([sample(5, 100, 7, 3), sample(6, 100.1, 7.5, 3), sample(7, 101.1, 8, 3.2)]);
    expect(load).toMatchObject({ seconds: 2, own: 0.5, foreign: 0.55, foreignWorst: 1, stolen: 0.1 });
  });

  it("does not take the rest of a second for a second", () => {
    expect(summarize([sample(0, 0), sample(1, 0), sample(1.01, 0.01)])?.foreignWorst).toBe(0.01);
  });

  it.runIf(process.platform === "linux")("separates this process from others", () => {
    const before = sampleCpu();
    const until = performance.now() + 200;
    while (performance.now() < until);
    const after = sampleCpu();
    expect((after?.ownS ?? 0) - (before?.ownS ?? 0)).toBeGreaterThan(0.02);
    expect(sampleCpu(1)?.foreignS).toBeLessThan(sampleCpu()?.foreignS ?? 0);
  });

  it("is watched until it is stopped", () => {
    let count = 0;
    const watch = new LoadWatch(() => sample(count, 0.5 * count++), 1_000_000);
    expect(watch.stop()).toMatchObject({ seconds: 1, foreign: 0.5 });
    expect(new LoadWatch(() => undefined).stop()).toBeUndefined();
  });
});
