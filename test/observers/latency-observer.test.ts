import { describe, expect, it } from "vitest";

import {
  AggregatedTextFrame,
  BotStartedSpeakingFrame,
  type Frame,
  LLMTextFrame,
  TranscriptionFrame,
  UserStoppedSpeakingFrame,
  VADUserStartedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../../src/frames/index.ts";
import { type LatencyBreakdown, LatencyObserver } from "../../src/observers/index.ts";
import { broadcast, pushed, speech } from "./pushes.ts";

const WAY = ["Vad#1", "Turns#1", "Llm#1", "Tts#1", "Output#1", "Last#1"];

function watched(keep?: number): { observer: LatencyObserver; reported: LatencyBreakdown[] } {
  const observer = new LatencyObserver(keep === undefined ? {} : { keep });
  const reported: LatencyBreakdown[] = [];
  observer.on("latency", (breakdown) => reported.push(breakdown));
  return { observer, reported };
}

function from(source: string): string[] {
  return WAY.slice(WAY.indexOf(source));
}

function botStarts(observer: LatencyObserver, timeMs: number): void {
  const way = { up: "Tts#1", from: "Output#1", down: "Last#1" };
  broadcast(observer, timeMs, () => new BotStartedSpeakingFrame(), way);
}

function userTurnEnds(observer: LatencyObserver, timeMs: number): void {
  const way = { up: "Vad#1", from: "Turns#1", down: "Llm#1" };
  broadcast(observer, timeMs, () => new UserStoppedSpeakingFrame(), way);
}

function vadStops(observer: LatencyObserver, timeMs: number, stopDelayMs = 200): void {
  pushed(observer, timeMs, new VADUserStoppedSpeakingFrame({ stopDelayMs }), WAY);
}

/** The first audio reaches the output 10 ms after the TTS has produced it, and is heard 150 ms after that. */
function botAnswers(observer: LatencyObserver, timeMs: number): void {
  const audio: Frame = speech();
  pushed(observer, timeMs, audio, ["Tts#1", "Filter#1"]);
  pushed(observer, timeMs + 10, audio, ["Filter#1", "Output#1"]);
  botStarts(observer, timeMs + 160);
}

describe("LatencyObserver", () => {
  it("reports how long the user waited for the answer, stage by stage", () => {
    const { observer, reported } = watched();
    vadStops(observer, 1200, 200);
    pushed(observer, 1350, new TranscriptionFrame({ text: "hello", userId: "u" }), from("Turns#1"));
    userTurnEnds(observer, 1400);
    pushed(observer, 1700, new LLMTextFrame("Hi"), from("Llm#1"));
    pushed(observer, 1720, new LLMTextFrame(" there"), from("Llm#1"));
    const sentence = { aggregatedBy: "sentence", contextId: "c", willBeSpoken: true } as const;
    pushed(observer, 1770, new AggregatedTextFrame("Hi there.", sentence), from("Tts#1"));
    botAnswers(observer, 1850);
    expect(reported).toEqual([
      {
        answer: 1,
        userStoppedAtMs: 1000,
        totalMs: 1010,
        stages: { vad: 200, transcript: 150, turn: 50, llm: 300, sentence: 70, tts: 80, output: 10, playout: 150 },
      },
    ]);
  });

  it("makes a transcript that arrives after the end of the turn its own stage", () => {
    const { observer, reported } = watched();
    vadStops(observer, 1200, 200);
    userTurnEnds(observer, 1200);
    pushed(observer, 1500, new TranscriptionFrame({ text: "hello", userId: "u" }), from("Turns#1"));
    botAnswers(observer, 1900);
    expect(reported[0]?.stages).toEqual({ vad: 200, turn: 0, transcript: 300, tts: 400, output: 10, playout: 150 });
  });

  it("leaves out stages that a pipeline does not have, and still accounts for the whole time", () => {
    const { observer, reported } = watched();
    userTurnEnds(observer, 5000);
    botAnswers(observer, 5300);
    expect(reported).toEqual([
      { answer: 1, userStoppedAtMs: 5000, totalMs: 460, stages: { turn: 0, tts: 300, output: 10, playout: 150 } },
    ]);
  });

  it("counts a broadcast once, whichever twin it sees first", () => {
    const { observer, reported } = watched();
    userTurnEnds(observer, 1000);
    botAnswers(observer, 1300);
    botStarts(observer, 1470);
    expect(reported).toHaveLength(1);
    expect(observer.summary().count).toBe(1);
  });

  it("does not take a pause within the turn for its end", () => {
    const { observer, reported } = watched();
    vadStops(observer, 1200);
    pushed(observer, 1500, new VADUserStartedSpeakingFrame(), WAY);
    vadStops(observer, 2200);
    userTurnEnds(observer, 2300);
    botAnswers(observer, 2500);
    expect(reported[0]?.userStoppedAtMs).toBe(2000);
    expect(observer.summary().unanswered).toBe(0);
  });

  it("counts turns without an answer before the user spoke again", () => {
    const { observer, reported } = watched();
    vadStops(observer, 1200);
    userTurnEnds(observer, 1300);
    pushed(observer, 1500, new VADUserStartedSpeakingFrame(), WAY);
    botStarts(observer, 1600);
    expect(reported).toEqual([]);
    expect(observer.summary().unanswered).toBe(1);
  });

  it("does not count an opening line or the rest of an older answer", () => {
    const { observer, reported } = watched();
    botAnswers(observer, 100);
    const older = speech();
    userTurnEnds(observer, 1000);
    pushed(observer, 1010, older, from("Tts#1"));
    botStarts(observer, 1020);
    expect(reported).toEqual([]);
    botAnswers(observer, 1500);
    expect(reported).toHaveLength(1);
  });

  it("summarizes with median and 95th percentile, in total and per stage", () => {
    const { observer } = watched();
    for (let turn = 1; turn <= 100; turn++) {
      userTurnEnds(observer, turn * 10_000);
      botAnswers(observer, turn * 10_000 + turn);
    }
    const { count, p50Ms, p95Ms, stages } = observer.summary();
    expect({ count, p50Ms, p95Ms }).toEqual({ count: 100, p50Ms: 210, p95Ms: 255 });
    expect(stages.tts).toEqual({ count: 100, p50Ms: 50, p95Ms: 95 });
    expect(stages.llm).toBeUndefined();
  });

  it("keeps only the latest answers", () => {
    const { observer, reported } = watched(10);
    for (let turn = 1; turn <= 30; turn++) {
      userTurnEnds(observer, turn * 10_000);
      botAnswers(observer, turn * 10_000 + turn);
    }
    expect(observer.summary()).toMatchObject({ count: 10, p50Ms: 185 });
    expect(reported.at(-1)?.answer).toBe(30);
  });

  it("reports zero, not NaN, before the first answer", () => {
    expect(new LatencyObserver().summary()).toEqual({ count: 0, p50Ms: 0, p95Ms: 0, unanswered: 0, stages: {} });
  });
});
