import { describe, expect, it } from "vitest";

import { joinText, type TextPart } from "../../../src/processors/aggregators/join-text.ts";

const words = (...texts: string[]) => texts.map((text) => ({ text, verbatim: false }));
const tokens = (...texts: string[]) => texts.map((text) => ({ text, verbatim: true }));

describe("joinText", () => {
  it("puts one space between words and sentences", () => {
    expect(joinText(words("Hello", "there.", "How are you?"))).toBe("Hello there. How are you?");
  });

  it("joins tokens as they are and trims the ends", () => {
    expect(joinText(tokens(" Hel", "lo", " ", "there", "!"))).toBe("Hello there!");
  });

  it("does not double a space that a part contains", () => {
    expect(joinText(words("Hello ", "there", " you"))).toBe("Hello there you");
  });

  it("puts a space where words and tokens meet, unless there is one", () => {
    expect(joinText([...tokens("Hello", " there."), ...words("Yes."), ...tokens("No", ".")])).toBe(
      "Hello there. Yes. No.",
    );
    expect(joinText([...words("Yes."), ...tokens(" No", ".")])).toBe("Yes. No.");
  });

  it("puts no space where the script has none", () => {
    expect(joinText(words("你好", "，", "世界"))).toBe("你好，世界");
    expect(joinText(words("これは", "テスト", "です。"))).toBe("これはテストです。");
    expect(joinText(words("我喜欢", "Python", "编程"))).toBe("我喜欢Python编程");
    expect(joinText(words("สวัสดี", "ครับ"))).toBe("สวัสดีครับ");
    expect(joinText(words("𠀋", "𠀋"))).toBe("𠀋𠀋");
  });

  it("keeps the spaces of Korean", () => {
    expect(joinText(words("안녕", "하세요"))).toBe("안녕 하세요");
  });

  it("returns an empty text for no parts", () => {
    expect(joinText([])).toBe("");
    expect(joinText(words("", " ", ""))).toBe("");
  });
});

it("puts a space between utterances, even if both contain their own spaces", () => {
  const part = (text: string, contextId: string): TextPart => ({ text, verbatim: true, contextId });
  expect(joinText([part("Hel", "1"), part("lo.", "1"), part("Good", "2"), part("bye.", "2")])).toBe("Hello. Goodbye.");
});
