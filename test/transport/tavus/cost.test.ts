import { describe, expect, it } from "vitest";

import { BudgetError, CostMeter, type CostWarning, type SpentBudget } from "../../../src/api/index.ts";
import { EndFrame, InterruptionFrame, TTSSpeakFrame } from "../../../src/frames/index.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { InvalidOptionError } from "../../../src/util/errors.ts";
import { silentLogger } from "../../../src/util/logger.ts";
import type { TavusTransportOptions } from "../../../src/transport/tavus/tavus-options.ts";
import { speech } from "../frames.ts";
import { PAL, TavusHarness, USER, type TavusHarnessOptions } from "./tavus-harness.ts";

const MINUTE = 60_000;

async function call(cost: TavusTransportOptions["cost"], more: TavusHarnessOptions = {}): Promise<TavusHarness> {
  const h = await new TavusHarness({ ...more, options: { ...more.options, cost } }).start();
  h.call.addParticipant(PAL);
  h.call.addParticipant(USER);
  await h.clock.advance(1000);
  return h;
}

describe("the cost of a call", () => {
  it("is counted from its creation to its end", async () => {
    const h = new TavusHarness({ options: { cost: { pricePerMinute: 0.5, currency: "USD" } } });
    expect(h.transport.cost).toEqual({
      conversation: undefined,
      process: expect.objectContaining({ minutes: 0, money: 0, open: 0 }) as object,
    });
    await h.start();
    await h.clock.advance(3 * MINUTE);
    expect(h.transport.cost.conversation).toMatchObject({
      conversationId: "c1",
      state: "open",
      minutes: 3,
      money: 1.5,
    });
    h.task.end();
    await h.finish();
    await h.clock.advance(3 * MINUTE);
    expect(h.transport.cost.conversation?.state).toBe("over");
    expect(h.transport.cost.process).toMatchObject({ currency: "USD", open: 0, over: 1 });
    expect(h.transport.cost.process.minutes).toBeCloseTo(3, 1);
  });

  it("that could not be ended is counted up to its time limit", async () => {
    const h = await call({}, { options: { conversation: { maxCallDurationS: 600 } } });
    h.api.endFailures = 100;
    h.task.end();
    await h.finish();
    await h.clock.advance(60 * MINUTE);
    expect(h.transport.cost.process).toMatchObject({ minutes: 10, over: 1, open: 0 });
  });

  it("is reported when it reaches a threshold", async () => {
    const h = await call({ warnAt: [{ scope: "conversation", minutes: 2 }] });
    const warnings: CostWarning[] = [];
    h.transport.on("costWarning", (warning) => warnings.push(warning));
    await h.clock.advance(5 * MINUTE);
    expect(warnings).toMatchObject([{ kind: "threshold", conversationId: "c1", spent: { minutes: 2 } }]);
  });

  it("is not counted for a conversation that was joined and not created", async () => {
    const h = await call({}, { options: { conversationUrl: "https://tavus.daily.co/cX" } });
    await h.clock.advance(MINUTE);
    expect(h.transport.cost).toMatchObject({ conversation: undefined, process: { minutes: 0 } });
  });
});

describe("a budget that is spent", () => {
  it("ends the call with a goodbye that nothing interrupts, said to its end", async () => {
    const h = await call({ budget: { conversation: { minutes: 2 } }, goodbye: "Time is up." });
    const spent: SpentBudget[] = [];
    h.transport.on("budgetSpent", (budget) => spent.push(budget));
    await h.clock.advance(2 * MINUTE - 3000);
    expect(h.middle.of(TTSSpeakFrame)).toEqual([]);
    // What is being said is said to its end as well.
    await h.send(speech(4000));
    await h.clock.advance(2000);
    const [goodbye] = h.middle.of(TTSSpeakFrame);
    expect(goodbye).toMatchObject({ text: "Time is up.", uninterruptible: true });
    await h.send(new InterruptionFrame());
    const { outcome, reason } = await h.finish();
    expect([outcome, reason]).toEqual(["ended", "the budget of the conversation is spent"]);
    expect(spent).toMatchObject([{ scope: "conversation", spent: { minutes: 2 } }]);
    expect(h.downstream.of(EndFrame)).toHaveLength(1);
    expect(h.api.ends).toEqual(["c1"]);
    await h.clock.advance(MINUTE);
    expect(h.clock.pendingTimers).toBe(0);
  });

  it("ends the call without words when no goodbye is given", async () => {
    const h = await call({ budget: { conversation: { minutes: 2 } } });
    await h.clock.advance(2 * MINUTE);
    expect((await h.finish()).outcome).toBe("ended");
    expect(h.middle.of(TTSSpeakFrame)).toEqual([]);
  });

  it("cancels a call that does not end in time", async () => {
    const h = await call({ budget: { conversation: { minutes: 2 } }, goodbyeTimeoutMs: 5000 });
    await h.clock.advance(2 * MINUTE - 4000);
    await h.send(speech(60_000));
    await h.clock.advance(3000 + 4900);
    expect(h.api.ends).toEqual([]);
    await h.clock.advance(200);
    expect(h.api.ends).toEqual(["c1"]);
    const { outcome, reason } = await h.finish();
    expect(outcome).toBe("cancelled");
    expect(reason).toBe("the budget of the conversation is spent, and the call did not end in time");
  });

  it("ends the call of a pipeline that has only an output", async () => {
    const h = await call({ budget: { conversation: { minutes: 2 } }, goodbye: "Bye." }, { ends: "output" });
    await h.clock.advance(2 * MINUTE);
    expect((await h.finish()).reason).toBe("the budget of the conversation is spent");
  });

  it("ends a conversation whose pipeline never ran", async () => {
    const h = new TavusHarness({ options: { cost: { budget: { conversation: { minutes: 1 } } } } });
    await h.transport.createConversation();
    await h.clock.advance(MINUTE);
    expect(h.api.ends).toEqual(["c1"]);
  });

  it("limits what the server allows", async () => {
    const h = await call({ budget: { conversation: { minutes: 2 } } });
    expect(h.api.created[0]?.properties?.maxCallDuration).toBe(180);
    const options = { conversation: { extra: { properties: { max_call_duration: 3600 } } } };
    const other = await call({ budget: { conversation: { minutes: 2 } } }, { options });
    expect(other.api.created[0]?.extra).toEqual({ properties: { max_call_duration: 180 } });
  });

  it("refuses the next conversation of the process before anything is created", async () => {
    const clock = new VirtualClock();
    const meter = new CostMeter({ clock, env: {}, logger: silentLogger, budget: { process: { minutes: 1 } } });
    meter.opening({ conversationName: "other", maxCallDurationS: 600 });
    await clock.advance(MINUTE);
    const h = new TavusHarness({ options: { cost: { meter } } });
    const failed = h.transport.createConversation();
    await expect(failed).rejects.toThrow(BudgetError);
    await expect(failed).rejects.toMatchObject({ code: "budgetSpent", scope: "process" });
    expect(h.api.creationsAsked).toBe(0);
    await h.transport.close();
  });
});

it.each([
  [{ budget: { process: { money: 1 } } }, "pricePerMinute"],
  [{ meter: new CostMeter({ env: {} }), pricePerMinute: 1 }, "cost.pricePerMinute: belongs to the meter"],
  [{ goodbye: "" }, "cost.goodbye"],
])("the cost options %j are refused", (cost, message) => {
  const make = (): unknown => new TavusHarness({ options: { cost } });
  expect(make).toThrow(InvalidOptionError);
  expect(make).toThrow(message);
});
