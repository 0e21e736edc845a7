import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";

import { isLoopbackHost } from "../../util/loopback.ts";
import { hasKey } from "./auth.ts";
import { failures } from "./failure.ts";
import type { ApiEnv } from "./request.ts";

/** Refuses names that a web page has rebound to this machine. */
export function requireLoopbackHost(): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    // The URL of a request has the host from its header.
    if (!isLoopbackHost(new URL(context.req.url).hostname)) throw failures.forbidden();
    await next();
  };
}

/**
 * Lets pages of any origin call the API, as Tavus does, when they have the key. Without it a page may send a preflight,
 * which carries no key and learns which methods and headers there are, and reads no answer.
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
    // A public page that calls this machine asks for one thing more.
    if (answer && context.req.header("access-control-request-private-network") === "true")
      answer.headers.set("access-control-allow-private-network", "true");

    return answer;
  };
}
