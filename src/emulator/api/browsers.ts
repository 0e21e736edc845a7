import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";

import { isLoopbackHost } from "../../util/loopback.ts";
import { hasKey } from "./auth.ts";
import { failures } from "./failure.ts";
import type { ApiEnv } from "./request.ts";

/** Rejects host names that a web page has rebound to this machine (DNS rebinding). */
export function requireLoopbackHost(): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    // A request's URL takes its host from the Host header.
    if (!isLoopbackHost(new URL(context.req.url).hostname)) throw failures.forbidden();
    await next();
  };
}

/**
 * Lets pages of any origin call the API with the key, as Tavus does. Without the key a page may send a preflight,
 * which reveals only the allowed methods and headers.
 */
export function allowAnyOrigin(apiKey: string): MiddlewareHandler<ApiEnv> {
  const handle = cors({
    origin: (_origin, context) => (context.req.method === "OPTIONS" || hasKey(context, apiKey) ? "*" : null),
    allowMethods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
    exposeHeaders: ["retry-after", "etag"],
    maxAge: 600,
  });
  return async (context, next) => {
    const answer = await handle(context, next);
    // A public page that calls a private address sends one more preflight header.
    if (answer && context.req.header("access-control-request-private-network") === "true")
      answer.headers.set("access-control-allow-private-network", "true");
    return answer;
  };
}
