import fc from "fast-check";

const NAMES = ["__proto__", "constructor", "prototype", "toString", "toJSON", "length", "then", "valueOf", "", "0"];

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

/** Values that code often handles wrongly when it expects something else. `JSON.parse` can return all of them. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, -0, -1, 1e308, -1e308, 5e-324, 2 ** 53, "", " ", "\u0000", "\ud800"),
  fc.constantFrom<unknown>([], {}, [null], [[]], { toString: 1 }, { length: 1e9 }, { then: "x" }),
  fc.constantFrom(...NAMES),
  fc.constantFrom(
    "../../etc/passwd",
    "//",
    "http://[",
    "data:,",
    "javascript:alert(1)",
    "\u202eabc",
    "%",
    "%00",
    "{{7*7}}",
  ),
  fc.constantFrom(10, 40, 400).map(nested),
  fc.constantFrom(300, 5000, 70_000).map((length) => "x".repeat(length)),
  fc.double(),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.jsonValue({ maxDepth: 3 }),
);

const oneChange = fc.record({
  steps: fc.array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 5 }),
  action: fc.constantFrom("replace", "remove", "rename"),
  value: hostileValue,
  name: fc.constantFrom(...NAMES),
});
type Change = typeof oneChange extends fc.Arbitrary<infer T> ? T : never;

/** Follows the steps into the value as far as they lead, and changes the member there. */
function applyChange(value: unknown, { steps, action, value: replacement, name }: Change): unknown {
  const copy = structuredClone(value);
  let at = copy as Record<string, unknown>;
  for (const [index, step] of steps.entries()) {
    const keys = Object.keys(at);
    const key = keys[step % Math.max(1, keys.length)];
    if (key === undefined) return copy;
    const inner = at[key];
    const canGoOn = index < steps.length - 1 && typeof inner === "object" && inner !== null;
    if (canGoOn) {
      at = inner as Record<string, unknown>;
      continue;
    }
    if (action === "replace") {
      at[key] = replacement;
    } else if (Array.isArray(at)) {
      at.splice(step % at.length, 1);
    } else {
      Reflect.deleteProperty(at, key);
      if (action === "rename") Object.defineProperty(at, name, { value: inner, enumerable: true, configurable: true });
    }
    return copy;
  }
  return copy;
}

/** One of the valid values with a few members replaced, removed or renamed; sometimes an unrelated value. */
export function almost(...valid: readonly unknown[]): fc.Arbitrary<unknown> {
  const mutated = fc
    .tuple(fc.constantFrom(...valid), fc.array(oneChange, { minLength: 1, maxLength: 4 }))
    .map(([value, changes]) => changes.reduce(applyChange, value));
  return fc.oneof({ weight: 9, arbitrary: mutated }, { weight: 1, arbitrary: hostileValue });
}
