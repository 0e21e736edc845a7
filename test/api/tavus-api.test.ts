import { describe, expect, it } from "vitest";

import { serveApi } from "../emulator/api/serve-api.ts";
import { clientOf, clientWith, failureOf } from "./clients.ts";

describe("ending a conversation", () => {
  it("closes it and succeeds again for the same or an unknown id", async () => {
    await using served = await serveApi();
    const api = clientOf(served);
    const { conversationId } = await api.createConversation();
    await api.endConversation(conversationId);
    await api.endConversation(conversationId);
    await api.endConversation("c0000");
    expect(served.state.openConversations).toBe(0);
    expect(served.host.closed).toEqual([{ id: conversationId, reason: "end_conversation_endpoint_hit" }]);
    expect(served.state.endCalls(conversationId)).toBe(2);
  });

  it("is repeated after 5xx, resets and lost answers, but not forever", async () => {
    await using served = await serveApi();
    const api = clientOf(served);
    const { conversationId } = await api.createConversation();
    served.state.faults.next({ status: 500, body: "<html>" });
    served.state.faults.next({ reset: true });
    served.state.faults.next({ reset: true, afterHandling: true });
    await api.endConversation(conversationId);
    expect(served.state.openConversations).toBe(0);
    served.state.faults.next({ status: 500, times: 100 });
    expect(await failureOf(api.endConversation(conversationId))).toMatchObject({ code: "serverError" });
    expect(served.state.faults.pending).toBe(95);
  });

  it.each(["", " \n", "{}", '{"status":"ended"}', '{"message":"Conversation ended"}', '{"data":null}'])(
    "accepts a success with the body %j without another request",
    async (body) => {
      let requests = 0;
      const api = clientWith(async () => {
        requests++;
        return new Response(body);
      });
      await api.endConversation("c1");
      expect(requests).toBe(1);
    },
  );

  describe.each(["<html>Log in to the Wi-Fi</html>", "OK", '{"error":"not now"}', '{"conversation_id":"c', "[]", "7"])(
    "that Tavus answers with 200 and %j",
    (garbage) => {
      const answered = (conversation: () => Response) =>
        clientWith(async (url, { method }) =>
          method === "GET" && url.endsWith("/conversations/c1") ? conversation() : new Response(garbage),
        );
      const withStatus = (status: string): Response =>
        Response.json({ conversation_id: "c1", conversation_url: "https://tavus.daily.co/c1", status });

      it.each([
        ["says that it is over", () => withStatus("ended")],
        ["no longer exists", () => Response.json({ error: "Invalid conversation_id" }, { status: 400 })],
      ])("succeeds when the conversation %s", async (_what, conversation) => {
        const api = answered(conversation);
        await api.endConversation("c1");
        await api.deleteConversation("c1");
      });

      it.each([
        ["says that it is active", () => withStatus("active")],
        ["is answered with the same garbage", () => new Response(garbage)],
      ])("fails when the conversation %s", async (_what, conversation) => {
        const api = answered(conversation);
        for (const ending of [api.endConversation("c1"), api.deleteConversation("c1")])
          expect(await failureOf(ending)).toMatchObject({ code: "badResponse", retryable: true });
      });
    },
  );

  it("fails when the key is wrong: the conversation is still open", async () => {
    await using served = await serveApi();
    const { conversationId } = await clientOf(served).createConversation();
    const error = await failureOf(clientOf(served, { apiKey: "wrong" }).endConversation(conversationId));
    expect(error).toMatchObject({ code: "unauthorized", status: 401 });
    expect(served.state.openConversations).toBe(1);
  });

  it("fails on a 404 that is not about the conversation, as from a wrong URL", async () => {
    const api = clientWith(async () => new Response("<html>Not Found</html>", { status: 404 }));
    expect(await failureOf(api.endConversation("c1"))).toMatchObject({ code: "notFound", status: 404 });
  });

  it.each(["", ".", ".."])("rejects %j as an id", async (id) => {
    const api = clientWith(async () => Response.json({}));
    expect(await failureOf(api.endConversation(id))).toMatchObject({ code: "invalidOption", field: "conversationId" });
  });

  it("encodes an odd id as one path segment", async () => {
    const urls: string[] = [];
    const api = clientWith(async (url) => {
      urls.push(url);
      return new Response();
    });
    await api.endConversation("../pals/x?y#z");
    expect(urls).toEqual(["https://tavus.test/v2/conversations/..%2Fpals%2Fx%3Fy%23z/end"]);
  });

  it("returns the id of an orphan ended by name, or undefined when there is none", async () => {
    await using served = await serveApi();
    const { conversationId } = await clientOf(served).createConversation({ conversationName: "lost" });
    const api = clientOf(served);
    expect(await api.endOrphan("lost")).toBe(conversationId);
    expect(await api.endOrphan("lost")).toBeUndefined();
    expect(served.state.openConversations).toBe(0);
  });
});

describe("reading conversations", () => {
  it("returns one, with its events and shutdown reason when verbose", async () => {
    await using served = await serveApi();
    const api = clientOf(served);
    const { conversationId } = await api.createConversation({ palId: "pipecat-stream" });
    served.state.participantJoined(conversationId, { isPal: true });
    await api.endConversation(conversationId);
    const short = await api.getConversation(conversationId);
    expect(short).toMatchObject({ conversationId, status: "ended", palId: "pipecat-stream", faceId: "r90bbd427f71" });
    expect(short.events).toBeUndefined();
    const { events, shutdownReason } = await api.getConversation(conversationId, { verbose: true });
    expect(shutdownReason).toBe("end_conversation_endpoint_hit");
    expect(events?.map(({ eventType }) => eventType)).toEqual([
      "system.pal_joined",
      "system.replica_joined",
      "system.shutdown",
    ]);
    expect(events?.[0]?.properties).toEqual({ face_id: "r90bbd427f71" });
  });

  it.each([{ reason: "r" }, { shutdown_reason: "r" }])(
    "reads the shutdown reason from the event properties %j",
    async (properties) => {
      const events = [{ event_type: "system.shutdown", timestamp: "t", properties }, { nonsense: true }, 7];
      const api = clientWith(async () => Response.json({ conversation_url: "https://a.test/c1", events }));
      const conversation = await api.getConversation("c1", { verbose: true });
      expect(conversation.shutdownReason).toBe("r");
      expect(conversation.events).toHaveLength(1);
    },
  );

  it("lists all pages of a status", async () => {
    await using served = await serveApi({ maxConcurrent: 300 });
    for (let i = 0; i < 230; i++) await served.request("POST", "/conversations", { conversation_name: `n${i}` });
    const api = clientOf(served);
    const [first] = served.state.conversations.list();
    await api.endConversation(first?.id ?? "");
    const active = await api.listConversations({ status: "active" });
    expect(new Set(active.map(({ conversationName }) => conversationName)).size).toBe(229);
    expect((await api.listConversations({ status: "ended" })).map(({ conversationId }) => conversationId)).toEqual([
      first?.id,
    ]);
    expect(await api.listConversations()).toHaveLength(230);
  });

  it("ends the listing when the server supports neither pages nor filters", async () => {
    let calls = 0;
    const api = clientWith(async () => {
      calls++;
      return Response.json([
        { conversation_id: "c1", status: "active" },
        { conversation_id: "c2", status: "ended" },
        { broken: true },
        null,
      ]);
    });
    const active = await api.listConversations({ status: "active" });
    expect(active).toMatchObject([{ conversationId: "c1", conversationUrl: "https://tavus.daily.co/c1" }]);
    expect(calls).toBe(3);
  });

  it("names the unusable field of an answer and shows the beginning of its body", async () => {
    const api = clientWith(async () => Response.json({ conversation_id: "c1", conversation_url: "not a url" }));
    expect(await failureOf(api.getConversation("c1"))).toMatchObject({
      code: "badResponse",
      path: "conversation_url",
      bodyStart: '{"conversation_id":"c1","conversation_url":"not a url"}',
    });
  });
});

describe("reading a PAL", () => {
  it("returns its name, mode, face and microphone", async () => {
    await using served = await serveApi();
    expect(await clientOf(served).getPal("pipecat0")).toMatchObject({
      palId: "pipecat0",
      palName: "Ari",
      pipelineMode: "echo",
      transportMicrophone: "disabled",
    });
    expect(await clientOf(served).getPal("pipecat-stream")).toMatchObject({
      palName: "Tavus Echo Audio Stream",
      defaultFaceId: "r90bbd427f71",
    });
  });

  it.each([404, 400])("asks /personas when /pals answers %d", async (status) => {
    await using served = await serveApi({ responses: { one: "dataList" } });
    served.state.faults.next({ path: "/pals/", status, body: { error: "Invalid pal_id" } });
    expect((await clientOf(served).getPal("pipecat0")).palName).toBe("Ari");
    expect(served.state.requestLog.requests.map(({ path }) => path)).toEqual(["/pals/pipecat0", "/personas/pipecat0"]);
  });

  it("asks the old endpoint first when the old names are on the wire", async () => {
    await using served = await serveApi();
    await clientOf(served, { wireNames: "old" }).getPal("pipecat0");
    expect(served.state.requestLog.requests.map(({ path }) => path)).toEqual(["/personas/pipecat0"]);
  });

  it("fails with notFound for an unknown id", async () => {
    await using served = await serveApi();
    expect(await failureOf(clientOf(served).getPal("p0"))).toMatchObject({ code: "notFound", resource: "pal" });
  });

  it("does not ask again after another failure", async () => {
    await using served = await serveApi();
    expect(await failureOf(clientOf(served, { apiKey: "wrong" }).getPal("p0"))).toMatchObject({ code: "unauthorized" });
    expect(served.state.requestLog.total).toBe(1);
  });
});
