import { InterruptionFrame, LLMRunFrame, TTSSpeakFrame } from "../../src/frames/index.ts";
import { MinWordsStartStrategy, SpeechTimeoutStopStrategy, VADStartStrategy } from "../../src/processors/index.ts";
import { type Scenario, says } from "./scenario.ts";

const LONG = "one two three four five six seven eight nine ten.";

/**
 * The user speaks while the bot thinks or speaks. The first word of the answer to `says(0)` is heard at about 1500 ms.
 */
export const BARGING_IN: readonly Scenario[] = [
  {
    title: "the answer is remembered as far as it was heard, and the new question is answered",
    bot: { answers: [LONG, "Fine."] },
    steps: [...says(0, "Count."), ...says(2250, "Stop.")],
    expect: {
      context: ["user: Count.", "assistant (interrupted): one two three four", "user: Stop.", "assistant: Fine."],
      requests: 2,
      frames: ["BotStartedSpeakingFrame", "BotStoppedSpeakingFrame", "InterruptionFrame", "BotStartedSpeakingFrame"],
    },
  },
  {
    title: "before the model's first word, nothing of the answer is remembered, and the model runs again with both",
    bot: { answers: [LONG, "Both."], modelLatencyMs: 1000 },
    steps: [...says(0, "First part."), ...says(1300, "Second part.")],
    expect: {
      context: ["user: First part.", "user: Second part.", "assistant: Both."],
      requests: 2,
      spoken: ["Both."],
    },
  },
  {
    title: "before the voice has made a sound, nothing of the answer is remembered",
    bot: { answers: [LONG, "Fine."], voice: { latencyMs: 1000 } },
    steps: [...says(0, "Count."), ...says(1800, "Wait.")],
    expect: { context: ["user: Count.", "user: Wait.", "assistant: Fine."], requests: 2 },
  },
  {
    title: "after the last word nothing is interrupted",
    bot: { answers: ["Short answer.", "Yes."] },
    steps: [...says(0, "Hm?"), ...says(3000, "Is that all?")],
    expect: {
      context: ["user: Hm?", "assistant: Short answer.", "user: Is that all?", "assistant: Yes."],
      requests: 2,
    },
  },
  {
    title: "in the second sentence, the first one is remembered whole",
    bot: { answers: ["One two three. Four five six seven.", "Fine."] },
    steps: [...says(0, "Count."), ...says(2250, "Stop.")],
    expect: {
      context: ["user: Count.", "assistant (interrupted): One two three. Four", "user: Stop.", "assistant: Fine."],
      requests: 2,
    },
  },
  {
    title: "twice in a row: each answer is cut where it was",
    bot: { answers: [LONG, LONG, "Done."] },
    steps: [...says(0, "Count."), ...says(2250, "Again."), ...says(4500, "Enough.")],
    expect: {
      context: [
        "user: Count.",
        "assistant (interrupted): one two three four",
        "user: Again.",
        "assistant (interrupted): one two three four",
        "user: Enough.",
        "assistant: Done.",
      ],
      requests: 3,
    },
  },
  {
    title: "an application's interruption cuts the answer, and does not run the model",
    bot: { answers: [LONG] },
    steps: [...says(0, "Count."), { at: 2250, frame: () => new InterruptionFrame() }],
    expect: { context: ["user: Count.", "assistant (interrupted): one two three four"], requests: 1 },
  },
  {
    title: "without word timestamps only whole sentences count as heard",
    bot: { answers: ["One two three. Four five six seven.", "Fine."], voice: { wordTimestamps: false } },
    steps: [...says(0, "Count."), ...says(2250, "Stop.")],
    expect: {
      context: ["user: Count.", "assistant (interrupted): One two three.", "user: Stop.", "assistant: Fine."],
      requests: 2,
      heard: "One two three. Four Fine.",
    },
  },
  {
    title: "a sentence of the application is cut as well",
    bot: { answers: ["Fine."] },
    steps: [{ at: 0, frame: () => new TTSSpeakFrame(LONG) }, ...says(850, "Stop.")],
    expect: {
      context: ["assistant (interrupted): one two three four", "user: Stop.", "assistant: Fine."],
      requests: 1,
    },
  },
  {
    title: "what was queued behind the interrupted answer is not said",
    bot: { answers: [LONG, "Fine."] },
    steps: [
      ...says(0, "Count."),
      { at: 1900, frame: () => new TTSSpeakFrame("And by the way.") },
      ...says(2250, "Stop."),
    ],
    expect: {
      context: ["user: Count.", "assistant (interrupted): one two three four", "user: Stop.", "assistant: Fine."],
      requests: 2,
    },
  },
  {
    title: "a bot that must not be interrupted continues, and answers afterwards",
    bot: {
      answers: ["One two three four five six.", "Fine."],
      user: () => ({
        turns: { start: [new VADStartStrategy({ interrupts: false })], stop: [new SpeechTimeoutStopStrategy()] },
      }),
    },
    steps: [...says(0, "Count."), ...says(1700, "Stop.")],
    expect: {
      context: ["user: Count.", "user: Stop.", "assistant: One two three four five six.", "assistant: Fine."],
      requests: 2,
      never: ["InterruptionFrame"],
    },
  },
  {
    title: "one word is too few to interrupt if three are required",
    bot: {
      answers: [LONG, "Fine."],
      user: () => ({ turns: { start: [new MinWordsStartStrategy(3)], stop: [new SpeechTimeoutStopStrategy()] } }),
    },
    steps: [...says(0, "Please count now."), ...says(1700, "Yes.")],
    expect: { context: ["user: Please count now.", `assistant: ${LONG}`], requests: 1 },
  },
  {
    title: "three words are enough",
    bot: {
      answers: [LONG, "Fine."],
      user: () => ({ turns: { start: [new MinWordsStartStrategy(3)], stop: [new SpeechTimeoutStopStrategy()] } }),
    },
    steps: [
      ...says(0, "Please count now."),
      { at: 2400, interim: "Please stop it" },
      { at: 2550, transcript: "Please stop it." },
    ],
    expect: {
      context: [
        "user: Please count now.",
        "assistant (interrupted): one two three four",
        "user: Please stop it.",
        "assistant: Fine.",
      ],
      requests: 2,
    },
  },
  {
    title: "a user who continues after a pause gets one answer to all of it",
    bot: { answers: ["Two things.", "Both."] },
    steps: [...says(0, "I would like"), ...says(900, "two pears.")],
    expect: { context: ["user: I would like two pears.", "assistant: Two things."], requests: 1 },
  },
  {
    title: "an answer after an LLMRunFrame is interrupted like any other",
    bot: { answers: [LONG, "Yes?"] },
    steps: [{ at: 0, frame: () => new LLMRunFrame() }, ...says(1250, "Hello?")],
    expect: {
      context: ["assistant (interrupted): one two three four", "user: Hello?", "assistant: Yes?"],
      requests: 2,
    },
  },
];
