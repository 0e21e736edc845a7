import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import { Hono } from "hono";

import { isLoopbackRequest } from "../../util/loopback.ts";
import { BUNDLE_PATH } from "../bundle-path.ts";
import type { RoomServer } from "./room-server.ts";

const BROWSER_CODE = new URL("../../../dist/browser/", import.meta.url);
const DAILY_JS = createRequire(import.meta.url).resolve("@daily-co/daily-js");

/** Files served under {@link BUNDLE_PATH}: the call machine for daily-js, and the room page's code. */
const FILES: ReadonlyMap<string, URL | string> = new Map<string, URL | string>([
  ["call-machine-object-bundle.js", new URL("call-machine-object-bundle.js", BROWSER_CODE)],
  ["room-page.js", new URL("room-page.js", BROWSER_CODE)],
  ["daily.js", DAILY_JS],
]);

/** Pages on this machine may embed a room, as daily-js' createFrame does. */
const LOCAL_PAGES = ["http", "https"].flatMap((scheme) => [`${scheme}://127.0.0.1:*`, `${scheme}://localhost:*`]);
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-eval'",
  "style-src 'unsafe-inline'",
  "connect-src 'self'",
  "media-src 'self' blob:",
  "img-src 'self' data:",
  `frame-ancestors ${LOCAL_PAGES.join(" ")}`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** The HTTP side of the local rooms: the call machine for daily-js, and a page in every room for people. */
export function roomRoutes(rooms: RoomServer): Hono {
  const app = new Hono();
  app.get(`${BUNDLE_PATH}/:file`, async (context) => {
    const headers = Object.fromEntries(context.req.raw.headers);
    const file = FILES.get(context.req.param("file"));
    if (!file || !isLoopbackRequest(headers)) return context.text("Not found", 404);
    // Call pages live on another loopback port, so daily-js fetches its bundle across origins.
    const origin = headers.origin;
    return context.body(await readFile(file, "utf8"), 200, {
      "content-type": "text/javascript; charset=utf-8",
      "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
      ...(origin !== undefined && { "access-control-allow-origin": origin, vary: "Origin" }),
    });
  });
  app.get("/:room", (context) => {
    const headers = Object.fromEntries(context.req.raw.headers);
    if (!isLoopbackRequest(headers)) return context.text("Forbidden", 403);
    if (!rooms.room(context.req.param("room"))) return context.text("There is no such room here.", 404);
    return context.html(PAGE, 200, {
      "content-security-policy": CONTENT_POLICY,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
  });
  return app;
}

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Local Daily room</title>
  </head>
  <body>
    <main id="room"></main>
    <script src="/_daily/daily.js"></script>
    <script src="/_daily/room-page.js"></script>
  </body>
</html>
`;
