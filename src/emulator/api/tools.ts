import type { Hono } from "hono";
import { z } from "zod";

import type { TavusState } from "../state/tavus-state.ts";
import { collectionRoutes } from "./collection.ts";
import { checked, failures } from "./failure.ts";
import type { ApiEnv } from "./request.ts";

const fields = {
  parameters: z.record(z.string(), z.unknown()).nullish(),
  delivery: z
    .looseObject({ app_message: z.boolean().nullish(), api: z.looseObject({ url: z.url() }).nullish() })
    .refine(({ app_message: message, api }) => (message === true) !== (api != null), "app_message or api")
    .nullish(),
  origin: z.enum(["llm", "vision", "audio"]).nullish(),
  trigger_type: z.enum(["in_call", "post_call"]).nullish(),
  on_call: z.enum(["generate_filler", "static_filler", "silent", "passthrough"]).nullish(),
  on_resolve: z.enum(["generate_response", "response_in_result", "add_to_context", "fire_and_forget"]).nullish(),
};
const name = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/);
const description = z.string().min(1);
const createSchema = z.looseObject({ name, description, ...fields });
const updateSchema = z.looseObject({ name: name.optional(), description: description.optional(), ...fields });

export function toolRoutes(state: TavusState): Hono<ApiEnv> {
  return collectionRoutes(state, {
    store: state.tools,
    id: { key: "tool_id", prefix: "t" },
    createSchema: () => createSchema,
    initial: ({ delivery, origin, on_resolve: onResolve, parameters }) => ({
      parameters: parameters ?? {},
      delivery: delivery ?? { app_message: true },
      origin: origin ?? "llm",
      on_resolve: onResolve ?? "fire_and_forget",
    }),
    // The emulator has no built-in tools.
    filter: (context) => () => context.req.query("type") !== "system",
    notFound: () => failures.notFound({ error: "Tool not found" }),
    patched: (tool, body) => ({ ...tool, ...checked(updateSchema, body), tool_id: tool.tool_id }),
    onDeleted: (id) => {
      for (const tools of state.toolsOfPal.values()) tools.delete(id);
    },
  });
}
