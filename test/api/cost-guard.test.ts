import { describe, expect, it, vi } from "vitest";

import { TavusVetoError, type TavusApi } from "../../src/api/index.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { serveApi } from "../emulator/api/serve-api.ts";
import { clientOf, clientWith, failureOf } from "./clients.ts";

function eventsOf(api: TavusApi): unknown[][] {
  const events: unknown[][] = [];
  api.on("conversationCreating", ({ conversationName }) => events.push(["creating", conversationName]));
  api.on("conversationCreated", ({ conversationId }) => events.push(["created", conversationId]));
  api.on("conversationNotCreated", (failure) => events.push(["notCreated", failure]));
  api.on("conversationEnded", ({ conversationId }) => events.push(["ended", conversationId]));
  return events;
}

describe("the limit on concurrent conversations", () => {
  it("rejects a conversation above the limit before any request, until another is ended", async () => {
    await using served = await serveApi();
    const api = clientOf(served, { maxConcurrentConversations: 2 });
    const { conversationId } = await api.createConversation();
    await api.createConversation();
    const error = await failureOf(api.createConversation());
    expect(error).toMatchObject({ code: "concurrencyLimit", status: undefined });
    expect((error as Error).message).toContain("maxConcurrentConversations is 2");
    expect(served.state.conversations.createdConversations).toBe(2);
    await api.endConversation(conversationId);
    await api.createConversation();
    expect(api.openConversations).toBe(2);
  });

  it("counts creations in progress", async () => {
    await using served = await serveApi();
    const api = clientOf(served, { maxConcurrentConversations: 3 });
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => api.createConversation()));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
    expect(served.state.conversations.createdConversations).toBe(3);
  });

  it("counts a conversation once, from the moment it exists", async () => {
    await using served = await serveApi();
    const api = clientOf(served);
    const counted: number[] = [];
    api.on("conversationCreating", () => counted.push(api.openConversations));
    api.on("conversationCreated", () => counted.push(api.openConversations));
    await api.createConversation();
    expect(counted).toEqual([1, 1]);
  });

  it("releases a slot when a creation fails", async () => {
    await using served = await serveApi();
    const api = clientOf(served, { maxConcurrentConversations: 1 });
    served.state.faults.next({ method: "POST", status: 402, body: { message: "no" } });
    expect(await failureOf(api.createConversation())).toMatchObject({ code: "outOfCredits" });
    expect(await failureOf(api.createConversation({}, { signal: AbortSignal.abort(new Error("x")) }))).toMatchObject({
      message: "x",
    });
    await api.createConversation();
  });

  it("notices that a conversation has ended by itself", async () => {
    await using served = await serveApi();
    const api = clientOf(served, { maxConcurrentConversations: 1 });
    const { conversationId } = await api.createConversation();
    await served.state.conversations.end(conversationId, "participant_left_timeout reached");
    const events = eventsOf(api);
    const second = await api.createConversation({ conversationName: "second" });
    expect(events).toEqual([
      ["ended", conversationId],
      ["creating", "second"],
      ["created", second.conversationId],
    ]);
  });

  it("does not count a conversation as over because a list lacks it", async () => {
    await using served = await serveApi();
    const api = clientOf(served, { maxConcurrentConversations: 1 });
    await api.createConversation();
    const events = eventsOf(api);
    served.state.faults.next({ method: "GET", path: /^\/conversations$/, body: { data: [], total_count: 0 } });
    expect(await failureOf(api.createConversation())).toMatchObject({ code: "concurrencyLimit" });
    expect(events).toEqual([]);
  });

  it("notices that a conversation was deleted elsewhere", async () => {
    await using served = await serveApi();
    const api = clientOf(served, { maxConcurrentConversations: 1 });
    const { conversationId } = await api.createConversation();
    await served.request("DELETE", `/conversations/${conversationId}`);
    await api.createConversation();
    expect(api.openConversations).toBe(1);
  });

  it("counts no conversation for longer than its own limit", async () => {
    const clock = new VirtualClock();
    const answer = { conversation_id: "c1", conversation_url: "https://a.test/c1" };
    const api = clientWith(async () => Response.json(answer), { clock });
    await api.createConversation({ properties: { maxCallDuration: 600 } });
    await clock.advance(600_000);
    expect(api.openConversations).toBe(1);
    await clock.advance(61_000);
    expect(api.openConversations).toBe(0);
  });

  it("does not count a test-mode conversation", async () => {
    await using served = await serveApi();
    const api = clientOf(served, { maxConcurrentConversations: 1 });
    await api.createConversation({ testMode: true });
    expect(api.openConversations).toBe(0);
  });

  it("must be at least one", () => {
    expect(() => clientWith(async () => new Response(), { maxConcurrentConversations: 0 })).toThrow(
      /maxConcurrentConversations/,
    );
  });
});

describe("the hook before a creation", () => {
  it("receives the options under the new names and the number of open conversations", async () => {
    await using served = await serveApi();
    const beforeCreate = vi.fn();
    const api = clientOf(served, { beforeCreate });
    await api.createConversation({ palId: "pipecat-stream" });
    await api.createConversation({ personaId: "pipecat-stream" });
    expect(beforeCreate.mock.calls).toMatchObject([
      [{ palId: "pipecat-stream" }, { openConversations: 0 }],
      [{ palId: "pipecat-stream" }, { openConversations: 1 }],
    ]);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("budget spent");
      },
    ],
    ["rejects", () => Promise.reject(new Error("budget spent"))],
  ])("vetoes the creation with a typed error when it %s, and nothing is sent", async (_how, beforeCreate) => {
    await using served = await serveApi();
    const error = await failureOf(clientOf(served, { beforeCreate }).createConversation());
    expect(error).toBeInstanceOf(TavusVetoError);
    expect(error).toMatchObject({ code: "vetoed", retryable: false, cause: { message: "budget spent" } });
    expect((error as Error).message).toContain("budget spent");
    expect(served.state.requestLog.total).toBe(0);
  });

  it("vetoes the creation when it does not settle within ten seconds", async () => {
    const clock = new VirtualClock();
    const api = clientWith(async () => Response.json({}), { clock, beforeCreate: () => new Promise(() => undefined) });
    const failure = failureOf(api.createConversation());
    await clock.advance(10_000);
    expect(await failure).toMatchObject({ code: "vetoed" });
  });
});

describe("the events of TavusApi", () => {
  it("report a creation, then the conversation, then its end", async () => {
    await using served = await serveApi();
    const api = clientOf(served);
    const events = eventsOf(api);
    const { conversationId } = await api.createConversation({ conversationName: "n" });
    expect(events).toEqual([
      ["creating", "n"],
      ["created", conversationId],
    ]);
    await api.deleteConversation(conversationId);
    expect(events.slice(2)).toEqual([["ended", conversationId]]);
  });

  it("report a failed creation and whether a conversation may be open", async () => {
    await using served = await serveApi();
    const api = clientOf(served);
    const events = eventsOf(api);
    served.state.faults.next({ method: "POST", status: 400, body: { error: "no" } });
    await failureOf(api.createConversation({ conversationName: "refused" }));
    served.state.faults.next({ method: "POST", path: /^\/conversations$/, reset: true, afterHandling: true });
    await failureOf(api.createConversation({ conversationName: "lost" }));
    const orphan = served.state.conversations.list()[0]?.id;
    served.state.faults.next({ method: "POST", path: /^\/conversations$/, reset: true });
    served.state.faults.next({ method: "GET", status: 403, body: {}, times: 3 });
    await failureOf(api.createConversation({ conversationName: "unknown" }));
    expect(events).toEqual([
      ["creating", "refused"],
      ["notCreated", { conversationName: "refused", mayBeOpen: false }],
      ["creating", "lost"],
      ["ended", orphan],
      ["notCreated", { conversationName: "lost", mayBeOpen: false }],
      ["creating", "unknown"],
      ["notCreated", { conversationName: "unknown", mayBeOpen: true }],
    ]);
  });

  it("report an aborted creation as a conversation and its end", async () => {
    await using served = await serveApi();
    const api = clientOf(served);
    const events = eventsOf(api);
    served.state.faults.next({ delayMs: 500, afterHandling: true });
    const controller = new AbortController();
    const call = failureOf(api.createConversation({ conversationName: "n" }, { signal: controller.signal }));
    await expect.poll(() => served.state.openConversations).toBe(1);
    controller.abort(new Error("cancelled"));
    await call;
    expect(events.map(([what]) => what)).toEqual(["creating", "created", "ended"]);
    expect(api.openConversations).toBe(0);
  });

  it("survive a listener that throws, and skip a removed listener", async () => {
    await using served = await serveApi();
    const api = clientOf(served);
    const deaf = vi.fn();
    api.on("conversationCreated", deaf).off("conversationCreated", deaf);
    api.on("conversationCreating", () => {
      throw new Error("mine");
    });
    await api.createConversation();
    expect(deaf).not.toHaveBeenCalled();
  });
});
