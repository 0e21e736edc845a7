import { Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";

import { isLoopbackHost } from "../../../util/loopback.ts";
import type { TavusState } from "../../state/tavus-state.ts";
import { isSameSecret } from "../auth.ts";
import { injectFaults } from "../inject-faults.ts";
import { logRequests } from "../log-requests.ts";
import type { ApiEnv } from "../request.ts";
import { DailyFailure, dailyFailures } from "./daily-failure.ts";
import { DAILY_PREFIX } from "./daily-request.ts";
import { dailyRoomRoutes } from "./daily-rooms.ts";
import { dailyPresenceRoutes, dailySessionRoutes } from "./daily-sessions.ts";
import type { DailyState } from "./daily-state.ts";
import { dailyTokenRoutes } from "./daily-tokens.ts";

const MAX_BODY_BYTES = 1_000_000;

export interface DailyAppOptions {
  readonly daily: DailyState;
  /** Has the faults and the log of requests. */
  readonly tavus: TavusState;
  readonly roomUrl: (name: string) => string;
}

/** Daily's REST API, under `/v1`. Pages must not have a Daily key, so there are no answers for other origins. */
export function createDailyApp({ daily, tavus, roomUrl }: DailyAppOptions): Hono<ApiEnv> {
  const api = new Hono<ApiEnv>();
  // Authentication first: a fault waits for the client under test, not for requests without the key.
  api.use(requireLoopback(), logRequests(tavus, "daily"), requireBearer(daily.apiKey), injectFaults(tavus, "daily"));
  api.use(
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: () => {
        throw dailyFailures.invalid("the body is too large");
      },
    }),
  );
  api.get("/", (context) =>
    context.json({ domain_name: daily.domainName, domain_id: daily.domainId, config: {} }),
  );
  api.route("/rooms", dailySessionRoutes(daily));
  api.route("/rooms", dailyRoomRoutes(daily, roomUrl));
  api.route("/meeting-tokens", dailyTokenRoutes(daily));
  api.route("/presence", dailyPresenceRoutes(daily));
  api.all("*", () => {
    throw dailyFailures.noSuchRoute();
  });

  const app = new Hono<ApiEnv>({ strict: false });
  app.route(DAILY_PREFIX, api);
  app.onError((error, context) => {
    if (error instanceof DailyFailure) return context.json(error.body, error.status);
    tavus.logger.error("The emulator's Daily API failed.", { path: context.req.path, error: error.message });
    return context.json({ error: "server-error", info: "internal server error" }, 500);
  });
  return app;
}

/** Rejects host names that a web page has rebound to this machine (DNS rebinding). */
function requireLoopback(): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    if (!isLoopbackHost(new URL(context.req.url).hostname)) throw dailyFailures.forbidden();
    await next();
  };
}

function requireBearer(apiKey: string): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const [, key] = /^Bearer (\S+)$/i.exec(context.req.header("authorization") ?? "") ?? [];
    if (key === undefined) throw dailyFailures.noAuthorization();
    if (!isSameSecret(key, apiKey)) throw dailyFailures.badKey();
    await next();
  };
}
