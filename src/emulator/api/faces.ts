import { randomBytes } from "node:crypto";

import { Hono } from "hono";
import { z } from "zod";

import type { EmulatedFace } from "../conversations/conversation.ts";
import type { TavusState } from "../state/tavus-state.ts";
import { toIsoTime } from "../state/time.ts";
import { checked, failures } from "./failure.ts";
import { faceDetails } from "./present.ts";
import { readBody, type ApiEnv } from "./request.ts";
import { respondMany, respondOne } from "./respond.ts";

const text = z.string().nullish();
const createSchema = z.looseObject({
  train_video_url: text,
  train_image_url: text,
  voice_name: text,
  consent_video_url: text,
  face_name: text,
  replica_name: text,
  model_name: z.string().default("phoenix-4"),
  callback_url: text,
});

const filterSchema = z.object({
  face_type: z.enum(["system", "user"]).optional(),
  replica_type: z.enum(["system", "user"]).optional(),
  face_ids: z.string().optional(),
  replica_ids: z.string().optional(),
  model_name: z.string().optional(),
  verbose: z.string().optional(),
});

/** /faces under the new names, /replicas under the old ones: the same faces. */
export function faceRoutes(state: TavusState, names: "new" | "old"): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  const { catalog, clock, jobs, jobMs, webhooks } = state;

  const known = (id: string): EmulatedFace => {
    const face = catalog.face(id);
    if (face === undefined) throw failures.unknown("replica_uuid");
    return face;
  };
  /** Stock resources are read-only. */
  const own = (id: string): EmulatedFace => {
    const face = known(id);
    if (face.type === "system") throw failures.unknown("replica_uuid");
    return face;
  };

  routes.post("/", async (context) => {
    const request = checked(createSchema, await readBody(context));
    if ((request.train_video_url == null) === (request.train_image_url == null))
      throw failures.invalid("either train_video_url or train_image_url is required");
    if (request.train_image_url != null && request.voice_name == null) throw failures.invalid("voice_name is required");
    const id = `r${randomBytes(6).toString("hex")}`;
    const createdAt = toIsoTime(clock.wallMs());
    const added = catalog.addFace({
      id,
      name: request.face_name ?? request.replica_name ?? "Untitled",
      modelName: request.model_name,
      type: "user",
      status: "started",
      createdAt,
      updatedAt: createdAt,
    });
    if (!added) throw failures.invalid("too many faces");
    jobs.after(jobMs, () => {
      const face = catalog.face(id);
      if (face === undefined) return;
      catalog.addFace({ ...face, status: "completed", updatedAt: toIsoTime(clock.wallMs()) });
      webhooks.send(request.callback_url ?? "", { replica_id: id, status: "ready" });
    });
    return respondOne(context, state, { face_id: id, status: "started" }, { names });
  });

  routes.get("/", (context) => {
    const filter = checked(filterSchema, context.req.query());
    const type = filter.face_type ?? filter.replica_type;
    const ids = (filter.face_ids ?? filter.replica_ids)?.split(",");
    const items = catalog.faces
      .filter((face) => type === undefined || face.type === type)
      .filter(({ id }) => ids === undefined || ids.includes(id))
      .filter(({ modelName }) => filter.model_name === undefined || modelName === filter.model_name);
    return respondMany(context, state, { items, show: (face) => faceDetails(face, filter.verbose === "true"), names });
  });

  routes.get("/:id", (context) => {
    const face = known(context.req.param("id"));
    const details = { ...faceDetails(face, true), updated_at: face.updatedAt, error_message: null };
    return respondOne(context, state, details, { names });
  });

  routes.patch("/:id/name", async (context) => {
    const face = own(context.req.param("id"));
    const request = checked(z.object({ face_name: text, replica_name: text }), await readBody(context));
    const name = request.face_name ?? request.replica_name ?? "";
    if (name === "") throw failures.required(names === "new" ? "face_name" : "replica_name");
    catalog.addFace({ ...face, name, updatedAt: toIsoTime(clock.wallMs()) });
    return context.body(null, 200);
  });

  routes.delete("/:id", (context) => {
    catalog.deleteFace(own(context.req.param("id")).id);
    return context.body(null, 200);
  });

  return routes;
}
