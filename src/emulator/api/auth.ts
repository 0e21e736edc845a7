import { createHash, timingSafeEqual } from "node:crypto";

import type { Context, MiddlewareHandler } from "hono";

import { failures } from "./failure.ts";
import type { ApiEnv } from "./request.ts";

/** Lets only requests with the right `x-api-key` through. */
export function requireKey(apiKey: string): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    if (!hasKey(context, apiKey)) throw failures.unauthorized();
    await next();
  };
}

export function hasKey({ req }: Pick<Context, "req">, apiKey: string): boolean {
  return isSameSecret(req.header("x-api-key") ?? "", apiKey);
}

/** Digests have one length, so the comparison takes the same time whatever was sent. */
export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
