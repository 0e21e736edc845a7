import { describe, expect, it } from "vitest";

import { InvalidOptionError } from "../../src/util/errors.ts";
import { systemClock } from "../../src/util/clock.ts";
import { serveApi, type ServedApi } from "../emulator/api/serve-api.ts";
import { clientOf, clientWith, failureOf } from "./clients.ts";

function creations(served: ServedApi): number {
  return served.state.requestLog.requests.filter(({ method, path }) => method === "POST" && path === "/conversations")
    .length;
}

const FACE = "r90bbd427f71";

describe("creating a conversation", () => {
  it("returns its id, URL, PAL and face", async () => {
    await using served = await serveApi();
    const conversation = await clientOf(served).createConversation({
      palId: "pipecat-stream",
      faceId: FACE,
      conversationName: "support-call",
    });
    expect(conversation).toMatchObject({
      conversationName: "support-call",
      conversationUrl: `http://rooms.test/${conversation.conversationId}`,
      status: "active",
      palId: "pipecat-stream",
      faceId: FACE,
    });
    expect(conversation.meetingToken).toBeUndefined();
    expect(conversation.createdAt).toMatch(/^\d{4}-\d\d-\d\dT.*\d{6}Z$/);
    expect(served.host.opened[0]).toMatchObject({ pal: { delivery: "track" }, face: { id: FACE } });
  });

  it("sends the new names and always limits", async () => {
    await using served = await serveApi();
    await clientOf(served).createConversation({ palId: "pipecat0", faceId: FACE, conversationName: "n" });
    expect(served.state.requestLog.requests[0]?.body).toEqual({
      pal_id: "pipecat0",
      face_id: FACE,
      conversation_name: "n",
      properties: { max_call_duration: 1800, participant_left_timeout: 30, participant_absent_timeout: 120 },
    });
  });

  it("sends the old names on request", async () => {
    await using served = await serveApi();
    await clientOf(served, { wireNames: "old" }).createConversation({ palId: "pipecat0", faceId: FACE });
    const body = served.state.requestLog.requests[0]?.body;
    expect(body).toMatchObject({ persona_id: "pipecat0", replica_id: FACE });
    expect(body).not.toHaveProperty("pal_id");
    expect(body).not.toHaveProperty("face_id");
  });

  it("sends every option under its name on the wire, and extra fields unchanged", async () => {
    const bodies: unknown[] = [];
    const api = clientWith(async (_url, init) => {
      bodies.push(JSON.parse(init.body as string));
      return Response.json({ conversation_id: "c1", conversation_url: "https://tavus.daily.co/c1" });
    });
    await api.createConversation({
      callbackUrl: "https://me.test/hook?secret=1",
      conversationalContext: "context",
      customGreeting: "hello",
      audioOnly: true,
      testMode: false,
      requireAuth: true,
      maxParticipants: 3,
      memoryStores: ["m"],
      documentRetrievalStrategy: "speed",
      conversationName: "n",
      properties: {
        maxCallDuration: 60,
        participantLeftTimeout: 0,
        participantAbsentTimeout: undefined,
        enableRecording: true,
        recordingStorage: { provider: "s3", bucketName: "b", assumeRoleArn: "arn" },
        applyGreenscreen: true,
        language: "english",
      },
      extra: { policy: "eu", properties: { new_property: 1 } },
    });
    expect(bodies[0]).toEqual({
      callback_url: "https://me.test/hook?secret=1",
      conversational_context: "context",
      custom_greeting: "hello",
      audio_only: true,
      test_mode: false,
      require_auth: true,
      max_participants: 3,
      memory_stores: ["m"],
      document_retrieval_strategy: "speed",
      conversation_name: "n",
      policy: "eu",
      properties: {
        max_call_duration: 60,
        participant_left_timeout: 0,
        participant_absent_timeout: 120,
        enable_recording: true,
        recording_storage: { provider: "s3", bucket_name: "b", assume_role_arn: "arn" },
        apply_greenscreen: true,
        language: "english",
        new_property: 1,
      },
    });
  });

  it("returns the meeting token of a private conversation", async () => {
    await using served = await serveApi();
    const conversation = await clientOf(served).createConversation({ requireAuth: true });
    expect(conversation.meetingToken).toBe(`token-of-${conversation.conversationId}`);
  });

  it("rejects invalid options before any request, listing all problems", async () => {
    await using served = await serveApi();
    const options = { maxParticipants: 1, properties: { maxCallDuratoin: 5, participantLeftTimeout: -1 } };
    const error = await failureOf(clientOf(served).createConversation(options));
    expect(error).toBeInstanceOf(InvalidOptionError);
    for (const field of ["maxParticipants", "maxCallDuratoin", "participantLeftTimeout"])
      expect((error as Error).message).toContain(field);
    expect(served.state.requestLog.total).toBe(0);
  });

  it("is repeated after 429 and 503, which mean that the server did nothing", async () => {
    await using served = await serveApi();
    served.state.faults.next({ status: 429, body: {}, headers: { "retry-after": "1" } });
    served.state.faults.next({ status: 503, body: "<html>busy</html>" });
    await clientOf(served).createConversation();
    expect(creations(served)).toBe(3);
    expect(served.state.openConversations).toBe(1);
  });

  it("is repeated when the connection was refused", async () => {
    await using served = await serveApi();
    let refusals = 2;
    const api = clientOf(served, {
      fetch: (url, init) => fetch(refusals-- > 0 ? "http://127.0.0.1:2/v2/conversations" : url, init),
    });
    await api.createConversation();
    expect(creations(served)).toBe(1);
  });

  it.each([
    ["the connection is reset after the server created it", { reset: true }, "unreachable"],
    ["its answer is too late", { delayMs: 1000 }, "timeout"],
    ["its answer is 500", { status: 500, body: {} }, "serverError"],
    ["its answer is 504", { status: 504, body: "<html>gateway</html>" }, "serverError"],
    ["its answer is cut off", { garbage: true }, "badResponse"],
    ["its answer is empty", { status: 200 }, "badResponse"],
    ["its answer has no id", { body: { status: "active" } }, "badResponse"],
  ])("is not repeated when %s; the orphan is ended", async (_title, fault, code) => {
    await using served = await serveApi();
    served.state.faults.next({ ...fault, method: "POST", path: /^\/conversations$/, afterHandling: true });
    const error = await failureOf(clientOf(served, { timeoutMs: 200, clock: systemClock }).createConversation());
    expect(error).toMatchObject({ code, orphan: "ended" });
    expect(served.state.conversations.createdConversations).toBe(1);
    expect(served.state.openConversations).toBe(0);
  });

  it("ends a conversation whose answer has an id but no URL", async () => {
    await using served = await serveApi();
    const other = await served.request("POST", "/conversations", {});
    const { conversation_id: id } = (await other.json()) as { conversation_id: string };
    served.state.faults.next({ body: { conversation_id: id, status: "active" } });
    const error = await failureOf(clientOf(served).createConversation());
    expect(error).toMatchObject({ code: "badResponse", path: "conversation_url", orphan: "ended" });
    expect(served.state.endCalls(id)).toBe(1);
    expect(served.state.openConversations).toBe(0);
  });

  it("finds an orphan that appears only after the first search", async () => {
    await using served = await serveApi();
    let name: unknown;
    const api = clientOf(served, {
      fetch: async (url, init) => {
        if (init.method === "POST" && url.endsWith("/conversations")) {
          name = (JSON.parse(init.body as string) as { conversation_name: unknown }).conversation_name;
          throw new TypeError("fetch failed", {
            cause: Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }),
          });
        }
        const answer = await fetch(url, init);
        if (served.state.openConversations === 0 && url.includes("?"))
          await served.request("POST", "/conversations", { conversation_name: name });
        return answer;
      },
    });
    expect(await failureOf(api.createConversation())).toMatchObject({ code: "unreachable", orphan: "ended" });
    expect(served.state.openConversations).toBe(0);
  });

  it("reports when there was no orphan and when the search failed", async () => {
    await using served = await serveApi();
    const creation = { method: "POST", path: /^\/conversations$/ };
    served.state.faults.next({ ...creation, reset: true });
    expect(await failureOf(clientOf(served).createConversation())).toMatchObject({ orphan: "notFound" });
    served.state.faults.next({ ...creation, reset: true });
    served.state.faults.next({ method: "GET", status: 403, body: {}, times: 3 });
    expect(await failureOf(clientOf(served).createConversation())).toMatchObject({
      code: "unreachable",
      orphan: "unknown",
    });
  });

  it.each([{ reset: true }, { status: 500, body: {} }, { garbage: true }])(
    "searches again when the first search after %j fails",
    async (fault) => {
      await using served = await serveApi();
      served.state.faults.next({ ...fault, method: "POST", afterHandling: true });
      served.state.faults.next({ method: "GET", status: 403, body: {} });
      expect(await failureOf(clientOf(served).createConversation())).toMatchObject({ orphan: "ended" });
      expect(served.state.openConversations).toBe(0);
    },
  );

  it("never ends another owner's conversation of the same name", async () => {
    await using served = await serveApi();
    const named = { conversationName: "demo" };
    const api = clientOf(served);
    await api.createConversation(named);
    await clientOf(served).createConversation(named);
    served.state.faults.next({ reset: true, afterHandling: true });
    expect(await failureOf(api.createConversation(named))).toMatchObject({ orphan: "notFound" });
    expect(served.state.openConversations).toBe(3);
  });

  it("never ends its own call that has the name of a failed creation", async () => {
    await using served = await serveApi();
    const api = clientOf(served);
    await api.createConversation({ conversationName: "demo" });
    served.state.faults.next({ reset: true });
    const error = await failureOf(api.createConversation({ conversationName: "demo" }));
    expect(error).toMatchObject({ orphan: "notFound" });
    expect(served.state.openConversations).toBe(1);
  });

  it("leaves alone a conversation of the same name that is older than the request", async () => {
    const ended: string[] = [];
    const old = {
      conversation_id: "c1",
      conversation_name: "demo",
      status: "active",
      created_at: "2020-01-01T00:00:00Z",
    };
    const api = clientWith(async (url, init) => {
      if (url.endsWith("/end")) ended.push(url);
      if (init.method === "GET") return Response.json({ data: [old], total_count: 1 });
      return Response.json({}, { status: 500 });
    });
    expect(await failureOf(api.createConversation({ conversationName: "demo" }))).toMatchObject({ orphan: "notFound" });
    expect(ended).toEqual([]);
  });

  it("ends the new conversation and rejects with the reason when aborted during the request", async () => {
    await using served = await serveApi();
    served.state.faults.next({ delayMs: 1000, afterHandling: true });
    const controller = new AbortController();
    const reason = new Error("cancelled");
    const call = failureOf(clientOf(served).createConversation({}, { signal: controller.signal }));
    await expect.poll(() => served.state.openConversations).toBe(1);
    controller.abort(reason);
    expect(await call).toBe(reason);
    expect(served.state.openConversations).toBe(0);
    const [conversation] = served.state.conversations.list();
    expect(served.state.endCalls(conversation?.id ?? "")).toBe(1);
  });

  it("does not retry when aborted between two attempts", async () => {
    const controller = new AbortController();
    let calls = 0;
    const api = clientWith(async () => {
      calls++;
      controller.abort(new Error("cancelled"));
      return Response.json({}, { status: 503 });
    });
    expect(await failureOf(api.createConversation({}, { signal: controller.signal }))).toMatchObject({
      message: "cancelled",
    });
    expect(calls).toBe(1);
  });
});
