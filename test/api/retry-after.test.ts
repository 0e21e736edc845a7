import { describe, expect, it } from "vitest";

import { parseRetryAfterMs } from "../../src/api/http/error-response.ts";

describe("Retry-After", () => {
  const now = Date.parse("2026-09-01T12:00:00Z");

  it.each([
    [null, undefined],
    ["", undefined],
    ["soon", undefined],
    ["3", 3000],
    ["-3", 0],
    ["1e99", 86_400_000],
    ["Tue, 01 Sep 2026 12:00:05 GMT", 5000],
    ["Tue, 01 Sep 2026 11:00:00 GMT", 0],
  ])("%j is %j ms", (header, expected) => {
    expect(parseRetryAfterMs(header, now)).toBe(expected);
  });
});
