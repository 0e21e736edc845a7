import { beforeEach, describe, expect, it } from "vitest";

import { createScriptedParticipant } from "../../../../src/testing/scripted-participant.ts";
import type { Participant } from "../../../../src/transport/daily/daily-call.ts";
import { PalIdentity } from "../../../../src/transport/tavus/room/pal-identity.ts";
import { silentLogger } from "../../../../src/util/logger.ts";
import { VirtualClock } from "../../../../src/testing/virtual-clock.ts";

const DECISION_MS = 1500;

function someone(sessionId: string, userName: string, userId = sessionId): Participant {
  return createScriptedParticipant({ userName, userId }, sessionId);
}

describe("PalIdentity", () => {
  let clock: VirtualClock;
  let happened: string[];
  let identity: PalIdentity;

  beforeEach(() => {
    clock = new VirtualClock();
    happened = [];
    const note =
      (what: string) =>
      ({ sessionId }: Participant): void => {
        happened.push(`${what} ${sessionId}`);
      };
    const host = {
      palJoined: note("pal+"),
      palLeft: note("pal-"),
      clientConnected: note("client+"),
      clientDisconnected: note("client-"),
    };
    identity = new PalIdentity({ clock, logger: silentLogger, decisionMs: DECISION_MS, host });
    identity.setPalName("Ada's pal");
  });

  it("knows the pal by its user id at once, old and new", () => {
    identity.joined(someone("s1", "whatever", "tavus-face-r90"));
    identity.joined(someone("s2", "whatever", "x-tavus-replica-1"));
    identity.joined(someone("s3", "Grace"));
    expect(happened).toEqual(["pal+ s1", "pal+ s2", "client+ s3"]);
  });

  it("leaves a participant with only the pal's name undecided, then takes it for the pal", async () => {
    identity.joined(someone("s1", "Ada's pal"));
    expect(happened).toEqual([]);
    expect(identity.isClient("s1") || identity.isPal("s1")).toBe(false);
    await clock.advance(DECISION_MS);
    expect(happened).toEqual(["pal+ s1"]);
  });

  it("a PAL without a name does not make participants without a name the pal", async () => {
    identity.setPalName("");
    identity.joined(someone("user", ""));
    await clock.advance(DECISION_MS);
    expect(happened).toEqual(["client+ user"]);
  });

  it("a user with the pal's name is a user as soon as the pal joins with its user id", async () => {
    identity.joined(someone("user", "Ada's pal"));
    identity.joined(someone("pal", "Ada's pal", "tavus-face-1"));
    expect(happened).toEqual(["client+ user", "pal+ pal"]);
    await clock.advance(DECISION_MS * 2);
    expect(happened).toHaveLength(2);
    expect(clock.pendingTimers).toBe(0);
  });

  it("a user taken for the pal becomes a user when better evidence arrives late", async () => {
    identity.joined(someone("user", "Ada's pal"));
    await clock.advance(DECISION_MS);
    identity.joined(someone("pal", "Ada's pal", "tavus-face-1"));
    expect(happened).toEqual(["pal+ user", "pal- user", "client+ user", "pal+ pal"]);
    expect(identity.pal?.sessionId).toBe("pal");
  });

  it("once a pal had a user id, the name is never enough again", async () => {
    identity.joined(someone("pal", "Ada's pal", "tavus-face-1"));
    identity.left("pal");
    identity.joined(someone("user", "Ada's pal"));
    identity.announced("user");
    await clock.advance(DECISION_MS);
    expect(happened).toEqual(["pal+ pal", "pal- pal", "client+ user"]);
    identity.joined(someone("pal2", "Ada's pal", "tavus-face-1"));
    expect(identity.pal?.sessionId).toBe("pal2");
  });

  it("the pal's own event is stronger evidence than a name and weaker than a user id", async () => {
    identity.joined(someone("user", "Ada's pal"));
    identity.joined(someone("pal", "another name"));
    expect(happened).toEqual(["client+ pal"]);
    identity.announced("pal");
    expect(happened.slice(1)).toEqual(["client- pal", "client+ user", "pal+ pal"]);
    identity.joined(someone("real", "third name", "tavus-face-2"));
    expect(happened.slice(4)).toEqual(["pal- pal", "client+ pal", "pal+ real"]);
    identity.announced("user");
    await clock.advance(DECISION_MS);
    expect(identity.isClient("user")).toBe(true);
  });

  it("a new name does not make a participant the pal, and a renamed pal stays the pal", async () => {
    identity.joined(someone("user", "Grace"));
    identity.updated(someone("user", "Ada's pal"));
    identity.joined(someone("pal", "Ada's pal", "tavus-face-1"));
    identity.updated(someone("pal", "Grace", "tavus-face-1"));
    await clock.advance(DECISION_MS);
    expect(identity.isClient("user")).toBe(true);
    expect(identity.isPal("pal")).toBe(true);
  });

  it("a user id that arrives with an update counts", () => {
    identity.joined(someone("s1", "Ada's pal"));
    identity.updated(someone("s1", "Ada's pal", "tavus-face-1"));
    expect(happened).toEqual(["pal+ s1"]);
  });

  it("the first of several participants with only the name is the pal", async () => {
    identity.joined(someone("s1", "Ada's pal"));
    await clock.advance(100);
    identity.joined(someone("s2", "Ada's pal"));
    await clock.advance(DECISION_MS);
    expect(happened).toEqual(["client+ s2", "pal+ s1"]);
  });

  it("an undecided participant that leaves is never announced", async () => {
    identity.joined(someone("s1", "Ada's pal"));
    identity.left("s1");
    await clock.advance(DECISION_MS);
    expect(happened).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("ignores a duplicate participantJoined", () => {
    identity.joined(someone("s1", "Grace"));
    identity.joined(someone("s1", "Grace"));
    identity.left("s1");
    identity.left("s1");
    expect(happened).toEqual(["client+ s1", "client- s1"]);
  });
});
