import { describe, expect, it } from "vitest";

import type { TavusApi } from "../../src/api/index.ts";
import type { ResponseShapes } from "../../src/emulator/state/responses.ts";
import { InvalidOptionError } from "../../src/util/errors.ts";
import { serveApi } from "../emulator/api/serve-api.ts";
import { clientOf, clientWith, failureOf } from "./clients.ts";

const FACE = "r90bbd427f71";

const shapes: readonly Partial<ResponseShapes>[] = [
  {},
  { one: "data", many: "paged", names: "old", end: "object", pages: "zero" },
  { one: "dataList", many: "data", names: "new", end: "text", pages: "one" },
  { one: "list", many: "list", names: "both", pages: "one" },
];

describe.each(shapes)("with answers in the form %j", (responses) => {
  it("conversations are created, read, listed, ended and deleted", async () => {
    await using served = await serveApi({ responses });
    const api = clientOf(served);
    const { conversationId } = await api.createConversation({ palId: "pipecat0", faceId: FACE });
    const expected = { conversationId, status: "active", palId: "pipecat0", faceId: FACE };
    expect(await api.getConversation(conversationId)).toMatchObject(expected);
    expect(await api.listConversations({ status: "active", palId: "pipecat0" })).toMatchObject([expected]);
    expect(await api.listConversations({ palId: "p0" })).toEqual([]);
    await api.endConversation(conversationId);
    expect((await api.getConversation(conversationId)).status).toBe("ended");
    await api.deleteConversation(conversationId, { hard: true });
    expect(served.state.requestLog.requests.at(-1)).toMatchObject({ method: "DELETE", query: { hard: "true" } });
    expect(await failureOf(api.getConversation(conversationId))).toMatchObject({ resource: "conversation" });
  });

  it("PALs are created, read, listed, changed, published and deleted", async () => {
    await using served = await serveApi({ responses });
    const api = clientOf(served);
    const created = await api.createPal({
      palName: "Ada",
      defaultFaceId: FACE,
      pipelineMode: "echo",
      layers: { transport: { inputSettings: { microphone: "enabled" } } },
    });
    const { palId } = created;
    expect(created).toMatchObject({ palName: "Ada", defaultFaceId: FACE, pipelineMode: "echo" });
    const expected = { palId, palName: "Ada", defaultFaceId: FACE, transportMicrophone: "enabled" };
    expect(await api.getPal(palId)).toMatchObject(expected);
    expect(await api.listPals({ palType: "user" })).toMatchObject([expected]);
    expect((await api.listPals({ palType: "system" })).length).toBeGreaterThan(2);
    const path = "/system_prompt";
    expect(await api.updatePal(palId, [{ op: "replace", path, value: "Be kind." }], { target: "live" })).toEqual({
      changed: true,
    });
    expect(await api.updatePal(palId, [{ op: "replace", path, value: "Be kind." }])).toEqual({ changed: false });
    expect((await api.getPal(palId)).systemPrompt).toBe("Be kind.");
    await api.publishPal(palId);
    await api.deletePal(palId);
    expect(await failureOf(api.getPal(palId))).toMatchObject({ code: "notFound", resource: "pal" });
  });

  it("faces are created, read, listed, renamed and deleted", async () => {
    await using served = await serveApi({ responses, jobMs: 0 });
    const api = clientOf(served);
    const { faceId, status } = await api.createFace({ trainVideoUrl: "https://a.test/me.mp4", faceName: "Me" });
    expect(status).toBe("started");
    await expect.poll(async () => (await api.getFace(faceId)).status).toBe("completed");
    expect(await api.listFaces({ faceType: "user", verbose: true })).toMatchObject([
      { faceId, faceName: "Me", faceType: "user", trainingProgress: "100/100" },
    ]);
    expect(await api.listFaces({ faceIds: [FACE, faceId] })).toHaveLength(2);
    await api.renameFace(faceId, "Myself");
    expect((await api.getFace(faceId)).faceName).toBe("Myself");
    await api.deleteFace(faceId);
    expect(await failureOf(api.getFace(faceId))).toMatchObject({ code: "notFound", resource: "face" });
  });

  it("voices are listed", async () => {
    await using served = await serveApi({ responses });
    const { voices } = clientOf(served);
    expect(await voices.list({ search: "ann" })).toMatchObject([{ voiceName: "anna", faceId: FACE }]);
    expect((await voices.list({ sort: "desc" })).map(({ voiceName }) => voiceName)[0]).toBe("ruby");
  });

  it("documents are created, read, listed, changed, recrawled and deleted", async () => {
    await using served = await serveApi({ responses, jobMs: 0 });
    const { documents } = clientOf(served);
    const created = await documents.create({ documentUrl: "https://a.test/", tags: ["faq"], crawl: { depth: 2 } });
    const { documentId } = created;
    expect(created.status).toBe("started");
    await expect.poll(async () => (await documents.get(documentId)).status).toBe("ready");
    expect(await documents.update(documentId, { documentName: "FAQ" })).toEqual({ changed: true });
    expect(await documents.update(documentId, { documentName: "FAQ" })).toEqual({ changed: false });
    expect(await documents.list({ tags: "faq", status: "ready" })).toMatchObject([{ documentId, documentName: "FAQ" }]);
    expect(await documents.recrawl(documentId, { crawl: { maxPages: 5 } })).toMatchObject({ status: "recrawling" });
    await expect.poll(async () => (await documents.get(documentId)).status).toBe("ready");
    expect(await failureOf(documents.recrawl(documentId))).toMatchObject({ code: "rateLimited", status: 429 });
    await documents.delete(documentId);
    expect(await failureOf(documents.get(documentId))).toMatchObject({ code: "notFound", resource: "document" });
    const { documentId: odd } = await documents.create({ documentUrl: "https://a.test/x.exe" });
    await expect.poll(async () => (await documents.get(odd)).errorCode).toBe("file_format_unsupported");
  });

  it("tools are created, read, listed, changed, attached, detached and deleted", async () => {
    await using served = await serveApi({ responses });
    const { tools } = clientOf(served);
    const parameters = { type: "object", properties: { cityName: { type: "string" } } };
    const { toolId } = await tools.create({
      name: "weather",
      description: "Tells it.",
      parameters,
      delivery: { appMessage: true },
    });
    expect(await tools.get(toolId)).toMatchObject({ name: "weather", parameters, delivery: { app_message: true } });
    expect(await tools.update(toolId, { description: "d", onCall: "silent" })).toEqual({ changed: true });
    expect(await tools.list()).toMatchObject([{ toolId, description: "d", onCall: "silent" }]);
    await tools.attach("pcb7a34da5fe", toolId);
    expect(await tools.listOfPal("pcb7a34da5fe")).toMatchObject([{ toolId }]);
    await tools.detach("pcb7a34da5fe", toolId);
    expect(await tools.listOfPal("pcb7a34da5fe")).toEqual([]);
    await tools.delete(toolId);
    expect(await failureOf(tools.get(toolId))).toMatchObject({ code: "notFound", resource: "tool" });
  });

  it("objectives are created, read, listed, changed and deleted as sets", async () => {
    await using served = await serveApi({ responses });
    const { objectives } = clientOf(served);
    const { objectivesId } = await objectives.create({
      data: [
        { objectiveName: "ask_name", objectivePrompt: "Ask.", nextConditionalObjectives: { toldIt: "when told" } },
        { objectiveName: "toldIt", objectivePrompt: "Thank." },
      ],
    });
    const expected = {
      objectivesId,
      objectives: [{ objectiveName: "ask_name", nextConditionalObjectives: { toldIt: "when told" } }, {}],
    };
    expect(await objectives.get(objectivesId)).toMatchObject(expected);
    expect(await objectives.list()).toMatchObject([expected]);
    const change = [{ op: "replace", path: "/data/1/objective_prompt", value: "Thanks." }] as const;
    expect(await objectives.update(objectivesId, change)).toEqual({ changed: true });
    expect((await objectives.get(objectivesId)).objectives[1]?.objectivePrompt).toBe("Thanks.");
    await objectives.delete(objectivesId);
    expect(await failureOf(objectives.get(objectivesId))).toMatchObject({ code: "notFound", resource: "objectives" });
  });

  it("guardrails are created, read, listed, changed and deleted, individually or as sets", async () => {
    await using served = await serveApi({ responses });
    const { guardrails } = clientOf(served);
    const { uuid } = await guardrails.create({ guardrailName: "no_prices", guardrailPrompt: "Never.", tags: ["a"] });
    const { guardrailsId } = await guardrails.createSet({
      name: "Clinic",
      data: [{ guardrailName: "no_advice", guardrailPrompt: "Never.", modality: "visual" }],
    });
    expect(await guardrails.update(uuid, { guardrailPrompt: "Not ever." })).toEqual({ changed: true });
    const one = { uuid, guardrailName: "no_prices", guardrailPrompt: "Not ever.", tags: ["a"], appMessage: true };
    expect(await guardrails.get(uuid)).toMatchObject(one);
    expect(await guardrails.list()).toMatchObject([one]);
    await guardrails.updateSet(guardrailsId, [{ op: "replace", path: "/name", value: "Clinics" }]);
    const set = { guardrailsId, name: "Clinics", guardrails: [{ guardrailName: "no_advice", modality: "visual" }] };
    expect(await guardrails.getSet(guardrailsId)).toMatchObject(set);
    expect(await guardrails.listSets()).toMatchObject([set]);
    await guardrails.delete(uuid);
    await guardrails.deleteSet(guardrailsId);
    expect(await failureOf(guardrails.get(uuid))).toMatchObject({ code: "notFound", resource: "guardrails" });
  });

  it("pronunciation dictionaries are created, read, listed, changed and deleted", async () => {
    await using served = await serveApi({ responses });
    const { pronunciationDictionaries: dictionaries } = clientOf(served);
    const created = await dictionaries.create({
      name: "Brands",
      rules: [{ text: "Tavus", pronunciation: "TAH-vus", type: "alias", wordBoundaries: false }],
    });
    const id = created.pronunciationDictionaryId;
    expect(created).toMatchObject({ rulesCount: 1, rules: [{ text: "Tavus", wordBoundaries: false }] });
    expect(await dictionaries.update(id, [{ op: "replace", path: "/rules", value: [] }])).toEqual({ changed: true });
    expect(await dictionaries.update(id, [{ op: "add", path: "/created_at", value: "x" }])).toEqual({ changed: false });
    expect(await dictionaries.get(id)).toMatchObject({ name: "Brands", rules: [] });
    const [listed] = await dictionaries.list({ sort: "asc" });
    expect(listed).toMatchObject({ pronunciationDictionaryId: id, rulesCount: 0 });
    expect(listed).not.toHaveProperty("rules");
    await dictionaries.delete(id);
    expect(await failureOf(dictionaries.get(id))).toMatchObject({ resource: "pronunciationDictionary" });
  });

  it("videos are created, read, listed, renamed and deleted", async () => {
    await using served = await serveApi({ responses, jobMs: 0 });
    const { videos } = clientOf(served);
    const { videoId, status } = await videos.create({ faceId: FACE, script: "Hello.", videoName: "Hi" });
    expect(status).toBe("queued");
    await expect.poll(async () => (await videos.get(videoId)).status).toBe("ready");
    await videos.rename(videoId, "Hello");
    expect(await videos.list()).toMatchObject([{ videoId, videoName: "Hello", faceId: FACE }]);
    await videos.delete(videoId, { hard: true });
    expect(await failureOf(videos.get(videoId))).toMatchObject({ code: "notFound", resource: "video" });
  });

  it("memories that a conversation left are deleted", async () => {
    await using served = await serveApi({ responses });
    const api = clientOf(served);
    const { conversationId } = await api.createConversation({ memoryStores: ["anna"] });
    await api.endConversation(conversationId);
    const id = `m${conversationId.slice(1)}`;
    await api.memories.delete("anna", id);
    expect(await failureOf(api.memories.delete("anna", id))).toMatchObject({ code: "notFound", resource: "memory" });
  });
});

describe("a set in an unusual answer", () => {
  it.each([
    { data: { objective_name: "a", objective_prompt: "p" } },
    { data: [{ objective_name: "a", objective_prompt: "p" }] },
    { objectives_id: "o1", data: [{ objective_name: "a", objective_prompt: "p" }] },
    { data: { objectives_id: "o1", data: [{ objective_name: "a", objective_prompt: "p" }] } },
    [{ objectives_id: "o1", data: { objective_name: "a", objective_prompt: "p" } }],
  ])("is read from %j", async (answer) => {
    const { objectives } = clientWith(async () => Response.json(answer));
    expect(await objectives.get("o1")).toMatchObject({
      objectivesId: "o1",
      objectives: [{ objectiveName: "a", objectivePrompt: "p" }],
    });
  });
});

describe("an answer", () => {
  it("keeps unknown fields in raw and leaves out fields of an undocumented type", async () => {
    const answer = { document_id: "d1", tags: "none", status: null, new_field: { kept: true } };
    const document = await clientWith(async () => Response.json(answer)).documents.get("d1");
    expect(document).toEqual({ documentId: "d1", raw: answer });
    expect(Object.keys(document)).toEqual(["documentId", "raw"]);
  });

  it("names the unusable field by its name on the wire", async () => {
    const api = clientWith(async () => Response.json({ document_id: 7 }));
    expect(await failureOf(api.documents.get("d1"))).toMatchObject({ code: "badResponse", path: "document_id" });
  });

  it("reports that nothing changed, by status or by text", async () => {
    const operations = [{ op: "remove", path: "/context" }] as const;
    for (const answer of [
      () => new Response(null, { status: 304 }),
      () => Response.json({ message: "No changes were made to the persona" }),
    ])
      expect(await clientWith(async () => answer()).updatePal("p1", operations)).toEqual({ changed: false });
    const changed = () => Response.json({ pal_id: "p1", system_prompt: "No changes were made yet" });
    expect(await clientWith(async () => changed()).updatePal("p1", operations)).toEqual({ changed: true });
  });
});

describe("invalid options are rejected before any request", () => {
  const bad: readonly [string, (api: TavusApi) => Promise<unknown>][] = [
    ["defaultFaceId", (api) => api.createPal({ palName: "n", pipelineMode: "echo" })],
    ["systemPrompt", (api) => api.createPal({ palName: "n", defaultFaceId: "r1" })],
    ["guardrailIds", (api) => api.createPal({ palName: "n", pipelineMode: "echo", guardrailIds: Array(51).fill("g") })],
    ["trainVideoUrl", (api) => api.createFace({})],
    ["voiceName", (api) => api.createFace({ trainImageUrl: "https://a.test/i.png" })],
    ["renameFace", (api) => api.renameFace("r1", "")],
    ["script", (api) => api.videos.create({ faceId: "r1" })],
    ["transparentBackground", (api) => api.videos.create({ faceId: "r1", script: "s", transparentBackground: true })],
    ["documentUrl", (api) => api.documents.create({ documentUrl: "nowhere" })],
    ["crawl.depth", (api) => api.documents.create({ documentUrl: "https://a.test", crawl: { depth: 11 } })],
    ["delivery", (api) => api.tools.create({ name: "t", description: "d", delivery: {} })],
    ["guardrailName", (api) => api.guardrails.create({ guardrailName: "no prices", guardrailPrompt: "p" })],
    [
      "data.0.objectiveName",
      (api) => api.objectives.create({ data: [{ objectiveName: "a b", objectivePrompt: "p" }] }),
    ],
    ["rules", (api) => api.pronunciationDictionaries.create({ name: "n", rules: [rule, rule] })],
    ["0.path", (api) => api.updatePal("p1", [{ op: "remove", path: "pal_name" }])],
    ["updatePal", (api) => api.updatePal("p1", [])],
    ["palId", (api) => api.deletePal("..")],
    ["memoryId", (api) => api.memories.delete("store", "")],
  ];
  const rule = { text: "a", pronunciation: "b", type: "alias" } as const;

  it.each(bad)("%s", async (field, call) => {
    let requests = 0;
    const api = clientWith(async () => {
      requests++;
      return new Response();
    });
    const error = await failureOf(call(api));
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect((error as Error).message).toContain(field);
    expect(requests).toBe(0);
  });
});

describe("retries", () => {
  it("repeat a creation only when the server did not carry it out", async () => {
    await using served = await serveApi();
    const { documents } = clientOf(served);
    served.state.faults.next({ status: 503, body: {} });
    await documents.create({ documentUrl: "https://a.test" });
    served.state.faults.next({ status: 500, body: {}, afterHandling: true });
    expect(await failureOf(documents.create({ documentUrl: "https://a.test" }))).toMatchObject({ code: "serverError" });
    expect(await documents.list()).toHaveLength(2);
  });

  it("count a deletion whose answer was lost as successful", async () => {
    await using served = await serveApi();
    const { documents } = clientOf(served);
    const { documentId } = await documents.create({ documentUrl: "https://a.test" });
    served.state.faults.next({ method: "DELETE", reset: true, afterHandling: true });
    await documents.delete(documentId);
    expect(await documents.list()).toEqual([]);
  });

  it("do not hide that a deleted resource never existed", async () => {
    await using served = await serveApi();
    expect(await failureOf(clientOf(served).documents.delete("d0"))).toMatchObject({ code: "notFound" });
  });
});

describe("every call", () => {
  const calls: readonly [
    string,
    (api: TavusApi, call: { signal?: AbortSignal; timeoutMs?: number }) => Promise<unknown>,
  ][] = [
    ["createConversation", (api, call) => api.createConversation({}, call)],
    ["listConversations", (api, call) => api.listConversations(call)],
    ["getPal", (api, call) => api.getPal("p1", call)],
    ["updatePal", (api, call) => api.updatePal("p1", [{ op: "remove", path: "/context" }], call)],
    ["listFaces", (api, call) => api.listFaces(call)],
    ["documents.create", (api, call) => api.documents.create({ documentUrl: "https://a.test" }, call)],
    ["tools.attach", (api, call) => api.tools.attach("p1", "t1", call)],
    ["voices.list", (api, call) => api.voices.list(call)],
    ["memories.delete", (api, call) => api.memories.delete("s", "m", call)],
  ];

  it.each(calls)("%s takes a signal and a deadline", async (_name, call) => {
    const never = clientWith(() => new Promise<Response>(() => undefined));
    expect(await failureOf(call(never, { timeoutMs: 20 }))).toMatchObject({ code: "timeout" });
    const reason = new Error("enough");
    expect(await failureOf(call(never, { signal: AbortSignal.abort(reason) }))).toBe(reason);
  });
});
