import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { EndFrame } from "../../../src/frames/index.ts";
import { DailyCallError } from "../../../src/transport/daily/daily-errors.ts";
import { PalFitError } from "../../../src/transport/tavus/index.ts";
import { TransportClosedError } from "../../../src/transport/room/transport-closed-error.ts";
import { until } from "../../support/until.ts";
import { PAL, PAL_NAME, TavusHarness } from "./tavus-harness.ts";

describe("createConversation() ahead of the pipeline", () => {
  it("creates the conversation that the pipeline then joins and ends", async () => {
    const h = new TavusHarness();
    const [first, second] = await Promise.all([h.transport.createConversation(), h.transport.createConversation()]);
    expect(first).toEqual({
      conversationId: "c1",
      conversationUrl: "https://tavus.daily.co/c1",
      meetingToken: "token",
      isFallback: false,
    });
    expect(second).toEqual(first);
    expect(h.transport.conversationUrl).toBe(first.conversationUrl);
    expect(h.callsMade).toBe(0);
    await h.start();
    expect(h.call.joins[0]).toMatchObject({ url: first.conversationUrl, token: "token" });
    expect(await h.transport.createConversation()).toEqual(first);
    await h.send(new EndFrame());
    await h.finish();
    expect([h.api.created.length, h.api.ends]).toEqual([1, ["c1"]]);
    await expect(h.transport.createConversation()).rejects.toBeInstanceOf(TransportClosedError);
  });

  it("is ended once by close() when no pipeline ever runs", async () => {
    const h = new TavusHarness();
    await h.transport.createConversation();
    await Promise.all([h.transport.close(), h.transport.close()]);
    await h.transport[Symbol.asyncDispose]();
    expect(h.api.ends).toEqual(["c1"]);
    expect(h.clock.pendingTimers).toBe(0);
  });

  it("is ended when close() is called during the creation", async () => {
    const h = new TavusHarness();
    h.api.createDelayMs = 1000;
    const creating = h.transport.createConversation();
    creating.catch(() => undefined);
    await h.clock.advance(100);
    const closing = h.transport.close();
    await h.clock.advance(2000);
    await closing;
    await expect(creating).rejects.toBeInstanceOf(TransportClosedError);
    expect(h.api.ends).toEqual(["c1"]);
    expect(h.clock.pendingTimers).toBe(0);
  });

  it("is ended when the setup of the pipeline never reached the transport", async () => {
    const h = new TavusHarness();
    await h.transport.createConversation();
    await h.transport.input().cleanup();
    expect(h.api.ends).toEqual(["c1"]);
  });

  it("is ended when the room cannot be joined", async () => {
    const h = new TavusHarness();
    await h.transport.createConversation();
    h.call.failNext("join", new DailyCallError("roomFull", "The room is full."));
    await h.start();
    await expect(h.finish()).rejects.toThrow(/full/);
    expect(h.api.ends).toEqual(["c1"]);
  });

  it("can be called again after a failure", async () => {
    const h = new TavusHarness();
    h.api.createError = new Error("402");
    await expect(h.transport.createConversation()).rejects.toThrow("402");
    h.api.createError = undefined;
    await expect(h.transport.createConversation()).resolves.toMatchObject({ conversationId: "c1" });
    await h.transport.close();
  });

  it("is optional: close() of an unused transport does nothing", async () => {
    const h = new TavusHarness();
    await h.transport.close();
    expect([h.api.created, h.api.ends]).toEqual([[], []]);
  });
});

describe("an existing conversation", () => {
  it("is joined by its id and left open at the end", async () => {
    const h = await new TavusHarness({ options: { conversationId: "c77" } }).start();
    expect(h.api.created).toEqual([]);
    expect(h.call.joins[0]).toMatchObject({ url: "https://tavus.daily.co/c77" });
    expect(h.call.joins[0]?.token).toBeUndefined();
    expect([h.transport.conversationId, h.transport.conversationUrl]).toEqual(["c77", "https://tavus.daily.co/c77"]);
    await h.send(new EndFrame());
    await h.finish();
    expect([h.call.leaves, h.api.ends]).toEqual([1, []]);
  });

  it("is joined by its URL and token, with the last part of the URL as its id", async () => {
    const options = { conversationUrl: "https://tavus.daily.co/c88?t=from-url", palId: "p" };
    const h = await new TavusHarness({ options }).start();
    expect(h.api.conversationLookUps).toBe(0);
    expect(h.transport.conversationId).toBe("c88");
    expect(h.transport.conversationUrl).toBe("https://tavus.daily.co/c88");
    expect(h.call.joins[0]).toMatchObject({ url: "https://tavus.daily.co/c88", token: "from-url" });
    const named = { ...options, conversationId: "c99", meetingToken: "option" };
    const other = await new TavusHarness({ options: named }).start();
    expect(other.transport.conversationId).toBe("c99");
    expect(other.call.joins[0]).toMatchObject({ token: "option" });
  });

  it("is ended with the bot if endJoinedConversation is true", async () => {
    const h = await new TavusHarness({ options: { conversationId: "c77", endJoinedConversation: true } }).start();
    await h.send(new EndFrame());
    await h.finish();
    expect(h.api.ends).toEqual(["c77"]);
  });

  it("is read from the environment unless the options name a place", async () => {
    const env = {
      TAVUS_CONVERSATION_ID: "c5",
      TAVUS_CONVERSATION_URL: "https://d.daily.co/x",
      TAVUS_MEETING_TOKEN: "t",
    };
    const h = await new TavusHarness({ env }).start();
    expect(h.transport.conversationId).toBe("c5");
    expect(h.call.joins[0]).toMatchObject({ url: "https://d.daily.co/x", token: "t" });
    const room = await new TavusHarness({ env, options: { roomUrl: "https://d.daily.co/room" } }).start();
    expect(room.call.joins[0]).toMatchObject({ url: "https://d.daily.co/room" });
    expect(room.call.joins[0]?.token).toBeUndefined();
  });

  it("has a pal that is recognized by the name of its PAL", async () => {
    const h = await new TavusHarness({ options: { conversationId: "c77" } }).start();
    h.call.addParticipant({ userName: PAL_NAME, sessionId: "pal" });
    await h.clock.advance(2000);
    expect(h.events).toEqual(["palJoined pal"]);
  });
});

describe("a chosen PAL", () => {
  const full = { palName: PAL_NAME, pipelineMode: "full" };

  it("that cannot serve a bot is an error before anything is created", async () => {
    const h = new TavusHarness({ options: { palId: "mine" } });
    h.api.pal = full;
    await h.start();
    await expect(h.finish()).rejects.toBeInstanceOf(PalFitError);
    expect(h.api.created).toEqual([]);
  });

  it("that cannot serve a bot is a warning, or nothing, according to palFit", async () => {
    for (const [palFit, warnings] of [
      ["warn", 1],
      ["off", 0],
    ] as const) {
      const h = new TavusHarness({ options: { palId: "mine", palFit } });
      h.api.pal = full;
      await h.start();
      expect(h.logger.warnings()).toHaveLength(warnings);
      expect(h.api.created).toHaveLength(1);
    }
  });

  it("that cannot be looked up is used with a warning", async () => {
    const h = new TavusHarness({ options: { palId: "mine" } });
    h.api.palError = new Error("503");
    await h.start();
    expect(h.api.created[0]).toMatchObject({ palId: "mine" });
    expect(h.logger.warnings()).toHaveLength(1);
  });

  it("that does not fit does not prevent joining an existing conversation", async () => {
    const h = new TavusHarness({ options: { conversationId: "c77" } });
    h.api.pal = full;
    await h.start();
    expect(h.call.joins).toHaveLength(1);
    expect(h.logger.warnings()).toHaveLength(1);
  });
});

describe("the journal", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "journal-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const open = (): string[] => readdirSync(folder).filter((name) => name.endsWith(".json"));

  /** Files take real time, in which the clock of the test must stand still or deadlines would pass. */
  async function started(h: TavusHarness): Promise<void> {
    let connected = false;
    h.transport.on("connected", () => (connected = true));
    await h.start();
    await until("the bot is in its room", () => connected);
  }

  async function over(h: TavusHarness): Promise<void> {
    let ended = false;
    h.task.run().then(
      () => (ended = true),
      () => (ended = true),
    );
    await until("the task is over", async () => {
      await h.clock.advance(50);
      return ended;
    });
  }

  it("has an entry while the conversation is open", async () => {
    const h = new TavusHarness({ options: { journal: folder } });
    await started(h);
    expect(open()).toHaveLength(1);
    h.call.addParticipant(PAL);
    h.task.end();
    await over(h);
    expect(h.api.ends).toEqual(["c1"]);
    expect(open()).toEqual([]);
  });

  it("has the name during the creation, and keeps it when the outcome is unknown", async () => {
    for (const name of [undefined, "support"]) {
      const h = new TavusHarness({ options: { journal: folder, conversation: { name } } });
      h.api.createDelayMs = 100;
      h.api.createError = new Error("?");
      const creating = h.transport.createConversation();
      creating.catch(() => undefined);
      await until("it is asked for", () => h.api.creationsAsked === 1);
      const [file = ""] = open();
      const entry = JSON.parse(readFileSync(join(folder, file), "utf8")) as Record<string, unknown>;
      expect(entry.conversationName).toMatch(name ?? /^tavus-transport-[0-9a-f-]{36}$/);
      await h.clock.advance(100);
      await expect(creating).rejects.toThrow("?");
      expect(open()).toEqual([file]);
      rmSync(join(folder, file));
    }
  });

  it("records the limit and the name that are sent, not those they replace", async () => {
    const extra = { conversation_name: "over", properties: { max_call_duration: 7200 } };
    const h = new TavusHarness({ options: { journal: folder, conversation: { name: "under", extra } } });
    await h.transport.createConversation();
    expect(h.api.created[0]).toMatchObject({ conversationName: "over" });
    const entry = JSON.parse(readFileSync(join(folder, open()[0] ?? ""), "utf8")) as Record<string, string>;
    expect(Date.parse(entry.expiresAt ?? "") - Date.parse(entry.createdAt ?? "")).toBeGreaterThan(7_200_000);
    await h.transport.close();
  });

  it("keeps the entry of a conversation that could not be ended", async () => {
    const h = new TavusHarness({ options: { journal: folder } });
    await started(h);
    h.api.endFailures = 100;
    h.task.cancel();
    await over(h);
    expect(open()).toHaveLength(1);
  });

  it("has no entry for a conversation that was joined, not created", async () => {
    const h = new TavusHarness({ options: { journal: folder, conversationId: "c77" } });
    await started(h);
    expect(open()).toEqual([]);
  });

  it("is not kept with an API of the application's own unless the options name it", async () => {
    const h = new TavusHarness({ env: { TAVUS_JOURNAL: folder } });
    await h.start();
    expect(h.api.created).toHaveLength(1);
    expect(open()).toEqual([]);
  });
});
