import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { ApiFailure } from "../../../src/emulator/api/failure.ts";
import { applyPatch } from "../../../src/emulator/api/json-patch.ts";

const document = { name: "a", list: [1, 2, 3], deep: { "a/b": 1, "~": 2 } };

describe("a JSON Patch (RFC 6902)", () => {
  it.each([
    ["add a field", [{ op: "add", path: "/new", value: 1 }], { ...document, new: 1 }],
    ["add into a list", [{ op: "add", path: "/list/1", value: 9 }], { ...document, list: [1, 9, 2, 3] }],
    ["add to the end of a list", [{ op: "add", path: "/list/-", value: 9 }], { ...document, list: [1, 2, 3, 9] }],
    ["replace", [{ op: "replace", path: "/name", value: null }], { ...document, name: null }],
    ["replace in a list", [{ op: "replace", path: "/list/0", value: 9 }], { ...document, list: [9, 2, 3] }],
    ["replace the whole", [{ op: "replace", path: "", value: { a: 1 } }], { a: 1 }],
    ["remove", [{ op: "remove", path: "/list/1" }], { ...document, list: [1, 3] }],
    [
      "escaped keys",
      [
        { op: "remove", path: "/deep/a~1b" },
        { op: "remove", path: "/deep/~0" },
      ],
      { ...document, deep: {} },
    ],
    ["copy", [{ op: "copy", from: "/list", path: "/again" }], { ...document, again: [1, 2, 3] }],
    [
      "move",
      [{ op: "move", from: "/name", path: "/deep/name" }],
      { list: [1, 2, 3], deep: { ...document.deep, name: "a" } },
    ],
    [
      "test, then change",
      [
        { op: "test", path: "/list", value: [1, 2, 3] },
        { op: "remove", path: "/list" },
      ],
      { name: "a", deep: document.deep },
    ],
  ])("can %s", (_what, patch, expected) => {
    const before = structuredClone(document);
    expect(applyPatch(document, patch)).toEqual(expected);
    expect(document).toEqual(before);
  });

  it.each([
    ["no list", { op: "add" }],
    ["an empty list", []],
    ["an unknown operation", [{ op: "swap", path: "/name" }]],
    ["a path without a slash", [{ op: "remove", path: "name" }]],
    ["a path that is not there", [{ op: "replace", path: "/nowhere", value: 1 }]],
    ["a parent that is not there", [{ op: "add", path: "/no/where", value: 1 }]],
    ["an index that is not there", [{ op: "add", path: "/list/4", value: 1 }]],
    ["an index that is no number", [{ op: "remove", path: "/list/01" }]],
    ["a test that fails", [{ op: "test", path: "/name", value: "b" }]],
    ["a whole that is no object", [{ op: "replace", path: "", value: [] }]],
    ["a move into itself", [{ op: "move", from: "/deep", path: "/deep/x" }]],
    ["an inherited field", [{ op: "copy", from: "/constructor", path: "/x" }]],
  ])("of %s is 422", (_what, patch) => {
    expect(() => applyPatch(document, patch)).toThrow(expect.objectContaining({ status: 422 }));
  });

  it("cannot reach a prototype", () => {
    const after = applyPatch(document, [{ op: "add", path: "/__proto__", value: { polluted: true } }]);
    expect(Object.hasOwn(after, "__proto__")).toBe(true);
    expect(Object.getPrototypeOf(after)).toBe(Object.prototype);
    expect("polluted" in {}).toBe(false);
  });

  it("cannot grow a document without bound by copying it into itself", () => {
    const patch = Array.from({ length: 40 }, (_, i) => ({ op: "copy", from: "", path: `/c${i}` }));
    expect(() => applyPatch({ text: "x".repeat(1000) }, patch)).toThrow(expect.objectContaining({ status: 422 }));
  });

  it("always yields a document or the 422", () => {
    const path = fc.constantFrom("", "/name", "/list", "/list/0", "/list/-", "/deep/~0", "/deep", "/no", "/list/9");
    const operation = fc.record({
      op: fc.constantFrom("add", "remove", "replace", "move", "copy", "test"),
      path,
      from: path,
      value: fc.oneof(fc.jsonValue(), fc.constant(document)),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 8 }), (patch) => {
        try {
          expect(typeof applyPatch(document, patch)).toBe("object");
        } catch (error) {
          expect(error).toBeInstanceOf(ApiFailure);
          expect((error as ApiFailure).status).toBe(422);
        }
        expect(document.list).toEqual([1, 2, 3]);
      }),
      { numRuns: 2000 },
    );
  });
});
