import { z } from "zod";

import {
  LLMContextSummarizer,
  SpeechTimeoutStopStrategy,
  TextProgressProcessor,
  VADStartStrategy,
  WakePhraseStartStrategy,
} from "../../src/processors/index.ts";
import { defineFunction } from "../../src/services/index.ts";
import { type Scenario, says } from "./scenario.ts";

const wake = (singleActivation = false, timeoutMs = 10_000) => ({
  turns: {
    start: [new WakePhraseStartStrategy({ phrases: ["hey ada"], singleActivation, timeoutMs }), new VADStartStrategy()],
    stop: [new SpeechTimeoutStopStrategy()],
  },
});
const price = defineFunction({
  name: "price",
  description: "What a fruit costs.",
  parameters: z.object({ fruit: z.enum(["pear", "plum"]) }),
  handler: ({ fruit }) => ({ euros: fruit === "pear" ? 3 : 4 }),
});

/** Wake phrase, progress in the text, functions from a schema. */
export const FEATURES: readonly Scenario[] = [
  {
    title: "without the wake phrase nothing is answered or remembered",
    bot: { answers: ["Yes?"], user: () => wake() },
    steps: says(0, "What time is it?"),
    expect: { context: [], requests: 0, turns: [] },
  },
  {
    title: "with the wake phrase the question is answered, and the next one without it",
    bot: { answers: ["Noon.", "One."], user: () => wake() },
    steps: [...says(0, "Talking to others."), ...says(2000, "Hey, Ada! What time is it?"), ...says(6000, "And now?")],
    expect: {
      context: ["user: Hey, Ada! What time is it?", "assistant: Noon.", "user: And now?", "assistant: One."],
      requests: 2,
    },
  },
  {
    title: "the bot falls asleep when nobody has spoken for a while",
    bot: { answers: ["Noon."], user: () => wake(false, 3000) },
    steps: [...says(0, "Hey Ada, time?"), ...says(9000, "And now?")],
    expect: { context: ["user: Hey Ada, time?", "assistant: Noon."], requests: 1 },
  },
  {
    title: "a sleeping bot is not interrupted by people who talk to each other",
    bot: { answers: ["one two three four five six seven eight nine ten."], user: () => wake(true, 1000) },
    steps: [...says(0, "Hey Ada, count."), ...says(2250, "She counts!")],
    expect: {
      context: ["user: Hey Ada, count.", "assistant: one two three four five six seven eight nine ten."],
      requests: 1,
    },
  },
  {
    title: "each word that is heard advances the progress in the text",
    bot: { answers: ["One two. Three."], behind: () => [new TextProgressProcessor()] },
    steps: says(0, "Count."),
    expect: {
      context: ["user: Count.", "assistant: One two. Three."],
      requests: 1,
      frames: ["AggregatedTextProgressFrame", "AggregatedTextProgressFrame", "AggregatedTextProgressFrame"],
    },
  },
  {
    title: "a function from a schema receives valid arguments",
    bot: {
      answers: [[{ type: "toolCall", id: "1", name: "price", arguments: { fruit: "plum" } }], "Four euros."],
      defined: [price],
    },
    steps: says(0, "Plums?"),
    expect: {
      context: ["user: Plums?", 'call price {"fruit":"plum"}', 'tool: {"euros":4}', "assistant: Four euros."],
      requests: 2,
    },
  },
  {
    title: "the model corrects invalid arguments",
    bot: {
      answers: [
        [{ type: "toolCall", id: "1", name: "price", arguments: { fruit: "apple" } }],
        [{ type: "toolCall", id: "2", name: "price", arguments: { fruit: "pear" } }],
        "Pears are three euros.",
      ],
      defined: [price],
    },
    steps: says(0, "Fruit?"),
    expect: {
      context: [
        "user: Fruit?",
        'call price {"fruit":"apple"}',
        'tool: {"error":"The arguments do not match the schema: fruit: Invalid option: expected one of \\"pear\\"|\\"plum\\""}',
        'call price {"fruit":"pear"}',
        'tool: {"euros":3}',
        "assistant: Pears are three euros.",
      ],
      requests: 3,
      errors: ["functionCall"],
    },
  },
  {
    title: "a long conversation is summarised after the answer that exceeds the limit",
    bot: {
      answers: ["One.", "Two.", "Three."],
      summarizer: (context) =>
        new LLMContextSummarizer(context, {
          llm: { generateText: () => Promise.resolve("They counted.") },
          maxUnsummarizedMessages: 4,
          minMessagesToKeep: 2,
        }),
    },
    steps: [...says(0, "First."), ...says(3000, "Second."), ...says(6000, "Third.")],
    expect: {
      context: [
        "developer: Summary of the conversation so far: They counted.",
        "assistant: Two.",
        "user: Third.",
        "assistant: Three.",
      ],
      requests: 3,
      heard: "One. Two. Three.",
    },
  },
];
