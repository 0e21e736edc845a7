import { expect, test } from "vitest";

import { createVendorError, toReason } from "../../../src/services/vendor/index.ts";

test.each([
  [401, "authentication", false],
  [402, "quota", false],
  [403, "authorization", false],
  [400, "invalidRequest", false],
  [429, "rateLimit", true],
  [500, "server", true],
  [503, "server", true],
] as const)("status %i is of category %s", (status, category, retryable) => {
  const error = createVendorError({ service: "Cartesia", what: "refused the request", status });
  expect(error).toMatchObject({ code: "service", category, retryable });
  expect(error.message).toContain(`Cartesia refused the request (${status}).`);
});

test("a vendor's text is reported on one line, shortened, and without secrets", () => {
  const reason = `Key sk-123 is\nwrong\u0000 ${"x".repeat(1000)}`;
  const { message } = createVendorError({ service: "S", what: "failed", status: 500, reason, secrets: ["sk-123", ""] });
  expect(message).toMatch(/^S failed \(500\): Key \[redacted\] is wrong x+…$/);
  expect(message.length).toBeLessThan(400);
});

test.each([
  ['{"error":{"message":"a"}}', "a"],
  ['{"error":"b"}', "b"],
  ['{"err_code":"X","err_msg":"c"}', "c"],
  ['{"detail":{"status":"x","message":"d"}}', "d"],
  ['{"title":"e"}', "e"],
  ['{"other":1}', '{"other":1}'],
  ["null", "null"],
  ["plain text", "plain text"],
])("the reason in %s is %s", (body, reason) => {
  expect(toReason(body)).toBe(reason);
});
