import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { createTavusApp } from "../../../src/emulator/api/index.ts";
import { TavusState } from "../../../src/emulator/state/tavus-state.ts";
import { silentLogger } from "../../../src/util/logger.ts";
import { RecordingHost, serveApi, type ServedApi } from "./serve-api.ts";

const FACE = "r90bbd427f71";

async function answer(response: Promise<Response>): Promise<{ status: number; body: unknown }> {
  const { status, text } = await response.then(async (r) => ({ status: r.status, text: await r.text() }));
  return { status, body: text === "" ? undefined : (JSON.parse(text) as unknown) };
}

async function newConversation(served: ServedApi, body: object = {}): Promise<Record<string, unknown>> {
  return (await answer(served.request("POST", "/conversations", body))).body as Record<string, unknown>;
}

describe("error bodies of the reference", () => {
  it("a wrong, empty or missing key", async () => {
    await using served = await serveApi();
    const expected = { status: 401, body: { message: "Invalid access token" } };
    for (const key of ["wrong", "", `${served.state.apiKey}x`])
      expect(await answer(served.request("GET", "/conversations", undefined, { "x-api-key": key }))).toEqual(expected);
    expect(await answer(fetch(`${served.apiUrl}/anything`))).toEqual(expected);
    const bearer = { authorization: `Bearer ${served.state.apiKey}` };
    expect(await answer(fetch(`${served.apiUrl}/pals`, { headers: bearer }))).toEqual(expected);
  });

  it("unknown ids are 400, under the old names", async () => {
    await using served = await serveApi();
    const cases: [string, string, object | undefined, string][] = [
      ["GET", "/conversations/c0", undefined, "Invalid conversation_id"],
      ["POST", "/conversations/c0/end", undefined, "Invalid conversation_id"],
      ["DELETE", "/conversations/c0", undefined, "Invalid conversation_id"],
      ["POST", "/conversations", { pal_id: "p0" }, "Invalid persona_id"],
      ["POST", "/conversations", { persona_id: "p0" }, "Invalid persona_id"],
      ["POST", "/conversations", { face_id: "r0" }, "Invalid replica_id"],
      ["POST", "/conversations", { replica_id: "r0" }, "Invalid replica_id"],
      ["GET", "/pals/p0", undefined, "Invalid persona_id"],
      ["GET", "/personas/p0", undefined, "Invalid persona_id"],
      ["GET", "/faces/r0", undefined, "Invalid replica_uuid"],
      ["GET", "/replicas/r0", undefined, "Invalid replica_uuid"],
    ];
    for (const [method, path, body, error] of cases) {
      expect(await answer(served.request(method, path, body)), `${method} ${path}`).toEqual({
        status: 400,
        body: { error },
      });
    }
  });

  it("too many conversations, no credits, a room that cannot be opened", async () => {
    await using full = await serveApi({ maxConcurrent: 0 });
    expect(await answer(full.request("POST", "/conversations", {}))).toEqual({
      status: 400,
      body: { message: "User has reached maximum concurrent conversations" },
    });
    await using poor = await serveApi({ creditsS: 0 });
    expect(await answer(poor.request("POST", "/conversations", {}))).toEqual({
      status: 402,
      body: { message: "The user is out of conversational credits" },
    });
    await using broken = await serveApi();
    broken.host.failure = new Error("no room");
    expect(await answer(broken.request("POST", "/conversations", {}))).toEqual({
      status: 400,
      body: { error: "There was an error creating the conversation, please reach out to support at support@tavus.io!" },
    });
  });

  it.each([
    ["{", "Invalid request: the body is not valid JSON"],
    ["[]", "Invalid request"],
    ['"text"', "Invalid request"],
    ['{"max_participants":1}', "Invalid request: max_participants"],
    ['{"properties":{"max_call_duration":"60"}}', "Invalid request: properties.max_call_duration"],
    ['{"properties":{"participant_left_timeout":-1}}', "Invalid request: properties.participant_left_timeout"],
    ['{"properties":{"recording_storage":{}}}', "Invalid request: properties.recording_storage.provider"],
    ['{"document_retrieval_strategy":"fast"}', "Invalid request: document_retrieval_strategy"],
  ])("the body %s is 400", async (body, error) => {
    await using served = await serveApi();
    const result = await answer(served.request("POST", "/conversations", body));
    expect(result.status).toBe(400);
    expect((result.body as { error: string }).error).toContain(error);
    expect(served.state.openConversations).toBe(0);
  });

  it("a body of more than a megabyte is refused", async () => {
    await using served = await serveApi();
    const body = { conversational_context: "x".repeat(1_000_001) };
    expect((await answer(served.request("POST", "/conversations", body))).status).toBe(413);
  });

  it("a PAL without a face needs one to be named", async () => {
    await using served = await serveApi();
    expect(await answer(served.request("POST", "/conversations", { pal_id: "pipecat0" }))).toEqual({
      status: 400,
      body: { message: "replica_id is required" },
    });
    expect((await answer(served.request("POST", "/conversations", { pal_id: "pipecat0", face_id: FACE }))).status).toBe(
      200,
    );
  });
});

describe("conversations", () => {
  it("creation answers with exactly the documented fields", async () => {
    await using served = await serveApi();
    const plain = await newConversation(served);
    const id = plain.conversation_id as string;
    expect(id).toMatch(/^c[0-9a-f]{12}$/);
    expect(plain).toEqual({
      conversation_id: id,
      conversation_name: expect.stringMatching(/^New Conversation \d{13}$/) as string,
      conversation_url: `http://rooms.test/${id}`,
      status: "active",
      callback_url: "",
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/) as string,
    });
    const locked = await newConversation(served, { require_auth: true, callback_url: "https://me.test/" });
    expect(locked.meeting_token).toBe(`token-of-${locked.conversation_id as string}`);
    expect(locked.callback_url).toBe("https://me.test/");
  });

  it("new names win over old ones, and a PAL's face is the default", async () => {
    await using served = await serveApi();
    await newConversation(served, {
      pal_id: "pipecat-stream",
      persona_id: "pipecat0",
      face_id: "r5dc7c7d0bcb",
      replica_id: "r0",
    });
    await newConversation(served, { persona_id: "pipecat-stream", replica_id: "" });
    await newConversation(served);
    expect(served.host.opened.map(({ pal, face }) => [pal.id, face.id])).toEqual([
      ["pipecat-stream", "r5dc7c7d0bcb"],
      ["pipecat-stream", FACE],
      ["pcb7a34da5fe", FACE],
    ]);
  });

  it("the host receives everything it needs to open the room", async () => {
    await using served = await serveApi();
    await newConversation(served, {
      pal_id: "pipecat0",
      face_id: FACE,
      max_participants: 3,
      audio_only: true,
      properties: { require_auth: true, max_call_duration: 99, my_own: 1 },
    });
    expect(served.host.opened[0]).toMatchObject({
      pal: { name: "Ari", pipelineMode: "echo", delivery: "messages" },
      requireAuth: true,
      maxParticipants: 3,
      audioOnly: true,
      limits: { maxCallDurationS: 99, participantLeftTimeoutS: 0, participantAbsentTimeoutS: 300 },
      properties: { my_own: 1 },
    });
  });

  it.each([
    ["new", { pal_id: "pcb7a34da5fe", face_id: FACE }],
    ["old", { persona_id: "pcb7a34da5fe", replica_id: FACE }],
    ["both", { pal_id: "pcb7a34da5fe", face_id: FACE, persona_id: "pcb7a34da5fe", replica_id: FACE }],
  ] as const)("are told under %s names", async (names, expected) => {
    await using served = await serveApi({ responses: { names } });
    const { conversation_id: id } = await newConversation(served);
    const { body } = await answer(served.request("GET", `/conversations/${id as string}`));
    expect(body).toMatchObject(expected);
    expect(Object.keys(body as object)).toHaveLength(7 + Object.keys(expected).length);
  });

  it("verbose adds events and, at the end, the reason", async () => {
    await using served = await serveApi();
    const { conversation_id: id } = await newConversation(served);
    const url = `/conversations/${id as string}`;
    expect((await answer(served.request("GET", `${url}?verbose=true`))).body).toMatchObject({
      status: "active",
      events: [],
    });
    expect(await answer(served.request("POST", `${url}/end`))).toEqual({ status: 200, body: undefined });
    expect((await answer(served.request("GET", `${url}?verbose=true`))).body).toMatchObject({
      status: "ended",
      shutdown_reason: "end_conversation_endpoint_hit",
      events: [{ event_type: "system.shutdown", properties: { reason: "end_conversation_endpoint_hit" } }],
    });
  });

  it("are listed newest first, ten per page, from page 1, by status and PAL", async () => {
    await using served = await serveApi({ maxConcurrent: 20 });
    for (let i = 0; i < 12; i++) await newConversation(served, { conversation_name: `n${i}` });
    const { conversation_id: id } = await newConversation(served, {
      pal_id: "pipecat-stream",
      conversation_name: "n12",
    });
    await served.request("POST", `/conversations/${id as string}/end`);
    const list = async (query: string): Promise<{ names: unknown[]; total: unknown }> => {
      const body = (await answer(served.request("GET", `/conversations${query}`))).body as {
        data: { conversation_name: unknown }[];
        total_count: unknown;
      };
      return { names: body.data.map(({ conversation_name }) => conversation_name), total: body.total_count };
    };
    expect(await list("")).toEqual({
      names: ["n12", "n11", "n10", "n9", "n8", "n7", "n6", "n5", "n4", "n3"],
      total: 13,
    });
    expect(await list("?page=2")).toEqual({ names: ["n2", "n1", "n0"], total: 13 });
    expect(await list("?page=3")).toEqual({ names: [], total: 13 });
    expect(await list("?status=ended&limit=1")).toEqual({ names: ["n12"], total: 1 });
    expect((await list("?status=active&limit=100")).total).toBe(12);
    expect((await list("?persona_id=pipecat-stream")).total).toBe(1);
    for (const query of ["?status=open", "?limit=0", "?limit=1001", "?page=x"])
      expect((await served.request("GET", `/conversations${query}`)).status).toBe(400);
  });

  it("deleting one ends it and removes it", async () => {
    await using served = await serveApi();
    const { conversation_id: id } = await newConversation(served);
    expect((await served.request("DELETE", `/conversations/${id as string}`)).status).toBe(204);
    expect(served.host.closed).toEqual([{ id, reason: "daily_room_has_been_deleted" }]);
    expect((await served.request("GET", `/conversations/${id as string}`)).status).toBe(400);
    expect(served.state.openConversations).toBe(0);
  });
});

describe("PALs and faces", () => {
  it("pipecat0 is described as by the real service", async () => {
    await using served = await serveApi();
    const { body } = await answer(served.request("GET", "/personas/pipecat0"));
    expect(body).toMatchObject({
      persona_id: "pipecat0",
      persona_name: "Ari",
      pipeline_mode: "echo",
      system_prompt: " ",
      context: null,
      layers: { transport: { input_settings: { microphone: "disabled" } } },
      default_replica_id: null,
    });
    expect((await answer(served.request("GET", "/pals/pipecat0"))).body).toMatchObject({
      pal_id: "pipecat0",
      pal_name: "Ari",
      default_face_id: null,
    });
  });

  it("a PAL can be answered as a list of one", async () => {
    await using served = await serveApi({ responses: { one: "dataList" } });
    expect((await answer(served.request("GET", "/pals/pipecat0"))).body).toMatchObject({
      data: [{ pal_id: "pipecat0" }],
    });
  });

  it("a new PAL needs a face, a persona does not; both can be used", async () => {
    await using served = await serveApi();
    const create = (path: string, body: object) => answer(served.request("POST", path, body));
    expect(await create("/pals", { pal_name: "n", pipeline_mode: "echo" })).toEqual({
      status: 400,
      body: { message: "default_face_id is required" },
    });
    expect(await create("/pals", { default_face_id: FACE })).toMatchObject({
      body: { message: "system_prompt is required" },
    });
    expect(await create("/personas", { persona_name: "n" })).toMatchObject({
      body: { message: "system_prompt is required" },
    });
    const pal = (await create("/pals", { pal_name: "Mine", pipeline_mode: "echo", default_face_id: FACE })).body as {
      pal_id: string;
    };
    expect((await answer(served.request("GET", `/personas/${pal.pal_id}`))).body).toMatchObject({
      persona_name: "Mine",
    });
    const persona = await create("/personas", { persona_name: "Old", system_prompt: "Be kind." });
    expect(persona.body).toMatchObject({ persona_id: expect.stringMatching(/^p/) as string, persona_name: "Old" });
    expect((await newConversation(served, { pal_id: pal.pal_id })).status).toBe("active");
    const mine = (await answer(served.request("GET", "/pals?pal_type=user"))).body as { data: object[] };
    expect(mine.data).toHaveLength(2);
  });

  it("faces use the names of the endpoint", async () => {
    await using served = await serveApi();
    expect((await answer(served.request("GET", `/faces/${FACE}`))).body).toMatchObject({
      face_id: FACE,
      face_name: "Anna - Casual",
      status: "completed",
    });
    expect((await answer(served.request("GET", `/replicas/${FACE}`))).body).toMatchObject({
      replica_id: FACE,
      replica_name: "Anna - Casual",
    });
    const some = (await answer(served.request("GET", `/faces?face_ids=${FACE},rb32069a3012`))).body as {
      data: object[];
    };
    expect(some.data).toHaveLength(2);
    expect((await answer(served.request("GET", "/replicas?replica_type=user"))).body).toEqual({
      data: [],
      total_count: 0,
    });
  });
});

describe("faults on demand", () => {
  it("by chance hit their share of requests, the same ones for the same seed", async () => {
    const run = async (faultSeed: number): Promise<boolean[]> => {
      await using served = await serveApi({ faultSeed });
      served.state.faults.next({ path: "/pals", probability: 0.3, status: 500, body: {} });
      const hits: boolean[] = [];
      for (let i = 0; i < 100; i++) hits.push((await served.request("GET", "/pals")).status === 500);
      expect((await served.request("GET", "/faces")).status).toBe(200);
      expect(served.state.faults.pending).toBe(Infinity);
      return hits;
    };
    const first = await run(7);
    expect(await run(7)).toEqual(first);
    expect(await run(8)).not.toEqual(first);
    const hits = first.filter(Boolean).length;
    expect(hits).toBeGreaterThan(15);
    expect(hits).toBeLessThan(45);
  });

  it("answer in a wrong shape, or with JSON that is cut off", async () => {
    await using served = await serveApi();
    served.state.faults.next({ wrongShape: true });
    const { status, body } = await answer(served.request("GET", "/pals"));
    expect([status, Array.isArray((body as { data: unknown }).data)]).toEqual([200, false]);
    served.state.faults.next({ garbage: true });
    await expect(answer(served.request("GET", "/pals"))).rejects.toThrow(SyntaxError);
  });

  it("hit the next matching requests, in order, and then no more", async () => {
    await using served = await serveApi();
    served.state.faults.next({ path: "/pals", method: "get", status: 500, body: "<html>", times: 2 });
    served.state.faults.next({ path: "/pals", status: 503, headers: { "retry-after": "1" } });
    const status = async (path: string): Promise<number> => (await served.request("GET", path)).status;
    expect(await status("/faces")).toBe(200);
    expect([await status("/pals"), await status("/pals"), await status("/pals"), await status("/pals")]).toEqual([
      500, 500, 503, 200,
    ]);
    expect(served.state.faults.pending).toBe(0);
  });

  it("a reset is a broken connection, and in the log it has no status", async () => {
    await using served = await serveApi();
    served.state.faults.next({ reset: true });
    await expect(served.request("GET", "/pals")).rejects.toThrow("fetch failed");
    await expect.poll(() => served.state.requestLog.requests).toMatchObject([{ path: "/pals", status: undefined }]);
  });

  it("afterHandling replaces the whole answer to a request that was carried out", async () => {
    await using served = await serveApi();
    served.state.faults.next({ status: 502, body: "<html>", afterHandling: true });
    const response = await served.request("POST", "/conversations", {});
    expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([
      502,
      "text/html",
      "<html>",
    ]);
    expect(served.state.openConversations).toBe(1);
  });

  it.each([
    ["400", 400, "maximum concurrent conversations"],
    ["401", 401, "Invalid access token"],
    ["402", 402, "out of conversational credits"],
    ["403", 403, "Forbidden"],
    ["404", 404, "Not Found"],
    ["429", 429, "maximum concurrent conversations"],
    ["500", 500, "Internal Server Error"],
    ["503", 503, "<html>"],
  ] as const)("failCreation(%s) fails every creation, and nothing else", async (failure, status, text) => {
    await using served = await serveApi();
    served.state.faults.failCreation(failure);
    expect((await served.request("GET", "/conversations")).status).toBe(200);
    for (const path of ["/conversations", "/conversations/"]) {
      const response = await served.request("POST", path, {});
      expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(text)]);
    }
    expect(served.state.conversations.createdConversations).toBe(0);
  });

  it("failCreation leaves a creation without an answer, or resets it, as often as asked", async () => {
    await using served = await serveApi();
    served.state.faults.failCreation("timeout", 1);
    served.state.faults.failCreation("reset", 1);
    const signal = AbortSignal.timeout(50);
    const headers = { "x-api-key": served.state.apiKey };
    const create = (init: RequestInit) => fetch(`${served.apiUrl}/conversations`, { method: "POST", headers, ...init });
    await expect(create({ signal })).rejects.toThrow("aborted due to timeout");
    await expect(create({})).rejects.toThrow("fetch failed");
    expect((await create({})).status).toBe(200);
    expect(served.state.conversations.createdConversations).toBe(1);
  });

  it("a delay alone changes nothing but the time", async () => {
    await using served = await serveApi();
    served.state.faults.next({ delayMs: 30 });
    const startedMs = performance.now();
    expect((await served.request("GET", "/pals")).status).toBe(200);
    expect(performance.now() - startedMs).toBeGreaterThan(25);
  });
});

it("the app answers when called without a server, too", async () => {
  const state = new TavusState({ host: new RecordingHost(), origin: () => "http://late.test", logger: silentLogger });
  const headers = { "x-api-key": state.apiKey };
  const response = await createTavusApp(state).request("/v2/conversations", { method: "POST", headers });
  const { conversation_id: id, conversation_url: url } = (await response.json()) as Record<string, string>;
  expect(url).toBe(`http://late.test/${id!}`);
  await state.close();
});

describe("the request log", () => {
  it("has method, path, query, body and status, and no secrets", async () => {
    await using served = await serveApi();
    await served.request("POST", "/personas?x=1", {
      persona_name: "n",
      pipeline_mode: "echo",
      layers: { llm: { api_key: "hidden", model: "m" } },
    });
    expect(served.state.requestLog.requests).toMatchObject([
      {
        method: "POST",
        path: "/personas",
        query: { x: "1" },
        status: 200,
        body: { persona_name: "n", layers: { llm: { model: "m" } } },
      },
    ]);
    const text = JSON.stringify(served.state.requestLog.requests);
    expect(text).not.toContain("hidden");
    expect(text).not.toContain(served.state.apiKey);
  });
});

/** Creates a resource of each kind; returns their paths. */
async function oneOfEach(served: ServedApi): Promise<Record<string, string>> {
  const bodies: Record<string, [path: string, idKey: string, body: object]> = {
    pal: ["/pals", "pal_id", { pal_name: "n", pipeline_mode: "echo", default_face_id: FACE }],
    face: ["/faces", "face_id", { train_video_url: "https://a.test" }],
    document: ["/documents", "document_id", { document_url: "https://a.test" }],
    tool: ["/tools", "tool_id", { name: "t" }],
    objectives: ["/objectives", "objectives_id", { data: [{ objective_name: "a", objective_prompt: "p" }] }],
    guardrail: ["/guardrails", "uuid", { guardrail_name: "a", guardrail_prompt: "p" }],
    dictionary: ["/pronunciation-dictionaries", "pronunciation_dictionary_id", { name: "n" }],
    video: ["/videos", "video_id", { face_id: FACE, script: "s" }],
  };
  const made = Object.entries(bodies).map(async ([kind, [path, idKey, body]]) => {
    const resource = (await answer(served.request("POST", path, body))).body as Record<string, string>;
    return [kind, `${path}/${resource[idKey]!}`] as const;
  });
  return Object.fromEntries(await Promise.all(made));
}

it("any input is answered in JSON with a status below 500", { timeout: 30_000 }, async () => {
  await using served = await serveApi({ maxConcurrent: 3 });
  const known = await oneOfEach(served);
  const field = fc.constantFrom(
    "pal_id",
    "face_id",
    "conversation_name",
    "properties",
    "max_call_duration",
    "test_mode",
    "max_participants",
    "pal_name",
    "persona_name",
    "pipeline_mode",
    "default_face_id",
    "layers",
    "recording_storage",
    "provider",
    "op",
    "path",
    "from",
    "value",
    "data",
    "name",
    "rules",
    "document_url",
    "tags",
    "objective_name",
    "objective_prompt",
    "guardrail_name",
    "guardrail_prompt",
    "script",
    "tool_id",
    "delivery",
    "__proto__",
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(
        fc.string(),
        fc.double(),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.constantFrom(FACE, "pipecat0", "echo"),
      ),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(field, tie("value"), { maxKeys: 6 }),
    ),
  }));
  const body = fc.oneof(
    value.map((v) => JSON.stringify(v)),
    fc.string(),
  );
  const path = fc.constantFrom(
    "/conversations",
    "/pals",
    "/personas",
    "/conversations/c0/end",
    "/nowhere",
    "/conversations/%2e%2e",
    "/conversations/%ff",
    ...["/faces", "/replicas", "/documents", "/videos", "/tools", "/objectives", "/guardrails"],
    ...["/pronunciation-dictionaries", "/memories/a/b", "/voices"],
    ...Object.values(known),
    `${known.document!}/recrawl`,
    `${known.pal!}/tools`,
    `${known.face!}/name`,
  );
  const method = fc.constantFrom("POST", "PATCH", "GET", "DELETE");
  await fc.assert(
    fc.asyncProperty(method, path, body, async (how, where, sent) => {
      const { status } = await answer(served.request(how, where, how === "GET" ? undefined : sent));
      expect(status).toBeLessThan(500);
      await served.state.close();
    }),
    { numRuns: 800 },
  );
});
