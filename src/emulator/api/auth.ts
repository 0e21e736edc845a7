import { createHash, timingSafeEqual } from "node:crypto";

import type { MiddlewareHandler } from "hono";

import { failures } from "./failure.ts";
import type { ApiEnv } from "./request.ts";

/** Lets only requests with the right `x-api-key` through. */
export function requireKey(apiKey: string): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    if (!isSameSecret(context.req.header("x-api-key") ?? "", apiKey)) throw failures.unauthorized();
    await next();
  };
}

/** Digests have one length, so the comparison takes the same time whatever was sent. */
export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
