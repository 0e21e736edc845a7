import { Hono } from "hono";
import { z } from "zod";

import type { TavusState } from "../state/tavus-state.ts";
import { checked, failures } from "./failure.ts";
import { readBody, type ApiEnv } from "./request.ts";
import { respondMany } from "./respond.ts";

const MAX_TOOLS = 50;

const attachSchema = z.object({ tool_ids: z.array(z.string().min(1)).min(1).max(MAX_TOOLS) });

/** Attaches tools to a PAL; tools it already has are ignored. Throws an ApiFailure, and then changes nothing. */
export function attachTools({ tools, toolsOfPal }: TavusState, palId: string, toolIds: readonly string[]): void {
  if (toolIds.some((id) => tools.get(id) === undefined)) throw failures.notFound({ error: "Tool not found" });
  const attached = new Set([...(toolsOfPal.get(palId) ?? []), ...toolIds]);
  if (attached.size > MAX_TOOLS) throw failures.invalid(`at most ${MAX_TOOLS} tools a PAL`);
  toolsOfPal.set(palId, attached);
}

/** /pals/{id}/tools: the tools attached to a PAL. */
export function palToolRoutes(state: TavusState): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  const { catalog, tools, toolsOfPal } = state;
  const attachedTools = (palId: string): Set<string> => {
    if (catalog.pal(palId) === undefined) throw failures.unknown("persona_id");
    return toolsOfPal.get(palId) ?? new Set();
  };

  routes.get("/:id/tools", (context) => {
    const items = [...attachedTools(context.req.param("id"))]
      .map((id) => tools.get(id))
      .filter((tool) => tool !== undefined);
    return respondMany(context, state, { items, show: (tool) => tool });
  });

  routes.post("/:id/tools", async (context) => {
    const palId = context.req.param("id");
    attachedTools(palId);
    const { tool_ids: toolIds } = checked(attachSchema, await readBody(context));
    attachTools(state, palId, toolIds);
    return context.json({ data: toolIds.map((id) => tools.get(id)) });
  });

  routes.delete("/:id/tools/:toolId", (context) => {
    if (!attachedTools(context.req.param("id")).delete(context.req.param("toolId"))) throw failures.notAttached();
    return context.body(null, 204);
  });

  return routes;
}
