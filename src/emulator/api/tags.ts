import type { Document } from "../state/resource-store.ts";
import { checked } from "./failure.ts";
import type { ApiContext } from "./request.ts";
import { z } from "zod";

const querySchema = z.object({
  search: z.string().default(""),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  page: z.coerce.number().int().min(0).default(0),
});

export function readTags({ tags }: Document): readonly string[] {
  return Array.isArray(tags) ? tags.filter((tag): tag is string => typeof tag === "string") : [];
}

/** The distinct tags of these resources: `{tags, total_count}` (tavus-cli 0.11). */
export function respondTags(context: ApiContext, resources: readonly Document[]): Response {
  const { search, limit, page } = checked(querySchema, context.req.query());
  const found = [...new Set(resources.flatMap(readTags))].filter((tag) => tag.includes(search)).sort();
  return context.json({ tags: found.slice(page * limit, (page + 1) * limit), total_count: found.length });
}
