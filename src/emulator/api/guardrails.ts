import { Hono } from "hono";
import { z } from "zod";

import type { Document } from "../state/resource-store.ts";
import type { TavusState } from "../state/tavus-state.ts";
import { collectionRoutes } from "./collection.ts";
import { checked, failures } from "./failure.ts";
import { applyPatch } from "./json-patch.ts";
import type { ApiEnv } from "./request.ts";
import { respondTags, readTags } from "./tags.ts";

const wordName = z.string().regex(/^[A-Za-z0-9_]{1,100}$/);
const prompt = z.string().min(1).max(1000);
const modality = z.enum(["verbal", "visual", "audio"]);
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

/** Single guardrails, and the older sets, at the same path: a body with `data` is a set. */
export function guardrailRoutes(state: TavusState): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.get("/tags", (context) => respondTags(context, state.guardrails.list()));
  const collection = collectionRoutes(state, {
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
      const { legacy, type, tags, name_or_uuid: name } = context.req.query();
      const setsWanted = legacy !== "false";
      const wanted = tags?.split(",");
      return (resource) =>
        isSet(resource) === setsWanted &&
        type !== "system" &&
        (wanted === undefined || readTags(resource).some((tag) => wanted.includes(tag))) &&
        (name === undefined || resource.uuid === name || String(resource.guardrail_name).includes(name));
    },
    patched: (resource, body) => {
      const { uuid, guardrails_id, created_at } = resource;
      const patched = applyPatch(resource, body);
      return isSet(resource)
        ? { ...checked(setSchema, patched, failures.required), guardrails_id, created_at }
        : { ...checked(createSchema, patched, failures.required), uuid, created_at };
    },
  });
  routes.route("/", collection);
  return routes;
}

function isSet(resource: Document): boolean {
  return "data" in resource;
}
