import { describe, expect, it } from "vitest";

import { Subscriptions } from "../../../src/emulator/call-machine/subscriptions.ts";

const PEER = "peer";

describe("a participant's subscriptions", () => {
  it("are to everything while they are automatic", () => {
    const subscriptions = new Subscriptions();
    for (const tag of ["cam-audio", "cam-video", "screen-audio", "screen-video", "stream"])
      expect(subscriptions.level(PEER, tag)).toBe(true);
  });

  it("are to nothing, when manual, until something is asked for", () => {
    const subscriptions = new Subscriptions();
    subscriptions.setAutomatic(false);
    subscriptions.set(PEER, { audio: true, custom: { stream: true } });
    expect(subscriptions.level(PEER, "cam-audio")).toBe(true);
    expect(subscriptions.level(PEER, "cam-video")).toBe(false);
    expect(subscriptions.level(PEER, "stream")).toBe(true);
    expect(subscriptions.level(PEER, "other")).toBe(false);
    expect(subscriptions.level("another peer", "cam-audio")).toBe(false);
  });

  it("keep what a later change does not name", () => {
    const subscriptions = new Subscriptions();
    subscriptions.setAutomatic(false);
    subscriptions.set(PEER, { audio: true, custom: { a: true } });
    subscriptions.set(PEER, { video: true, custom: { b: true } });
    expect(["cam-audio", "cam-video", "a", "b"].map((tag) => subscriptions.level(PEER, tag))).toEqual(
      Array.from({ length: 4 }, () => true),
    );
  });

  it("can be staged, all at once, or none", () => {
    const subscriptions = new Subscriptions();
    subscriptions.setAutomatic(false);
    subscriptions.set(PEER, "staged");
    expect(subscriptions.level(PEER, "cam-audio")).toBe("staged");
    subscriptions.set(PEER, true);
    expect(subscriptions.level(PEER, "stream")).toBe(true);
    subscriptions.set(PEER, "avatar");
    expect(subscriptions.level(PEER, "cam-video")).toBe(false);
  });
});
