import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { asError, DeadlineError, InvalidOptionError, TavusTransportError } from "../../src/util/errors.ts";

describe("asError", () => {
  it("converts any thrown value to an Error", () => {
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        expect(asError(thrown)).toBeInstanceOf(Error);
      }),
    );
  });

  it("gives a message to values that cannot be printed", () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    for (const thrown of [circle, undefined, Symbol("s"), 10n]) expect(asError(thrown).message).not.toBe("");
  });
});

describe("the library's errors", () => {
  it("carry a name, a code and whether to retry", () => {
    const late = new DeadlineError("Joining", 5);
    expect(late).toBeInstanceOf(TavusTransportError);
    expect(late).toMatchObject({ name: "DeadlineError", code: "timeout", retryable: true, timeoutMs: 5 });
    expect(new InvalidOptionError("url", "must be a URL.")).toMatchObject({ code: "invalidOption", field: "url" });
  });
});
