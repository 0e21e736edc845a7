import { describe, expect, it } from "vitest";

import {
  AggregatedTextFrame,
  AggregatedTextProgressFrame,
  type Frame,
  InterruptionFrame,
  TTSTextFrame,
} from "../../src/frames/index.ts";
import { TextProgressProcessor } from "../../src/processors/index.ts";
import { runProcessor, type RunStep } from "../../src/testing/index.ts";

const sentence = (text: string, contextId = "1"): Frame =>
  new AggregatedTextFrame(text, { contextId, willBeSpoken: true, appendToContext: false });
const word = (text: string, contextId = "1"): Frame =>
  new TTSTextFrame(text, { contextId, aggregatedBy: "word", includesInterFrameSpaces: true });
const whole = (text: string, contextId = "1"): Frame => new TTSTextFrame(text, { contextId });

/** For each word, the text heard and the text remaining. */
async function progress(...steps: RunStep[]): Promise<string[]> {
  const { downstream } = await runProcessor(new TextProgressProcessor(), steps);
  return downstream.flatMap((frame) =>
    frame instanceof AggregatedTextProgressFrame ? [`${frame.accumulatedText}|${frame.remainingText}`] : [],
  );
}

describe("TextProgressProcessor", () => {
  it("pushes progress after each word, with the text heard and remaining", async () => {
    const text = sentence("One two, three.");
    const { downstream } = await runProcessor(new TextProgressProcessor(), [text, word("One"), word(" two,")]);
    expect(downstream.map(({ kind }) => kind)).toEqual([
      ...["AggregatedTextFrame", "TTSTextFrame", "AggregatedTextProgressFrame", "TTSTextFrame"],
      "AggregatedTextProgressFrame",
    ]);
    expect(downstream[4]).toMatchObject({
      ...{ segmentId: text.id, contextId: "1", text: "One two, three.", aggregatedBy: "sentence" },
      ...{ accumulatedText: "One two,", remainingText: " three." },
    });
  });

  it("continues from sentence to sentence, even with equal ones", async () => {
    const steps = [sentence("Ha ha."), sentence("Ha ha."), sentence("No."), word("Ha"), word(" ha."), word(" Ha")];
    expect(await progress(...steps, word(" ha."), word(" No."))).toEqual([
      "Ha| ha.",
      "Ha ha.|",
      "Ha| ha.",
      "Ha ha.|",
      "No.|",
    ]);
  });

  it("pushes one frame per sentence without word timestamps", async () => {
    expect(await progress(sentence("One two."), sentence("Three."), whole("One two."), whole("Three."))).toEqual([
      "One two.|",
      "Three.|",
    ]);
  });

  it("continues with the next sentence when one was abandoned", async () => {
    const steps = [sentence("One two three."), sentence("Four five."), word("One"), word("Four"), word(" five.")];
    expect(await progress(...steps)).toEqual(["One| two three.", "Four| five.", "Four five.|"]);
  });

  it("does not mix utterances", async () => {
    expect(await progress(sentence("One two.", "1"), sentence("One more.", "2"), word("One", "2"))).toEqual([
      "One| more.",
    ]);
  });

  it("ignores words that are in no text, and what an interruption has cut", async () => {
    const steps = [
      word("What"),
      sentence("One two."),
      word("One"),
      { waitMs: 0 },
      new InterruptionFrame(),
      { waitMs: 0 },
    ];
    expect(await progress(...steps, word(" two."))).toEqual(["One| two."]);
  });
});
