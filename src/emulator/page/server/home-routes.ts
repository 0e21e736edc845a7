import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";

import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";

import { answerFailure } from "../../api/answer-failure.ts";
import { createConversation } from "../../api/create-conversation.ts";
import { checked, failures } from "../../api/failure.ts";
import { readBody, type ApiEnv } from "../../api/request.ts";
import { homeHtml } from "./home-html.ts";
import { HOME_STYLE } from "./home-style.ts";
import { listChoices, type OverviewSource, describeEmulator } from "./overview.ts";
import { isOwnPage, requireOwnPage } from "./own-page.ts";

const PAGE_CODE = new URL("../../../../dist/browser/home-page.js", import.meta.url);
const MAX_BODY_BYTES = 10_000;

const HEADERS = {
  "cache-control": "no-store",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const text = z.string().max(200).optional();
const newConversation = z.object({ face_id: text, pal_id: text, conversation_name: text });
const query = z.object({ after: z.coerce.number().int().min(0).default(0) });

/**
 * The page at `/` and its requests under `/_emulator/`. The server keeps no state per viewer: the page polls every second while
 * it is visible, so a hidden or closed tab costs nothing.
 */
export function homeRoutes(source: OverviewSource): Hono<ApiEnv> {
  const { tavus } = source;
  // New at each start: a page of an earlier emulator cannot act on this one.
  const token = randomBytes(24).toString("base64url");
  const app = new Hono<ApiEnv>();
  app.onError(answerFailure(tavus));

  for (const path of ["/", "/_emulator/*"]) {
    app.use(path, async (context, next) => {
      if (!isOwnPage(Object.fromEntries(context.req.raw.headers))) return context.text("Forbidden", 403);
      await next();
      for (const [name, value] of Object.entries(HEADERS)) context.header(name, value);
      return undefined;
    });
  }
  app.get("/", (context) => context.html(homeHtml(token), 200, { "content-security-policy": CONTENT_POLICY }));
  app.get("/_emulator/home-page.js", async (context) =>
    context.body(await readFile(PAGE_CODE, "utf8"), 200, { "content-type": "text/javascript; charset=utf-8" }),
  );
  app.get("/_emulator/home-page.css", (context) =>
    context.body(HOME_STYLE, 200, { "content-type": "text/css; charset=utf-8" }),
  );

  const tooLarge = (): never => {
    throw failures.tooLarge();
  };
  app.use("/_emulator/page/*", requireOwnPage(token), bodyLimit({ maxSize: MAX_BODY_BYTES, onError: tooLarge }));
  app.get("/_emulator/page/overview", (context) => {
    const { after } = checked(query, context.req.query());
    return context.json(describeEmulator(source, after));
  });
  app.get("/_emulator/page/choices", (context) => context.json(listChoices(tavus)));
  app.post("/_emulator/page/conversations", async (context) => {
    // Not through the API: a fault queued for a bot must not hit this request.
    const { id, name } = await createConversation(tavus, checked(newConversation, await readBody(context)));
    tavus.activity.add({ kind: "page", room: id, title: `conversation "${name}" created` });
    return context.json({ id });
  });
  app.post("/_emulator/page/conversations/:id/end", async (context) => {
    const conversation = tavus.conversations.get(context.req.param("id"));
    if (conversation === undefined) throw failures.unknown("conversation_id");
    if (conversation.status === "active")
      tavus.activity.add({ kind: "page", room: conversation.id, title: `conversation "${conversation.name}" ended` });
    await tavus.conversations.end(conversation.id, "end_conversation_endpoint_hit");
    return context.json({ id: conversation.id });
  });
  return app;
}
