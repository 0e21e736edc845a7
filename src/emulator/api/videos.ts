import type { Hono } from "hono";
import { z } from "zod";

import type { TavusState } from "../state/tavus-state.ts";
import { collectionRoutes, known } from "./collection.ts";
import { checked, failures } from "./failure.ts";
import { readBody, type ApiEnv } from "./request.ts";
import { respondOne } from "./respond.ts";

const text = z.string().nullish();
const createSchema = z.looseObject({
  face_id: text,
  replica_id: text,
  script: text,
  audio_url: text,
  video_name: text,
  callback_url: text,
  fast: z.boolean().nullish(),
  transparent_background: z.boolean().nullish(),
});

/** Videos are generated in the background: queued, generating, then ready. */
export function videoRoutes(state: TavusState): Hono<ApiEnv> {
  const { videos: store, jobs, jobMs, webhooks } = state;
  const kind = { store, notFound: () => failures.unknown("video_id") };

  const routes = collectionRoutes(state, {
    ...kind,
    id: { key: "video_id", prefix: "v" },
    createSchema: () => createSchema,
    firstPage: 0,
    deletedStatus: 200,
    initial: (request) => {
      const faceId = request.face_id ?? request.replica_id;
      if (typeof faceId !== "string" || faceId === "") throw failures.required("replica_id");
      if (state.catalog.face(faceId) === undefined) throw failures.unknown("replica_uuid");
      if ((request.script == null) === (request.audio_url == null))
        throw failures.invalid("either script or audio_url is required");
      if (request.transparent_background === true && request.fast !== true)
        throw failures.invalid("transparent_background needs fast");
      return { face_id: faceId, video_name: request.video_name ?? "Untitled", status: "queued" };
    },
    onCreated: (id) => {
      store.update(id, { hosted_url: `https://videos.tavus.test/video/${id}` });
      jobs.after(jobMs / 2, () => {
        store.update(id, { status: "generating" });
      });
      jobs.after(jobMs, () => {
        const base = `https://stream.tavus.test/${id}`;
        store.update(id, { status: "ready", download_url: `${base}/high.mp4`, stream_url: `${base}.m3u8` });
        const video = store.get(id);
        if (video !== undefined && typeof video.callback_url === "string") webhooks.send(video.callback_url, video);
      });
    },
  });

  routes.patch("/:id/name", async (context) => {
    const id = context.req.param("id");
    known(kind, id);
    store.update(id, checked(z.object({ video_name: z.string().min(1) }), await readBody(context)));
    return respondOne(context, state, known(kind, id));
  });

  return routes;
}
