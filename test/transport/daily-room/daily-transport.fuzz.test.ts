import fc from "fast-check";
import { expect, it } from "vitest";

import { ErrorFrame, OutputTransportMessageUrgentFrame } from "../../../src/frames/index.ts";
import { DailyCallError } from "../../../src/transport/daily/daily-errors.ts";
import { DailyHarness } from "./daily-harness.ts";

const delayMs = fc.constantFrom(0, 1, 500, 5000, 40_000);
const faults = fc.record({
  startDelayMs: delayMs,
  startFails: fc.constantFrom(false, false, false, true),
  joinDelayMs: delayMs,
  fails: fc.constantFrom("nothing", "nothing", "join", "leave", "publishAudio"),
  hangs: fc.constantFrom("nothing", "nothing", "leave", "close"),
  beforeLeaveMs: fc.constantFrom(0, 100, 1e9),
});
const actions = [
  ...["run", "run", "run", "close", "cancel", "end", "kicked", "die"],
  ...["comes", "comes", "comes", "comesAgain", "changes", "goes", "goes", "says", "frame", "frame", "receives"],
] as const;
const step = fc.record({
  do: fc.constantFrom(...actions),
  who: fc.nat(3),
  waitMs: fc.constantFrom(0, 0, 1, 400, 3000, 12_000),
});
type Faults = typeof faults extends fc.Arbitrary<infer F> ? F : never;
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
type Ends = "both" | "input" | "output";

interface Outcome {
  readonly h: DailyHarness;
  /** The application's messages: what became of each. */
  readonly said: Map<string, "waits" | "sent" | "rejected">;
  /** Messages in frames that were queued. */
  readonly framed: string[];
}

async function live(ends: Ends, given: Faults, steps: readonly Step[]): Promise<Outcome> {
  const h = new DailyHarness({
    ends,
    call: { joinDelayMs: given.joinDelayMs },
    runtime: { startDelayMs: given.startDelayMs, ...(given.startFails && { error: new Error("no browser") }) },
  });
  if (given.fails !== "nothing") h.call.failNext(given.fails, new DailyCallError("connectionFailed", "It failed."));
  if (given.hangs !== "nothing") h.call[given.hangs] = () => new Promise(() => undefined);
  h.transport.on(
    "beforeLeave",
    () => new Promise((resolve) => void h.clock.setTimeout(() => resolve(undefined), given.beforeLeaveMs)),
  );
  const said: Outcome["said"] = new Map();
  const framed: string[] = [];
  let hasRun = false as boolean;
  let messages = 0;
  const act: Readonly<Record<Step["do"], (id: string) => void>> = {
    run: () => {
      hasRun = true;
      h.task.run().catch(() => undefined);
    },
    close: () => void h.transport.close(),
    cancel: () => {
      if (hasRun) h.task.cancel();
    },
    end: () => {
      if (hasRun) h.task.end();
    },
    kicked: () => {
      if (h.call.state === "joined") h.call.endFromOutside("ejected");
    },
    die: () => {
      if (h.call.state === "joined") h.call.die();
    },
    comes: (id) => {
      if (!h.call.participants().has(id)) h.call.addParticipant({ userName: "User", sessionId: id });
    },
    // Daily may announce somebody twice.
    comesAgain: (id) => {
      if (h.call.participants().has(id)) h.call.addParticipant({ userName: "User", sessionId: id });
    },
    changes: (id) => {
      if (h.call.participants().has(id)) h.call.updateParticipant(id, { userName: "Other" });
    },
    goes: (id) => {
      if (h.call.participants().has(id)) h.call.removeParticipant(id);
    },
    says: () => {
      const message = `said ${++messages}`;
      said.set(message, "waits");
      h.transport.sendAppMessage(message).then(
        () => said.set(message, "sent"),
        () => said.set(message, "rejected"),
      );
    },
    frame: () => {
      const message = `frame ${++messages}`;
      framed.push(message);
      h.task.queueFrame(new OutputTransportMessageUrgentFrame(message));
    },
    receives: () => h.call.receive("hello", "u1"),
  };
  for (const { do: what, who, waitMs } of steps) {
    act[what](`u${who}`);
    await h.clock.advance(waitMs);
  }
  if (hasRun) h.task.cancel();
  const closed = h.transport.close();
  await h.clock.advance(600_000);
  await closed;
  return { h, said, framed };
}

const of = (events: readonly string[], ...names: readonly string[]): string[] =>
  events.filter((event) => names.includes(event.split(" ")[0] ?? ""));

/** Joins and leaves of one person alternate, and each has its companion right behind it. */
function checkPerson(events: readonly string[], id: string): void {
  const own = events.filter((event) => /^(participant|client)/.test(event) && event.endsWith(` ${id}`));
  const rounds = own.filter((event) => !event.startsWith("participantUpdated"));
  const round = [
    `participantJoined ${id}`,
    `clientConnected ${id}`,
    `participantLeft ${id}`,
    `clientDisconnected ${id}`,
  ];
  expect(rounds).toEqual(rounds.map((_, index) => round[index % round.length]));
  // Nothing changes before the join or after the leave.
  let present = false;
  for (const event of own) {
    if (event.startsWith("participantUpdated")) expect(present).toBe(true);
    else present = /^(participantJoined|clientConnected)/.test(event);
  }
}

it("reports every join and leave once and in order, loses and doubles no message, and closes its call once", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<Ends>("both", "both", "input", "output"),
      faults,
      fc.array(step, { minLength: 1, maxLength: 16, size: "max" }),
      async (ends, given, steps) => {
        const { h, said, framed } = await live(ends, given, steps);
        const { events } = h;
        for (const id of ["u0", "u1", "u2", "u3"]) checkPerson(events, id);
        const firsts = of(events, "firstParticipantJoined");
        expect(firsts.length).toBe(of(events, "participantJoined").length > 0 ? 1 : 0);
        if (firsts.length > 0) expect(of(events, "firstParticipantJoined", "participantJoined")[0]).toBe(firsts[0]);

        const stays = of(events, "joined", "connected", "beforeLeave", "left");
        expect([[], ["joined", "connected", "left"], ["joined", "connected", "beforeLeave", "left"]]).toContainEqual(
          stays,
        );
        const room = events.filter((event) => /^(first|participant|client|message)/.test(event));
        if (room.length > 0) {
          expect(events.indexOf(room[0] ?? "")).toBeGreaterThan(events.indexOf("connected"));
          expect(events.lastIndexOf(room.at(-1) ?? "")).toBeLessThan(events.indexOf("left"));
        }

        // Each message of the application has an outcome, and only those that were sent have left, once, in their order.
        expect([...said.values()]).not.toContain("waits");
        const sent = h.call.sent.map(({ data }) => String(data));
        const ofApplication = [...said].filter(([, outcome]) => outcome === "sent").map(([message]) => message);
        expect(sent.filter((message) => message.startsWith("said"))).toEqual(ofApplication);
        const ofFrames = sent.filter((message) => message.startsWith("frame"));
        expect(ofFrames).toEqual(framed.filter((message) => ofFrames.includes(message)));

        expect(h.callsMade).toBeLessThanOrEqual(1);
        if (h.callsMade === 1 && !given.startFails && given.hangs !== "close") expect(h.call.closes).toBe(1);
        expect(h.clock.pendingTimers).toBe(given.beforeLeaveMs === 1e9 && events.includes("beforeLeave") ? 1 : 0);
        const fatal = h.upstream.of(ErrorFrame).filter(({ fatal: isFatal }) => isFatal);
        expect(fatal.length).toBeLessThanOrEqual(1);
      },
    ),
    { numRuns: 300 },
  );
});
