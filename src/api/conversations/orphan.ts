import { InvalidOptionError } from "../../util/errors.ts";
import { TavusApiError, TavusBadResponseError, TavusConnectionError, TavusStatusError } from "../errors.ts";
import type { Conversation } from "../types.ts";

/** Whether a creation that failed with this error may have created a conversation all the same. */
export function mayHaveCreated(error: unknown): boolean {
  if (error instanceof TavusConnectionError) return error.delivered === "unknown";
  // Without a status this was an unreadable 2xx. With one it was a redirect, which never creates anything.
  if (error instanceof TavusBadResponseError) return error.status === undefined;
  if (!(error instanceof TavusStatusError) || error.status === undefined) return false;
  return error.status === 408 || (error.status >= 500 && error.status !== 503);
}

/** Whether a conversation may still be open after a creation that failed with this error, despite the clean-up. */
export function mayBeLeftOpen(error: unknown): boolean {
  if (error instanceof InvalidOptionError) return false;
  if (!(error instanceof TavusApiError)) return true;
  return error.orphan === undefined ? mayHaveCreated(error) : error.orphan !== "ended";
}

/** By how much the clocks of this machine and of Tavus may differ. */
const CLOCK_TOLERANCE_MS = 60_000;

/** Describes the conversation that a failed creation may have left behind. */
export interface OrphanSearch {
  readonly conversationName: string;
  /** Ids of conversations that have an owner, and so cannot be orphans. */
  readonly known: ReadonlySet<string>;
  /** Only conversations created after this time (milliseconds since 1970) can be orphans. */
  readonly createdAfterMs?: number | undefined;
  /** Only conversations created before this time can be orphans. */
  readonly createdBeforeMs?: number | undefined;
}

type Listed = Pick<Conversation, "conversationId" | "conversationName" | "createdAt">;

/** The conversations that a failed creation may have left behind. */
export function possibleOrphans<T extends Listed>(active: readonly T[], search: OrphanSearch): T[] {
  const { createdAfterMs = -Infinity, createdBeforeMs = Infinity } = search;
  return active.filter((conversation) => {
    if (conversation.conversationName !== search.conversationName) return false;
    if (search.known.has(conversation.conversationId)) return false;
    const createdMs = Date.parse(conversation.createdAt ?? "");
    if (Number.isNaN(createdMs)) return true;
    return createdMs >= createdAfterMs - CLOCK_TOLERANCE_MS && createdMs <= createdBeforeMs + CLOCK_TOLERANCE_MS;
  });
}

/**
 * Picks the conversation that a failed creation left behind. When several match, it picks none, because one of them may
 * be a call in use; the orphan then ends at its limits.
 */
export function pickOrphan<T extends Listed>(active: readonly T[], search: OrphanSearch): T | undefined {
  const candidates = possibleOrphans(active, search);
  return candidates.length === 1 ? candidates[0] : undefined;
}
