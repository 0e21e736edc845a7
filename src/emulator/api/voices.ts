import { Hono } from "hono";

import type { TavusState } from "../state/tavus-state.ts";
import type { ApiEnv } from "./request.ts";
import { type Json, respondMany } from "./respond.ts";

const VOICES = [
  { voice_name: "anna", face_id: "r90bbd427f71", tags: ["female", "calm"] },
  { voice_name: "gloria", face_id: "r5dc7c7d0bcb", tags: ["female", "warm"] },
  { voice_name: "lucas", face_id: "r874cc5f8a3b", tags: ["male", "calm"] },
  { voice_name: "ruby", face_id: "rcc28da86847", tags: ["female", "bright"] },
];

/** /voices: stock voices only. */
export function voiceRoutes(state: TavusState): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.get("/", (context) => {
    const { search = "", tag, sort } = context.req.query();
    const items = VOICES.filter(({ voice_name: name }) => name.toLowerCase().includes(search.toLowerCase())).filter(
      ({ tags }) => tag === undefined || tags.includes(tag.toLowerCase()),
    );
    if (sort === "desc") items.reverse();
    const show = (voice: (typeof VOICES)[number]): Json => ({
      ...voice,
      audio_url: `https://voices.tavus.test/${voice.voice_name}.mp3`,
      tags: voice.tags.map((name) => ({ tag_name: name })),
    });
    return respondMany(context, state, { items, show, maxLimit: 100 });
  });
  return routes;
}
