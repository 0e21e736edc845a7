import { z } from "zod";
import type { ContentfulStatusCode } from "hono/utils/http-status";

import type { ResponseShapes } from "../state/responses.ts";
import type { TavusState } from "../state/tavus-state.ts";
import { checked } from "./failure.ts";
import type { ApiContext } from "./request.ts";

export type Json = Readonly<Record<string, unknown>>;
export type ResponseNames = "new" | "old" | "both";

/** New name → old name. */
const OLD_NAME: Readonly<Record<string, string>> = {
  face_id: "replica_id",
  face_name: "replica_name",
  face_type: "replica_type",
  default_face_id: "default_replica_id",
  pal_id: "persona_id",
  pal_name: "persona_name",
  pal_type: "persona_type",
};

function named(resource: Json, names: ResponseNames): Json {
  if (names === "new") return resource;
  const entries = Object.entries(resource).flatMap(([key, value]): [string, unknown][] => {
    const oldName = Object.hasOwn(OLD_NAME, key) ? OLD_NAME[key] : undefined;
    if (oldName === undefined) return [[key, value]];
    return names === "old"
      ? [[oldName, value]]
      : [
          [key, value],
          [oldName, value],
        ];
  });
  return Object.fromEntries(entries);
}

function namesFor(shapes: ResponseShapes, ofEndpoint: ResponseNames): ResponseNames {
  return shapes.names === "endpoint" ? ofEndpoint : shapes.names;
}

/** Answers with one resource. `names` are those of the endpoint. */
export function respondOne(
  context: ApiContext,
  state: TavusState,
  resource: Json,
  { names = "new", status = 200 }: { readonly names?: ResponseNames; readonly status?: ContentfulStatusCode } = {},
): Response {
  const shown = named(resource, namesFor(state.responses, names));
  const wrappers: Record<ResponseShapes["one"], () => object> = {
    bare: () => shown,
    data: () => ({ data: shown }),
    dataList: () => ({ data: [shown] }),
    list: () => [shown],
  };
  return context.json(wrappers[state.responses.one](), status);
}

/** Most lists have no documented maximum, and Tavus' own client requests 200. */
const MAX_LIMIT = 1000;

const page = z.coerce.number().int().min(0).optional();

export interface ListAnswer<T> {
  readonly items: readonly T[];
  readonly show: (item: T) => Json;
  readonly names?: ResponseNames;
  /** Number of the first page in Tavus' documents. Default 1. */
  readonly firstPage?: 0 | 1;
  /** The maximum `limit`, where one is documented. */
  readonly maxLimit?: number | undefined;
  /** The keys of the list and the count, where they differ from `data` and `total_count`. */
  readonly keys?: { readonly items: string; readonly total: string } | undefined;
}

/** Answers with the requested page of a list. */
export function respondMany<T>(context: ApiContext, state: TavusState, answer: ListAnswer<T>): Response {
  const { items, show, names = "new", firstPage = 1, maxLimit = MAX_LIMIT, keys } = answer;
  const shapes = state.responses;
  const limitSchema = z.coerce.number().int().min(1).max(maxLimit).default(10);
  const { limit, page: asked } = checked(z.object({ limit: limitSchema, page }), context.req.query());
  const first = { documented: firstPage, ignored: firstPage, zero: 0, one: 1 }[shapes.pages];
  const number = asked ?? first;
  const start = shapes.pages === "ignored" ? 0 : Math.max(0, number - first) * limit;
  const data = items.slice(start, start + limit).map((item) => named(show(item), namesFor(shapes, names)));
  const wrappers: Record<ResponseShapes["many"], () => object> = {
    counted: () => (keys ? { [keys.items]: data, [keys.total]: items.length } : { data, total_count: items.length }),
    paged: () => ({ data, total_count: items.length, page: number, limit }),
    data: () => ({ data }),
    list: () => data,
  };
  return context.json(wrappers[shapes.many]());
}
