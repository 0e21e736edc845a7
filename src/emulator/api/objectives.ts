import type { Hono } from "hono";
import { z } from "zod";

import type { TavusState } from "../tavus-state.ts";
import { collectionRoutes } from "./collection.ts";
import { checked, failures } from "./failure.ts";
import { applyPatch } from "./json-patch.ts";
import type { ApiEnv } from "./request.ts";

const createSchema = z.looseObject({
  data: z
    .array(
      z.looseObject({
        objective_name: z.string().regex(/^\S+$/),
        objective_prompt: z.string().min(1),
        confirmation_mode: z.enum(["auto", "manual"]).default("auto"),
        output_variables: z.array(z.string()).nullish(),
        modality: z.enum(["verbal", "visual"]).default("verbal"),
        next_conditional_objectives: z.record(z.string(), z.string()).nullish(),
        next_required_objective: z.string().nullish(),
        callback_url: z.string().nullish(),
      }),
    )
    .min(1),
});

export function objectivesRoutes(state: TavusState): Hono<ApiEnv> {
  return collectionRoutes(state, {
    store: state.objectives,
    id: { key: "objectives_id", prefix: "o" },
    createSchema: () => createSchema,
    missing: failures.required,
    notFound: () => failures.notFound({ error: "Objective not found" }),
    created: ({ objectives_id, created_at, data }) => ({
      objectives_id,
      objective_name: (data as { objective_name: string }[])[0]?.objective_name,
      status: "active",
      created_at,
    }),
    patched: (set, body) => checked(createSchema, applyPatch(set, body), failures.required),
  });
}
