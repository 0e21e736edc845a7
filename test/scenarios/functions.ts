import type { ScriptedAnswerPart } from "../../src/testing/index.ts";
import { type Scenario, says } from "./scenario.ts";

const call = (name: string, id = name, args = {}): ScriptedAnswerPart => ({
  type: "toolCall",
  id,
  name,
  arguments: args,
});

/** Functions that the model calls. */
export const FUNCTIONS: readonly Scenario[] = [
  {
    title: "a result is answered",
    bot: { answers: [[call("time")], "It is noon."], functions: { time: { returns: { hour: 12 } } } },
    steps: says(0, "Time?"),
    expect: {
      context: ["user: Time?", "call time {}", 'tool: {"hour":12}', "assistant: It is noon."],
      requests: 2,
      asked: ["user: Time?", 'tool: {"hour":12}'],
    },
  },
  {
    title: "two calls are answered once, with both results",
    bot: {
      answers: [[call("a"), call("b")], "Both done."],
      functions: { a: { afterMs: 300, returns: "A" }, b: { afterMs: 100, returns: "B" } },
    },
    steps: says(0, "Do both."),
    expect: {
      context: ["user: Do both.", "call a {}", "tool: A", "call b {}", "tool: B", "assistant: Both done."],
      requests: 2,
    },
  },
  {
    title: "what the model says before a call is said while it runs",
    bot: {
      answers: [["Let me see.", call("slow")], "Found it."],
      functions: { slow: { afterMs: 3000, returns: "x" } },
    },
    steps: says(0, "Find it."),
    expect: {
      context: ["user: Find it.", "assistant: Let me see.", "call slow {}", "tool: x", "assistant: Found it."],
      requests: 2,
      firstWordMs: [1400, 1500],
    },
  },
  {
    title: "the model receives a neutral text for a function that fails; the bot answers, now and later",
    bot: {
      answers: [[call("weather")], "I cannot find out.", "Yes."],
      functions: {
        weather: { throws: Object.assign(new Error("GET postgres://me:secret@db failed"), { status: 404 }) },
      },
    },
    steps: [...says(0, "Weather?"), ...says(6000, "Still there?")],
    expect: {
      context: [
        "user: Weather?",
        "call weather {}",
        'tool: {"error":"The function failed and gave no result."}',
        "assistant: I cannot find out.",
        "user: Still there?",
        "assistant: Yes.",
      ],
      requests: 3,
      errors: ["functionCall"],
    },
  },
  {
    title: "a function that takes too long times out, and the bot says so",
    bot: {
      answers: [[call("slow")], "It takes too long."],
      functions: { slow: { afterMs: 60_000, timeoutMs: 2000, returns: "x" } },
    },
    steps: says(0, "Find it."),
    expect: {
      context: [
        "user: Find it.",
        "call slow {}",
        'tool: {"error":"The function took too long and gave no result."}',
        "assistant: It takes too long.",
      ],
      requests: 2,
      errors: ["functionCall"],
    },
  },
  {
    title: "a function that is not registered is an error for the model and the application",
    bot: { answers: [[call("nothing")], "I cannot do that."] },
    steps: says(0, "Do it."),
    expect: {
      context: [
        "user: Do it.",
        "call nothing {}",
        'tool: {"error":"There is no function of this name."}',
        "assistant: I cannot do that.",
      ],
      requests: 2,
      errors: ["unknownFunction"],
    },
  },
  {
    title: "an interruption cancels a running call, and the model sees it with the next question",
    bot: {
      answers: [[call("slow")], "Never mind."],
      functions: { slow: { afterMs: 5000, returns: "too late" } },
    },
    steps: [...says(0, "Find it."), ...says(2500, "Forget it.")],
    expect: {
      context: ["user: Find it.", "call slow {}", "tool: CANCELLED", "user: Forget it.", "assistant: Never mind."],
      requests: 2,
    },
  },
  {
    title: "a function that returns nothing does not run the model",
    bot: { answers: [["Done.", call("hangUp")], "Never asked."], functions: { hangUp: {} } },
    steps: says(0, "Hang up."),
    expect: {
      context: ["user: Hang up.", "assistant: Done.", "call hangUp {}", "tool: COMPLETED"],
      requests: 1,
    },
  },
  {
    title: "null is a result",
    bot: { answers: [[call("find")], "Nothing found."], functions: { find: { returns: null } } },
    steps: says(0, "Find it."),
    expect: {
      context: ["user: Find it.", "call find {}", "tool: null", "assistant: Nothing found."],
      requests: 2,
    },
  },
  {
    title: "a call that continues through an interruption adds its result at the end, and the model answers it",
    bot: {
      answers: [[call("order")], "What else?", "Your order is on its way."],
      functions: { order: { afterMs: 6000, returns: "ordered", cancelOnInterruption: false } },
    },
    steps: [...says(0, "Order pears."), ...says(2500, "And hello.")],
    watchMs: 12_000,
    expect: {
      context: [
        "user: Order pears.",
        "call order {}",
        'tool: {"type":"async_tool","status":"running","tool_call_id":"order","description":"The function is still running. Its result comes later. Do not guess it and do not call again."}',
        "user: And hello.",
        "assistant: What else?",
        'developer: {"type":"async_tool","status":"finished","tool_call_id":"order","description":"The final result. Answer what the user said last, then pass this on to the user, once.","result":"ordered"}',
        "assistant: Your order is on its way.",
      ],
      requests: 3,
    },
  },
];
