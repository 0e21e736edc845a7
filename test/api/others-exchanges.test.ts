/* eslint-disable @typescript-eslint/no-deprecated -- others still use the older endpoints */
import { describe, expect, it } from "vitest";

import type { TavusApi, TavusApiOptions } from "../../src/api/index.ts";
import { EXCHANGES, withIds, type Exchange } from "../fixtures/tavus-exchanges.ts";
import { clientWith, failureOf } from "./clients.ts";

const IDS = { pal: "p12345", tool: "tabc123def456", guardrail: "g123", deployment: "d1", builder: "b1" };

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/** Calls a client whose fetch returns the documented answer. Returns the request and the result. */
async function exchange(
  name: keyof typeof EXCHANGES,
  call: (api: TavusApi) => Promise<unknown>,
  options: TavusApiOptions = {},
): Promise<{ readonly sent: Sent; readonly result: unknown }> {
  const { status, answer } = withIds(EXCHANGES[name] as Exchange, IDS);
  const sent: Sent[] = [];
  const api = clientWith(async (url, { method = "GET", body }) => {
    const { pathname } = new URL(url);
    const text = typeof body === "string" ? (JSON.parse(body) as unknown) : undefined;
    sent.push({ method, path: pathname.replace("/v2", ""), body: text });
    return answer === undefined ? new Response(null, { status }) : Response.json(answer, { status });
  }, options);
  const result = status < 400 ? await call(api) : await failureOf(call(api));
  // Lists without a total cause requests for further pages.
  expect(new Set(sent.map(({ method, path }) => `${method} ${path}`)).size).toBe(1);
  return { sent: sent[0]!, result };
}

function documented(name: keyof typeof EXCHANGES): Sent {
  const { method, path, body } = withIds(EXCHANGES[name] as Exchange, IDS);
  return { method, path: path.replace(/\?.*/, ""), body };
}

type Case = readonly [
  name: keyof typeof EXCHANGES,
  call: (api: TavusApi) => Promise<unknown>,
  result: object | undefined,
  options?: TavusApiOptions,
];

const CASES: readonly Case[] = [
  [
    "livekitCreatesPal",
    (api) =>
      api.createPal({
        palName: "lk_pal_8f3a2b1c9d",
        defaultFaceId: "r90bbd427f71",
        pipelineMode: "echo",
        layers: { transport: { transportType: "livekit" } },
      }),
    { palId: "p12345", palName: "lk_pal_8f3a2b1c9d" },
  ],
  [
    "livekitCreatesPersona",
    (api) =>
      api.createPersona({
        personaName: "lk_persona_8f3a2b1c9d",
        pipelineMode: "echo",
        layers: { transport: { transportType: "livekit" } },
      }),
    { palId: "p12345" },
  ],
  [
    "pipecatReadsPersona",
    (api) => api.getPal("pipecat0"),
    { palName: "Ari", pipelineMode: "echo", transportMicrophone: "disabled" },
    { wireNames: "old" },
  ],
  [
    "namelessPersona",
    (api) => api.createPersona({ systemPrompt: "As a Life Coach, you are a dedicated professional." }),
    { palId: "p12345", palName: "" },
  ],
  [
    "speechToSpeechPal",
    (api) =>
      api.createPal({
        palName: "n",
        defaultFaceId: "r90bbd427f71",
        pipelineMode: "speech-to-speech",
        toolIds: [IDS.tool],
      }),
    { palId: "p12345", pipelineMode: "speech-to-speech" },
  ],
  [
    "patchesFreshPal",
    (api) =>
      api.updatePal(IDS.pal, [
        { op: "replace", path: "/document_ids", value: ["d1", "d2"] },
        { op: "replace", path: "/document_tags", value: ["new"] },
      ]),
    { changed: true },
  ],
  ["attachesTools", (api) => api.tools.attach(IDS.pal, IDS.tool), [{ toolId: IDS.tool, name: "get_weather" }]],
  ["attachesTools", (api) => api.tools.attach(IDS.pal, [IDS.tool]), [{ toolId: IDS.tool }]],
  ["detachesTool", (api) => api.tools.detach(IDS.pal, IDS.tool), undefined],
  [
    "detachesUnattachedTool",
    (api) => api.tools.detach(IDS.pal, "tdef456abc789"),
    { code: "invalidRequest", serverMessage: "Bad Request. Tool not attached to this PAL" },
  ],
  [
    "createsGuardrail",
    (api) =>
      api.guardrails.create({
        guardrailName: "no_scores",
        guardrailPrompt: "Never share scores.",
        modality: "audio",
        appMessage: true,
        tags: ["a"],
        extra: { callback_url: "" },
      }),
    { uuid: "g123", modality: "audio" },
  ],
  [
    "patchesGuardrail",
    (api) =>
      api.guardrails.update(IDS.guardrail, { guardrailPrompt: "Not ever.", extra: { tool_call: { name: "flag" } } }),
    { changed: true },
  ],
  [
    "patchesGuardrail",
    (api) =>
      api.guardrails.update(IDS.guardrail, [
        { op: "add", path: "/guardrail_prompt", value: "Not ever." },
        { op: "add", path: "/tool_call", value: { name: "flag" } },
      ]),
    { changed: true },
  ],
  [
    "createsObjectives",
    (api) =>
      api.objectives.create({ data: [{ objectiveName: "ask_name", objectivePrompt: "Ask.", modality: "audio" }] }),
    { objectivesId: "o12345" },
  ],
  ["listsVoices", async (api) => await api.voices.list(), [{ voiceName: "anna", tags: ["calm"] }]],
  ["listsSkills", async (api) => await api.skills.list(), [{ skillId: "presentation" }]],
  [
    "attachesSkill",
    (api) =>
      api.skills.attach(IDS.pal, "presentation", { document_ids: ["d1234567890"], slides_trigger: "walk_the_deck" }),
    { skillId: "presentation", config: { slides_trigger: "walk_the_deck" }, attachedAt: expect.any(String) as string },
  ],
  [
    "attachesSkillWithoutItsField",
    (api) => api.skills.attach(IDS.pal, "presentation"),
    { code: "invalidRequest", status: 400 },
  ],
  ["attachesUnknownSkill", (api) => api.skills.attach(IDS.pal, "my_skill"), { code: "notFound" }],
  ["listsSkillsOfPal", (api) => api.skills.listOfPal(IDS.pal), [{ skillId: "presentation" }]],
  [
    "replacesSkills",
    (api) => api.skills.replaceAll(IDS.pal, { internet_search: {} }),
    [{ skillId: "internet_search", config: {} }],
  ],
  [
    "detachesSkillOfUnknownPal",
    (api) => api.skills.detach("p0", "presentation"),
    { code: "notFound", resource: "pal" },
  ],
  [
    "createsDeployment",
    (api) =>
      api.deployments.create({
        palId: IDS.pal,
        channel: "widget",
        name: "Ada Widget",
        status: "active",
        allowedOrigins: ["https://example.com"],
        limits: { dailyCallLimit: 50, maxCallDuration: 600 },
        customization: { conversation: { unique_memory_tag: true } },
      }),
    { deploymentId: "d1234567890abcdef", palId: IDS.pal, hasPassword: false },
  ],
  ["listsDeployments", async (api) => await api.deployments.list(), [{ deploymentId: "d1", channel: "embed" }]],
  [
    "patchesDeployment",
    (api) => api.deployments.update(IDS.deployment, [{ op: "replace", path: "/name", value: "Support widget" }]),
    { changed: true },
  ],
];

describe("the client sends what other clients send and reads documented answers", () => {
  it.each(CASES.map((one) => ({ name: one[0], one })))("$name", async ({ name, one }) => {
    const [, call, result, options] = one;
    const { sent, result: received } = await exchange(name, call, options);
    expect(sent).toEqual(documented(name));
    if (result === undefined) expect(received).toBeUndefined();
    else expect(received).toMatchObject(result);
  });

  it("conversations: reads the documented answer and sends all that Pipecat and LiveKit send", async () => {
    const pipecat = await exchange(
      "pipecatCreates",
      (api) => api.createConversation({ faceId: "r90bbd427f71", palId: "pipecat0" }),
      { wireNames: "old" },
    );
    expect(pipecat.sent).toMatchObject(documented("pipecatCreates"));
    expect(pipecat.result).toMatchObject({
      conversationId: "c123456",
      conversationUrl: "https://tavus.daily.co/c123456",
      status: "active",
      palId: "pipecat0",
    });
    const livekit = await exchange("livekitCreatesWithoutIds", (api) =>
      api.createConversation({
        faceId: "r4067604db72",
        conversationName: "lk_conversation_8f3a2b1c9d",
        properties: { livekitWsUrl: "wss://example.livekit.cloud", livekitRoomToken: "token" },
      }),
    );
    expect(livekit.sent).toMatchObject(documented("livekitCreatesWithoutIds"));
  });

  it("sends no change without changes", async () => {
    const api = clientWith(async () => {
      throw new Error("was sent");
    });
    expect(await api.guardrails.update("g1", {})).toEqual({ changed: false });
  });
});
