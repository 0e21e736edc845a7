import { describe, expect, it } from "vitest";

import { RecentAudio } from "../../../src/transport/playout/recent-audio.ts";

/** One sample per millisecond. */
const RATE = 1000;

function create(keepMs = 10_000): RecentAudio {
  return new RecentAudio({ sampleRate: RATE, channels: 1, keepMs });
}

function addSpeech(audio: RecentAudio, chunks: number, level = 1000): void {
  for (let i = 0; i < chunks; i++) audio.add(new Int16Array(40).fill(level));
}

describe("what has to be said again", () => {
  it("begins with the word that was cut", () => {
    const audio = create();
    addSpeech(audio, 20);
    for (const start of [350, 10, 130]) audio.markWord(start);
    expect([89, 130, 309, 351, 799].map((heard) => audio.repeatFrom(heard))).toEqual([10, 130, 130, 350, 350]);
  });

  it("begins with the chunk that was cut where no words are known", () => {
    const audio = create();
    addSpeech(audio, 20);
    expect([0, 39, 40, 95].map((heard) => audio.repeatFrom(heard))).toEqual([0, 0, 40, 80]);
  });

  it("is nothing where all was heard", () => {
    const audio = create();
    addSpeech(audio, 3);
    audio.markWord(10);
    expect([120, 500].map((heard) => audio.repeatFrom(heard))).toEqual([120, 120]);
  });

  it("repeats no word of an utterance that was heard to its end", () => {
    const audio = create();
    addSpeech(audio, 3);
    audio.markWord(10);
    audio.markUtteranceEnd();
    addSpeech(audio, 3);
    expect([120, 130].map((heard) => audio.repeatFrom(heard))).toEqual([120, 120]);
    audio.markWord(125);
    expect(audio.repeatFrom(130)).toBe(125);
  });

  it("repeats no word that ended before a pause", () => {
    const audio = create();
    addSpeech(audio, 3);
    audio.markWord(10);
    addSpeech(audio, 10, 0);
    expect(audio.repeatFrom(300)).toBe(10);
    expect(audio.repeatFrom(321)).toBe(321);
  });

  it("repeats no word of which hardly anything was left", () => {
    const audio = create();
    addSpeech(audio, 2);
    addSpeech(audio, 1, 0);
    addSpeech(audio, 2);
    audio.markWord(0);
    audio.markWord(120);
    expect([30, 41, 80, 119, 120, 150].map((heard) => audio.repeatFrom(heard))).toEqual([0, 41, 80, 119, 120, 120]);
    // What comes after the last word is not known yet.
    expect(audio.repeatFrom(190)).toBe(120);
    audio.markUtteranceEnd();
    expect(audio.repeatFrom(190)).toBe(190);
  });

  it("takes no word that started long ago for the one that was cut", () => {
    const audio = create();
    addSpeech(audio, 100);
    audio.markWord(10);
    expect(audio.repeatFrom(2500)).toBe(10);
    expect(audio.repeatFrom(3005)).toBe(3000);
  });
});

describe("recent audio", () => {
  it("keeps what was played only for a while, and what waits entirely", () => {
    const audio = create(100);
    for (let minute = 0; minute < 10; minute++) {
      for (let i = 0; i < 1500; i++) {
        addSpeech(audio, 1);
        audio.markWord(audio.end - 20);
        if (i % 10 === 0) audio.markUtteranceEnd();
        audio.trim(audio.end - 500);
      }
      expect(audio.length).toBe(600);
    }
    const oldest = audio.end - 600;
    expect(audio.repeatFrom(0)).toBe(oldest);
    expect(audio.nextUtteranceEnd(0)).toBeGreaterThanOrEqual(oldest);
  });

  it("returns what is left of a chunk, of several channels, too", () => {
    const audio = new RecentAudio({ sampleRate: RATE, channels: 2, keepMs: 1000 });
    audio.add(Int16Array.of(1, 2, 3, 4, 5, 6));
    expect(audio.end).toBe(3);
    expect(audio.pieceAt(1)).toEqual({ pcm: Int16Array.of(3, 4, 5, 6), to: 3 });
    expect(audio.pieceAt(3)).toBeUndefined();
  });

  it("tells speech from silence", () => {
    const audio = create();
    addSpeech(audio, 1, 0);
    addSpeech(audio, 1);
    expect([audio.isLoud(0, 40), audio.isLoud(0, 80), audio.isLoud(40, 50), audio.isLoud(80, 90)]).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it("forgets everything at an interruption and continues at the position heard", () => {
    const audio = create();
    addSpeech(audio, 3);
    audio.markWord(10);
    audio.clear(30);
    expect([audio.end, audio.length, audio.pieceAt(20)]).toEqual([30, 0, undefined]);
    addSpeech(audio, 1);
    expect(audio.repeatFrom(45)).toBe(30);
  });
});
