import type { Hono } from "hono";
import { z } from "zod";

import type { Document } from "../resource-store.ts";
import type { TavusState } from "../tavus-state.ts";
import { collectionRoutes } from "./collection.ts";
import { checked, failures } from "./failure.ts";
import { applyPatch } from "./json-patch.ts";
import type { ApiEnv } from "./request.ts";

const wordName = z.string().regex(/^[A-Za-z0-9_]{1,100}$/);
const prompt = z.string().min(1).max(1000);
const modality = z.enum(["verbal", "visual"]);
const callbackUrl = z.string().max(2048).nullish();
const more = {
  callback_url: callbackUrl,
  tags: z.array(z.string()).max(32).nullish(),
  app_message: z.boolean().nullish(),
};
const createSchema = z.looseObject({
  guardrail_name: wordName,
  guardrail_prompt: prompt,
  modality: modality.default("verbal"),
  ...more,
});
const updateSchema = z.strictObject({
  guardrail_name: wordName.optional(),
  guardrail_prompt: prompt.optional(),
  modality: modality.optional(),
  ...more,
});
const setSchema = z.looseObject({
  name: z.string().nullish(),
  data: z
    .array(
      z.looseObject({
        guardrail_name: wordName,
        guardrail_prompt: prompt,
        modality: modality.default("verbal"),
        callback_url: callbackUrl,
      }),
    )
    .min(1),
});

/** Single guardrails, and the sets that were before them, at the same address: what has `data` is a set. */
export function guardrailRoutes(state: TavusState): Hono<ApiEnv> {
  return collectionRoutes(state, {
    store: state.guardrails,
    id: (request) => (isSet(request) ? { key: "guardrails_id", prefix: "g" } : { key: "uuid", prefix: "" }),
    createSchema: (request) => (isSet(request) ? setSchema : createSchema),
    missing: failures.required,
    notFound: () => failures.notFound({ error: "Guardrails not found" }),
    initial: (request) =>
      isSet(request) ? {} : { app_message: request.app_message ?? true, tags: request.tags ?? [] },
    created: (resource) => {
      if (!isSet(resource)) return resource;
      const { guardrails_id, name = null, created_at } = resource;
      return { guardrails_id, guardrails_name: name, status: "active", created_at };
    },
    filter: (context) => {
      const setsWanted = context.req.query("legacy") !== "false";
      return (resource) => isSet(resource) === setsWanted;
    },
    patched: (resource, body) =>
      isSet(resource)
        ? checked(setSchema, applyPatch(resource, body), failures.required)
        : { ...resource, ...checked(updateSchema, body) },
  });
}

function isSet(resource: Document): boolean {
  return "data" in resource;
}
