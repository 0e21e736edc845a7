import { expect, it } from "vitest";

import { MarkdownTextFilter } from "../../../src/services/index.ts";

it.each([
  ["**Bold** and *soft* and ~~gone~~", "Bold and soft and gone"],
  ["# Title", "Title"],
  ["- milk", "milk"],
  ["> quoted", "quoted"],
  ["Read [the docs](https://example.com/a_b).", "Read the docs."],
  ["Run `npm test` now", "Run npm test now"],
  ["```ts", ""],
  ["---", ""],
  ["2 * 3 = 6 and snake_case stays", "2 * 3 = 6 and snake_case stays"],
  ["_Hm_, well", "Hm, well"],
])("removes Markdown from %j", (text, spoken) => {
  expect(new MarkdownTextFilter().filter(text)).toBe(spoken);
});

it.each(["[", "[a", "![a](", "[a](b", "`", "*", "_a"])(
  "takes no longer per character for a text full of %j",
  (part) => {
    const filter = new MarkdownTextFilter();
    const measure = (text: string): number => {
      const startMs = performance.now();
      filter.filter(text);
      return performance.now() - startMs;
    };
    const long = part.repeat(100_000);
    measure(long);
    // Linear: a millisecond or a few. Quadratic: many seconds.
    expect(measure(long)).toBeLessThan(500);
  },
);
