import {
  EagerEndOfTurnCancelFrame,
  ProposedUserStartedSpeakingFrame,
  ProposedUserStoppedSpeakingFrame,
} from "../../src/frames/index.ts";
import { EagerStopStrategy, ExternalStartStrategy } from "../../src/processors/index.ts";
import type { Scenario, Step } from "./scenario.ts";

/** A service that predicts ends of turns, and a model that takes a second. */
function eager(title: string, { bot, ...scenario }: Omit<Scenario, "title">): Scenario {
  const user = () => ({ turns: { start: [new ExternalStartStrategy()], stop: [new EagerStopStrategy()] } });
  return { title, ...scenario, bot: { modelLatencyMs: 1000, user, ...bot } };
}

const starts = (at: number): Step => ({ at, frame: () => new ProposedUserStartedSpeakingFrame() });
const stops = (at: number): Step => ({ at, frame: () => new ProposedUserStoppedSpeakingFrame() });
const withdrawn = (at: number): Step => ({ at, frame: () => new EagerEndOfTurnCancelFrame() });
const ends = (at: number, text: string): Step[] => [{ at, transcript: text }, stops(at)];

export const EAGER: readonly Scenario[] = [
  eager("is spoken when the turn ends as predicted, which saves the time between", {
    bot: { answers: ["It is noon."] },
    steps: [starts(0), { at: 500, eager: "what time is it" }, ...ends(1000, "What time is it?")],
    // 500, a second for the model, three words of 10 ms, 100 for the voice: half a second earlier than otherwise.
    expect: {
      context: ["user: What time is it?", "assistant: It is noon."],
      requests: 1,
      asked: ["user: what time is it"],
      firstWordMs: [1600, 1680],
    },
  }),
  eager("is held while the turn is open, however early it is ready", {
    bot: { answers: ["It is noon."] },
    steps: [starts(0), { at: 500, eager: "What time is it?" }, ...ends(4000, "What time is it?")],
    expect: {
      context: ["user: What time is it?", "assistant: It is noon."],
      requests: 1,
      firstWordMs: [4100, 4150],
    },
  }),
  eager("is discarded when the user continues, and everything that was said is answered", {
    bot: { answers: ["Never said.", "Two pears."] },
    steps: [
      ...[starts(0), { at: 500, eager: "I would like" }, withdrawn(900)],
      ...ends(2500, "I would like two pears."),
    ],
    expect: {
      context: ["user: I would like two pears.", "assistant: Two pears."],
      requests: 2,
      spoken: ["Two pears."],
      firstWordMs: [3600, 3680],
    },
  }),
  eager("is discarded when the final words differ from the predicted ones", {
    bot: { answers: ["Never said.", "Right."] },
    steps: [starts(0), { at: 500, eager: "I want to" }, ...ends(1000, "I want two.")],
    expect: { context: ["user: I want two.", "assistant: Right."], requests: 2, spoken: ["Right."] },
  }),
  eager("is discarded when voice activity starts again", {
    bot: { answers: ["Never said.", "Right."] },
    steps: [
      ...[starts(0), { at: 500, eager: "I want" } as const],
      ...[{ at: 800, voice: "starts" } as const, { at: 1500, voice: "stops" } as const],
      ...ends(1600, "I want two."),
    ],
    expect: { context: ["user: I want two.", "assistant: Right."], requests: 2, spoken: ["Right."] },
  }),
  eager("is discarded when the turn does not end in time", {
    bot: { answers: ["Never said.", "Right."] },
    steps: [starts(0), { at: 500, eager: "Two." }, ...ends(6000, "Two.")],
    expect: {
      context: ["user: Two.", "assistant: Right."],
      requests: 2,
      spoken: ["Right."],
      firstWordMs: [7100, 7150],
    },
  }),
  eager("calls no function before the turn is over", {
    bot: {
      answers: [[{ type: "toolCall", id: "1", name: "pay", arguments: {} }], "Paid."],
      functions: { pay: { returns: "ok" } },
    },
    steps: [starts(0), { at: 500, eager: "pay it" }, ...ends(3000, "Pay it.")],
    expect: { context: ["user: Pay it.", "call pay {}", "tool: ok", "assistant: Paid."], requests: 2 },
  }),
  eager("calls no function at all when it is discarded", {
    bot: {
      answers: [[{ type: "toolCall", id: "1", name: "pay", arguments: {} }], "Not yet."],
      functions: { pay: { returns: "ok" } },
    },
    steps: [starts(0), { at: 500, eager: "Pay it." }, ...ends(3000, "Pay it not.")],
    expect: {
      context: ["user: Pay it not.", "assistant: Not yet."],
      requests: 2,
      never: ["FunctionCallInProgressFrame"],
    },
  }),
  eager("requests nothing twice when the turn ends before the answer starts", {
    bot: { answers: ["Yes."] },
    steps: [starts(0), { at: 500, eager: "Really" }, ...ends(500, "Really?")],
    expect: { context: ["user: Really?", "assistant: Yes."], requests: 1 },
  }),
  eager("that fails is an error only if the turn ends as predicted", {
    bot: { answers: [new Error("overloaded"), "Right."] },
    steps: [starts(0), { at: 500, eager: "I want" }, withdrawn(2000), ...ends(2500, "I want two.")],
    expect: { context: ["user: I want two.", "assistant: Right."], requests: 2 },
  }),
  eager("leaves nothing behind when the call ends during it", {
    bot: { answers: ["Never said."] },
    steps: [starts(0), { at: 500, eager: "I want" }, { at: 700, task: "ends" }],
    expect: { context: [], requests: 1, spoken: [] },
  }),
];
