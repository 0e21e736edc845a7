import { randomBytes, randomUUID } from "node:crypto";

import { Hono } from "hono";
import { z } from "zod";

import type { Document } from "../state/resource-store.ts";
import { STOCK_FACE_ID } from "../state/stock-pals.ts";
import type { TavusState } from "../state/tavus-state.ts";
import { toIsoTime } from "../state/time.ts";
import { checked, failures } from "./failure.ts";
import { readBody, type ApiEnv } from "./request.ts";

const createSchema = z.looseObject({ name: z.string().nullish() });
const messagesSchema = z.object({ messages: z.array(z.object({ role: z.string(), content: z.string() })).max(1000) });

/** Beyond this, the oldest entries are dropped. */
const MAX_MESSAGES = 1000;

/**
 * Sessions of Tavus' PAL builder, as far as tavus-cli uses them: a session has a PAL and a stored chat. Without a
 * language model, nothing is drafted here.
 */
export function builderRoutes(state: TavusState): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  const { builders, catalog, clock } = state;

  const known = (id: string): Document => {
    const session = builders.get(id);
    if (session === undefined) throw failures.notFound({ error: "Builder not found" });
    return session;
  };

  routes.post("/", async (context) => {
    const { name } = checked(createSchema, await readBody(context));
    const id = randomUUID();
    const palId = `p${randomBytes(6).toString("hex")}`;
    const now = toIsoTime(clock.wallMs());
    const added = catalog.addPal({
      id: palId,
      name: name ?? "Untitled PAL",
      pipelineMode: "full",
      delivery: "messages",
      defaultFaceId: STOCK_FACE_ID,
      systemPrompt: "You are a helpful assistant.",
      layers: {},
      more: {},
      type: "user",
      createdAt: now,
      updatedAt: now,
    });
    const times = { created_at: now, updated_at: now };
    const session = { uuid: id, name: name ?? null, persona_id: palId, status: "draft", chat_history: [], ...times };
    if (!added || !builders.put(id, session)) throw failures.invalid("too many builders");
    return context.json({ builder_id: id, persona_id: palId });
  });

  routes.get("/", (context) => {
    const { persona_id: palId, status, name } = context.req.query();
    const sessions = builders
      .list()
      .filter((session) => palId === undefined || session.persona_id === palId)
      .filter((session) => status === undefined || session.status === status)
      .filter((session) => name === undefined || session.name === name);
    return context.json({ sessions, total_count: sessions.length });
  });

  routes.get("/:id", (context) => context.json({ session: known(context.req.param("id")) }));

  routes.delete("/:id", (context) => {
    const id = context.req.param("id");
    known(id);
    builders.delete(id);
    return context.body(null, 204);
  });

  routes.post("/:id/append-messages", async (context) => {
    const id = context.req.param("id");
    const { chat_history: history } = known(id);
    const { messages } = checked(messagesSchema, await readBody(context));
    const kept = [...(history as object[]), ...messages].slice(-MAX_MESSAGES);
    builders.update(id, { chat_history: kept, updated_at: toIsoTime(clock.wallMs()) });
    return context.json([]);
  });

  routes.post("/:id/publish", (context) => {
    const id = context.req.param("id");
    known(id);
    builders.update(id, { status: "published", updated_at: toIsoTime(clock.wallMs()) });
    return context.json({ status: "success" });
  });

  return routes;
}
