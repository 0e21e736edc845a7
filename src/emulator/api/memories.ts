import { Hono } from "hono";

import type { TavusState } from "../state/tavus-state.ts";
import { failures } from "./failure.ts";
import type { ApiEnv } from "./request.ts";

/** /memories: memories can only be deleted. */
export function memoryRoutes(state: TavusState): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.delete("/:store/:id", (context) => {
    const { store, id } = context.req.param();
    if (!state.memories.delete(`${store}/${id}`)) throw failures.notFound({ message: "Memory not found" });
    return context.body(null, 204);
  });
  return routes;
}
