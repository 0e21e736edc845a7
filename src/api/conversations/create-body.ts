import { newConversationName } from "./conversation-name.ts";
import { isRecord, toSnakeCase, toWireNames, type WireNames } from "../names.ts";
import type { CreateConversationOptions } from "../types.ts";

/**
 * Default limits in seconds, which the server enforces even if this process dies. Tavus' own defaults are 3600, 0 and
 * 300; a conversation is billed from its creation until it is ended or reaches a limit.
 */
export const SAFE_LIMITS = {
  maxCallDuration: 1800,
  participantLeftTimeout: 30,
  participantAbsentTimeout: 120,
} as const;

/** The options of a creation after the old names have been resolved. */
export type CreateBodyOptions = Omit<CreateConversationOptions, "replicaId" | "personaId">;

/** The name that the conversation will have. `extra` takes precedence; without a name, a unique one is created. */
export function resolveConversationName({ conversationName, extra }: CreateBodyOptions): string {
  const { conversation_name: name } = extra ?? {};
  return typeof name === "string" && name !== "" ? name : (conversationName ?? newConversationName());
}

/** The seconds after which the server ends the conversation in any case. */
export function resolveMaxCallDuration({ properties, extra }: CreateBodyOptions): number {
  const { max_call_duration: limit } = isRecord(extra?.properties) ? extra.properties : {};
  return typeof limit === "number" && limit > 0 ? limit : (properties?.maxCallDuration ?? SAFE_LIMITS.maxCallDuration);
}

/** Builds the body of POST /conversations. */
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
