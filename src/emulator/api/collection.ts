import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";

import { Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { z } from "zod";

import type { Document, ResourceStore } from "../state/resource-store.ts";
import type { TavusState } from "../state/tavus-state.ts";
import { toIsoTime } from "../state/time.ts";
import { type ApiFailure, checked, failures } from "./failure.ts";
import { readBody, readJson, type ApiContext, type ApiEnv } from "./request.ts";
import { respondMany, respondOne } from "./respond.ts";

interface IdKind {
  readonly key: string;
  readonly prefix: string;
}

/** How one kind of resource differs from the others. */
export interface CollectionKind {
  readonly store: ResourceStore;
  /** The key of the id, and the prefix of ids ("o", "d8-"). */
  readonly id: IdKind | ((request: Document) => IdKind);
  readonly createSchema: (request: Document) => z.ZodType<Record<string, unknown>>;
  readonly notFound: () => ApiFailure;
  /** Fields of a new resource in addition to those sent. */
  readonly initial?: (request: Document) => Document;
  /** The answer to a creation. Default: the whole resource. */
  readonly created?: (resource: Document) => Document;
  /** An entry in a list. Default: the whole resource. */
  readonly inList?: (resource: Document) => Document;
  /** Filters a list by the request's query. */
  readonly filter?: (context: ApiContext) => (resource: Document) => boolean;
  readonly firstPage?: 0 | 1;
  readonly maxLimit?: number;
  readonly keys?: { readonly items: string; readonly total: string };
  readonly createdStatus?: ContentfulStatusCode;
  readonly deletedStatus?: 200 | 204;
  /** The failure for a missing field. Default: "Invalid request: … is required". */
  readonly missing?: (field: string) => ApiFailure;
  /** Applies the body of a PATCH; undefined: the resource is read-only. */
  readonly patched?: (resource: Document, body: unknown) => Document;
  /** Called after a creation. */
  readonly onCreated?: (id: string) => void;
  readonly onDeleted?: (id: string) => void;
}

/** Routes to create, list, get, change and delete one kind of resource. */
export function collectionRoutes(state: TavusState, kind: CollectionKind): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  const { store, firstPage = 1 } = kind;
  const inList = kind.inList ?? ((resource: Document) => resource);

  routes.post("/", async (context) => {
    const body = await readBody(context);
    const request = checked(kind.createSchema(body), body, kind.missing);
    const resource = addTo(state, kind, request);
    const shown = kind.created?.(resource) ?? resource;
    return respondOne(context, state, shown, { status: kind.createdStatus ?? 200 });
  });

  routes.get("/", (context) => {
    const items = store.list().filter(kind.filter?.(context) ?? (() => true));
    // Objectives and guardrails spell the word out.
    if (["asc", "ascending"].includes(context.req.query("sort") ?? "")) items.reverse();
    const { maxLimit, keys } = kind;
    return respondMany(context, state, { items, show: inList, firstPage, maxLimit, keys });
  });

  routes.get("/:id", (context) => respondOne(context, state, known(kind, context.req.param("id"))));

  const { patched } = kind;
  if (patched !== undefined) {
    routes.patch("/:id", async (context) => {
      const id = context.req.param("id");
      const resource = known(kind, id);
      const changed = patched(resource, await readJson(context));
      if (isDeepStrictEqual(changed, resource)) return context.body(null, 304);
      const updated = { ...changed, updated_at: toIsoTime(state.clock.wallMs()) };
      store.put(id, updated);
      return respondOne(context, state, updated);
    });
  }

  routes.delete("/:id", (context) => {
    const id = context.req.param("id");
    known(kind, id);
    store.delete(id);
    kind.onDeleted?.(id);
    return context.body(null, kind.deletedStatus ?? 204);
  });

  return routes;
}

export function known(kind: Pick<CollectionKind, "store" | "notFound">, id: string): Document {
  const resource = kind.store.get(id);
  if (resource === undefined) throw kind.notFound();
  return resource;
}

function addTo(state: TavusState, kind: CollectionKind, request: Document): Document {
  const { key, prefix } = typeof kind.id === "function" ? kind.id(request) : kind.id;
  const id = `${prefix}${randomBytes(6).toString("hex")}`;
  const now = toIsoTime(state.clock.wallMs());
  const initial = kind.initial?.(request) ?? {};
  const resource = { [key]: id, ...request, ...initial, created_at: now, updated_at: now };
  if (!kind.store.put(id, resource)) throw failures.invalid("too many resources of this kind");
  kind.onCreated?.(id);
  return resource;
}
