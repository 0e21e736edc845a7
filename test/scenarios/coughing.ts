import { FunctionCallMuteStrategy, SpeechTimeoutStopStrategy, VADStartStrategy } from "../../src/processors/index.ts";
import { InterruptionFrame, LLMMessagesAppendFrame, TTSSpeakFrame } from "../../src/frames/index.ts";
import { coughs, type Scenario, says } from "./scenario.ts";

const LONG = "one two three four five six seven eight nine ten.";

/** Sounds without words, mutes and silence. The first word of the answer to `says(0)` is heard at about 1500 ms. */
export const COUGHING: readonly Scenario[] = [
  {
    title: "a cough in the middle of an answer: the bot resumes the rest, and says nothing twice",
    bot: { answers: [LONG] },
    steps: [...says(0, "Count."), ...coughs(2250)],
    expect: {
      context: [
        "user: Count.",
        "assistant (interrupted): one two three four",
        "assistant: five six seven eight nine ten.",
      ],
      requests: 1,
      turns: ["starts", "stops: Count.", "starts", "timeout", "stops: "],
    },
  },
  {
    title: "a cough after a sentence that the voice failed to speak: nothing is said twice",
    bot: {
      answers: ["one two three. four five six. seven eight nine ten."],
      voice: { requests: ["speaks", new Error("voice is down")] },
    },
    steps: [...says(0, "Count."), ...coughs(2450)],
    expect: {
      context: ["user: Count.", "assistant (interrupted): one two three. seven eight", "assistant: nine ten."],
      requests: 1,
      errors: ["voice is down"],
    },
  },
  {
    title: "two coughs: the rest of the rest",
    bot: { answers: [LONG] },
    steps: [...says(0, "Count."), ...coughs(2250), ...coughs(5500)],
    watchMs: 12_000,
    expect: {
      context: [
        "user: Count.",
        "assistant (interrupted): one two three four",
        "assistant (interrupted): five six seven eight",
        "assistant: nine ten.",
      ],
      requests: 1,
    },
  },
  {
    title: "a cough followed by late words is a question",
    bot: { answers: [LONG, "Fine."] },
    steps: [...says(0, "Count."), ...says(2250, "Stop.", { wordsAfterMs: 1200 })],
    expect: {
      context: ["user: Count.", "assistant (interrupted): one two three four", "user: Stop.", "assistant: Fine."],
      requests: 2,
    },
  },
  {
    title: "a cough with falseInterruption: none silences the bot",
    bot: { answers: [LONG], user: () => ({ falseInterruption: "none" }) },
    steps: [...says(0, "Count."), ...coughs(2250)],
    expect: { context: ["user: Count.", "assistant (interrupted): one two three four"], requests: 1 },
  },
  {
    title: "a cough with falseInterruption: answer runs the model",
    bot: { answers: [LONG, "Bless you."], user: () => ({ falseInterruption: "answer" }) },
    steps: [...says(0, "Count."), ...coughs(2250)],
    expect: {
      context: ["user: Count.", "assistant (interrupted): one two three four", "assistant: Bless you."],
      requests: 2,
    },
  },
  {
    title: "a cough while the bot listens changes nothing",
    bot: { answers: ["One.", "Two."] },
    steps: [...says(0, "First."), ...coughs(4000), ...says(9000, "Second.")],
    expect: { context: ["user: First.", "assistant: One.", "user: Second.", "assistant: Two."], requests: 2 },
  },
  {
    title: "a cough while the model thinks runs it again",
    bot: { answers: ["Never said.", "One."], modelLatencyMs: 2000 },
    steps: [...says(0, "First."), ...coughs(1500)],
    expect: { context: ["user: First.", "assistant: One."], requests: 2 },
  },
  {
    title: "what an application has cut stays cut",
    bot: { answers: [LONG] },
    steps: [...says(0, "Count."), { at: 2250, frame: () => new InterruptionFrame() }],
    watchMs: 15_000,
    expect: { context: ["user: Count.", "assistant (interrupted): one two three four"], requests: 1 },
  },
  {
    title: "a bot that must not be interrupted does not even stop for a cough",
    bot: {
      answers: [LONG],
      user: () => ({
        turns: { start: [new VADStartStrategy({ interrupts: false })], stop: [new SpeechTimeoutStopStrategy()] },
      }),
    },
    steps: [...says(0, "Count."), ...coughs(2250)],
    expect: { context: ["user: Count.", `assistant: ${LONG}`], requests: 1 },
  },
  {
    title: "a sentence of the application is resumed after a cough",
    bot: {},
    steps: [{ at: 0, frame: () => new TTSSpeakFrame(LONG) }, ...coughs(850)],
    expect: {
      context: ["assistant (interrupted): one two three four", "assistant: five six seven eight nine ten."],
      requests: 0,
    },
  },
  {
    title: "a user who is muted while a function runs cannot cancel it",
    bot: {
      answers: [[{ type: "toolCall", id: "1", name: "pay", arguments: {} }], "Paid."],
      functions: { pay: { afterMs: 3000, returns: "ok" } },
      user: () => ({ mute: [new FunctionCallMuteStrategy()] }),
    },
    steps: [...says(0, "Pay."), ...says(2200, "Hurry up.")],
    expect: { context: ["user: Pay.", "call pay {}", "tool: ok", "assistant: Paid."], requests: 2 },
  },
  {
    title: "a user who says nothing after the opening line is idle",
    bot: { answers: ["Hello?"], user: () => ({ idleTimeoutMs: 2000 }) },
    steps: [
      { at: 0, frame: () => new LLMMessagesAppendFrame([{ role: "developer", content: "Hi." }], { runLLM: true }) },
    ],
    expect: { context: ["developer: Hi.", "assistant: Hello?"], requests: 1, turns: ["idle"] },
  },
  {
    title: "a user who only coughs is idle too",
    bot: { answers: ["And you?"], user: () => ({ idleTimeoutMs: 3000 }) },
    steps: [...says(0, "Hello."), ...coughs(3000)],
    watchMs: 15_000,
    expect: {
      context: ["user: Hello.", "assistant: And you?"],
      requests: 1,
      turns: ["starts", "stops: Hello.", "starts", "timeout", "stops: ", "idle"],
    },
  },
];
