import { Hono } from "hono";
import { z } from "zod";

import type { ApiEnv } from "../request.ts";
import { dailyFailures } from "./daily-failure.ts";
import { tokenPropertiesSchema } from "./daily-properties.ts";
import { readDailyBody } from "./daily-request.ts";
import type { DailyState } from "./daily-state.ts";

const createSchema = z.looseObject({ properties: tokenPropertiesSchema.nullish() });

/** `/meeting-tokens`. */
export function dailyTokenRoutes(state: DailyState): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();

  // Whether the room exists is not checked: tokens may be made before their room.
  routes.post("/", async (context) => {
    const { properties } = await readDailyBody(context, createSchema);
    return context.json({ token: state.createToken(properties ?? {}) });
  });

  routes.get("/:token", (context) => {
    const ignoreNbf = context.req.query("ignoreNbf") === "true";
    const properties = state.validateToken(context.req.param("token"), { ignoreNbf });
    if (properties === undefined) throw dailyFailures.invalid("the meeting token is not valid");
    return context.json(properties);
  });

  return routes;
}
