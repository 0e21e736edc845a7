import fc from "fast-check";
import { expect, it } from "vitest";

import { fieldList, printable, table } from "../../src/cli/table.ts";

it("columns are as wide as they need to be", () => {
  expect(
    table(
      ["ID", "NAME"],
      [
        ["c1", undefined],
        ["conversation", "x"],
      ],
    ),
  ).toBe(["ID            NAME", "c1            -", "conversation  x"].join("\n"));
});

it("fields are one below the other, without those that are not there", () => {
  expect(fieldList({ a: 1, long: "x", none: undefined, list: ["y"] })).toBe('a     1\nlong  x\nlist  ["y"]');
});

it("no text can steer the terminal", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
    }),
  );
});
