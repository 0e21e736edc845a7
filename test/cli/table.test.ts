import fc from "fast-check";
import { expect, it } from "vitest";

import { formatFields, makePrintable, formatTable } from "../../src/cli/table.ts";

it("columns are as wide as they need to be", () => {
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

it("fields are one below the other, without those that are not there", () => {
  expect(formatFields({ a: 1, long: "x", none: undefined, list: ["y"] })).toBe('a     1\nlong  x\nlist  ["y"]');
});

it("no text can steer the terminal", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(makePrintable(text)).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
    }),
  );
});
