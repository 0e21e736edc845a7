import { Hono } from "hono";
import { z } from "zod";

import type { TavusState } from "../tavus-state.ts";
import { checked, failures } from "./failure.ts";
import { faceDetails } from "./present.ts";
import { pageOf, type ApiEnv } from "./request.ts";

const filterSchema = z.object({
  face_type: z.enum(["system", "user"]).optional(),
  replica_type: z.enum(["system", "user"]).optional(),
  face_ids: z.string().optional(),
  replica_ids: z.string().optional(),
  model_name: z.string().optional(),
  verbose: z.string().optional(),
});

/** /faces under the new names, /replicas under the old ones: the same faces, all of them stock. */
export function faceRoutes(state: TavusState, names: "new" | "old"): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();

  routes.get("/", (context) => {
    const filter = checked(filterSchema, context.req.query());
    const type = filter.face_type ?? filter.replica_type ?? "system";
    const ids = (filter.face_ids ?? filter.replica_ids)?.split(",");
    const found = state.catalog.faces
      .filter(() => type === "system")
      .filter(({ id }) => ids === undefined || ids.includes(id))
      .filter(({ modelName }) => filter.model_name === undefined || modelName === filter.model_name);
    return context.json(pageOf(context, found, (face) => faceDetails(face, names, filter.verbose === "true")));
  });

  routes.get("/:id", (context) => {
    const face = state.catalog.face(context.req.param("id"));
    if (face === undefined) throw failures.unknown("replica_uuid");
    return context.json({ ...faceDetails(face, names, true), updated_at: face.createdAt, error_message: null });
  });

  return routes;
}
