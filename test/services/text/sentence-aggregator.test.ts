import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { SentenceAggregator, TokenAggregator } from "../../../src/services/index.ts";
import { SENTENCE_CASES } from "./sentence-cases.ts";

function sentences(text: string, step = 1): string[] {
  const aggregator = new SentenceAggregator();
  const units: string[] = [];
  for (let at = 0; at < text.length; at += step) units.push(...aggregator.add(text.slice(at, at + step)));
  const rest = aggregator.flush();
  return rest === undefined ? units : [...units, rest];
}

describe("SentenceAggregator", () => {
  it.each([
    ["Hello there. How are you?", ["Hello there.", " How are you?"]],
    ["Wait! What? No.", ["Wait!", " What?", " No."]],
    ["Mr. Smith met Dr. Jones. They spoke.", ["Mr. Smith met Dr. Jones.", " They spoke."]],
    ["It is 3.14 or so. Fine.", ["It is 3.14 or so.", " Fine."]],
    ["1. First thing. 2. Second thing.", ["1. First thing.", " 2. Second thing."]],
    ["It costs 3. That is cheap.", ["It costs 3.", " That is cheap."]],
    ["J. R. R. Tolkien wrote it. I know.", ["J. R. R. Tolkien wrote it.", " I know."]],
    ["So do I. He does too.", ["So do I.", " He does too."]],
    ["At 5 p.m. Eastern, e.g. Boston.", ["At 5 p.m. Eastern, e.g. Boston."]],
    ["Yahoo! is old. Well... maybe.", ["Yahoo! is old.", " Well... maybe."]],
    ['He said "Stop!" Then he left.', ['He said "Stop!"', " Then he left."]],
    ["你好。你好吗？我很好！", ["你好。", "你好吗？", "我很好！"]],
    ["「行こう。」と言った。はい。", ["「行こう。」", "と言った。", "はい。"]],
    ["क्या? हाँ। ठीक है।", ["क्या?", " हाँ।", " ठीक है।"]],
    ["Shopping list\n- milk\n- bread", ["Shopping list", "\n- milk", "\n- bread"]],
    ["See example.com for more", ["See example.com for more"]],
    ["no end at all", ["no end at all"]],
    ["   ", ["   "]],
    ["", []],
  ])("%j", (text, expected) => {
    expect(sentences(text)).toEqual(expected);
  });

  it.each(SENTENCE_CASES)("%s", (text) => {
    const expected = text.split(" | ");
    expect(sentences(text.replaceAll(" | ", " ")).map((sentence) => sentence.trim())).toEqual(expected);
  });

  it("returns a sentence when the next word is complete, usually with its first letter", () => {
    const waits = SENTENCE_CASES.map((text) => {
      const [first = "", second = ""] = text.split(" | ");
      const word = second.split(" ")[0] ?? "";
      const aggregator = new SentenceAggregator();
      const whole = `${first} ${second} `;
      const at = whole.split("").findIndex((letter) => aggregator.add(letter).length > 0);
      return { at: at - first.length, word: word.length };
    });
    for (const { at, word } of waits) {
      expect(at).toBeGreaterThan(0);
      expect(at).toBeLessThanOrEqual(word + 1);
    }
    expect(waits.filter(({ at }) => at === 1).length).toBeGreaterThan(waits.length / 2);
  });

  it("does not end a sentence before the next one has begun", () => {
    const aggregator = new SentenceAggregator();
    expect(aggregator.add("It is 3.")).toEqual([]);
    expect(aggregator.add("14. ")).toEqual([]);
    expect(aggregator.add("Yes")).toEqual(["It is 3.14."]);
    expect(aggregator.flush()).toBe(" Yes");
    expect(aggregator.flush()).toBeUndefined();
  });

  it("drops its text when it is reset", () => {
    const aggregator = new SentenceAggregator();
    aggregator.add("Half a sen");
    aggregator.reset();
    expect(aggregator.flush()).toBeUndefined();
  });

  it("does not wait without bound for an end mark", () => {
    const [first, ...rest] = sentences("word ".repeat(300));
    expect(first!.length).toBeLessThanOrEqual(500);
    expect(rest.length).toBeGreaterThan(1);
  });

  it("loses and invents nothing, and gives the same sentences however the text is split", () => {
    const text = fc.array(
      fc.constantFrom("Hi", " there", ". ", "!", "? ", "\n", "3.14", "Mr.", " x", "你好。", "」", '"', "a.m. "),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 9 }), (parts, step) => {
        const whole = parts.join("");
        expect(sentences(whole, step).join("")).toBe(whole);
        expect(sentences(whole, step)).toEqual(sentences(whole, 1));
      }),
    );
  });
});

describe("TokenAggregator", () => {
  it("returns tokens at once, with the white space before them", () => {
    const aggregator = new TokenAggregator();
    expect(["Hi", " ", "there", ".", "  "].flatMap((token) => aggregator.add(token))).toEqual(["Hi", " there", "."]);
    expect(aggregator.flush()).toBe("  ");
  });

  it("moves trailing white space to the next token, so that words stay separate", () => {
    const aggregator = new TokenAggregator();
    expect(["Hi ", "there", " you\n", "two"].flatMap((token) => aggregator.add(token))).toEqual([
      "Hi",
      " there",
      " you",
      "\ntwo",
    ]);
    expect(aggregator.flush()).toBeUndefined();
  });
});
