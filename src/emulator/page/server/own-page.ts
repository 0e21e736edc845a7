import type { IncomingHttpHeaders } from "node:http";

import type { MiddlewareHandler } from "hono";

import { isLoopbackRequest } from "../../../util/loopback.ts";
import { isSameSecret } from "../../api/auth.ts";
import { PAGE_TOKEN_HEADER } from "../home-protocol.ts";

/**
 * Whether a request can come from the emulator's own page. Stricter than for rooms, which call pages on other loopback
 * ports join: for this page, another server on this machine is a stranger.
 */
export function isOwnPage(headers: IncomingHttpHeaders): boolean {
  const { host = "", origin } = headers;
  return isLoopbackRequest(headers) && (origin === undefined || origin === `http://${host}`);
}

/**
 * Admits requests of the page with this token. The token is sent in a header: other origins can neither read it
 * from the page nor send the header without a preflight, which is never answered.
 */
export function requireOwnPage(token: string): MiddlewareHandler {
  return async (context, next) => {
    const headers = Object.fromEntries(context.req.raw.headers);
    // Browsers name the origin in every POST.
    const saysWhoItIs = context.req.method === "GET" || headers.origin !== undefined;
    if (!isOwnPage(headers) || !saysWhoItIs || !isSameSecret(context.req.header(PAGE_TOKEN_HEADER) ?? "", token))
      return context.json({ error: "Only the page that this emulator has served may ask for this." }, 403);
    await next();
    return undefined;
  };
}
