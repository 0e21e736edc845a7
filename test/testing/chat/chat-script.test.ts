import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { ChatScriptError, parseChatScript } from "../../../src/testing/index.ts";

function problemsOf(text: string): readonly { line: number; rule: string }[] {
  try {
    parseChatScript(text);
  } catch (thrown) {
    if (thrown instanceof ChatScriptError) return thrown.problems;
    throw thrown;
  }
  return [];
}

describe("a written conversation", () => {
  it("has lines of the user and of the bot, calls, times, interruptions, comments and continuations", () => {
    const script = parseChatScript(
      [
        "# A visit to the shop",
        "bot: Welcome to the shop.",
        "",
        "User: What do you",
        "  have today?",
        "bot within 2.5 s: We have apples, …",
        'bot calls: stock {"fruit": "pear"}',
        "user interrupts after 3 words: How much: 1:1?",
        "bot: /three/i",
        "user interrupts after 1.5 s: Stop.",
        "bot calls: hang_up",
      ].join("\r\n"),
      "visit.chat",
    );
    expect(script.name).toBe("visit.chat");
    expect(script.steps).toMatchObject([
      { is: "bot", line: 2, text: "Welcome to the shop." },
      { is: "user", line: 4, text: "What do you have today?" },
      { is: "bot", line: 6, withinMs: 2500, text: "We have apples, …" },
      { is: "call", line: 7, name: "stock", arguments: { fruit: "pear" } },
      { is: "user", line: 8, text: "How much: 1:1?", interruptsAfter: { words: 3 } },
      { is: "bot", line: 9, text: "/three/i" },
      { is: "user", line: 10, text: "Stop.", interruptsAfter: { ms: 1500 } },
      { is: "call", line: 11, name: "hang_up" },
    ]);
    expect(script.steps[7]).not.toHaveProperty("arguments");
  });

  it.each([
    ["assistant: Hi.", '"assistant: Hi." is none of "user: …"'],
    ["Hello there", "is none of"],
    ["user:", 'no text after "user:"'],
    ["bot:   ", 'no text after "bot:"'],
    ["user interrupts: Stop.", "user interrupts after 3 words: …"],
    ["user interrupts after 0 words: Stop.", "user interrupts after 3 words: …"],
    ["user interrupts after 3 minutes: Stop.", "user interrupts after 3 words: …"],
    ["user interrupts after 0 s: Stop.", "user interrupts after 3 words: …"],
    ["bot within soon: Hi.", "bot within 2.5 s: …"],
    ["bot within 2 ms: Hi.", "bot within 2.5 s: …"],
    ["bot calls:", "bot calls: NAME"],
    ["bot calls: price(pear)", "bot calls: NAME"],
    ["bot calls: price {pear}", "the arguments of price are not JSON"],
    ["bot: /(/", "the regular expression cannot be read"],
    ["bot: /a/g", "the flags i and s"],
    ["bot: /(a)\\1/", "no numbered back-reference"],
    ["bot: Hi.\nbot within 2 s: And?", "the first line of what the bot says"],
    ["# nothing", "at least one line"],
  ])("%j breaks a rule that the error names", (text, rule) => {
    expect(problemsOf(text)).toEqual([
      { line: text.split("\n").length, rule: expect.stringContaining(rule) as string },
    ]);
  });

  it("names every line that cannot be read, with the file", () => {
    expect(() => parseChatScript("bot: Hi.\nuser\n\nbot call: x", "a.chat")).toThrow(/^a\.chat:2: .*\na\.chat:4: /);
  });

  it("is read or refused by name and line, whatever it is", () => {
    const words = [
      "user",
      "bot",
      "calls",
      "within",
      "interrupts after",
      "2",
      "words",
      "s",
      ":",
      "{",
      "}",
      "/",
      "\\",
      "…",
      "#",
      " ",
      "\n",
      "(",
    ];
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom(...words), fc.string())), (parts) => {
        const text = parts.join(" ");
        const lines = text.split(/\r\n|[\n\r]/).length;
        for (const { line, rule } of problemsOf(text)) {
          expect(line).toBeGreaterThan(0);
          expect(line).toBeLessThanOrEqual(lines);
          expect(rule).not.toBe("");
        }
      }),
    );
  });
});
