import {
  InferenceCompletedStopStrategy,
  SpeechTimeoutStopStrategy,
  TurnMarkerProcessor,
  VADStartStrategy,
} from "../../src/processors/index.ts";
import { coughs, type Scenario, says } from "./scenario.ts";

/** A model that begins each answer with a marker. */
function judging(title: string, { bot, ...scenario }: Omit<Scenario, "title">): Scenario {
  return {
    title,
    ...scenario,
    bot: {
      user: () => ({
        turns: {
          start: [new VADStartStrategy()],
          stop: [new InferenceCompletedStopStrategy(new SpeechTimeoutStopStrategy())],
        },
      }),
      between: (context) => [
        new TurnMarkerProcessor(context, { cutOffPrompt: "Cut off.", thinkingPrompt: "Thinking." }),
      ],
      ...bot,
    },
  };
}

export const MARKERS: readonly Scenario[] = [
  judging("a complete turn is answered, without its marker", {
    bot: { answers: ["● It is noon."] },
    steps: says(0, "What time is it?"),
    expect: {
      context: ["user: What time is it?", "assistant: It is noon."],
      requests: 1,
      spoken: ["It is noon."],
      turns: ["starts", "stops: What time is it?"],
    },
  }),
  judging("half a sentence is not answered, the whole sentence is", {
    bot: { answers: ["◐", "● Coming."] },
    steps: [...says(0, "I would like"), ...says(3000, "two pears.")],
    expect: {
      context: ["user: I would like", "assistant: ◐", "user: two pears.", "assistant: Coming."],
      requests: 2,
      spoken: ["Coming."],
      heard: "Coming.",
      turns: ["starts", "stops: I would like two pears."],
    },
  }),
  judging("a user who stops in mid-sentence is asked to continue after 5 s", {
    bot: { answers: ["◐", "● Please go on."] },
    steps: says(0, "I would like"),
    watchMs: 10_000,
    expect: {
      context: ["user: I would like", "assistant: ◐", "developer: Cut off.", "assistant: Please go on."],
      requests: 2,
      heard: "Please go on.",
      firstWordMs: [6300, 6700],
    },
  }),
  judging("a user who is thinking has 10 s", {
    bot: { answers: ["○", "● No hurry."] },
    steps: says(0, "Let me think."),
    watchMs: 15_000,
    expect: {
      context: ["user: Let me think.", "assistant: ○", "developer: Thinking.", "assistant: No hurry."],
      requests: 2,
      heard: "No hurry.",
      firstWordMs: [11_300, 11_700],
    },
  }),
  judging("text after ◐ is not spoken", {
    bot: { answers: ["◐ Please continue!", "● Yes."] },
    steps: [...says(0, "I would"), ...says(3000, "like it.")],
    expect: {
      context: ["user: I would", "assistant: ◐", "user: like it.", "assistant: Yes."],
      requests: 2,
      spoken: ["Yes."],
      heard: "Yes.",
    },
  }),
  judging("an answer without a marker is spoken", {
    bot: { answers: ["It is noon, I think.", "One."] },
    steps: [...says(0, "Time?"), ...says(5000, "And now?")],
    expect: {
      context: ["user: Time?", "assistant: It is noon, I think.", "user: And now?", "assistant: One."],
      requests: 2,
    },
  }),
  judging("the bot's messages get their marker back before the model reads them again", {
    bot: { answers: ["● One.", "● Two."] },
    steps: [...says(0, "First."), ...says(4000, "Second.")],
    expect: {
      context: ["user: First.", "assistant: ● One.", "user: Second.", "assistant: Two."],
      requests: 2,
      heard: "One. Two.",
    },
  }),
  judging("a call needs no marker", {
    bot: {
      answers: [[{ type: "toolCall", id: "1", name: "time", arguments: {} }], "● It is noon."],
      functions: { time: { returns: "12:00" } },
    },
    steps: says(0, "Time?"),
    expect: {
      context: ["user: Time?", "call time {}", "tool: 12:00", "assistant: It is noon."],
      requests: 2,
      turns: ["starts", "stops: Time?"],
    },
  }),
  judging("an answer to an incomplete turn is not spoken, and a cough after it does not end in silence", {
    bot: { answers: ["● To the half.", "● Go on, please."], modelLatencyMs: 800 },
    steps: [...says(0, "I would like"), ...coughs(1500, 1000)],
    watchMs: 12_000,
    expect: {
      context: ["user: I would like", "developer: Cut off.", "assistant: Go on, please."],
      requests: 2,
      spoken: ["Go on, please."],
    },
  }),
];
