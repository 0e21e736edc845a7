import assert from "node:assert/strict";

import {
  ErrorFrame,
  type Frame,
  FunctionCallsStartedFrame,
  InterruptionFrame,
  LLMContext,
  LLMContextFrame,
  LLMFullResponseEndFrame,
  LLMFullResponseStartFrame,
  LLMRunFrame,
  LLMTextFrame,
  MetricsFrame,
} from "../frames/index.ts";
import { ServiceError } from "../pipeline/index.ts";
import { createContextAggregators } from "../processors/index.ts";
import type { LLMService, LLMServiceOptions } from "../services/index.ts";
import { systemClock } from "../util/clock.ts";
import { DeadlineError } from "../util/errors.ts";
import { RunningService } from "./running-service.ts";
import type { VendorFaults } from "./vendors/vendor-faults.ts";
import type { VendorRequest } from "./vendors/vendor-server.ts";

/** A part of what the vendor answers: text in pieces, calls, or a pause in milliseconds. */
export type LLMVendorPart =
  | string
  | {
      /** Function calls of one answer. Arguments as text are sent as they are, even if they are no JSON. */
      readonly toolCalls: readonly { readonly name: string; readonly arguments: object | string }[];
    }
  | {
      /** A pause, in milliseconds. */
      readonly waitMs: number;
    };

/** What the vendor answers: parts in order, or a refusal of the request. */
export type LLMVendorAnswer =
  | readonly LLMVendorPart[]
  | {
      /** The kind of refusal. "rateLimit" without a time after which to try again. */
      readonly refusal: "authentication" | "invalidRequest" | "rateLimit" | "server";
    };

/** A local server that stands in for the vendor, such as {@link FakeOpenAI}. */
export interface LLMVendor {
  /** The key that requests need. */
  readonly apiKey: string;
  /** Sets the answers of the requests to come; the last one is repeated. */
  answer(...answers: readonly LLMVendorAnswer[]): void;
  /** Faults of the requests to come. */
  readonly faults: VendorFaults;
  /** The requests so far, oldest first. */
  readonly requests: readonly VendorRequest[];
  /** Number of requests that are not over. */
  readonly openCount: number;
  /** Stops the server. */
  close(): Promise<void>;
}

/** What the suite needs: a vendor, and services that talk to it. */
export interface LLMServiceStage {
  /** The vendor. */
  readonly vendor: LLMVendor;
  /** Creates a service that sends no request twice: the suite counts them. */
  readonly createService: (options?: LLMServiceOptions) => LLMService;
}

/** One behaviour that every LLM service must have. */
export interface LLMServiceContractCase {
  /** The behaviour, as the title of a test. */
  readonly name: string;
  /** Opens a stage, checks the behaviour and closes the stage. Rejects with an AssertionError when it does not hold. */
  run(): Promise<void>;
}

type Check = (stage: LLMServiceStage) => Promise<void>;

/** Ten times the 50 ms that a request may outlive an interruption on an idle machine. */
const CLOSE_WITHIN_MS = 500;
const HANG = { waitMs: 600_000 };
const PIECES = ["One", " two", " three", " four"] as const;
const LOOK = {
  name: "look",
  description: "Looks at a fruit.",
  parameters: { type: "object", properties: { at: { type: "string" } } },
};

const ask = (text = "Hello there."): LLMContextFrame =>
  new LLMContextFrame(new LLMContext([{ role: "user", content: text }]));
const textOf = ({ down }: RunningService): string =>
  down
    .of(LLMTextFrame)
    .map(({ text }) => text)
    .join("");
const endsOf = ({ down }: RunningService): number => down.of(LLMFullResponseEndFrame).length;
const errorsOf = ({ up }: RunningService): readonly Error[] => up.of(ErrorFrame).map(({ error }) => error);

/** Asks, and waits until the answer has ended. */
async function turn(running: RunningService, frame: Frame = ask()): Promise<void> {
  const before = endsOf(running);
  running.send([frame]);
  await running.until("the answer ends", () => endsOf(running) > before);
}

/** Waits until the vendor has no open request, and returns how long after `sinceMs` the last one was over. */
async function closedAfterMs(running: RunningService, vendor: LLMVendor, sinceMs: number): Promise<number> {
  await running.until("the vendor sees the request closed", () => vendor.openCount === 0);
  return Math.max(0, ...vendor.requests.map(({ overAtMs = 0 }) => overAtMs)) - sinceMs;
}

/** The service answers a question as if nothing had happened. */
async function assertStillAnswers(running: RunningService, vendor: LLMVendor): Promise<void> {
  vendor.answer(["Fine."]);
  const before = textOf(running);
  await turn(running);
  assert.equal(textOf(running).slice(before.length), "Fine.");
}

const checks: Readonly<Record<string, Check>> = {
  "passes on an answer piece by piece, between its start and its end": async ({ vendor, createService }) => {
    vendor.answer([...PIECES.slice(0, 2), { waitMs: 20 }, ...PIECES.slice(2)]);
    await using running = new RunningService([createService()]);
    await turn(running, ask("Count to four."));
    assert.equal(textOf(running), PIECES.join(""));
    const kinds = running.down.kinds().filter((kind) => kind.startsWith("LLM") && kind !== "LLMServiceMetadataFrame");
    assert.deepEqual([kinds[0], kinds.at(-1)], ["LLMFullResponseStartFrame", "LLMFullResponseEndFrame"]);
    assert.ok(running.down.of(LLMTextFrame).length > 1, "The answer arrived in one piece.");
    assert.match(vendor.requests[0]?.body.toString() ?? "", /Count to four\./);
    assert.deepEqual(errorsOf(running), []);
  },

  "answers one question after the other": async ({ vendor, createService }) => {
    vendor.answer(["First."], ["Second."]);
    await using running = new RunningService([createService()]);
    running.send([ask("One?"), ask("Two?")]);
    await running.until("both are answered", () => endsOf(running) === 2);
    assert.equal(textOf(running), "First.Second.");
  },

  "calls functions, sends their results, and passes on the answer to them": async ({ vendor, createService }) => {
    const calls = ["pear", "plum"].map((at) => ({ name: "look", arguments: { at } }));
    vendor.answer(["Let me see. ", { toolCalls: calls }], ["Both are ripe."]);
    const service = createService();
    const seen: unknown[] = [];
    service.registerFunction("look", ({ at }) => {
      seen.push(at);
      return `${String(at)} is ripe`;
    });
    const context = new LLMContext([{ role: "user", content: "Are they ripe?" }], { tools: [LOOK] });
    const { user, assistant } = createContextAggregators(context);
    await using running = new RunningService([user, service, assistant]);
    running.send([new LLMRunFrame()]);
    const last = (): unknown => context.messages.at(-1)?.content;
    await running.until("the answer is in the context", () => last() === "Both are ripe.");
    assert.deepEqual(seen.sort(), ["pear", "plum"]);
    assert.deepEqual(errorsOf(running), []);
    const second = vendor.requests[1]?.body.toString() ?? "";
    assert.match(second, /pear is ripe/);
    assert.match(second, /plum is ripe/);
    const roles = context.messages.map(({ role }) => role).join(" ");
    assert.equal(roles, "user assistant assistant tool assistant tool assistant");
  },

  "gives the model an error for arguments that are no JSON, and reports it": async ({ vendor, createService }) => {
    const toolCalls = [
      { name: "look", arguments: '{"at": "pe' },
      { name: "look", arguments: { at: "plum" } },
    ];
    vendor.answer([{ toolCalls }], ["Only the plum."]);
    const service = createService();
    const seen: unknown[] = [];
    service.registerFunction("look", ({ at }) => {
      seen.push(at);
      return "ripe";
    });
    const context = new LLMContext([{ role: "user", content: "Ripe?" }], { tools: [LOOK] });
    const { user, assistant } = createContextAggregators(context);
    await using running = new RunningService([user, service, assistant]);
    running.send([new LLMRunFrame()]);
    await running.until("it is answered", () => context.messages.at(-1)?.content === "Only the plum.");
    assert.deepEqual(seen, ["plum"]);
    assert.match(errorsOf(running)[0]?.message ?? "", /"look" failed.*not a JSON object/);
    const results = context.messages.filter(({ role }) => role === "tool").map(({ content }) => content);
    assert.match(JSON.stringify(results[0]), /not a JSON object/);
  },

  "closes its request when it is interrupted, after whatever piece": async ({ vendor, createService }) => {
    await using running = new RunningService([createService()]);
    await running.until("the service is ready", () => running.down.kinds().length > 0);
    for (let pieces = 0; pieces <= PIECES.length; pieces++) {
      vendor.answer([...PIECES.slice(0, pieces), HANG]);
      const before = textOf(running);
      running.send([ask()]);
      const expected = PIECES.slice(0, pieces).join("");
      await running.until(`${pieces} pieces are here`, () => {
        return vendor.openCount === 1 && textOf(running).slice(before.length) === expected;
      });
      const ends = endsOf(running);
      running.send([new InterruptionFrame()]);
      const tookMs = await closedAfterMs(running, vendor, systemClock.nowMs());
      assert.ok(tookMs < CLOSE_WITHIN_MS, `After ${pieces} pieces, the request was open for ${tookMs} ms.`);
      assert.equal(vendor.requests.at(-1)?.abortedByClient, true);
      assert.equal(endsOf(running), ends, "An interrupted answer had an end.");
    }
    assert.deepEqual(errorsOf(running), []);
    await assertStillAnswers(running, vendor);
  },

  "sends nothing, or closes it, when it is interrupted at once": async ({ vendor, createService }) => {
    vendor.answer([HANG]);
    await using running = new RunningService([createService()]);
    await running.until("the service is ready", () => running.down.kinds().length > 0);
    for (let at = 0; at < 5; at++) {
      running.send([ask()]);
      const started = running.down.of(LLMFullResponseStartFrame).length;
      await running.until("it starts", () => running.down.of(LLMFullResponseStartFrame).length >= started);
      running.send([new InterruptionFrame()]);
    }
    await running.until("all have been interrupted", () => running.down.of(InterruptionFrame).length === 5);
    await closedAfterMs(running, vendor, 0);
    assert.deepEqual(errorsOf(running), []);
    await assertStillAnswers(running, vendor);
  },

  "calls no function of an answer that was interrupted or cut": async ({ vendor, createService }) => {
    const service = createService();
    let called = 0;
    service.registerFunction("look", () => ++called);
    await using running = new RunningService([service]);
    vendor.answer(["Well, ", { toolCalls: [{ name: "look", arguments: {} }] }, HANG]);
    running.send([ask()]);
    await running.until("the text is here", () => textOf(running) === "Well, ");
    running.send([new InterruptionFrame()]);
    await closedAfterMs(running, vendor, 0);
    vendor.answer(["Well, ", { toolCalls: [{ name: "look", arguments: {} }] }]);
    vendor.faults.next({ type: "disconnect", afterMessages: 4 });
    await turn(running);
    await assertStillAnswers(running, vendor);
    assert.equal(called, 0);
    assert.deepEqual(running.down.of(FunctionCallsStartedFrame), []);
  },

  "reports a connection that breaks after whatever piece, and answers the next question": async (stage) => {
    const { vendor, createService } = stage;
    await using running = new RunningService([createService()]);
    for (let pieces = 0; pieces <= PIECES.length; pieces++) {
      vendor.answer(PIECES);
      vendor.faults.next({ type: "disconnect", afterMessages: pieces });
      const [before, failed] = [textOf(running), errorsOf(running).length];
      await turn(running);
      const said = textOf(running).slice(before.length);
      assert.ok(PIECES.join("").startsWith(said), `It said "${said}".`);
      assert.equal(errorsOf(running).length, failed + 1, `A break after ${pieces} messages was not reported.`);
      const error = errorsOf(running).at(-1);
      assert.ok(error instanceof ServiceError && error.category === "connectivity", String(error));
      await assertStillAnswers(running, vendor);
    }
  },

  "reports a refusal by its category, and is unusable only after a wrong key": async ({ vendor, createService }) => {
    const service = createService();
    await using running = new RunningService([service]);
    for (const refusal of ["invalidRequest", "rateLimit", "server", "authentication"] as const) {
      vendor.answer({ refusal });
      await turn(running);
      const frame = running.up.of(ErrorFrame).at(-1);
      assert.ok(frame?.error instanceof ServiceError, String(frame?.error));
      assert.equal(frame.errorCategory, refusal);
      assert.equal(frame.permanent, refusal === "authentication");
      assert.equal(service.usable, refusal !== "authentication");
    }
    const requests = vendor.requests.length;
    running.send([ask()]);
    await running.until("the drop is reported", () => errorsOf(running).length === 5);
    assert.equal(vendor.requests.length, requests);
  },

  "has no key in its errors": async ({ vendor, createService }) => {
    const service = createService();
    await using running = new RunningService([service]);
    // The request whose connection breaks at once may take an answer, too.
    vendor.answer({ refusal: "server" }, { refusal: "server" }, { refusal: "authentication" });
    vendor.faults.next({ type: "disconnect", afterMessages: 0 });
    vendor.faults.next({ type: "refuse", status: 500, body: { error: { message: `Bearer ${vendor.apiKey}` } } });
    for (let turns = 0; service.usable && turns < 10; turns++) await turn(running);
    assert.ok(errorsOf(running).length >= 4);
    for (const reported of errorsOf(running)) {
      let error: unknown = reported;
      for (; error instanceof Error; error = error.cause)
        assert.ok(!JSON.stringify([error.message, error.stack, error]).includes(vendor.apiKey), error.message);
    }
  },

  "gives up when no piece arrives in time, and closes its request": async ({ vendor, createService }) => {
    vendor.answer(PIECES);
    await using running = new RunningService([createService({ chunkTimeoutMs: 150 })]);
    for (const afterMessages of [0, 2]) {
      vendor.faults.next({ type: "stall", afterMessages });
      await turn(running);
      assert.ok(errorsOf(running).at(-1) instanceof DeadlineError, String(errorsOf(running).at(-1)));
      await closedAfterMs(running, vendor, 0);
    }
  },

  "reports an answer without text and calls": async ({ vendor, createService }) => {
    vendor.answer([]);
    await using running = new RunningService([createService()]);
    await turn(running);
    assert.match(errorsOf(running)[0]?.message ?? "", /empty answer/);
    await assertStillAnswers(running, vendor);
  },

  "closes its request when the task is cancelled": async ({ vendor, createService }) => {
    vendor.answer(["One", HANG]);
    await using running = new RunningService([createService()]);
    running.send([ask()]);
    await running.until("the answer has begun", () => textOf(running) === "One");
    running.cancel();
    await closedAfterMs(running, vendor, 0);
    assert.deepEqual(errorsOf(running), []);
  },

  "finishes its answer before the task ends": async ({ vendor, createService }) => {
    vendor.answer(["One", { waitMs: 50 }, " two"]);
    await using running = new RunningService([createService()]);
    running.send([ask()]);
    assert.equal((await running.end()).outcome, "ended");
    assert.equal(textOf(running), "One two");
    assert.equal(vendor.openCount, 0);
  },

  "measures the time to its first piece, and its tokens once": async ({ vendor, createService }) => {
    vendor.answer([{ waitMs: 30 }, "One two."]);
    await using running = new RunningService([createService()], { enableMetrics: true });
    await turn(running);
    await running.until("it is measured", () => running.down.of(MetricsFrame).length >= 3);
    const data = running.down.of(MetricsFrame).flatMap((frame) => frame.data);
    const ttfb = data.filter(({ kind }) => kind === "ttfb");
    const usage = data.filter((one) => one.kind === "llmUsage");
    assert.deepEqual([ttfb.length, usage.length], [1, 1]);
    assert.ok((usage[0]?.usage.completionTokens ?? 0) > 0);
    assert.ok(
      data.every(({ model }) => model !== undefined),
      "A measurement has no model.",
    );
  },

  "generates text beside the conversation, and stops when it is not wanted any more": async (stage) => {
    const { vendor, createService } = stage;
    const service = createService();
    await using running = new RunningService([service]);
    await running.until("the service is ready", () => running.down.kinds().length > 0);
    vendor.answer(["A summary."], ["Half a", HANG]);
    assert.equal(await service.generateText([{ role: "user", content: "Sum up." }]), "A summary.");
    const controller = new AbortController();
    const unwanted = service.generateText([{ role: "user", content: "Sum up." }], controller);
    await running.until("it has begun", () => vendor.openCount === 1);
    controller.abort(new Error("not wanted"));
    await assert.rejects(unwanted, /not wanted/);
    await closedAfterMs(running, vendor, 0);
    assert.equal(textOf(running), "");
  },

  "leaves nothing behind after 1000 answers, some of them interrupted": async ({ vendor, createService }) => {
    const warnings: string[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning.message);
    process.on("warning", onWarning);
    const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
    const socketsBefore = sockets();
    await using running = new RunningService([createService()]);
    vendor.answer(["Hi."]);
    for (let batch = 1; batch <= 19; batch++) {
      // What was collected before would only slow the test down.
      running.down.seen.length = 0;
      running.send(Array.from({ length: 50 }, () => ask()));
      await running.until(`batch ${batch} is answered`, () => endsOf(running) === 50);
    }
    const whole = vendor.requests.filter(({ abortedByClient }) => !abortedByClient).length;
    assert.equal(whole, 950);
    vendor.answer(["Hi.", HANG]);
    for (let at = 1; at <= 50; at++) {
      running.down.seen.length = 0;
      running.send([ask()]);
      await running.until("it has begun", () => textOf(running) === "Hi.");
      running.send([new InterruptionFrame()]);
      await running.until("it is closed", () => vendor.openCount === 0);
    }
    process.off("warning", onWarning);
    assert.deepEqual(errorsOf(running), []);
    assert.deepEqual(warnings, []);
    assert.equal(vendor.requests.length, 1000);
    // Both ends of the connections that are kept for the next question.
    assert.ok(sockets() - socketsBefore <= 10, `${sockets() - socketsBefore} sockets are open.`);
  },
};

/**
 * The behaviours that every LLM service must have, checked against a local server that stands in for its vendor. Runs in
 * real time, and needs no test framework: register each case as a test of yours.
 *
 * @param open - Opens a stage with a new vendor; called once per case.
 * @example
 * ```ts
 * for (const { name, run } of llmServiceContract(open)) it(name, run);
 * ```
 */
export function llmServiceContract(open: () => Promise<LLMServiceStage>): readonly LLMServiceContractCase[] {
  return Object.entries(checks).map(([name, check]) => ({
    name,
    run: async () => {
      const stage = await open();
      try {
        await check(stage);
      } finally {
        await stage.vendor.close();
      }
    },
  }));
}
