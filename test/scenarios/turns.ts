import {
  externalTurnStrategies,
  TranscriptionStartStrategy,
  SpeechTimeoutStopStrategy,
  VADStartStrategy,
} from "../../src/processors/index.ts";
import {
  ProposedUserStartedSpeakingFrame,
  ProposedUserStoppedSpeakingFrame,
  TranslationFrame,
} from "../../src/frames/index.ts";
import { coughs, type Scenario, says } from "./scenario.ts";

/** When a turn starts, when it is over, and what was said in it. */
export const TURNS: readonly Scenario[] = [
  {
    title: "words without voice activity start a turn too",
    bot: { answers: ["Yes."] },
    steps: [{ at: 0, transcript: "Hello?" }],
    expect: { context: ["user: Hello?", "assistant: Yes."], requests: 1, turns: ["starts", "stops: Hello?"] },
  },
  {
    title: "half a sentence, a breath and the rest are one turn",
    bot: { answers: ["Coming."] },
    steps: [...says(0, "I would like"), ...says(950, "two pears.")],
    expect: { context: ["user: I would like two pears.", "assistant: Coming."], requests: 1 },
  },
  {
    title: "an interim transcript after a final one keeps the turn open",
    bot: { answers: ["Coming."] },
    steps: [
      { at: 0, voice: "starts" },
      { at: 600, voice: "stops" },
      { at: 700, transcript: "I would like" },
      { at: 900, interim: "two" },
      { at: 1500, transcript: "two pears." },
    ],
    expect: { context: ["user: I would like two pears.", "assistant: Coming."], requests: 1 },
  },
  {
    title: "the turn waits for a late transcript",
    bot: { answers: ["Yes."] },
    steps: says(0, "Late words.", { wordsAfterMs: 1500 }),
    expect: { context: ["user: Late words.", "assistant: Yes."], requests: 1, turns: ["starts", "stops: Late words."] },
  },
  {
    title: "without a transcript the watchdog ends the turn, unanswered",
    bot: { answers: ["What?"] },
    steps: coughs(0),
    expect: { context: [], requests: 0, turns: ["starts", "timeout", "stops: "] },
  },
  {
    title: "a cough before any word of the bot does not keep the next question from being answered",
    bot: { answers: ["Yes."] },
    steps: [...coughs(0), ...says(7000, "Are you there?")],
    expect: { context: ["user: Are you there?", "assistant: Yes."], requests: 1 },
  },
  {
    title: "words after the end of the turn are their own turn",
    bot: { answers: ["One.", "Two."] },
    steps: [...says(0, "First."), { at: 4000, transcript: "Second." }],
    expect: { context: ["user: First.", "assistant: One.", "user: Second.", "assistant: Two."], requests: 2 },
  },
  {
    title: "a blank transcript is ignored",
    bot: { answers: ["What?"] },
    steps: says(0, "   "),
    expect: { context: [], requests: 0 },
  },
  {
    title: "a translation is not a transcript",
    bot: { answers: ["Oui."] },
    steps: [...says(0, "Ja."), { at: 700, frame: () => new TranslationFrame({ text: "Yes.", userId: "grace" }) }],
    expect: { context: ["user: Ja.", "assistant: Oui."], requests: 1 },
  },
  {
    title: "several transcripts of one turn are joined with spaces",
    bot: { answers: ["Fine."] },
    steps: [
      { at: 0, voice: "starts" },
      { at: 300, transcript: "One", finalized: false },
      { at: 600, transcript: "two", finalized: false },
      { at: 900, voice: "stops" },
      { at: 1000, transcript: "three." },
    ],
    expect: { context: ["user: One two three.", "assistant: Fine."], requests: 1 },
  },
  {
    title: "a service may end turns itself",
    bot: { answers: ["Yes."], user: () => ({ turns: externalTurnStrategies() }) },
    steps: [
      { at: 0, frame: () => new ProposedUserStartedSpeakingFrame() },
      { at: 500, transcript: "Hello." },
      { at: 600, frame: () => new ProposedUserStoppedSpeakingFrame() },
    ],
    expect: {
      context: ["user: Hello.", "assistant: Yes."],
      requests: 1,
      never: ["ProposedUserStartedSpeakingFrame", "ProposedUserStoppedSpeakingFrame"],
      firstWordMs: [750, 900],
    },
  },
  {
    title: "the words after such an end belong to its turn",
    bot: { answers: ["Yes."], user: () => ({ turns: externalTurnStrategies() }) },
    steps: [
      { at: 0, frame: () => new ProposedUserStartedSpeakingFrame() },
      { at: 600, frame: () => new ProposedUserStoppedSpeakingFrame() },
      { at: 800, transcript: "Hello." },
    ],
    expect: { context: ["user: Hello.", "assistant: Yes."], requests: 1, turns: ["starts", "stops: Hello."] },
  },
  {
    title: "with voice activity alone, words between turns do not wait for the next one",
    bot: {
      answers: ["One.", "Two."],
      user: () => ({ turns: { start: [new VADStartStrategy()], stop: [new SpeechTimeoutStopStrategy()] } }),
    },
    steps: [...says(0, "First."), ...says(5000, "Second.")],
    expect: { context: ["user: First.", "assistant: One.", "user: Second.", "assistant: Two."], requests: 2 },
  },
  {
    title: "with words alone, a turn starts with the first of them",
    bot: {
      answers: ["Yes."],
      user: () => ({ turns: { start: [new TranscriptionStartStrategy()], stop: [new SpeechTimeoutStopStrategy()] } }),
    },
    steps: says(0, "Hello."),
    expect: { context: ["user: Hello.", "assistant: Yes."], requests: 1, turns: ["starts", "stops: Hello."] },
  },
  {
    title: "a longer pause is allowed with a longer userSpeechTimeoutMs",
    bot: {
      answers: ["Fine."],
      user: () => ({
        turns: {
          start: [new VADStartStrategy()],
          stop: [new SpeechTimeoutStopStrategy({ userSpeechTimeoutMs: 2000 })],
        },
      }),
    },
    steps: [...says(0, "Let me"), ...says(2000, "think.")],
    expect: { context: ["user: Let me think.", "assistant: Fine."], requests: 1 },
  },
  {
    title: "a user who does not answer is idle, once",
    bot: { answers: ["Still there?"], user: () => ({ idleTimeoutMs: 3000 }) },
    steps: says(0, "Hello."),
    watchMs: 20_000,
    expect: {
      context: ["user: Hello.", "assistant: Still there?"],
      requests: 1,
      turns: ["starts", "stops: Hello.", "idle"],
    },
  },
  {
    title: "a user who answers in time is not idle",
    bot: { answers: ["And you?", "Good."], user: () => ({ idleTimeoutMs: 3000 }) },
    steps: [...says(0, "Hello."), ...says(3500, "Fine.")],
    watchMs: 2500,
    expect: {
      context: ["user: Hello.", "assistant: And you?", "user: Fine.", "assistant: Good."],
      requests: 2,
      turns: ["starts", "stops: Hello.", "starts", "stops: Fine."],
    },
  },
  {
    title: "the last words are remembered when the call ends in the middle of a turn",
    bot: { answers: ["Never said."] },
    steps: [
      { at: 0, voice: "starts" },
      { at: 300, transcript: "I was just about to", finalized: false },
      { at: 400, task: "ends" },
    ],
    expect: { context: ["user: I was just about to"], requests: 0, turns: ["starts", "stops: I was just about to"] },
  },
];
