import { describe, expect, it, vi } from "vitest";

import { silentLogger } from "../../src/util/logger.ts";
import { clientWith, failureOf } from "./clients.ts";

const PAL = { persona_id: "p1", persona_name: "Ari" };
const CONVERSATION = { conversation_id: "c1", conversation_url: "https://tavus.daily.co/c1", status: "active" };

function listClient(body: unknown) {
  const warn = vi.fn();
  return { api: clientWith(async () => Response.json(body), { logger: { ...silentLogger, warn } }), warn };
}

describe("a wrapped list", () => {
  // Tavus' own tavus-cli 0.11 reads `data`, `deployments` and bare lists; the others have been reported.
  it.each([
    { data: [PAL] },
    { personas: [PAL] },
    { pals: [PAL], total_count: 1 },
    { results: [PAL] },
    { items: [PAL] },
    { data: { data: [PAL] } },
    { data: { personas: [PAL], total_count: 1 } },
    { data: { data: { data: [PAL] } } },
    { data: PAL },
    [PAL],
    [{ data: PAL }],
    { data: [{ data: [PAL] }] },
  ])("is read from %j", async (body) => {
    const { api, warn } = listClient(body);
    expect(await api.listPals()).toMatchObject([{ palId: "p1", palName: "Ari" }]);
    expect(warn).not.toHaveBeenCalled();
  });

  it("is empty when its array is empty, or null with a total of 0", async () => {
    for (const body of [[], { data: [] }, { personas: [] }, { data: { data: [] } }, { data: null, total_count: 0 }])
      expect(await listClient(body).api.listPals()).toEqual([]);
    for (const body of [{ data: null }, { data: null, total_count: 2 }, {}, { total_count: 2 }, "none", null])
      expect(await failureOf(listClient(body).api.listPals())).toMatchObject({ code: "badResponse" });
  });
});

describe("unreadable entries of a list", () => {
  it("are left out with a warning that counts them and names the unusable field", async () => {
    const { api, warn } = listClient({ data: [{ persona_name: "no id" }, PAL, null, 7], total_count: 4 });
    expect(await api.listPals()).toMatchObject([{ palId: "p1" }]);
    expect(warn).toHaveBeenCalledExactlyOnceWith("Entries of a list cannot be read and are left out.", {
      path: "/pals",
      entries: 3,
      field: "data.0.pal_id",
    });
  });

  it("are an error with the path of the field when no entry is readable", async () => {
    const { api } = listClient({ data: { data: [{ id: "c1" }, { id: "c2" }] } });
    const failure = await failureOf(api.listConversations({ status: "active" }));
    expect(failure).toMatchObject({ code: "badResponse", path: "data.data.0.conversation_id" });
    expect((failure as Error).message).toContain("2 entries");
  });

  it("include an entry that wraps several resources", async () => {
    const { api } = listClient({ data: [{ data: [PAL, { persona_id: "p2", persona_name: "Ada" }] }] });
    expect(await failureOf(api.listPals())).toMatchObject({ code: "badResponse", path: "data.0.pal_id" });
  });

  it("cause one warning on a later page and do not stop the listing", async () => {
    const warn = vi.fn();
    const pages = [[PAL], [{ persona_name: "no id" }], [{ persona_id: "p2", persona_name: "Ada" }], []];
    const api = clientWith(
      async (url) => Response.json({ data: pages[Number(new URL(url).searchParams.get("page") ?? 0)] ?? [] }),
      { logger: { ...silentLogger, warn } },
    );
    expect((await api.listPals()).map(({ palId }) => palId)).toEqual(["p1", "p2"]);
    expect(warn).toHaveBeenCalledOnce();
  });

  it("do not prevent the end of a listing when the server ignores pages", async () => {
    const asked = vi.fn();
    const api = clientWith(async () => {
      asked();
      return Response.json({ data: [PAL, { persona_name: "no id" }] });
    });
    expect(await api.listPals()).toHaveLength(1);
    expect(asked.mock.calls.length).toBeLessThanOrEqual(3);
  });
});

describe("resources without optional fields", () => {
  it("include a PAL without a name, which gets an empty one", async () => {
    for (const nameless of [
      { persona_id: "p1", persona_name: null, pipeline_mode: "echo" },
      { pal_id: "p1", pal_name: "" },
    ]) {
      expect(await listClient({ data: [nameless] }).api.listPals()).toMatchObject([{ palId: "p1", palName: "" }]);
      expect(await listClient(nameless).api.getPal("p1")).toMatchObject({ palId: "p1", palName: "" });
    }
  });

  it("do not include an answer without any field of a PAL", async () => {
    for (const body of [{ conversation_id: "c1" }, { result: [] }, { pal_id: "p1" }]) {
      expect(await failureOf(listClient(body).api.getPal("p1"))).toMatchObject({
        code: "badResponse",
        path: "pal_name",
      });
    }
  });

  it.each([undefined, null, "", "no url", 7])(
    "include a conversation with the URL %j, because it costs money",
    async (url) => {
      const { api, warn } = listClient({ data: [{ ...CONVERSATION, conversation_url: url, conversation_name: null }] });
      expect(await api.listConversations({ status: "active" })).toMatchObject([
        { conversationId: "c1", conversationUrl: "https://tavus.daily.co/c1" },
      ]);
      expect(warn).not.toHaveBeenCalled();
    },
  );
});
