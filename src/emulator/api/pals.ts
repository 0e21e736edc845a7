import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";

import { Hono } from "hono";
import { z } from "zod";

import type { EmulatedPal } from "../conversations/conversation.ts";
import type { TavusState } from "../state/tavus-state.ts";
import { toIsoTime } from "../state/time.ts";
import { checked, failures } from "./failure.ts";
import { hasMicrophone } from "../state/pal-layers.ts";
import { applyPatch } from "./json-patch.ts";
import { attachTools } from "./pal-tools.ts";
import { palDetails } from "./present.ts";
import { readBody, readJson, type ApiEnv } from "./request.ts";
import { type Json, respondMany, respondOne } from "./respond.ts";

const upTo50 = z.array(z.string()).max(50).nullish();
const fieldsSchema = z.looseObject({
  pal_name: z.string().nullish(),
  persona_name: z.string().nullish(),
  pipeline_mode: z.enum(["full", "speech-to-speech", "echo"]).default("full"),
  system_prompt: z.string().nullish(),
  default_face_id: z.string().nullish(),
  default_replica_id: z.string().nullish(),
  layers: z.record(z.string(), z.unknown()).default({}),
  guardrail_ids: upTo50,
  guardrail_tags: upTo50,
  tool_ids: upTo50,
});

/** Fields of a PAL that was created without them, so that a patch may replace them. */
const EMPTY_FIELDS = {
  context: null,
  greeting: null,
  document_ids: [],
  document_tags: [],
  objectives_id: null,
  guardrail_ids: [],
  guardrail_tags: [],
};

const toolIdsSchema = z.object({ tool_ids: upTo50 });

const filterSchema = z.object({
  pal_type: z.enum(["system", "user"]).optional(),
  persona_type: z.enum(["system", "user"]).optional(),
});

/** /pals under the new names, /personas under the old ones: the same PALs. */
export function palRoutes(state: TavusState, names: "new" | "old"): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  const { catalog, clock } = state;

  const known = (id: string): EmulatedPal => {
    const pal = catalog.pal(id);
    if (pal === undefined) throw failures.unknown("persona_id");
    return pal;
  };
  /** Stock resources are read-only. */
  const own = (id: string): EmulatedPal => {
    const pal = known(id);
    if (pal.type === "system") throw failures.unknown("persona_id");
    return pal;
  };

  const palFrom = (fields: Json, id: string, createdAt: string): EmulatedPal => {
    const checkedFields = checked(fieldsSchema, fields);
    const { pal_name, persona_name, pipeline_mode, system_prompt, ...rest } = checkedFields;
    const { default_face_id, default_replica_id, layers, tool_ids: _attached, ...more } = rest;
    const name = pal_name ?? persona_name ?? "";
    const defaultFaceId = default_face_id ?? default_replica_id ?? null;
    if ((system_prompt ?? "") === "" && pipeline_mode === "full") throw failures.required("system_prompt");
    // Only the new endpoint requires a face.
    if (defaultFaceId === null && names === "new") throw failures.required("default_face_id");
    if (defaultFaceId !== null && catalog.face(defaultFaceId) === undefined) throw failures.unknown("replica_id");
    return {
      id,
      name,
      pipelineMode: pipeline_mode,
      delivery: hasMicrophone(layers) === true ? "track" : "messages",
      defaultFaceId,
      systemPrompt: system_prompt ?? null,
      layers,
      more: { ...EMPTY_FIELDS, ...more },
      type: "user",
      createdAt,
      updatedAt: toIsoTime(clock.wallMs()),
    };
  };

  routes.post("/", async (context) => {
    const id = `p${randomBytes(6).toString("hex")}`;
    const createdAt = toIsoTime(clock.wallMs());
    const body = await readBody(context);
    const pal = palFrom(body, id, createdAt);
    attachTools(state, id, checked(toolIdsSchema, body).tool_ids ?? []);
    if (!catalog.addPal(pal)) throw failures.invalid("too many PALs");
    return respondOne(context, state, { pal_id: id, pal_name: pal.name, created_at: createdAt }, { names });
  });

  routes.get("/", (context) => {
    const filter = checked(filterSchema, context.req.query());
    const type = filter.pal_type ?? filter.persona_type;
    const items = catalog.pals.filter((pal) => type === undefined || pal.type === type);
    return respondMany(context, state, { items, show: palDetails, names });
  });

  routes.get("/:id", (context) => respondOne(context, state, palDetails(known(context.req.param("id"))), { names }));

  // The emulator has no drafts: `?target=` is ignored, and publishing changes nothing.
  routes.patch("/:id", async (context) => {
    const pal = own(context.req.param("id"));
    const before = toDocument(pal, names);
    const after = applyPatch(before, withNames(await readJson(context), names));
    if (isDeepStrictEqual(before, after)) return context.body(null, 304);
    const changed = palFrom(after, pal.id, pal.createdAt);
    catalog.addPal(changed);
    return respondOne(context, state, palDetails(changed), { names });
  });

  routes.post("/:id/publish", (context) =>
    respondOne(context, state, palDetails(own(context.req.param("id"))), { names }),
  );

  routes.delete("/:id", (context) => {
    const { id } = own(context.req.param("id"));
    catalog.deletePal(id);
    state.toolsOfPal.delete(id);
    state.skillsOfPal.delete(id);
    return context.body(null, 204);
  });

  return routes;
}

/** The document a patch applies to: the fields that can be changed, under the endpoint's names. */
function toDocument(pal: EmulatedPal, names: "new" | "old"): Json {
  const { name, pipelineMode, systemPrompt, defaultFaceId, layers, more } = pal;
  return {
    ...more,
    [names === "new" ? "pal_name" : "persona_name"]: name,
    [names === "new" ? "default_face_id" : "default_replica_id"]: defaultFaceId,
    pipeline_mode: pipelineMode,
    system_prompt: systemPrompt,
    layers,
  };
}

/** Both endpoints accept either name of a member. */
function withNames(patch: unknown, names: "new" | "old"): unknown {
  if (!Array.isArray(patch)) return patch;
  const [from, to] = names === "new" ? [/^\/persona_name$/, "/pal_name"] : [/^\/pal_name$/, "/persona_name"];
  const [fromFace, toFace] =
    names === "new" ? [/^\/default_replica_id$/, "/default_face_id"] : [/^\/default_face_id$/, "/default_replica_id"];
  return patch.map((operation: unknown) => {
    const { success, data } = pathSchema.safeParse(operation);
    return success ? { ...data, path: data.path.replace(from, to).replace(fromFace, toFace) } : operation;
  });
}

const pathSchema = z.looseObject({ path: z.string() });
