import { SlowProcessor } from "./slow-processor.ts";
import { type Scenario, says } from "./scenario.ts";

const LONG = "one two three four five six seven eight nine ten.";
const CONTEXT = ["user: Count.", "assistant (interrupted): one two three four", "user: Stop.", "assistant: Fine."];

/**
 * A barge-in 850 ms into an answer, whatever else is slow: the context holds the words that were heard, and no others.
 */
function cutAfterFourWords(title: string, firstWordMs: number, bot: Scenario["bot"]): Scenario {
  return {
    title,
    bot: { answers: [LONG, "Fine."], ...bot },
    steps: [...says(0, "Count."), ...says(firstWordMs + 850, "Stop.")],
    watchMs: 15_000,
    expect: { context: CONTEXT, requests: 2 },
  };
}

export const TIMING: readonly Scenario[] = [
  cutAfterFourWords("with everything fast", 1500, {}),
  cutAfterFourWords("with a slow model", 4400, { modelLatencyMs: 3000 }),
  cutAfterFourWords("with a model that streams slowly", 3300, { wordDelayMs: 190 }),
  cutAfterFourWords("with a slow voice", 3400, { voice: { latencyMs: 2000 } }),
  cutAfterFourWords("with a voice that arrives in pieces", 1500, { voice: { wordDelayMs: 50 } }),
  cutAfterFourWords("with a slow processor between output and context", 1500, {
    behind: () => [new SlowProcessor(30)],
  }),
  cutAfterFourWords("with a slow processor between model and voice", 1550, {
    between: () => [new SlowProcessor(10)],
  }),
  cutAfterFourWords("with a voice that pauses the pipeline while it speaks", 1500, {
    voice: { pauseWhileSpeaking: true },
  }),
  cutAfterFourWords("token by token", 1420, { voice: { aggregation: "token", latencyMs: 10 } }),
  {
    title: "another half second of silence before the words changes only the time",
    bot: { answers: ["Yes."] },
    steps: says(0, "Hello?", { wordsAfterMs: 500 }),
    expect: { context: ["user: Hello?", "assistant: Yes."], requests: 1, firstWordMs: [1400, 1420] },
  },
  {
    title: "words that arrive before the end of voice activity are answered after the silence",
    bot: { answers: ["Yes."] },
    steps: [
      { at: 0, voice: "starts" },
      { at: 500, transcript: "Hello?" },
      { at: 800, voice: "stops" },
    ],
    expect: { context: ["user: Hello?", "assistant: Yes."], requests: 1, firstWordMs: [1600, 1620] },
  },
];
