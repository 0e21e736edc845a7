import { describe, expect, it } from "vitest";

import {
  type Frame,
  InterruptionFrame,
  LLMFullResponseEndFrame,
  LLMFullResponseStartFrame,
  LLMTextFrame,
  TTSSpeakFrame,
} from "../../../src/frames/index.ts";
import { UnheardSpeech } from "../../../src/services/speech/unheard-speech.ts";

function answer(text: string): Frame[] {
  return [new LLMFullResponseStartFrame(), new LLMTextFrame(text), new LLMFullResponseEndFrame()];
}

function queued(...frames: Frame[]): UnheardSpeech {
  const unheard = new UnheardSpeech();
  for (const frame of frames) unheard.noteQueued(frame);
  return unheard;
}

describe("what an interruption cut", () => {
  it("stays resumable when the application speaks a phrase meanwhile", () => {
    const unheard = queued(...answer("one two three."), new InterruptionFrame(), new TTSSpeakFrame("A moment."));
    expect(unheard.takeCut()).toBe("one two three.");
  });

  it("is dropped by a new answer", () => {
    const unheard = queued(...answer("one two three."), new InterruptionFrame(), ...answer("four."));
    expect(unheard.takeCut()).toBe("");
  });

  it("leaves out lost text without a gap", () => {
    const unheard = queued(...answer("one two three."));
    unheard.noteLost("two");
    unheard.noteQueued(new InterruptionFrame());
    expect(unheard.takeCut()).toBe("one three.");
  });
});
