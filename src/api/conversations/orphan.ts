import { InvalidOptionError } from "../../util/errors.ts";
import { TavusApiError, TavusBadResponseError, TavusConnectionError, TavusStatusError } from "../errors.ts";
import type { Conversation } from "../types.ts";

/** Whether a creation that failed this way may have made a conversation all the same. */
export function mayHaveCreated(error: unknown): boolean {
  if (error instanceof TavusConnectionError) return error.delivered === "unknown";
  // An unreadable 2xx; an unreadable redirect was never carried out.
  if (error instanceof TavusBadResponseError) return error.status === undefined;
  if (!(error instanceof TavusStatusError) || error.status === undefined) return false;
  return error.status === 408 || (error.status >= 500 && error.status !== 503);
}

/** Whether a conversation may be open after a creation that ended this way, whatever was done about it. */
export function mayBeLeftOpen(error: unknown): boolean {
  if (error instanceof InvalidOptionError) return false;
  if (!(error instanceof TavusApiError)) return true;
  return error.orphan === undefined ? mayHaveCreated(error) : error.orphan !== "ended";
}

/** How far the clocks of this machine and of the service may differ. */
const CLOCK_TOLERANCE_MS = 60_000;

export interface OrphanSearch {
  readonly conversationName: string;
  /** Ids that are known to be somebody's, and so are no orphans. */
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
 * Picks the conversation that a failed creation left behind. When several fit there is no telling which is the orphan
 * and which is somebody's call, so none is picked; the server's own limits end it.
 */
export function pickOrphan<T extends Listed>(active: readonly T[], search: OrphanSearch): T | undefined {
  const candidates = possibleOrphans(active, search);
  return candidates.length === 1 ? candidates[0] : undefined;
}
