import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";

import { MAX_PAGES } from "../../src/api/http/listing.ts";
import { silentLogger } from "../../src/util/logger.ts";
import { serveApi } from "../emulator/api/serve-api.ts";
import { clientOf, clientWith, failureOf } from "./clients.ts";

interface Server {
  readonly count: number;
  readonly base: 0 | 1;
  readonly maxLimit: number;
  readonly total: boolean;
  readonly tellsPage: boolean;
  readonly wrapped: boolean;
  readonly ignoresPages: boolean;
}

/** Answers GET /documents as the described server would, and records the requested pages. */
function listServer(server: Server, pages: (string | null)[]) {
  return async (url: string): Promise<Response> => {
    const query = new URL(url).searchParams;
    pages.push(query.get("page"));
    const limit = Math.min(Number(query.get("limit")), server.maxLimit);
    const page = server.ignoresPages ? server.base : Number(query.get("page") ?? server.base);
    const start = Math.max(0, page - server.base) * limit;
    const ids = Array.from({ length: server.count }, (_, index) => index).slice(start, start + limit);
    const data = ids.map((index) => ({ document_id: `d${index}`, document_name: `n${index}` }));
    if (!server.wrapped) return Response.json(data);
    return Response.json({
      data,
      ...(server.total ? { total_count: server.count } : {}),
      ...(server.tellsPage ? { page, limit } : {}),
    });
  };
}

const anyServer = fc.record({
  count: fc.nat(40),
  base: fc.constantFrom(0 as const, 1 as const),
  maxLimit: fc.integer({ min: 1, max: 10 }),
  total: fc.boolean(),
  tellsPage: fc.boolean(),
  wrapped: fc.boolean(),
  ignoresPages: fc.constant(false),
});

describe("a list", () => {
  it("has every entry once and in order, whatever the server's first page number and totals", async () => {
    await fc.assert(
      fc.asyncProperty(anyServer, async (server) => {
        const api = clientWith(listServer(server, []));
        const ids = (await api.documents.list()).map(({ documentId }) => documentId);
        expect(ids).toEqual(Array.from({ length: server.count }, (_, index) => `d${index}`));
      }),
      { numRuns: 300 },
    );
  });

  it("ends after the first page when the server ignores pages", async () => {
    await fc.assert(
      fc.asyncProperty(anyServer, async (some) => {
        const server = { ...some, ignoresPages: true };
        const pages: (string | null)[] = [];
        const found = await clientWith(listServer(server, pages)).documents.list();
        expect(found).toHaveLength(Math.min(server.count, server.maxLimit));
        expect(pages.length).toBeLessThanOrEqual(3);
      }),
      { numRuns: 100 },
    );
  });

  it("requests pages only as the iteration proceeds, and none after a break", async () => {
    const pages: (string | null)[] = [];
    const server: Server = {
      count: 30,
      base: 1,
      maxLimit: 10,
      total: true,
      tellsPage: true,
      wrapped: true,
      ignoresPages: false,
    };
    const list = clientWith(listServer(server, pages)).documents.list();
    expect(pages).toEqual([]);
    for await (const { documentId } of list) if (documentId === "d14") break;
    expect(pages).toEqual([null, "2"]);
  });

  it("is requested once when it is awaited twice", async () => {
    const pages: (string | null)[] = [];
    const list = clientWith(async () => {
      pages.push("asked");
      return Response.json({ data: [], total_count: 0 });
    }).documents.list();
    expect([await list, await list.toArray(), await list.finally(() => undefined)]).toEqual([[], [], []]);
    expect(pages).toHaveLength(1);
  });

  it("is cut off with a warning when the server never stops", async () => {
    const warn = vi.fn();
    let next = 0;
    const api = clientWith(async () => Response.json({ data: [{ document_id: `d${next++}` }] }), {
      logger: { ...silentLogger, warn },
    });
    expect(await api.documents.list()).toHaveLength(MAX_PAGES);
    expect(warn).toHaveBeenCalledOnce();
  });

  it("rejects with a typed error when it fails, awaited or iterated", async () => {
    const api = clientWith(async () => Response.json({ error: "no" }, { status: 403 }));
    expect(await failureOf(api.listPals())).toMatchObject({ code: "forbidden" });
    const goThrough = async (): Promise<void> => {
      for await (const _ of api.listFaces()) expect.fail("there is nothing");
    };
    expect(await failureOf(goThrough())).toMatchObject({ code: "forbidden" });
    expect(await api.listPals().catch(() => "caught")).toBe("caught");
  });

  it("is requested without a limit when the server rejects the limit", async () => {
    const limits: (string | null)[] = [];
    const api = clientWith(async (url) => {
      const limit = new URL(url).searchParams.get("limit");
      limits.push(limit);
      if (limit !== null) return Response.json({ error: "Invalid request: limit: at most 50" }, { status: 400 });
      return Response.json({ data: [{ document_id: "d1" }], total_count: 1 });
    });
    expect(await api.documents.list()).toHaveLength(1);
    expect(limits).toEqual(["100", null]);
  });

  it("is a bad response when the answer is not a list", async () => {
    const api = clientWith(async () => Response.json({ total_count: 3 }));
    expect(await failureOf(api.listPals())).toMatchObject({ code: "badResponse", path: "data" });
  });

  it("filters all pages itself when the server ignores a filter", async () => {
    await using served = await serveApi({ maxConcurrent: 300 });
    const api = clientOf(served);
    const first = await api.createConversation({ conversationName: "first" });
    for (let i = 0; i < 120; i++) {
      const { conversation_id: id } = (await (await served.request("POST", "/conversations", {})).json()) as {
        conversation_id: string;
      };
      await served.state.conversations.end(id, "end_conversation_endpoint_hit");
    }
    const withoutFilter = (url: string): string => {
      const changed = new URL(url);
      changed.searchParams.delete("status");
      return changed.href;
    };
    const ignoring = clientOf(served, { fetch: (url, init) => fetch(withoutFilter(url), init) });
    // The only active conversation is on the second page.
    expect(await ignoring.listConversations({ status: "active" })).toMatchObject([
      { conversationId: first.conversationId },
    ]);
  });
});
