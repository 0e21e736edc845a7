import { describe, expect, it } from "vitest";

import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { serveApi, type ServedApi } from "./serve-api.ts";

const FACE = "r90bbd427f71";

async function answer(response: Promise<Response>): Promise<{ status: number; body: Record<string, unknown> }> {
  const { status, text } = await response.then(async (r) => ({ status: r.status, text: await r.text() }));
  return { status, body: (text === "" ? {} : JSON.parse(text)) as Record<string, unknown> };
}

async function createResource(served: ServedApi, path: string, key: string, body: object): Promise<string> {
  return (await answer(served.request("POST", path, body))).body[key] as string;
}

describe("error bodies of the reference", () => {
  it.each([
    ["GET", "/documents/d0", undefined, 404, { message: "Document not found" }],
    ["DELETE", "/documents/d0", undefined, 404, { message: "Document not found" }],
    ["GET", "/objectives/o0", undefined, 404, { error: "Objective not found" }],
    ["PATCH", "/guardrails/g0", [], 404, { error: "Guardrails not found" }],
    ["GET", "/pronunciation-dictionaries/pd_0", undefined, 404, { message: "Pronunciation dictionary not found" }],
    ["GET", "/videos/v0", undefined, 400, { error: "Invalid video_id" }],
    ["DELETE", "/faces/r0", undefined, 400, { error: "Invalid replica_uuid" }],
    ["DELETE", "/pals/p0", undefined, 400, { error: "Invalid persona_id" }],
    ["PATCH", "/personas/p0", [], 400, { error: "Invalid persona_id" }],
    ["POST", "/objectives", { data: [{ objective_prompt: "p" }] }, 400, { message: "objective_name is required" }],
    ["POST", "/guardrails", { guardrail_prompt: "p" }, 400, { message: "guardrail_name is required" }],
    ["POST", "/guardrails", { data: [{ guardrail_prompt: "p" }] }, 400, { message: "guardrail_name is required" }],
    ["POST", "/pronunciation-dictionaries", {}, 400, { error: "Invalid request: name is required" }],
    ["POST", "/videos", { script: "s" }, 400, { message: "replica_id is required" }],
    ["POST", "/videos", { replica_id: "r0", script: "s" }, 400, { error: "Invalid replica_uuid" }],
  ])("%s %s %j", async (method, path, body, status, expected) => {
    await using served = await serveApi();
    expect(await answer(served.request(method, path, body))).toEqual({ status, body: expected });
  });

  it("an invalid or inapplicable patch is 422; one that changes nothing is 304", async () => {
    await using served = await serveApi();
    const create = { persona_name: "n", pipeline_mode: "echo" };
    const paths = [
      `/personas/${await createResource(served, "/personas", "persona_id", create)}`,
      `/pronunciation-dictionaries/${await createResource(served, "/pronunciation-dictionaries", "pronunciation_dictionary_id", { name: "n" })}`,
    ];
    for (const path of paths) {
      for (const patch of [{ name: "x" }, [{ op: "replace", path: "/nowhere", value: 1 }], "nothing"]) {
        expect(await answer(served.request("PATCH", path, JSON.stringify(patch)))).toEqual({
          status: 422,
          body: { message: "Invalid JSON patch format" },
        });
      }
    }
    const same = [{ op: "replace", path: "/persona_name", value: "n" }];
    expect((await served.request("PATCH", paths[0]!, same)).status).toBe(304);
    const noFace = [{ op: "replace", path: "/default_replica_id", value: "r0" }];
    expect(await answer(served.request("PATCH", paths[0]!, noFace))).toMatchObject({ status: 400 });
  });

  it("a document is read again only when it is ready, and not soon after", async () => {
    const clock = new VirtualClock();
    await using served = await serveApi({ clock });
    const id = await createResource(served, "/documents", "document_id", {
      document_url: "https://a.test",
      crawl: { depth: 1 },
    });
    const recrawl = () => answer(served.request("POST", `/documents/${id}/recrawl`));
    await clock.advance(60);
    expect(await recrawl()).toEqual({
      status: 409,
      body: { error: "Document must be in 'ready' or 'error' state to recrawl, current status: processing" },
    });
    await clock.advance(60);
    expect(await recrawl()).toMatchObject({ status: 202, body: { status: "recrawling" } });
    await clock.advance(15 * 60_000);
    expect(await recrawl()).toEqual({ status: 429, body: { error: "Recrawl cooldown: please wait 45 minutes" } });
    await clock.advance(45 * 60_000);
    expect((await recrawl()).status).toBe(202);
  });

  it("a resource deleted during background work stays deleted", async () => {
    const clock = new VirtualClock();
    await using served = await serveApi({ clock });
    const made = [
      `/documents/${await createResource(served, "/documents", "document_id", { document_url: "https://a.test" })}`,
      `/videos/${await createResource(served, "/videos", "video_id", { face_id: FACE, script: "s" })}`,
      `/faces/${await createResource(served, "/faces", "face_id", { train_video_url: "https://a.test" })}`,
    ];
    for (const path of made) await served.request("DELETE", path);
    await clock.advance(1000);
    for (const path of made) expect((await served.request("GET", path)).status).toBeGreaterThanOrEqual(400);
    expect(clock.pendingTimers).toBe(0);
  });

  it("no more than a hundred websites are read", async () => {
    await using served = await serveApi();
    const create = () => served.request("POST", "/documents", { document_url: "https://a.test", crawl: {} });
    for (let i = 0; i < 100; i++) expect((await create()).status).toBe(200);
    expect(await answer(create())).toEqual({ status: 429, body: { error: "Crawl document limit reached (100)" } });
  });
});

describe("status codes", () => {
  it("of creations and deletions differ by kind, as documented", async () => {
    await using served = await serveApi();
    const kinds: [path: string, idKey: string, body: object, created: number, deleted: number][] = [
      ["/pals", "pal_id", { pal_name: "n", pipeline_mode: "echo", default_face_id: FACE }, 200, 204],
      ["/faces", "face_id", { train_video_url: "https://a.test" }, 200, 200],
      ["/documents", "document_id", { document_url: "https://a.test" }, 200, 204],
      ["/tools", "tool_id", { name: "t", description: "d" }, 200, 204],
      ["/objectives", "objectives_id", { data: [{ objective_name: "a", objective_prompt: "p" }] }, 200, 204],
      ["/guardrails", "uuid", { guardrail_name: "a", guardrail_prompt: "p" }, 200, 204],
      ["/pronunciation-dictionaries", "pronunciation_dictionary_id", { name: "n" }, 201, 204],
      ["/videos", "video_id", { replica_id: FACE, script: "s" }, 200, 200],
    ];
    for (const [path, idKey, body, created, deleted] of kinds) {
      const made = await answer(served.request("POST", path, body));
      expect([path, made.status]).toEqual([path, created]);
      const at = `${path}/${made.body[idKey] as string}`;
      expect([path, (await served.request("GET", at)).status]).toEqual([path, 200]);
      expect([path, (await served.request("DELETE", at)).status]).toEqual([path, deleted]);
      expect((await served.request("GET", at)).status).toBeGreaterThanOrEqual(400);
    }
  });

  it("Tavus' own PALs and faces cannot be changed or deleted", async () => {
    await using served = await serveApi();
    expect((await served.request("DELETE", "/pals/pipecat0")).status).toBe(400);
    expect((await served.request("PATCH", "/pals/pipecat0", [{ op: "remove", path: "/layers" }])).status).toBe(400);
    expect((await served.request("DELETE", `/faces/${FACE}`)).status).toBe(400);
    expect((await served.request("PATCH", `/faces/${FACE}/name`, { face_name: "x" })).status).toBe(400);
  });
});

describe("lists", () => {
  it("of guardrails are of the older sets, unless legacy=false", async () => {
    await using served = await serveApi();
    const one = { guardrail_name: "a", guardrail_prompt: "p" };
    const uuid = await createResource(served, "/guardrails", "uuid", one);
    const set = await createResource(served, "/guardrails", "guardrails_id", { name: "s", data: [one] });
    expect((await answer(served.request("GET", "/guardrails"))).body).toMatchObject({
      data: [{ guardrails_id: set }],
      total_count: 1,
    });
    expect((await answer(served.request("GET", "/guardrails?legacy=false"))).body).toMatchObject({
      data: [{ uuid }],
      total_count: 1,
    });
  });

  it("begin at page 0 or at page 1, by kind", async () => {
    await using served = await serveApi();
    for (let i = 0; i < 3; i++) {
      await served.request("POST", "/documents", { document_url: `https://a.test/${i}` });
      await served.request("POST", "/tools", { name: `t${i}`, description: "d" });
    }
    const count = async (path: string): Promise<number> =>
      ((await answer(served.request("GET", path))).body.data as unknown[]).length;
    expect(await count("/documents?limit=2&page=0")).toBe(2);
    expect(await count("/documents?limit=2&page=1")).toBe(1);
    expect(await count("/tools?limit=2&page=1")).toBe(2);
    expect(await count("/tools?limit=2&page=2")).toBe(1);
  });
});

describe("a custom PAL", () => {
  it("takes the audio track when its microphone is enabled, else messages", async () => {
    await using served = await serveApi();
    const layers = { transport: { input_settings: { microphone: "enabled" } } };
    const echo = { pal_name: "n", pipeline_mode: "echo", default_face_id: FACE };
    const stream = await createResource(served, "/pals", "pal_id", { ...echo, layers });
    const silent = await createResource(served, "/pals", "pal_id", echo);
    for (const id of [stream, silent]) await served.request("POST", "/conversations", { pal_id: id });
    expect(served.host.opened.map(({ pal }) => pal.delivery)).toEqual(["track", "messages"]);
  });

  it("keeps what was sent with it", async () => {
    await using served = await serveApi();
    const more = { document_ids: ["d1"], disclosure_type: "always", context: "c" };
    const id = await createResource(served, "/personas", "persona_id", {
      persona_name: "n",
      system_prompt: "s",
      ...more,
    });
    expect((await answer(served.request("GET", `/pals/${id}`))).body).toMatchObject({ pal_name: "n", ...more });
  });
});
