import type { Hono } from "hono";
import { z } from "zod";

import type { TavusState } from "../state/tavus-state.ts";
import { collectionRoutes, known } from "./collection.ts";
import { createConversation } from "./create-conversation.ts";
import { checked, failures } from "./failure.ts";
import { applyPatch } from "./json-patch.ts";
import { createdConversation } from "./present.ts";
import { readBody, type ApiEnv } from "./request.ts";
import { respondOne } from "./respond.ts";

const limits = z.looseObject({ max_call_duration: z.int().min(1).nullish() });
const fields = z.looseObject({
  pal_id: z.string().min(1),
  channel: z.enum(["widget", "embed", "landing-page"]),
  name: z.string().nullish(),
  status: z.enum(["draft", "active", "inactive"]).default("draft"),
  password: z.string().nullish(),
  customization: z.record(z.string(), z.unknown()).default({}),
  limits: limits.default({}),
  allowed_origins: z.array(z.string()).default([]),
});

/** Values that a deployment's page sends; they are passed to the conversation. */
const startSchema = z.object({
  conversational_context: z.string().nullish(),
  custom_greeting: z.string().nullish(),
  memory_stores: z.array(z.string()).nullish(),
});

/**
 * Deployments offer a PAL to people. Here every route needs the key, including `start`; at Tavus a page starts without
 * it, and calls `init` first, which the emulator does not have.
 */
export function deploymentRoutes(state: TavusState): Hono<ApiEnv> {
  const kind = {
    store: state.deployments,
    notFound: () => failures.notFound({ error: "Deployment not found" }),
  };
  const routes = collectionRoutes(state, {
    ...kind,
    id: { key: "deployment_id", prefix: "d" },
    createSchema: () => fields,
    firstPage: 0,
    keys: { items: "deployments", total: "total" },
    initial: ({ pal_id: palId, password }) => {
      if (state.catalog.pal(String(palId)) === undefined) throw failures.notFound({ error: "PAL not found" });
      return { password: undefined, has_password: typeof password === "string", usage_total: 0, usage_today: 0 };
    },
    filter: (context) => {
      const { pal_id: palId, channel, status } = context.req.query();
      return (deployment) =>
        (palId === undefined || deployment.pal_id === palId) &&
        (channel === undefined || deployment.channel === channel) &&
        (status === undefined || deployment.status === status);
    },
    patched: (deployment, body) => {
      const { password, ...patched } = checked(fields, applyPatch(deployment, body));
      const { deployment_id, pal_id, created_at } = deployment;
      return { ...patched, deployment_id, pal_id, created_at, ...(password == null ? {} : { has_password: true }) };
    },
  });

  routes.post("/:id/start", async (context) => {
    const id = context.req.param("id");
    const { pal_id, limits: limited, usage_total: total } = known(kind, id);
    const asked = checked(startSchema, await readBody(context));
    const { max_call_duration } = checked(limits, limited);
    const properties = max_call_duration == null ? {} : { max_call_duration };
    const conversation = await createConversation(state, { ...asked, pal_id, properties });
    const used = Number(total) + 1;
    state.deployments.update(id, { usage_total: used, usage_today: used });
    return respondOne(context, state, createdConversation(conversation));
  });

  return routes;
}
