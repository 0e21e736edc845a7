import { describe, expect, it } from "vitest";

import {
  BudgetError,
  CostMeter,
  InvalidOptionError,
  type CostMeterOptions,
  type CostWarning,
  type SpentBudget,
} from "../../../src/api/index.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { silentLogger } from "../../../src/util/logger.ts";

const MINUTE = 60_000;

function meterWith(options: CostMeterOptions = {}) {
  const clock = new VirtualClock();
  const warned: string[] = [];
  const logger = { ...silentLogger, warn: (message: string) => void warned.push(message) };
  const meter = new CostMeter({ clock, logger, env: {}, ...options });
  const warnings: CostWarning[] = [];
  const spent: [string | undefined, SpentBudget][] = [];
  meter
    .on("warning", (warning) => warnings.push(warning))
    .on("budgetSpent", ({ conversationId }, budget) => spent.push([conversationId, budget]));
  let count = 0;
  const open = (maxCallDurationS = 1800, onBudgetSpent?: (budget: SpentBudget) => void) => {
    count++;
    const metered = meter.opening({ conversationName: `n${count}`, maxCallDurationS, onBudgetSpent });
    metered.created(`c${count}`);
    return metered;
  };
  return { clock, meter, open, warnings, spent, warned };
}

describe("a cost meter", () => {
  it("counts minutes from the request to the end, and no money without a price", async () => {
    const { clock, meter } = meterWith();
    const metered = meter.opening({ conversationName: "a", maxCallDurationS: 1800 });
    await clock.advance(1 * MINUTE);
    metered.created("c1");
    await clock.advance(2 * MINUTE);
    expect(metered.cost).toEqual({ conversationName: "a", conversationId: "c1", state: "open", minutes: 3 });
    expect(meter.report).toMatchObject({ minutes: 3, open: 1, over: 0 });
    expect(meter.report).not.toHaveProperty("money");
    metered.ended();
    metered.ended();
    await clock.advance(5 * MINUTE);
    expect(meter.report).toEqual({ minutes: 3, open: 0, over: 1, swept: 0, conversations: [] });
  });

  it("counts money by the price, from the options or else from the environment", async () => {
    for (const options of [{ pricePerMinute: 0.5, currency: "EUR" }, { env: { TAVUS_PRICE_PER_MINUTE: " 0.5 " } }]) {
      const { clock, meter, open } = meterWith(options);
      open();
      await clock.advance(3 * MINUTE);
      expect(meter.report).toMatchObject({ minutes: 3, money: 1.5 });
    }
  });

  it("counts a conversation whose end is not known up to its time limit", async () => {
    const { clock, meter, open } = meterWith();
    const metered = open(120);
    const over: unknown[] = [];
    meter.on("ended", (cost) => over.push(cost));
    await clock.advance(60 * MINUTE);
    expect(metered.cost.minutes).toBe(2);
    expect(meter.report).toMatchObject({ minutes: 2, open: 0, over: 1 });
    metered.ended();
    expect(over).toEqual([{ conversationName: "n1", conversationId: "c1", state: "over", minutes: 2 }]);
  });

  it("forgets a conversation that was not created", async () => {
    const { clock, meter } = meterWith();
    const metered = meter.opening({ conversationName: "a", maxCallDurationS: 1800 });
    await clock.advance(MINUTE);
    metered.notCreated(false);
    expect(meter.report).toMatchObject({ minutes: 0, open: 0, over: 0 });
  });

  it("counts a conversation that may have been created until nobody can have joined it", async () => {
    const { clock, meter } = meterWith();
    meter.opening({ conversationName: "a", maxCallDurationS: 1800 }).notCreated(true);
    await clock.advance(MINUTE);
    expect(meter.report).toMatchObject({ open: 1, conversations: [{ state: "unclear" }] });
    await clock.advance(60 * MINUTE);
    expect(meter.report).toMatchObject({ minutes: 2, open: 0, over: 1 });
  });

  it("counts what a sweep ends, up to its limit, and never twice", async () => {
    const { clock, meter, open } = meterWith();
    const createdWallMs = clock.wallMs() - 60 * MINUTE;
    const swept = { conversationId: "old", createdWallMs, maxCallDurationS: 600 };
    meter.swept(swept);
    meter.swept(swept);
    expect(meter.report).toMatchObject({ minutes: 10, over: 1, swept: 1 });
    const own = open();
    await clock.advance(MINUTE);
    meter.swept({ conversationId: "c1", createdWallMs: clock.wallMs() - MINUTE, maxCallDurationS: 1800 });
    own.ended();
    expect(meter.report).toMatchObject({ minutes: 11, open: 0, over: 2, swept: 1 });
  });

  it("counts a conversation that a failed creation left, and a sweep found by its name, once", async () => {
    const { clock, meter } = meterWith();
    meter.opening({ conversationName: "lost", maxCallDurationS: 1800 }).notCreated(true);
    await clock.advance(MINUTE);
    const createdWallMs = clock.wallMs() - MINUTE;
    meter.swept({ conversationId: "cX", conversationName: "lost", createdWallMs, maxCallDurationS: 1800 });
    await clock.advance(MINUTE);
    meter.swept({ conversationId: "cX", createdWallMs, maxCallDurationS: 1800 });
    expect(meter.report).toMatchObject({ minutes: 1, open: 0, over: 1, swept: 0 });
  });

  it("warns of each threshold once, at the moment it is reached, and logs it", async () => {
    const { clock, meter, open, warnings, warned } = meterWith({
      pricePerMinute: 2,
      warnAt: [
        { scope: "process", money: 10 },
        { scope: "conversation", minutes: 1 },
        { scope: "process", minutes: 3 },
      ],
    });
    open();
    await clock.advance(MINUTE - 1000);
    expect(warnings).toEqual([]);
    await clock.advance(2000);
    expect(warnings).toMatchObject([{ scope: "conversation", threshold: { minutes: 1 }, conversationId: "c1" }]);
    open();
    // Both together reach 3 minutes one minute later.
    await clock.advance(MINUTE);
    expect(warnings).toMatchObject([{}, { scope: "process", spent: { minutes: 3 } }, { conversationId: "c2" }]);
    await clock.advance(10 * MINUTE);
    expect(warnings).toHaveLength(4);
    expect(warned).toHaveLength(4);
    expect(meter.report.open).toBe(2);
    expect(clock.pendingTimers).toBe(0);
  });

  it("warns at 80 % of each budget unless told otherwise", async () => {
    const budget = { process: { minutes: 10 } };
    const { clock, open, warnings } = meterWith({ budget });
    open();
    await clock.advance(8 * MINUTE);
    expect(warnings).toMatchObject([{ scope: "process", threshold: { minutes: 8 } }]);
    const quiet = meterWith({ budget, warnAt: [] });
    quiet.open();
    await quiet.clock.advance(9 * MINUTE);
    expect(quiet.warnings).toEqual([]);
  });

  it("warns once when as many conversations are open as the plan allows", () => {
    const { open, warnings } = meterWith({ maxConcurrent: 2 });
    const first = open();
    expect(warnings).toEqual([]);
    open();
    first.ended();
    open();
    expect(warnings).toEqual([{ kind: "concurrency", open: 2, maxConcurrent: 2 }]);
  });

  it("refuses a conversation when the budget of the process is spent, and says what was spent and what to do", async () => {
    const { clock, meter, open } = meterWith({
      pricePerMinute: 0.5,
      currency: "USD",
      budget: { process: { money: 5 } },
    });
    open().ended();
    open();
    await clock.advance(10 * MINUTE);
    const refused = (): unknown => meter.opening({ conversationName: "x", maxCallDurationS: 60 });
    expect(refused).toThrow(BudgetError);
    expect(refused).toThrow("The budget of the process is spent: 10.0 min, 5.00 USD of 5.00 USD. Raise budget.process");
    expect(refused).toThrow(expect.objectContaining({ code: "budgetSpent", spent: { minutes: 10, money: 5 } }));
    expect(meter.report.open).toBe(1);
  });

  it("reports each running conversation that has to end, once", async () => {
    const { clock, open, spent } = meterWith({ budget: { conversation: { minutes: 5 }, process: { minutes: 9 } } });
    const told: string[] = [];
    open(1800, () => told.push("c1"));
    await clock.advance(2 * MINUTE);
    open(1800, () => told.push("c2")).ended();
    open(1800, () => told.push("c3"));
    await clock.advance(3 * MINUTE);
    expect(spent).toMatchObject([["c1", { scope: "conversation", spent: { minutes: 5 } }]]);
    await clock.advance(10 * MINUTE);
    expect(spent).toMatchObject([
      ["c1", {}],
      ["c3", { scope: "process", spent: { minutes: 9 } }],
    ]);
    expect(told).toEqual(["c1", "c3"]);
  });

  it("ends a conversation at once whose creation took until the budget was spent", async () => {
    const { clock, meter, spent } = meterWith({ budget: { conversation: { minutes: 1 } } });
    const metered = meter.opening({ conversationName: "slow", maxCallDurationS: 1800 });
    await clock.advance(90_000);
    expect(spent).toEqual([]);
    metered.created("c1");
    expect(spent).toMatchObject([["c1", { scope: "conversation" }]]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("limits what the server allows to what is left of the budget and a minute for the goodbye", async () => {
    const { clock, open } = meterWith({ budget: { conversation: { minutes: 10 }, process: { minutes: 12 } } });
    const first = open();
    expect(first.maxCallDurationS).toBe(660);
    expect(open(30).maxCallDurationS).toBe(30);
    first.ended();
    await clock.advance(30_000);
    open();
    await clock.advance(3 * MINUTE);
    expect(open().maxCallDurationS).toBe((12 - 3.5) * 60 + 60);
  });

  it("sets no timer when there is nothing to watch for", () => {
    const { clock, open } = meterWith();
    open();
    expect(clock.pendingTimers).toBe(0);
  });

  it("survives a listener that throws, or ends the conversation that it is called about", async () => {
    const { clock, meter, open, spent } = meterWith({ budget: { conversation: { minutes: 1 } } });
    const metered = open(1800, () => metered.ended());
    meter.on("budgetSpent", () => {
      throw new Error("listener");
    });
    await clock.advance(5 * MINUTE);
    expect(spent).toMatchObject([["c1", {}]]);
    expect(meter.report).toMatchObject({ minutes: 1, over: 1, open: 0 });
  });

  it.each([
    [{ pricePerMinute: 0 }, "pricePerMinute"],
    [{ budget: { process: {} } }, "needs minutes or money"],
    [{ budget: { process: { money: 5 } } }, "TAVUS_PRICE_PER_MINUTE"],
    [{ maxConcurrent: 0 }, "maxConcurrent"],
    [{ env: { TAVUS_PRICE_PER_MINUTE: "cheap" } }, "TAVUS_PRICE_PER_MINUTE"],
    [{ prize: 1 } as CostMeterOptions, "prize"],
  ])("refuses the options %j", (options, message) => {
    expect(() => new CostMeter({ env: {}, ...options })).toThrow(InvalidOptionError);
    expect(() => new CostMeter({ env: {}, ...options })).toThrow(message);
  });
});
