import { LLMConfigureOutputFrame, LLMRunFrame, TextFrame, TTSSpeakFrame } from "../../src/frames/index.ts";
import { type Scenario, says } from "./scenario.ts";

/** Speech, and its failures. */
export const SPEAKING: readonly Scenario[] = [
  {
    title: "everything is said before the call ends",
    bot: {},
    steps: [
      { at: 0, frame: () => new TTSSpeakFrame("Good bye and thank you for calling.") },
      { at: 10, task: "ends" },
    ],
    expect: { context: ["assistant: Good bye and thank you for calling."], requests: 0 },
  },
  {
    title: "a cancelled call is silent at once, and remembers what was heard",
    bot: {},
    steps: [
      { at: 0, frame: () => new TTSSpeakFrame("one two three four five six.") },
      { at: 850, task: "is cancelled" },
    ],
    expect: { context: ["assistant (interrupted): one two three four"], requests: 0 },
  },
  {
    title: "a voice that fails once speaks the next sentence",
    bot: { answers: ["First.", "Second."], voice: { requests: [new Error("voice is down")] } },
    steps: [...says(0, "One?"), ...says(4000, "Two?")],
    expect: {
      context: ["user: One?", "user: Two?", "assistant: Second."],
      requests: 2,
      errors: ["voice is down"],
    },
  },
  {
    title: "a voice that hangs times out after three seconds",
    bot: { answers: ["First.", "Second."], voice: { requests: ["hangs"] } },
    steps: [...says(0, "One?"), ...says(6000, "Two?")],
    expect: {
      context: ["user: One?", "user: Two?", "assistant: Second."],
      requests: 2,
      errors: ["timeout"],
    },
  },
  {
    title: "an answer with skipTTS is only text",
    bot: { answers: ["Written."] },
    steps: [{ at: 0, frame: () => new LLMConfigureOutputFrame(true) }, ...says(100, "Write.")],
    expect: { context: ["user: Write.", "assistant: Written."], requests: 1, spoken: [], heard: "" },
  },
  {
    title: "text of another processor is spoken as it arrives",
    bot: {},
    steps: [
      { at: 0, frame: () => new TextFrame("Sentence one. ") },
      { at: 50, frame: () => new TextFrame("Sentence two. ") },
      { at: 100, frame: () => new TextFrame("And") },
    ],
    expect: {
      context: ["assistant: Sentence one.", "assistant: Sentence two.", "assistant: And"],
      requests: 0,
      spoken: ["Sentence one.", "Sentence two.", "And"],
    },
  },
  {
    title: "a slow voice loses no word of a barge-in",
    bot: { answers: ["one two three four five six.", "Fine."], voice: { wordDelayMs: 500 } },
    steps: [...says(0, "Count."), ...says(3100, "Stop.")],
    expect: {
      context: ["user: Count.", "assistant (interrupted): one two three four", "user: Stop.", "assistant: Fine."],
      requests: 2,
    },
  },
  {
    title: "token by token the context is the same",
    bot: { answers: ["Hello there, Ada."], voice: { aggregation: "token" } },
    steps: [{ at: 0, frame: () => new LLMRunFrame() }],
    expect: { context: ["assistant: Hello there, Ada."], requests: 1, spoken: ["Hello", " there,", " Ada."] },
  },
];
