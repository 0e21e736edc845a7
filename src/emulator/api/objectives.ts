import { Hono } from "hono";
import { z } from "zod";

import type { TavusState } from "../state/tavus-state.ts";
import { collectionRoutes } from "./collection.ts";
import { checked, failures } from "./failure.ts";
import { applyPatch } from "./json-patch.ts";
import { readBody, type ApiEnv } from "./request.ts";

const createSchema = z.looseObject({
  data: z
    .array(
      z.looseObject({
        objective_name: z.string().regex(/^\S+$/),
        objective_prompt: z.string().min(1),
        confirmation_mode: z.enum(["auto", "manual"]).default("auto"),
        output_variables: z.array(z.string()).nullish(),
        modality: z.enum(["verbal", "visual", "audio"]).default("verbal"),
        next_conditional_objectives: z.record(z.string(), z.string()).nullish(),
        next_required_objective: z.string().nullish(),
        callback_url: z.string().nullish(),
      }),
    )
    .min(1),
});

export function objectivesRoutes(state: TavusState): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  // Known only from tavus-cli, which prints the answer unchanged.
  routes.post("/validate", async (context) => {
    const set = checked(createSchema, await readBody(context), failures.required);
    const problem = findProblem(set.data, set.allow_loops === true);
    if (problem !== undefined) throw failures.invalid(problem);
    return context.json({ valid: true });
  });
  const collection = collectionRoutes(state, {
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
  routes.route("/", collection);
  return routes;
}

type Objective = z.infer<typeof createSchema>["data"][number];

/** Finds duplicate or unknown names, more than one first objective, and loops. */
function findProblem(objectives: readonly Objective[], allowsLoops: boolean): string | undefined {
  const next = new Map(objectives.map((one) => [one.objective_name, listFollowers(one)]));
  if (next.size < objectives.length) return "duplicate objective_name";
  const followers = new Set([...next.values()].flat());
  const missing = [...followers].find((name) => !next.has(name));
  if (missing !== undefined) return `unknown objective ${missing}`;
  if (allowsLoops) return undefined;
  const beginnings = [...next.keys()].filter((name) => !followers.has(name));
  if (beginnings.length > 1) return `more than one first objective: ${beginnings.join(", ")}`;
  // Repeatedly remove objectives that nothing remaining leads to; what is left at the end is a loop.
  const left = new Set(next.keys());
  for (let before = -1; before !== left.size;) {
    before = left.size;
    for (const name of left) if (!(next.get(name) ?? []).some((follower) => left.has(follower))) left.delete(name);
  }
  return left.size > 0 ? `a loop of objectives: ${[...left].join(", ")}` : undefined;
}

function listFollowers({ next_required_objective: required, next_conditional_objectives: ifs }: Objective): string[] {
  return [...Object.keys(ifs ?? {}), ...(required == null || required === "" ? [] : [required])];
}
