import { LLMMessagesAppendFrame, LLMMessagesUpdateFrame, LLMRunFrame, TTSSpeakFrame } from "../../src/frames/index.ts";
import { type Scenario, says } from "./scenario.ts";

const GREETING = "Hello, how can I help?";

/** A dialogue without interruptions. */
export const ANSWERING: readonly Scenario[] = [
  {
    title: "a question gets an answer, and both are remembered",
    bot: { answers: ["It is noon."] },
    steps: says(0, "What time is it?"),
    expect: {
      context: ["user: What time is it?", "assistant: It is noon."],
      requests: 1,
      turns: ["starts", "stops: What time is it?"],
      spoken: ["It is noon."],
      frames: ["UserStartedSpeakingFrame", "UserStoppedSpeakingFrame", "TTSStartedFrame", "BotStartedSpeakingFrame"],
    },
  },
  {
    title: "the first word is heard as soon as the turn is over and model and voice have responded",
    bot: { answers: ["Noon."] },
    steps: says(0, "What time is it?"),
    // Voice until 600, 600 of silence, 100 each for model and voice, and the model's word.
    expect: { context: ["user: What time is it?", "assistant: Noon."], requests: 1, firstWordMs: [1400, 1420] },
  },
  {
    title: "three questions get three answers, each with all that was said before",
    bot: { answers: ["One.", "Two.", "Three."] },
    steps: [...says(0, "First?"), ...says(4000, "Second?"), ...says(8000, "Third?")],
    expect: {
      context: [
        "user: First?",
        "assistant: One.",
        "user: Second?",
        "assistant: Two.",
        "user: Third?",
        "assistant: Three.",
      ],
      requests: 3,
      asked: ["user: First?", "user: Second?", "user: Third?"],
    },
  },
  {
    title: "a bot speaks first after an LLMRunFrame",
    bot: { answers: [GREETING] },
    steps: [{ at: 0, frame: () => new LLMRunFrame() }],
    expect: { context: [`assistant: ${GREETING}`], requests: 1, turns: [] },
  },
  {
    title: "a message appended with runLLM is answered",
    bot: { answers: [GREETING] },
    steps: [
      {
        at: 0,
        frame: () => new LLMMessagesAppendFrame([{ role: "developer", content: "Greet the user." }], { runLLM: true }),
      },
    ],
    expect: { context: ["developer: Greet the user.", `assistant: ${GREETING}`], requests: 1 },
  },
  {
    title: "a message appended without runLLM waits for the user",
    bot: { answers: ["It rains."] },
    steps: [
      { at: 0, frame: () => new LLMMessagesAppendFrame([{ role: "developer", content: "It rains." }]) },
      ...says(1000, "Weather?"),
    ],
    expect: {
      context: ["developer: It rains.", "user: Weather?", "assistant: It rains."],
      requests: 1,
      asked: ["user: Weather?"],
    },
  },
  {
    title: "the model answers a replaced context",
    bot: { answers: ["Yes."], context: [{ role: "user", content: "Old." }] },
    steps: [
      { at: 0, frame: () => new LLMMessagesUpdateFrame([{ role: "system", content: "New." }], { runLLM: true }) },
    ],
    expect: { context: ["system: New.", "assistant: Yes."], requests: 1, asked: ["system: New."] },
  },
  {
    title: "an answer of several sentences is spoken sentence by sentence, and remembered as one message",
    bot: { answers: ["One two. Three four! Five six?"] },
    steps: says(0, "Count."),
    expect: {
      context: ["user: Count.", "assistant: One two. Three four! Five six?"],
      requests: 1,
      spoken: ["One two.", "Three four!", "Five six?"],
    },
  },
  {
    title: "a name with initials is one sentence for the voice",
    bot: { answers: ["J. F. Kennedy was born in 1917. He was the 35th."] },
    steps: says(0, "Who?"),
    expect: {
      context: ["user: Who?", "assistant: J. F. Kennedy was born in 1917. He was the 35th."],
      requests: 1,
      spoken: ["J. F. Kennedy was born in 1917.", "He was the 35th."],
    },
  },
  {
    title: "the first sentence is spoken while the model generates the second",
    bot: { answers: ["Yes. And now a sentence that takes the model long to write."], wordDelayMs: 400 },
    steps: says(0, "Really?"),
    expect: {
      context: ["user: Really?", "assistant: Yes. And now a sentence that takes the model long to write."],
      requests: 1,
      // With the first word of the second one, 400 after that of the first.
      firstWordMs: [1800, 1820],
    },
  },
  {
    title: "an empty answer leaves no trace, and the next question is answered",
    bot: { answers: ["", "Here I am."] },
    steps: [...says(0, "Hm."), ...says(4000, "Are you there?")],
    expect: {
      context: ["user: Hm.", "user: Are you there?", "assistant: Here I am."],
      requests: 2,
    },
  },
  {
    title: "an answer of only an emoji costs no request to the voice",
    bot: { answers: ["🙂"] },
    steps: says(0, "Smile."),
    expect: { context: ["user: Smile."], requests: 1, spoken: [] },
  },
  {
    title: "a model that fails once answers the next question",
    bot: { answers: [new Error("overloaded"), "Now it works."] },
    steps: [...says(0, "First?"), ...says(4000, "Again?")],
    expect: {
      context: ["user: First?", "user: Again?", "assistant: Now it works."],
      requests: 2,
      errors: ["overloaded"],
    },
  },
  {
    title: "a request rejected for its content (400) does not make the model unusable",
    bot: { answers: [Object.assign(new Error("content filter"), { status: 400 }), "Something else."] },
    steps: [...says(0, "Bad words."), ...says(4000, "Good words.")],
    expect: {
      context: ["user: Bad words.", "user: Good words.", "assistant: Something else."],
      requests: 2,
      errors: ["content filter"],
    },
  },
  {
    title: "a model fails in the middle of an answer: what was said is remembered",
    bot: { answers: [["One two. Three", new Error("cut off")], "Four."] },
    steps: [...says(0, "Count."), ...says(6000, "Go on.")],
    expect: {
      context: ["user: Count.", "assistant: One two. Three", "user: Go on.", "assistant: Four."],
      requests: 2,
      errors: ["cut off"],
    },
  },
  {
    title: "a model that hangs times out, and the next question is answered",
    bot: { answers: [[{ waitMs: 60_000 }, "Late."], "In time."] },
    steps: [...says(0, "First?"), ...says(40_000, "Second?")],
    expect: {
      context: ["user: First?", "user: Second?", "assistant: In time."],
      requests: 2,
      errors: ["timeout"],
    },
  },
  {
    title: "thoughts are neither spoken nor remembered",
    bot: { answers: [[{ type: "thought", text: "The user wants the time." }, "It is noon."]] },
    steps: says(0, "Time?"),
    expect: { context: ["user: Time?", "assistant: It is noon."], requests: 1, spoken: ["It is noon."] },
  },
  {
    title: "a sentence of the application is spoken and remembered without the model",
    bot: {},
    steps: [{ at: 0, frame: () => new TTSSpeakFrame("One moment, please.") }],
    expect: { context: ["assistant: One moment, please."], requests: 0 },
  },
  {
    title: "a sentence with appendToContext: false is only spoken",
    bot: {},
    steps: [{ at: 0, frame: () => new TTSSpeakFrame("This call is recorded.", { appendToContext: false }) }],
    expect: { context: [], requests: 0, heard: "This call is recorded." },
  },
  {
    title: "two sentences of the application are spoken one after the other, as two messages",
    bot: {},
    steps: [
      { at: 0, frame: () => new TTSSpeakFrame("First sentence.") },
      { at: 0, frame: () => new TTSSpeakFrame("Second sentence.") },
    ],
    expect: { context: ["assistant: First sentence.", "assistant: Second sentence."], requests: 0 },
  },
];
