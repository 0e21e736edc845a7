import type { MiddlewareHandler } from "hono";

import type { EmulatedApi } from "../state/request-log.ts";
import type { TavusState } from "../state/tavus-state.ts";
import { apiPath, getSocket, type ApiEnv } from "./request.ts";

/** Adds requests to the log, with the status of the answer. */
export function logRequests(state: TavusState, api: EmulatedApi): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const startedMs = state.clock.nowMs();
    const startedWallMs = state.clock.wallMs();
    await next();
    const reset = getSocket(context)?.destroyed === true;
    state.requestLog.add({
      api,
      method: context.req.method,
      path: apiPath(context),
      query: context.req.query(),
      body: context.get("body"),
      status: reset ? undefined : context.res.status,
      startedWallMs,
      durationMs: state.clock.nowMs() - startedMs,
    });
  };
}
