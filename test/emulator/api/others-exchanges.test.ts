import { describe, expect, it } from "vitest";

import { EXCHANGES, withIds, type Exchange } from "../../fixtures/tavus-exchanges.ts";
import { serveApi, type ServedApi } from "./serve-api.ts";

const FACE = "r90bbd427f71";

async function made(served: ServedApi, path: string, key: string, body: object): Promise<string> {
  const answer = (await (await served.request("POST", path, body)).json()) as Record<string, string>;
  return answer[key]!;
}

/** Creates the resources of the exchanges with raw requests. */
async function makeIds(served: ServedApi): Promise<Record<string, string>> {
  const pal = await made(served, "/pals", "pal_id", { pipeline_mode: "echo", default_face_id: FACE });
  const tool = await made(served, "/tools", "tool_id", {
    name: "get_weather",
    description: "Tells it.",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  });
  await served.request("POST", `/pals/${pal}/tools`, { tool_ids: [tool] });
  await served.request("PUT", `/pals/${pal}/skills/presentation`, {
    config: { document_ids: ["d1"], slides_trigger: "x" },
  });
  const guardrail = { guardrail_name: "a", guardrail_prompt: "p", tags: ["a"] };
  return {
    pal,
    tool,
    guardrail: await made(served, "/guardrails", "uuid", guardrail),
    deployment: await made(served, "/deployments", "deployment_id", { pal_id: pal, channel: "embed", name: "n" }),
    builder: await made(served, "/builder", "builder_id", { name: "n" }),
  };
}

/** Whether the answer has all documented fields, with the documented types; of a list, the first entry is checked. */
function expectShape(actual: unknown, documented: unknown, path = "answer"): void {
  if (documented === null) return;
  if (Array.isArray(documented)) {
    expect(Array.isArray(actual), path).toBe(true);
    if (documented.length > 0 && (actual as unknown[]).length > 0)
      expectShape((actual as unknown[])[0], documented[0], `${path}.0`);
    return;
  }
  expect(typeof actual, path).toBe(typeof documented);
  if (typeof documented !== "object") return;
  for (const [key, value] of Object.entries(documented))
    expectShape((actual as Record<string, unknown>)[key], value, `${path}.${key}`);
}

// Answers of the emulator that are more than Tavus documents are no mistake; `message` alone is documented here.
const LOOSELY_ANSWERED = new Set<string>(["patchesGuardrail"]);

describe("requests of other clients, sent to the emulator unchanged", () => {
  it.each(Object.entries<Exchange>(EXCHANGES))("%s", async (name, exchange) => {
    await using served = await serveApi();
    const { method, path, body, status, answer } = withIds(exchange, await makeIds(served));
    const response = await served.request(method, path, body);
    const text = await response.text();
    expect([response.status, text], path).toEqual([status, answer === undefined ? "" : expect.any(String)]);
    if (answer === undefined) return;
    const received: unknown = JSON.parse(text);
    if (!LOOSELY_ANSWERED.has(name)) expectShape(received, answer);
    // Errors are identified by their message.
    if (status >= 400 && !JSON.stringify(answer).includes("<string>")) expect(received).toEqual(answer);
  });

  it("have the documented effect", async () => {
    await using served = await serveApi();
    const ids = await makeIds(served);
    const run = async (name: keyof typeof EXCHANGES): Promise<unknown> => {
      const { method, path, body } = withIds(EXCHANGES[name] as Exchange, ids);
      const text = await (await served.request(method, path, body)).text();
      return text === "" ? undefined : (JSON.parse(text) as unknown);
    };
    await run("patchesFreshPal");
    expect(await (await served.request("GET", `/personas/${ids.pal}`)).json()).toMatchObject({
      document_ids: ["d1", "d2"],
    });
    await run("patchesGuardrail");
    const guardrail: unknown = await (await served.request("GET", `/guardrails/${ids.guardrail}`)).json();
    expect(guardrail).toMatchObject({
      uuid: ids.guardrail,
      guardrail_prompt: "Not ever.",
      tool_call: { name: "flag" },
    });
    const { pal_id } = (await run("speechToSpeechPal")) as { pal_id: string };
    expect(await (await served.request("GET", `/pals/${pal_id}/tools/`)).json()).toMatchObject({
      data: [{ tool_id: ids.tool }],
    });
    await run("detachesTool");
    expect(await (await served.request("GET", `/pals/${ids.pal}/tools`)).json()).toMatchObject({ data: [] });
    await run("replacesSkills");
    expect(Object.keys(((await run("listsSkillsOfPal")) as { data: object }).data)).toEqual(["internet_search"]);
    await run("appendsToBuilder");
    expect(await run("readsBuilder")).toMatchObject({ session: { chat_history: [{ content: "third" }] } });
    await run("startsDeployment");
    expect(served.host.opened.at(-1)).toMatchObject({ pal: { id: ids.pal } });
  });

  it("an unknown tool is attached to no PAL, and no PAL is created with it", async () => {
    await using served = await serveApi();
    const { pal, tool } = await makeIds(served);
    const attach = await served.request("POST", `/pals/${pal}/tools`, { tool_ids: [tool, "t0"] });
    expect(attach.status).toBe(404);
    const before = served.state.catalog.pals.length;
    const create = { pipeline_mode: "echo", default_face_id: FACE, tool_ids: ["t0"] };
    expect((await served.request("POST", "/pals", create)).status).toBe(404);
    expect(served.state.catalog.pals).toHaveLength(before);
    // The older shape, which some clients send, attaches nothing.
    expect((await served.request("POST", `/pals/${pal}/tools`, { tool_id: tool })).status).toBe(400);
  });

  it("a patch merges skills and removes null fields, but attaches none", async () => {
    await using served = await serveApi();
    const { pal } = await makeIds(served);
    const path = `/pals/${pal}/skills/presentation`;
    const patched = await served.request("PATCH", path, { config: { slides_trigger: null, prompt: "Lead." } });
    expect(await patched.json()).toMatchObject({ config: { document_ids: ["d1"], prompt: "Lead." } });
    expect((await (await served.request("GET", path)).json()) as object).not.toHaveProperty("config.slides_trigger");
    expect((await served.request("PATCH", `/pals/${pal}/skills/memory`, { config: {} })).status).toBe(404);
    expect((await served.request("DELETE", path)).status).toBe(204);
    expect((await served.request("GET", path)).status).toBe(404);
  });

  it.each([
    [[{ objective_name: "a", objective_prompt: "p", next_required_objective: "b" }], 400],
    [[{ objective_name: "a", objective_prompt: "p", next_required_objective: "a" }], 400],
    [
      [
        { objective_name: "a", objective_prompt: "p" },
        { objective_name: "a", objective_prompt: "p" },
      ],
      400,
    ],
    [
      [
        { objective_name: "a", objective_prompt: "p", next_conditional_objectives: { b: "if" } },
        { objective_name: "b", objective_prompt: "p" },
      ],
      200,
    ],
  ])("objectives are validated without being kept: %j is %i", async (data, status) => {
    await using served = await serveApi();
    expect((await served.request("POST", "/objectives/validate", { data })).status).toBe(status);
    expect(served.state.objectives.list()).toEqual([]);
  });

  it("a document's list of chunks is empty", async () => {
    await using served = await serveApi();
    const id = await made(served, "/documents", "document_id", { document_url: "https://a.test" });
    expect((await served.request("GET", `/documents/${id}/chunks?limit=100`)).status).toBe(200);
    expect((await served.request("GET", "/documents/d0/chunks")).status).toBe(404);
  });

  it("members of a PAL are patched under either name, at either endpoint", async () => {
    await using served = await serveApi();
    const { pal } = await makeIds(served);
    for (const [path, member] of [
      [`/pals/${pal}`, "/persona_name"],
      [`/personas/${pal}`, "/pal_name"],
      [`/pals/${pal}`, "/pal_name"],
    ]) {
      const patch = [{ op: "replace", path: member, value: `by ${path} ${member}` }];
      expect((await served.request("PATCH", path!, patch)).status).toBe(200);
      expect(served.state.catalog.pal(pal!)?.name).toBe(`by ${path} ${member}`);
    }
    const face = [{ op: "replace", path: "/default_replica_id", value: "r5dc7c7d0bcb" }];
    expect((await served.request("PATCH", `/pals/${pal}`, face)).status).toBe(200);
  });
});
