import type { Socket } from "node:net";

import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import { z } from "zod";

import { checked, failures } from "./failure.ts";

/** The variables of a Hono context: Node's own request (when served by Node), and the parsed body for the log. */
export interface ApiEnv {
  Bindings: Partial<HttpBindings>;
  Variables: { body: unknown };
}

export type ApiContext = Context<ApiEnv>;

/** In characters. The log keeps a thousand bodies; a longer one is logged by its length. */
const LONGEST_LOGGED_BODY = 16_384;

const bodySchema = z.record(z.string(), z.unknown());

/** The JSON object in the body; an empty body is an empty object. */
export async function readBody(context: ApiContext): Promise<Record<string, unknown>> {
  return checked(bodySchema, await readJson(context));
}

/** Any JSON in the body; an empty body is an empty object. */
export async function readJson(context: ApiContext): Promise<unknown> {
  return await readJsonText(context, () => failures.invalid("the body is not valid JSON"));
}

/** Like {@link readJson}, with another error for a body that is not JSON. */
export async function readJsonText(context: ApiContext, notJson: () => Error): Promise<unknown> {
  const text = await context.req.text();
  if (text.trim() === "") return {};
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw notJson();
  }
  context.set("body", text.length > LONGEST_LOGGED_BODY ? `… ${text.length} characters` : body);
  return body;
}

export const API_PREFIX = "/v2";

/** The path without `/v2`, or `/v1` at Daily, and without meeting tokens. */
export function apiPath(context: ApiContext): string {
  return context.req.path.slice(API_PREFIX.length).replace(/^(\/meeting-tokens\/).+/, "$1…");
}

/** The socket of the request; undefined when the app is called directly instead of being served. */
export function getSocket(context: ApiContext): Socket | undefined {
  const env = context.env as ApiEnv["Bindings"] | undefined;
  return env?.incoming?.socket;
}
