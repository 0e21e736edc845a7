import { newConversationName } from "./conversation-name.ts";
import { isRecord, toSnakeCase, toWireNames, type WireNames } from "../names.ts";
import type { CreateConversationOptions } from "../types.ts";

/**
 * Limits the server keeps even when this process dies, in seconds. Tavus' own are an hour, nothing and five minutes; a
 * conversation is billed from its creation until one of them ends it.
 */
export const SAFE_LIMITS = {
  maxCallDuration: 1800,
  participantLeftTimeout: 30,
  participantAbsentTimeout: 120,
} as const;

export type CreateBodyOptions = Omit<CreateConversationOptions, "replicaId" | "personaId">;

/** The name that the conversation will have: `extra` goes over everything. A new one when none is given. */
export function resolveConversationName({ conversationName, extra }: CreateBodyOptions): string {
  const { conversation_name: name } = extra ?? {};
  return typeof name === "string" && name !== "" ? name : (conversationName ?? newConversationName());
}

/** Seconds after which the server ends the conversation, whatever happens. */
export function resolveMaxCallDuration({ properties, extra }: CreateBodyOptions): number {
  const { max_call_duration: limit } = isRecord(extra?.properties) ? extra.properties : {};
  return typeof limit === "number" && limit > 0 ? limit : (properties?.maxCallDuration ?? SAFE_LIMITS.maxCallDuration);
}

/** The body of POST /conversations. */
export function createBody(
  options: CreateBodyOptions,
  conversationName: string,
  names: WireNames,
): Record<string, unknown> {
  const { properties, extra = {}, ...fields } = options;
  const known = toSnakeCase({ ...fields, conversationName }) as Record<string, unknown>;
  const limits = toSnakeCase(SAFE_LIMITS) as Record<string, unknown>;
  const asked = toSnakeCase(properties ?? {}) as Record<string, unknown>;
  return {
    ...toWireNames(known, names),
    ...extra,
    properties: { ...limits, ...asked, ...(isRecord(extra.properties) ? extra.properties : {}) },
  };
}
