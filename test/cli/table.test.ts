import fc from "fast-check";
import { expect, it } from "vitest";

import { formatFields, makePrintable, formatTable } from "../../src/cli/table.ts";

it("makes each column as wide as its widest cell", () => {
  expect(
    formatTable(
      ["ID", "NAME"],
      [
        ["c1", undefined],
        ["conversation", "x"],
      ],
    ),
  ).toBe(["ID            NAME", "c1            -", "conversation  x"].join("\n"));
});

it("prints one field per line and leaves out undefined ones", () => {
  expect(formatFields({ a: 1, long: "x", none: undefined, list: ["y"] })).toBe('a     1\nlong  x\nlist  ["y"]');
});

it("replaces every character that could control the terminal", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(makePrintable(text)).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
    }),
  );
});
