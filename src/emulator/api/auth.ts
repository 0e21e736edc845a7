import { createHash, timingSafeEqual } from "node:crypto";

import type { Context, MiddlewareHandler } from "hono";

import { failures } from "./failure.ts";
import type { ApiEnv } from "./request.ts";

/** Rejects requests without the right `x-api-key`. */
export function requireKey(apiKey: string): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    if (!hasKey(context, apiKey)) throw failures.unauthorized();
    await next();
  };
}

export function hasKey({ req }: Pick<Context, "req">, apiKey: string): boolean {
  return isSameSecret(req.header("x-api-key") ?? "", apiKey);
}

/** Digests have equal length, so the comparison takes the same time for any input. */
export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
