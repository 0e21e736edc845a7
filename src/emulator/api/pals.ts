import { randomBytes } from "node:crypto";

import { Hono } from "hono";
import { z } from "zod";

import type { TavusState } from "../tavus-state.ts";
import { isoOf } from "../time.ts";
import { checked, failures } from "./failure.ts";
import { palDetails } from "./present.ts";
import { pageOf, readBody, type ApiEnv } from "./request.ts";

const createSchema = z.looseObject({
  pal_name: z.string().nullish(),
  persona_name: z.string().nullish(),
  pipeline_mode: z.enum(["full", "echo"]).default("full"),
  system_prompt: z.string().nullish(),
  default_face_id: z.string().nullish(),
  default_replica_id: z.string().nullish(),
  layers: z.record(z.string(), z.unknown()).default({}),
});

const filterSchema = z.object({
  pal_type: z.enum(["system", "user"]).optional(),
  persona_type: z.enum(["system", "user"]).optional(),
});

/** /pals under the new names, /personas under the old ones: the same PALs. */
export function palRoutes(state: TavusState, names: "new" | "old"): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  const nameKey = names === "new" ? "pal_name" : "persona_name";

  routes.post("/", async (context) => {
    const request = checked(createSchema, await readBody(context));
    const name = request.pal_name ?? request.persona_name ?? "";
    const defaultFaceId = request.default_face_id ?? request.default_replica_id ?? null;
    if (name === "") throw failures.required(nameKey);
    if ((request.system_prompt ?? "") === "" && request.pipeline_mode !== "echo") {
      throw failures.required("system_prompt");
    }
    // The new endpoint alone insists on a face.
    if (defaultFaceId === null && names === "new") throw failures.required("default_face_id");
    if (defaultFaceId !== null && state.catalog.face(defaultFaceId) === undefined) {
      throw failures.unknown("replica_id");
    }
    const id = `p${randomBytes(6).toString("hex")}`;
    const createdAt = isoOf(state.clock.wallMs());
    const added = state.catalog.addPal({
      id,
      name,
      pipelineMode: request.pipeline_mode,
      delivery: "messages",
      defaultFaceId,
      systemPrompt: request.system_prompt ?? null,
      layers: request.layers,
      type: "user",
      createdAt,
    });
    if (!added) throw failures.invalid("too many PALs");
    return context.json({ [names === "new" ? "pal_id" : "persona_id"]: id, [nameKey]: name, created_at: createdAt });
  });

  routes.get("/", (context) => {
    const filter = checked(filterSchema, context.req.query());
    const type = filter.pal_type ?? filter.persona_type;
    const found = state.catalog.pals.filter((pal) => type === undefined || pal.type === type);
    return context.json(pageOf(context, found, (pal) => palDetails(pal, names)));
  });

  routes.get("/:id", (context) => {
    const pal = state.catalog.pal(context.req.param("id"));
    if (pal === undefined) throw failures.unknown("persona_id");
    const details = palDetails(pal, names);
    return context.json(state.palShape === "list" ? { data: [details] } : details);
  });

  return routes;
}
