import { expect, it } from "vitest";

import { MarkdownTextFilter } from "../../src/services/index.ts";

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
])("Markdown is taken out of %j", (text, spoken) => {
  expect(new MarkdownTextFilter().filter(text)).toBe(spoken);
});
