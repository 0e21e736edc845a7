import { Hono } from "hono";
import { z } from "zod";

import type { Document } from "../state/resource-store.ts";
import type { TavusState } from "../state/tavus-state.ts";
import { collectionRoutes, known } from "./collection.ts";
import { checked, failures } from "./failure.ts";
import { readBody, type ApiEnv } from "./request.ts";
import { respondOne } from "./respond.ts";
import { respondTags } from "./tags.ts";

const crawl = z.object({
  depth: z.int().min(1).max(10).optional(),
  max_pages: z.int().min(1).max(100).optional(),
});
const names = { document_name: z.string().nullish(), tags: z.array(z.string()).nullish() };
const createSchema = z.looseObject({
  document_url: z.url(),
  ...names,
  callback_url: z.string().nullish(),
  crawl: crawl.nullish(),
});

const FILE_TYPES = new Set(["pdf", "txt", "docx", "doc", "png", "jpg", "jpeg", "pptx", "csv", "xlsx", "html", "htm"]);
const MAX_CRAWLED = 100;
const COOLDOWN_MINUTES = 60;

/** Documents are processed in the background: started, processing, then ready (or error, for an unsupported type). */
export function documentRoutes(state: TavusState): Hono<ApiEnv> {
  const { documents: store, jobs, jobMs, webhooks, clock } = state;
  const kind = {
    store,
    notFound: () => failures.notFound({ message: "Document not found" }),
  };
  const recrawledMs = new Map<string, number>();

  const tell = (id: string, changes: Document): void => {
    store.update(id, changes);
    const document = store.get(id);
    if (document === undefined) return;
    const { callback_url: url, document_id, status, error_message } = document;
    if (typeof url === "string") webhooks.send(url, { document_id, status, error_message: error_message ?? null });
  };
  const read = (id: string): void => {
    jobs.after(jobMs / 2, () => {
      if (store.get(id)?.status === "started") tell(id, { status: "processing" });
    });
    jobs.after(jobMs, () => {
      const document = store.get(id);
      // The document may have been deleted in the meantime.
      if (document !== undefined) tell(id, isReadable(document) ? { status: "ready" } : UNSUPPORTED);
    });
  };

  const routes = new Hono<ApiEnv>();
  routes.get("/tags", (context) => respondTags(context, store.list()));
  const collection = collectionRoutes(state, {
    ...kind,
    id: { key: "document_id", prefix: "d8-" },
    createSchema: () => createSchema,
    firstPage: 0,
    initial: (request) => {
      if (request.crawl != null && store.list().filter((one) => one.crawl != null).length >= MAX_CRAWLED)
        throw failures.tooManyCrawls(MAX_CRAWLED);
      return {
        document_name: request.document_name ?? request.document_url,
        tags: request.tags ?? [],
        status: "started",
      };
    },
    filter: (context) => {
      const { status, tags, name_or_uuid: name } = context.req.query();
      const wanted = tags?.split(",");
      return (document) =>
        (status === undefined || document.status === status) &&
        (wanted === undefined || wanted.some((tag) => (document.tags as string[]).includes(tag))) &&
        (name === undefined || document.document_id === name || String(document.document_name).includes(name));
    },
    patched: (document, body) => ({ ...document, ...checked(z.strictObject(names), body) }),
    onCreated: read,
    onDeleted: (id) => recrawledMs.delete(id),
  });

  routes.route("/", collection);

  // The emulator does not read documents, so there are no chunks.
  routes.get("/:id/chunks", (context) => {
    known(kind, context.req.param("id"));
    return context.json({ chunks: [], next_offset: null });
  });

  routes.post("/:id/recrawl", async (context) => {
    const id = context.req.param("id");
    const { status } = known(kind, id);
    const changes = checked(z.object({ crawl: crawl.optional() }), await readBody(context));
    if (status !== "ready" && status !== "error") throw failures.notReady(String(status));
    const sinceMinutes = (clock.nowMs() - (recrawledMs.get(id) ?? -Infinity)) / 60_000;
    if (sinceMinutes < COOLDOWN_MINUTES) throw failures.recrawlTooSoon(Math.ceil(COOLDOWN_MINUTES - sinceMinutes));
    recrawledMs.set(id, clock.nowMs());
    store.update(id, { ...changes, status: "recrawling" });
    jobs.after(jobMs, () => {
      tell(id, { status: "ready" });
    });
    return respondOne(context, state, known(kind, id), { status: 202 });
  });

  return routes;
}

const UNSUPPORTED = {
  status: "error",
  error_code: "file_format_unsupported",
  error_message: "This type of file is not supported.",
};

/** Whether the URL is a web page, or a file of a supported type. */
function isReadable(document: Document): boolean {
  const { pathname } = new URL(String(document.document_url));
  const type = /\.([a-z0-9]+)$/i.exec(pathname)?.[1]?.toLowerCase();
  return type === undefined || FILE_TYPES.has(type);
}
