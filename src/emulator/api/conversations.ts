import { Hono } from "hono";
import { z } from "zod";

import type { EmulatedConversation } from "../conversations/conversation.ts";
import type { TavusState } from "../state/tavus-state.ts";
import { createConversation } from "./create-conversation.ts";
import { checked, failures } from "./failure.ts";
import { conversationDetails, createdConversation, verboseConversation } from "./present.ts";
import { readBody, type ApiEnv } from "./request.ts";
import { respondMany, respondOne } from "./respond.ts";

const filterSchema = z.object({
  status: z.enum(["active", "ended"]).optional(),
  pal_id: z.string().optional(),
  persona_id: z.string().optional(),
  face_id: z.string().optional(),
  replica_id: z.string().optional(),
});

export function conversationRoutes(state: TavusState): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  const names = "both";

  const known = (id: string): EmulatedConversation => {
    const conversation = state.conversations.get(id);
    if (conversation === undefined) throw failures.unknown("conversation_id");
    return conversation;
  };

  routes.post("/", async (context) => {
    const conversation = await createConversation(state, await readBody(context));
    return respondOne(context, state, createdConversation(conversation), { names });
  });

  routes.get("/", (context) => {
    const filter = checked(filterSchema, context.req.query());
    const palId = filter.pal_id ?? filter.persona_id;
    const faceId = filter.face_id ?? filter.replica_id;
    const found = state.conversations
      .list()
      .filter(({ status }) => filter.status === undefined || status === filter.status)
      .filter(({ pal }) => palId === undefined || pal.id === palId)
      .filter(({ face }) => faceId === undefined || face.id === faceId);
    return respondMany(context, state, { items: found, show: conversationDetails, names });
  });

  routes.get("/:id", (context) => {
    const conversation = known(context.req.param("id"));
    const verbose = context.req.query("verbose") === "true";
    const details = verbose ? verboseConversation(conversation) : conversationDetails(conversation);
    return respondOne(context, state, details, { names });
  });

  routes.post("/:id/end", async (context) => {
    const conversation = known(context.req.param("id"));
    state.conversations.countEndCall(conversation.id);
    await state.conversations.end(conversation.id, "end_conversation_endpoint_hit");
    const { end } = state.responses;
    if (end === "object") return respondOne(context, state, conversationDetails(conversation), { names });
    return end === "text" ? context.text("OK") : context.body(null, 200);
  });

  routes.delete("/:id", async (context) => {
    await state.conversations.remove(known(context.req.param("id")).id);
    return context.body(null, 204);
  });

  return routes;
}
