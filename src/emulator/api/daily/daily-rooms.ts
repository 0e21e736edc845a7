import { randomBytes } from "node:crypto";

import { Hono } from "hono";
import { z } from "zod";

import type { ApiEnv } from "../request.ts";
import { dailyFailures } from "./daily-failure.ts";
import { roomPropertiesSchema } from "./daily-properties.ts";
import { readDailyBody, readLimit } from "./daily-request.ts";
import type { DailyRoomRecord, DailyState } from "./daily-state.ts";

const MAX_PER_PAGE = 100;
const NAME = /^[A-Za-z0-9_-]{1,128}$/;
const privacy = z.enum(["public", "private"]);

const createSchema = z.looseObject({
  name: z
    .string()
    .regex(NAME, "a name has 1 to 128 letters, digits, dashes and underscores")
    .nullish(),
  privacy: privacy.nullish(),
  properties: roomPropertiesSchema.nullish(),
});
const updateSchema = z.looseObject({ privacy: privacy.nullish(), properties: roomPropertiesSchema.nullish() });

/** `/rooms` and `/rooms/:name`. */
export function dailyRoomRoutes(state: DailyState, roomUrl: (name: string) => string): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  const present = ({ id, name, privacy, createdAtMs, config }: DailyRoomRecord): object => ({
    id,
    name,
    api_created: true,
    privacy,
    url: roomUrl(name),
    created_at: new Date(createdAtMs).toISOString(),
    config,
  });

  routes.post("/", async (context) => {
    const body = await readDailyBody(context, createSchema);
    const name = body.name ?? randomBytes(15).toString("base64url").replace(/[-_]/g, "x");
    return context.json(present(state.create(name, body.privacy ?? "public", body.properties ?? {})));
  });

  routes.get("/", (context) => {
    const limit = readLimit(context) ?? MAX_PER_PAGE;
    if (limit > MAX_PER_PAGE) throw dailyFailures.invalid(`limit: at most ${MAX_PER_PAGE}`);
    const { starting_after: after, ending_before: before } = context.req.query();
    const all = state.list();
    return context.json({ total_count: all.length, data: page(state, all, { limit, after, before }).map(present) });
  });

  routes.get("/:name", (context) => context.json(present(state.get(context.req.param("name")))));

  routes.post("/:name", async (context) => {
    const name = context.req.param("name");
    state.get(name);
    const body = await readDailyBody(context, updateSchema);
    return context.json(present(state.update(name, body.privacy ?? undefined, body.properties ?? {})));
  });

  routes.delete("/:name", (context) => {
    const name = context.req.param("name");
    state.delete(name);
    return context.json({ deleted: true, name });
  });

  return routes;
}

interface PageQuery {
  readonly limit: number;
  readonly after: string | undefined;
  readonly before: string | undefined;
}

/** The page after or before the cursor, in the order of the list. */
function page(
  state: DailyState,
  all: readonly DailyRoomRecord[],
  { limit, after, before }: PageQuery,
): readonly DailyRoomRecord[] {
  const orderOf = (id: string): number => {
    const order = state.orderOf(id);
    if (order === undefined) throw dailyFailures.invalid(`there is no room with the id ${id}`);
    return order;
  };
  if (after !== undefined) {
    const cursor = orderOf(after);
    return all.filter(({ id }) => orderOf(id) < cursor).slice(0, limit);
  }
  if (before === undefined) return all.slice(0, limit);
  const cursor = before === "OLDEST" ? -1 : orderOf(before);
  return all.filter(({ id }) => orderOf(id) > cursor).slice(-limit);
}
