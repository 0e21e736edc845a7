import { createHash, timingSafeEqual } from "node:crypto";

import type { MiddlewareHandler } from "hono";

import { failures } from "./failure.ts";
import type { ApiEnv } from "./request.ts";

/** Lets only requests with the right `x-api-key` through. */
export function requireKey(apiKey: string): MiddlewareHandler<ApiEnv> {
  const expected = digest(apiKey);
  return async (context, next) => {
    // Digests have one length, so the comparison takes the same time whatever was sent.
    if (!timingSafeEqual(digest(context.req.header("x-api-key") ?? ""), expected)) throw failures.unauthorized();
    await next();
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
