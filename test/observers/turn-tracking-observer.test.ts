import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  CancelFrame,
  type Frame,
  StartFrame,
  UserStartedSpeakingFrame,
} from "../../src/frames/index.ts";
import { TurnTrackingObserver } from "../../src/observers/index.ts";
import { Pipeline, PipelineTask } from "../../src/pipeline/index.ts";
import { VirtualClock } from "../../src/testing/index.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { Station } from "../pipeline/harness.ts";
import { broadcast, pushed } from "./pushes.ts";

const WAY = { up: "Up#1", from: "Here#1", down: "Down#1" };
const RATES = { audioInSampleRate: 16_000, audioOutSampleRate: 24_000 };

/** Drives the observer in virtual time; `log` is what it emitted. */
function tracker(): {
  log: string[];
  clock: VirtualClock;
  observer: TurnTrackingObserver;
  start(): void;
  user(): void;
  botStarts(): void;
  botStops(): void;
  cancel(): void;
} {
  const clock = new VirtualClock();
  const observer = new TurnTrackingObserver({ clock });
  const log: string[] = [];
  observer.on("turnStarted", (turn) => log.push(`start ${turn}`));
  observer.on("turnEnded", (turn, ms, interrupted) =>
    log.push(`end ${turn} ${ms}${interrupted ? " interrupted" : ""}`),
  );
  const tell = (make: () => Frame) => (): void => broadcast(observer, clock.nowMs(), make, WAY);
  return {
    log,
    clock,
    observer,
    start: () => pushed(observer, clock.nowMs(), new StartFrame(RATES), ["A#1", "B#1", "C#1"]),
    user: tell(() => new UserStartedSpeakingFrame()),
    botStarts: tell(() => new BotStartedSpeakingFrame()),
    botStops: tell(() => new BotStoppedSpeakingFrame()),
    cancel: () => pushed(observer, clock.nowMs(), new CancelFrame(), ["A#1", "B#1", "C#1"]),
  };
}

describe("TurnTrackingObserver", () => {
  it("opens the first turn with the StartFrame and closes it 2.5 s after the bot has stopped", async () => {
    const { log, clock, start, botStarts, botStops } = tracker();
    start();
    await clock.advance(1000);
    botStarts();
    await clock.advance(500);
    botStops();
    await clock.advance(2499);
    expect(log).toEqual(["start 1"]);
    await clock.advance(1);
    expect(log).toEqual(["start 1", "end 1 1500"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("opens later turns when the user starts speaking", async () => {
    const { log, clock, start, user, botStarts, botStops } = tracker();
    start();
    botStarts();
    await clock.advance(500);
    botStops();
    await clock.advance(10_000);
    user();
    await clock.advance(700);
    botStarts();
    await clock.advance(300);
    botStops();
    await clock.advance(2500);
    expect(log).toEqual(["start 1", "end 1 500", "start 2", "end 2 1000"]);
  });

  it("counts a user who speaks twice before the bot has answered as one turn", async () => {
    const { log, clock, start, user, botStarts, botStops } = tracker();
    start();
    user();
    await clock.advance(3000);
    user();
    botStarts();
    await clock.advance(100);
    botStops();
    await clock.advance(2500);
    expect(log).toEqual(["start 1", "end 1 3100"]);
  });

  it("ends a turn as interrupted when the user barges in, and opens the next one", async () => {
    const { log, clock, start, user, botStarts, botStops } = tracker();
    start();
    botStarts();
    await clock.advance(800);
    user();
    botStops();
    await clock.advance(5000);
    expect(log).toEqual(["start 1", "end 1 800 interrupted", "start 2"]);
  });

  it("keeps the turn open over the parts of an answer", async () => {
    const { log, clock, start, botStarts, botStops } = tracker();
    start();
    for (let part = 0; part < 3; part++) {
      botStarts();
      await clock.advance(1000);
      botStops();
      await clock.advance(2000);
    }
    expect(log).toEqual(["start 1"]);
    await clock.advance(500);
    expect(log).toEqual(["start 1", "end 1 7000"]);
  });

  it("ends the turn when the user speaks soon after the bot, without an interruption", async () => {
    const { log, clock, start, user, botStarts, botStops } = tracker();
    start();
    botStarts();
    await clock.advance(1000);
    botStops();
    await clock.advance(700);
    user();
    expect(log).toEqual(["start 1", "end 1 1000", "start 2"]);
  });

  it("ends an open turn on cancel, and reports whether the bot was interrupted", async () => {
    const { log, clock, start, botStarts, cancel } = tracker();
    start();
    await clock.advance(100);
    botStarts();
    await clock.advance(100);
    cancel();
    expect(log).toEqual(["start 1", "end 1 200 interrupted"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("emits nothing at the end when no turn is open", async () => {
    const { log, clock, start, botStarts, botStops, cancel } = tracker();
    start();
    botStarts();
    botStops();
    await clock.advance(2500);
    cancel();
    expect(log).toEqual(["start 1", "end 1 0"]);
  });

  it("uses the times of the events, even when they arrive late and all at once", () => {
    const { log, observer } = tracker();
    const tell = (timeMs: number, make: () => Frame): void => broadcast(observer, timeMs, make, WAY);
    pushed(observer, 0, new StartFrame(RATES));
    tell(100, () => new BotStartedSpeakingFrame());
    tell(900, () => new BotStoppedSpeakingFrame());
    tell(4000, () => new BotStartedSpeakingFrame());
    tell(4500, () => new UserStartedSpeakingFrame());
    expect(log).toEqual(["start 1", "end 1 900", "start 2"]);
  });

  it("in a task, ends the last turn when the EndFrame has passed the whole pipeline, not when it is queued", async () => {
    const clock = new VirtualClock();
    const observer = new TurnTrackingObserver({ clock });
    const log: string[] = [];
    observer.on("turnStarted", (turn) => log.push(`start ${turn}`));
    observer.on("turnEnded", (turn, ms, interrupted) => log.push(`end ${turn} ${ms} ${interrupted}`));
    const farewell = new Station(async (frame, direction, ctx) => {
      if (frame.kind === "EndFrame") {
        ctx.broadcast(() => new BotStartedSpeakingFrame());
        await new Promise<void>((resolve) => clock.setTimeout(resolve, 1000));
        ctx.broadcast(() => new BotStoppedSpeakingFrame());
      }
      ctx.push(frame, direction);
    });
    const task = new PipelineTask(new Pipeline([new Station(), farewell, new Station()]), {
      clock,
      logger: silentLogger,
      observers: [observer],
    });
    const run = task.run();
    await clock.advance(200);
    task.end();
    await clock.advanceUntil(run);
    await clock.advance(0);
    expect(log).toEqual(["start 1", "end 1 1200 false"]);
  });

  it("alternates starts and ends, numbered without gaps, for any sequence of events", async () => {
    const step = fc.constantFrom("user", "botStarts", "botStops", "wait");
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(step, fc.integer({ min: 0, max: 3000 })), { maxLength: 20 }),
        async (steps) => {
          const { log, clock, start, cancel, ...does } = tracker();
          start();
          for (const [what, waitMs] of steps) {
            if (what !== "wait") does[what]();
            await clock.advance(waitMs);
          }
          cancel();
          const reported = log.map((line) => line.split(" ").slice(0, 2).join(" "));
          const turns = log.filter((line) => line.startsWith("start")).length;
          expect(reported).toEqual(Array.from({ length: turns }, (_, i) => [`start ${i + 1}`, `end ${i + 1}`]).flat());
          expect(clock.pendingTimers).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });
});
