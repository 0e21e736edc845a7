import { Hono } from "hono";
import { z } from "zod";

import type { TavusState } from "../tavus-state.ts";
import { checked, failures } from "./failure.ts";
import { readBody, type ApiEnv } from "./request.ts";
import { respondMany, respondOne } from "./respond.ts";

const MAX_TOOLS = 50;

/** /pals/{id}/tools: which tools a PAL has. */
export function palToolRoutes(state: TavusState): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  const { catalog, tools, toolsOfPal } = state;
  const notFound = (): Error => failures.notFound({ error: "Tool not found" });

  const toolsOf = (palId: string): Set<string> => {
    if (catalog.pal(palId) === undefined) throw failures.unknown("persona_id");
    return toolsOfPal.get(palId) ?? new Set();
  };

  routes.get("/:id/tools", (context) => {
    const items = [...toolsOf(context.req.param("id"))].map((id) => tools.get(id)).filter((tool) => tool !== undefined);
    return respondMany(context, state, { items, show: (tool) => tool });
  });

  routes.post("/:id/tools", async (context) => {
    const palId = context.req.param("id");
    const owned = toolsOf(palId);
    const { tool_id: toolId } = checked(z.object({ tool_id: z.string() }), await readBody(context));
    const tool = tools.get(toolId);
    if (tool === undefined) throw notFound();
    if (owned.size >= MAX_TOOLS && !owned.has(toolId)) throw failures.invalid(`at most ${MAX_TOOLS} tools a PAL`);
    toolsOfPal.set(palId, owned.add(toolId));
    return respondOne(context, state, tool);
  });

  routes.delete("/:id/tools/:toolId", (context) => {
    if (!toolsOf(context.req.param("id")).delete(context.req.param("toolId"))) throw notFound();
    return context.body(null, 204);
  });

  return routes;
}
