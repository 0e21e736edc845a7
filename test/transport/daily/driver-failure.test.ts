import { describe, expect, it } from "vitest";

import { asFailure, toLeftReason } from "../../../src/transport/daily/driver-failure.ts";

describe("what daily-js throws", () => {
  it.each([
    ["no-room", "roomNotFound"],
    ["meeting-full", "roomFull"],
    ["not-allowed", "notAllowed"],
    ["exp-token", "tokenExpired"],
    ["exp-room", "roomExpired"],
    ["connection-error", "connectionFailed"],
    ["something-new", "joinFailed"],
  ])("a fatal event of type %s becomes %s", (type, code) => {
    expect(asFailure({ errorMsg: "Words.", error: { type, msg: "Words." } }, "joinFailed")).toEqual({
      code,
      message: "Words.",
    });
  });

  it.each([
    ["Failed to load call object bundle.", "connectionFailed"],
    [new Error("Message data too large. Max size is 4096"), "messageTooLarge"],
    [undefined, "trackFailed"],
    [{ odd: true }, "trackFailed"],
  ])("%s is understood, or passed on as it is", (thrown, code) => {
    expect(asFailure(thrown, "trackFailed").code).toBe(code);
  });

  it.each([
    ["ejected", "ejected"],
    ["exp-room", "roomEnded"],
    ["exp-token", "expired"],
    ["connection-error", "connectionLost"],
  ])("a call that ends with %s was left because %s", (type, reason) => {
    expect(toLeftReason({ errorMsg: "x", error: { type } })).toBe(reason);
  });
});
