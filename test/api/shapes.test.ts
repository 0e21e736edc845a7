import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { TavusApiError, type TavusApi } from "../../src/api/index.ts";
import { clientWith, failureOf } from "./clients.ts";

const wrappers: Record<string, (resource: object) => unknown> = {
  bare: (resource) => resource,
  "{data: {…}}": (resource) => ({ data: resource }),
  "{data: […]}": (resource) => ({ data: [resource], total_count: 1 }),
  "[…]": (resource) => [resource],
};

const names = {
  new: { pal_id: "p1", pal_name: "Ari", default_face_id: "r1" },
  old: { persona_id: "p1", persona_name: "Ari", default_replica_id: "r1" },
  both: {
    pal_id: "p1",
    pal_name: "Ari",
    default_face_id: "r1",
    persona_id: "old",
    persona_name: "old",
    default_replica_id: "old",
  },
  "new ones null": {
    pal_id: null,
    pal_name: "",
    default_face_id: null,
    persona_id: "p1",
    persona_name: "Ari",
    default_replica_id: "r1",
  },
};

describe("answers in any shape", () => {
  for (const [wrapper, wrap] of Object.entries(wrappers)) {
    for (const [naming, fields] of Object.entries(names)) {
      it(`give the same PAL: ${wrapper} with ${naming} names`, async () => {
        const answer = { ...fields, pipeline_mode: "echo", unknown_field: { kept: true } };
        const pal = await clientWith(async () => Response.json(wrap(answer))).getPal("p1");
        expect(pal).toEqual({ palId: "p1", palName: "Ari", defaultFaceId: "r1", pipelineMode: "echo", raw: answer });
      });
    }
  }

  const ids = {
    new: { pal_id: "p1", face_id: "r1", face_name: "Anna" },
    old: { persona_id: "p1", replica_id: "r1", replica_name: "Anna" },
    both: {
      pal_id: "p1",
      face_id: "r1",
      face_name: "Anna",
      persona_id: "old",
      replica_id: "old",
      replica_name: "old",
    },
    "new ones null": {
      pal_id: null,
      face_id: "",
      face_name: null,
      persona_id: "p1",
      replica_id: "r1",
      replica_name: "Anna",
    },
  };
  for (const [wrapper, wrap] of Object.entries(wrappers)) {
    for (const [naming, fields] of Object.entries(ids)) {
      it(`give the same conversation and face: ${wrapper} with ${naming} names`, async () => {
        const answer = { conversation_id: "c1", conversation_url: "https://a.test/c1", status: "ended", ...fields };
        const api = clientWith(async () => Response.json(wrap(answer)));
        const expected = { conversationId: "c1", status: "ended", palId: "p1", faceId: "r1", raw: answer };
        expect(await api.getConversation("c1")).toMatchObject(expected);
        expect(await api.createConversation()).toMatchObject(expected);
        expect(await api.getFace("r1")).toMatchObject({ faceId: "r1", faceName: "Anna", raw: answer });
        if (wrapper !== "bare") expect(await api.listConversations()).toMatchObject([expected]);
      });
    }
  }

  it("are a bad response when the body is empty, blank or not JSON", async () => {
    for (const body of ["", " \n", "OK", "<html>", "null", "7", "[]", '{"data":null}', '{"data":[]}']) {
      const api = clientWith(async () => new Response(body));
      for (const call of [api.getPal("p1"), api.getConversation("c1"), api.getFace("r1"), api.documents.get("d1")])
        expect(await failureOf(call), body).toMatchObject({ code: "badResponse" });
      await api.deletePal("p1");
      expect(await api.updatePal("p1", [{ op: "remove", path: "/context" }])).toEqual({ changed: true });
    }
  });

  it("lack the fields that have an undocumented type", async () => {
    const answer = { pal_name: "Ari", pipeline_mode: 7, default_face_id: {}, layers: "none" };
    const pal = await clientWith(async () => Response.json(answer)).getPal("p1");
    expect(pal).toEqual({ palId: "p1", palName: "Ari", raw: answer });
  });

  it("have PAL and face when a conversation has old names", async () => {
    const answer = { conversation_id: "c1", conversation_url: "https://a.test/c1", replica_id: "r1", persona_id: "p1" };
    const conversation = await clientWith(async () => Response.json(answer)).getConversation("c1");
    expect(conversation).toMatchObject({ palId: "p1", faceId: "r1", status: "active", conversationName: "" });
  });
});

const field = fc.constantFrom(
  "data",
  "conversation_id",
  "conversation_url",
  "conversation_name",
  "status",
  "pal_id",
  "persona_id",
  "pal_name",
  "persona_name",
  "layers",
  "transport",
  "input_settings",
  "microphone",
  "events",
  "event_type",
  "properties",
  "message",
  "error",
  "total_count",
  "page",
  "created_at",
  "face_id",
  "document_id",
  "objectives_id",
  "objective_prompt",
  "guardrails_id",
  "pronunciation_dictionary_id",
  "rules",
  "tags",
  "__proto__",
);
const { body } = fc.letrec((tie) => ({
  body: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.oneof(
      fc.string(),
      fc.constantFrom("c1", "https://a.test/c1", "Invalid persona_id"),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
    ),
    fc.array(tie("body"), { maxLength: 3 }),
    fc.dictionary(field, tie("body"), { maxKeys: 6 }),
  ),
}));
const text = fc.oneof(
  body.map((value) => JSON.stringify(value)),
  fc.string(),
  fc.string({ unit: "binary" }),
);
const status = fc.constantFrom(200, 201, 204, 304, 302, 400, 401, 402, 404, 422, 429, 500, 503);

const calls: readonly ((api: TavusApi) => Promise<unknown>)[] = [
  (api) => api.createConversation(),
  (api) => api.getConversation("c1", { verbose: true }),
  (api) => api.listConversations({ status: "active" }),
  (api) => api.getPal("p1"),
  (api) => api.endConversation("c1"),
  (api) => api.endOrphan("n"),
  (api) => api.deleteConversation("c1"),
  (api) => api.createPal({ palName: "n", pipelineMode: "echo", defaultFaceId: "r1" }),
  (api) => api.updatePal("p1", [{ op: "remove", path: "/context" }]),
  (api) => api.listPals(),
  (api) => api.getFace("r1"),
  (api) => api.createFace({ trainVideoUrl: "https://a.test/v" }),
  (api) => api.voices.list(),
  (api) => api.documents.recrawl("d1"),
  (api) => api.objectives.get("o1"),
  (api) => api.objectives.list(),
  (api) => api.guardrails.getSet("g1"),
  (api) => api.pronunciationDictionaries.get("pd_1"),
  (api) => api.videos.delete("v1"),
];

describe("any answer", () => {
  it("is a result or a TavusApiError", { timeout: 30_000 }, async () => {
    // Waits for nothing, because this test is not about the pauses between attempts.
    const clock = {
      nowMs: () => 0,
      wallMs: () => 0,
      setTimeout: (callback: () => void, delayMs: number) => (delayMs === 10_000 ? undefined : setImmediate(callback)),
      clearTimeout: () => undefined,
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(status, text), { minLength: 1, maxLength: 4 }),
        fc.nat(calls.length - 1),
        async (answers, call) => {
          let next = 0;
          const api = clientWith(
            async () => {
              const [code, content] = answers[next++ % answers.length]!;
              const empty = code === 204 || code === 304;
              return new Response(empty ? null : content, { status: code });
            },
            { clock },
          );
          try {
            await calls[call]!(api);
          } catch (error) {
            expect(error).toBeInstanceOf(TavusApiError);
            expect((error as Error).message.length).toBeLessThan(1000);
          }
        },
      ),
      { numRuns: 2500 },
    );
  });
});
