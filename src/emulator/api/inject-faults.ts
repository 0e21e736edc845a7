import { once } from "node:events";

import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { MiddlewareHandler } from "hono";

import { sleep } from "../../util/deadline.ts";
import type { Fault } from "../state/faults.ts";
import type { EmulatedApi } from "../state/request-log.ts";
import type { TavusState } from "../state/tavus-state.ts";
import { apiPath, getSocket, type ApiContext, type ApiEnv } from "./request.ts";

/** Applies the faults queued in `state.faults` to requests. */
export function injectFaults(state: TavusState, api: EmulatedApi): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const fault = state.faults.take(api, context.req.method, apiPath(context));
    if (fault === undefined) {
      await next();
      return;
    }
    const handlesFirst = fault.afterHandling === true;
    if (handlesFirst) await next();
    if (fault.delayMs !== undefined) await sleep(state.clock, fault.delayMs);
    if (fault.hang === true) await connectionEnds(context);
    const answer = wrongAnswer(context, fault);
    if (answer !== undefined) context.res = answer;
    else if (!handlesFirst) await next();
  };
}

function wrongAnswer(context: ApiContext, fault: Fault): Response | undefined {
  const { status = 200, body, headers = {} } = fault;
  if (fault.hang === true) return RESPONSE_ALREADY_SENT;
  if (fault.reset === true) {
    getSocket(context)?.resetAndDestroy();
    return RESPONSE_ALREADY_SENT;
  }
  if (fault.garbage === true) return json('{"conversation_id": "c12', status, headers);
  if (fault.wrongShape === true) return json('{"result":[[{"id":12}],null],"data":"none"}', status, headers);
  if (typeof body === "string")
    return new Response(body, { status, headers: { "content-type": "text/html", ...headers } });
  if (body !== undefined) return json(JSON.stringify(body), status, headers);
  return fault.status === undefined ? undefined : new Response(null, { status, headers });
}

async function connectionEnds(context: ApiContext): Promise<void> {
  const socket = getSocket(context);
  if (socket && !socket.destroyed) await once(socket, "close");
}

function json(text: string, status: number, headers: Readonly<Record<string, string>>): Response {
  return new Response(text, { status, headers: { "content-type": "application/json", ...headers } });
}
