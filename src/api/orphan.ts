import { TavusBadResponseError, TavusConnectionError, TavusStatusError } from "./errors.ts";
import type { Conversation } from "./types.ts";

/** Whether a creation that failed this way may have made a conversation all the same. */
export function mayHaveCreated(error: unknown): boolean {
  if (error instanceof TavusConnectionError) return error.delivered === "unknown";
  // An unreadable 2xx; an unreadable redirect was never carried out.
  if (error instanceof TavusBadResponseError) return error.status === undefined;
  if (!(error instanceof TavusStatusError) || error.status === undefined) return false;
  return error.status === 408 || (error.status >= 500 && error.status !== 503);
}

/** How far the clocks of this machine and of the service may differ. */
const CLOCK_TOLERANCE_MS = 60_000;

export interface OrphanSearch {
  readonly conversationName: string;
  /** Ids that are known to be somebody's, and so are no orphans. */
  readonly known: ReadonlySet<string>;
  /** Only conversations created after this time (milliseconds since 1970) can be orphans. */
  readonly createdAfterMs?: number | undefined;
}

/**
 * Picks the conversation that a failed creation left behind. When several fit there is no telling which is the orphan
 * and which is somebody's call, so none is picked; the server's own limits end it.
 */
export function pickOrphan(active: readonly Conversation[], search: OrphanSearch): Conversation | undefined {
  const { createdAfterMs } = search;
  const candidates = active.filter((conversation) => {
    if (conversation.conversationName !== search.conversationName) return false;
    if (search.known.has(conversation.conversationId)) return false;
    if (createdAfterMs === undefined || conversation.createdAt === undefined) return true;
    const createdMs = Date.parse(conversation.createdAt);
    return Number.isNaN(createdMs) || createdMs >= createdAfterMs - CLOCK_TOLERANCE_MS;
  });
  return candidates.length === 1 ? candidates[0] : undefined;
}
