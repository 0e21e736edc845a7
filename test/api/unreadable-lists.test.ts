import { describe, expect, it, vi } from "vitest";

import { silentLogger } from "../../src/util/logger.ts";
import { clientWith, failureOf } from "./clients.ts";

const PAL = { persona_id: "p1", persona_name: "Ari" };
const CONVERSATION = { conversation_id: "c1", conversation_url: "https://tavus.daily.co/c1", status: "active" };

function listClient(body: unknown) {
  const warn = vi.fn();
  return { api: clientWith(async () => Response.json(body), { logger: { ...silentLogger, warn } }), warn };
}

describe("a list in another wrapper", () => {
  // `data`, `deployments` and a bare list are what Tavus' own tavus-cli 0.11 reads; the others have been reported.
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
  ])("%j is read", async (body) => {
    const { api, warn } = listClient(body);
    expect(await api.listPals()).toMatchObject([{ palId: "p1", palName: "Ari" }]);
    expect(warn).not.toHaveBeenCalled();
  });

  it("that is empty is empty, as null only when it counts 0", async () => {
    for (const body of [[], { data: [] }, { personas: [] }, { data: { data: [] } }, { data: null, total_count: 0 }])
      expect(await listClient(body).api.listPals()).toEqual([]);

    for (const body of [{ data: null }, { data: null, total_count: 2 }, {}, { total_count: 2 }, "none", null])
      expect(await failureOf(listClient(body).api.listPals())).toMatchObject({ code: "badResponse" });
  });
});

describe("entries of a list that cannot be read", () => {
  it("are left out with a warning that counts them and names the field at fault", async () => {
    const { api, warn } = listClient({ data: [{ persona_name: "no id" }, PAL, null, 7], total_count: 4 });
    expect(await api.listPals()).toMatchObject([{ palId: "p1" }]);
    expect(warn).toHaveBeenCalledExactlyOnceWith("Entries of a list cannot be read and are left out.", {
      path: "/pals",
      entries: 3,
      field: "data.0.pal_id",
    });
  });

  it("are an error when there are no others, with the field in the path", async () => {
    const { api } = listClient({ data: { data: [{ id: "c1" }, { id: "c2" }] } });
    const failure = await failureOf(api.listConversations({ status: "active" }));
    expect(failure).toMatchObject({ code: "badResponse", path: "data.data.0.conversation_id" });
    expect((failure as Error).message).toContain("2 entries");
  });

  it("are those that hold several, of which one would have to do", async () => {
    const { api } = listClient({ data: [{ data: [PAL, { persona_id: "p2", persona_name: "Ada" }] }] });
    expect(await failureOf(api.listPals())).toMatchObject({ code: "badResponse", path: "data.0.pal_id" });
  });

  it("on a later page stop nothing, and are warned about once", async () => {
    const warn = vi.fn();
    const pages = [[PAL], [{ persona_name: "no id" }], [{ persona_id: "p2", persona_name: "Ada" }], []];
    const api = clientWith(
      async (url) => Response.json({ data: pages[Number(new URL(url).searchParams.get("page") ?? 0)] ?? [] }),
      { logger: { ...silentLogger, warn } },
    );
    expect((await api.listPals()).map(({ palId }) => palId)).toEqual(["p1", "p2"]);
    expect(warn).toHaveBeenCalledOnce();
  });

  it("do not keep a server that ignores pages from coming to an end", async () => {
    const asked = vi.fn();
    const api = clientWith(async () => {
      asked();
      return Response.json({ data: [PAL, { persona_name: "no id" }] });
    });
    expect(await api.listPals()).toHaveLength(1);
    expect(asked.mock.calls.length).toBeLessThanOrEqual(3);
  });
});

describe("entries that lack what is only of use", () => {
  it("a PAL without a name is listed, read and created, with an empty name", async () => {
    for (const nameless of [
      { persona_id: "p1", persona_name: null, pipeline_mode: "echo" },
      { pal_id: "p1", pal_name: "" },
    ]) {
      expect(await listClient({ data: [nameless] }).api.listPals()).toMatchObject([{ palId: "p1", palName: "" }]);
      expect(await listClient(nameless).api.getPal("p1")).toMatchObject({ palId: "p1", palName: "" });
    }
  });

  it("something that is no PAL is none, though its id is known", async () => {
    for (const body of [{ conversation_id: "c1" }, { result: [] }, { pal_id: "p1" }]) {
      expect(await failureOf(listClient(body).api.getPal("p1"))).toMatchObject({
        code: "badResponse",
        path: "pal_name",
      });
    }
  });

  it.each([undefined, null, "", "no url", 7])(
    "a conversation with the URL %j is listed: it costs money",
    async (url) => {
      const { api, warn } = listClient({ data: [{ ...CONVERSATION, conversation_url: url, conversation_name: null }] });
      expect(await api.listConversations({ status: "active" })).toMatchObject([
        { conversationId: "c1", conversationUrl: "https://tavus.daily.co/c1" },
      ]);
      expect(warn).not.toHaveBeenCalled();
    },
  );
});
