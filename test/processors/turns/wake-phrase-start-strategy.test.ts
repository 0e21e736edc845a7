import { describe, expect, it } from "vitest";

import {
  BotSpeakingFrame,
  TranscriptionFrame,
  VADUserStartedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../../../src/frames/index.ts";
import {
  SpeechTimeoutStopStrategy,
  UserTurnController,
  VADStartStrategy,
  WakePhraseStartStrategy,
  type WakePhraseOptions,
} from "../../../src/processors/index.ts";
import { VirtualClock } from "../../../src/testing/index.ts";
import { InvalidOptionError } from "../../../src/util/errors.ts";
import { silentLogger } from "../../../src/util/logger.ts";

function sleeper(options: Partial<WakePhraseOptions> = {}) {
  const clock = new VirtualClock();
  const reported: string[] = [];
  const wake = new WakePhraseStartStrategy({
    phrases: ["Hey Ada", "okay computer"],
    onWake: (phrase) => reported.push(`awake: ${phrase}`),
    onSleep: () => reported.push("asleep"),
    ...options,
  });
  const turns = new UserTurnController({
    strategies: { start: [wake, new VADStartStrategy()], stop: [new SpeechTimeoutStopStrategy()] },
    listener: {
      turnStarted: ({ interrupt }) => reported.push(interrupt ? "turn, interrupts" : "turn"),
      inferenceTriggered: () => undefined,
      turnStopped: () => reported.push("over"),
      stopTimedOut: () => undefined,
      textDiscarded: () => reported.push("discarded"),
    },
  });
  turns.setup(clock, silentLogger);
  const says = (text: string): void => {
    turns.hear(new VADUserStartedSpeakingFrame());
    turns.hear(new VADUserStoppedSpeakingFrame());
    turns.hear(new TranscriptionFrame({ text, userId: "grace", finalized: true }));
  };
  /** What was reported since the last call; repeated discards count once. */
  const news = (): string[] =>
    reported.splice(0).filter((line, at, all) => line !== "discarded" || all[at - 1] !== line);
  return { clock, turns, says, news, wake };
}

describe("a bot with a wake phrase", () => {
  it("sleeps until it is said: nothing starts a turn, and what was said is discarded", async () => {
    const { says, news, clock, wake } = sleeper();
    says("What time is it?");
    await clock.advance(1000);
    expect(news()).toEqual(["discarded"]);
    expect(wake.awake).toBe(false);
  });

  it.each(["Hey Ada.", "Well, hey, ADA! What time is it?", "okay computer", "Hey… Ada"])("wakes at %j", (text) => {
    const { says, news } = sleeper();
    says(text);
    expect(news().slice(-2)).toEqual([expect.stringContaining("awake: "), "turn, interrupts"]);
  });

  it.each(["They, Ada and Bob", "hey Adam", "Canada, hey", "okay, the computer"])("stays asleep at %j", (text) => {
    const { says, news } = sleeper();
    says(text);
    expect(news()).toEqual(["discarded"]);
  });

  it("wakes at a phrase that spans two transcripts", () => {
    const { says, news } = sleeper();
    says("Hey");
    says("Ada");
    expect(news()).toContain("awake: Hey Ada");
  });

  it("stays awake while somebody speaks, and 10 s longer", async () => {
    const { says, news, clock, turns } = sleeper();
    says("Hey Ada!");
    await clock.advance(9000);
    says("What time is it?");
    await clock.advance(9000);
    turns.hear(new BotSpeakingFrame());
    await clock.advance(9999);
    expect(news()).not.toContain("asleep");
    await clock.advance(1);
    expect(news()).toEqual(["asleep"]);
    says("And now?");
    await clock.advance(1000);
    expect(news()).toEqual(["discarded"]);
  });

  it("requires the phrase again after each activation with singleActivation", async () => {
    const { says, news, clock } = sleeper({ singleActivation: true, timeoutMs: 3000 });
    says("Hey Ada!");
    await clock.advance(2000);
    says("What time is it?");
    await clock.advance(1000);
    expect(news()).toContain("asleep");
  });

  it("does not end a turn when it falls asleep in the middle of it", async () => {
    const { says, news, clock, turns } = sleeper({ singleActivation: true, timeoutMs: 500 });
    says("Hey Ada!");
    turns.hear(new VADUserStartedSpeakingFrame());
    await clock.advance(2000);
    turns.hear(new VADUserStoppedSpeakingFrame());
    turns.hear(new TranscriptionFrame({ text: "What time is it?", userId: "grace", finalized: true }));
    await clock.advance(1000);
    expect(news().filter((line) => line !== "discarded")).toEqual([
      "awake: Hey Ada",
      "turn, interrupts",
      "asleep",
      "over",
    ]);
  });

  it("leaves no timer when it is closed", () => {
    const { says, turns, clock } = sleeper();
    says("Hey Ada!");
    turns.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([{ phrases: [] }, { phrases: ["?!"] }, { phrases: ["hey"], timeoutMs: 0 }])("rejects %j", (options) => {
    expect(() => new WakePhraseStartStrategy(options)).toThrow(InvalidOptionError);
  });
});
