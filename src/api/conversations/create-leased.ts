import type { Clock } from "../../util/clock.ts";
import type { Logger } from "../../util/logger.ts";
import { toPlace } from "../../util/url-text.ts";
import type { ConversationJournal } from "../journal/index.ts";
import type { Conversation, CreateConversationOptions } from "../types.ts";
import { ConversationLease, type LeaseApi } from "./conversation-lease.ts";
import { resolveConversationName, resolveMaxCallDuration, type CreateBodyOptions } from "./create-body.ts";

/** The part of the API that creates and ends conversations. `TavusApi` implements it. */
export interface CreatingApi<Created> extends LeaseApi {
  /** Creates a conversation. */
  createConversation(options: CreateConversationOptions): Promise<Created>;
}

/** What a leased creation needs. */
export interface CreateLeasedContext<Created> {
  readonly api: CreatingApi<Created>;
  /** Undefined where no journal is kept. */
  readonly journal: ConversationJournal | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** See `ConversationLeaseContext`. */
  readonly onEndFailed: (error: Error) => void;
}

/** Creates a conversation, recorded in the journal before it can exist, with the lease that ends it. */
export async function createLeased<
  Created extends Pick<Conversation, "conversationId" | "conversationUrl" | "meetingToken">,
>(
  request: CreateBodyOptions,
  { api, journal, clock, logger, onEndFailed }: CreateLeasedContext<Created>,
): Promise<{ readonly lease: ConversationLease; readonly created: Created }> {
  // Made here and not by the API, since the journal needs it before the creation.
  const named = { ...request, conversationName: resolveConversationName(request) };
  const ask = () => api.createConversation(named);
  const maxCallDurationS = resolveMaxCallDuration(request);
  const startedMs = clock.nowMs();
  const created = journal ? await journal.creating(named.conversationName, maxCallDurationS, ask) : await ask();
  const { conversationId } = created;
  logger.info("Conversation created.", {
    conversationId,
    room: toPlace(created.conversationUrl),
    palId: request.palId,
    tookMs: Math.round(clock.nowMs() - startedMs),
  });
  const kept = journal && {
    onEnded: () => journal.ended(conversationId),
    onAbandoned: () => journal.abandoned(conversationId),
  };
  const leaseContext = { api, clock, logger, onEndFailed, maxCallDurationS, ...kept };
  return { lease: new ConversationLease(created, leaseContext), created };
}
