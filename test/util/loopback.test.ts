import { describe, expect, it } from "vitest";

import { isLoopbackRequest } from "../../src/util/loopback.ts";

describe("a server that serves only this machine", () => {
  it.each([
    [{ host: "127.0.0.1:80" }],
    [{ host: "localhost:3000", origin: "http://127.0.0.1:9999" }],
    [{ host: "[::1]:80", origin: "http://localhost" }],
  ])("answers %o", (headers) => {
    expect(isLoopbackRequest(headers)).toBe(true);
  });

  it.each([
    [{}],
    [{ host: "evil.example:80" }],
    [{ host: "127.0.0.1.evil.example" }],
    [{ host: "127.0.0.1:80", origin: "https://evil.example" }],
    [{ host: "127.0.0.1:80", origin: "null" }],
    [{ host: "127.0.0.1:80", origin: "http://127.0.0.1.evil.example" }],
  ])("refuses %o", (headers) => {
    expect(isLoopbackRequest(headers)).toBe(false);
  });
});
