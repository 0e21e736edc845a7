import type { Clock } from "../../util/clock.ts";
import type { Logger } from "../../util/logger.ts";
import { toPlace } from "../../util/url-text.ts";
import type { ConversationJournal } from "../journal/index.ts";
import type { Conversation, CreateConversationOptions } from "../types.ts";
import type { CostMeter, CostWarning, SpentBudget } from "../cost/index.ts";
import { isRecord } from "../names.ts";
import { ConversationLease, type LeaseApi } from "./conversation-lease.ts";
import { resolveConversationName, resolveMaxCallDuration, type CreateBodyOptions } from "./create-body.ts";
import { mayBeLeftOpen } from "./orphan.ts";

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
  /** Follows what the conversation costs, and refuses it when the budget is spent. */
  readonly meter?: CostMeter | undefined;
  /** The meter warns of the cost of the conversation, or of all conversations. */
  readonly onCostWarning?: ((warning: CostWarning) => void) | undefined;
  /** The budget is spent while the conversation runs: it has to end. */
  readonly onBudgetSpent?: ((budget: SpentBudget) => void) | undefined;
}

/** A conversation with its lease. */
export interface Leased<Created> {
  readonly lease: ConversationLease;
  readonly created: Created;
}

/**
 * Creates a conversation, recorded in the journal before it can exist, with the lease that ends it.
 *
 * @throws BudgetError when the budget is spent.
 */
export async function createLeased<
  Created extends Pick<Conversation, "conversationId" | "conversationUrl" | "meetingToken"> & { readonly status?: string },
>(
  request: CreateBodyOptions,
  { api, journal, clock, logger, onEndFailed, meter, onCostWarning, onBudgetSpent }: CreateLeasedContext<Created>,
): Promise<Leased<Created>> {
  // Made here and not by the API, since the journal needs it before the creation.
  const conversationName = resolveConversationName(request);
  const askedS = resolveMaxCallDuration(request);
  const { properties } = request;
  const participantAbsentTimeoutS = properties?.participantAbsentTimeout;
  const metered = meter?.opening({
    conversationName,
    maxCallDurationS: askedS,
    participantAbsentTimeoutS,
    onWarning: onCostWarning,
    onBudgetSpent,
  });
  const maxCallDurationS = metered?.maxCallDurationS ?? askedS;
  const named = { ...withLimit(request, maxCallDurationS), conversationName };
  const ask = () => api.createConversation(named);
  const startedMs = clock.nowMs();
  let created: Created;
  try {
    created = journal ? await journal.creating(conversationName, maxCallDurationS, ask) : await ask();
  } catch (thrown) {
    metered?.notCreated(mayBeLeftOpen(thrown));
    throw thrown;
  }
  const { conversationId } = created;
  // In test mode it is over from the start, and free.
  if (created.status === "ended") metered?.notCreated(false);
  else metered?.created(conversationId);
  logger.info("Conversation created.", {
    conversationId,
    room: toPlace(created.conversationUrl),
    palId: request.palId,
    tookMs: Math.round(clock.nowMs() - startedMs),
  });
  const onEnded = async (): Promise<void> => {
    metered?.ended();
    await journal?.ended(conversationId);
  };
  const onAbandoned = async (): Promise<void> => await journal?.abandoned(conversationId);
  const leaseContext = { api, clock, logger, onEndFailed, maxCallDurationS, metered, onEnded, onAbandoned };
  return { lease: new ConversationLease(created, leaseContext), created };
}

/** The limit goes where `resolveMaxCallDuration` finds it. */
function withLimit(request: CreateBodyOptions, maxCallDuration: number): CreateBodyOptions {
  const { extra, properties } = request;
  if (!isRecord(extra?.properties) || !("max_call_duration" in extra.properties))
    return { ...request, properties: { ...properties, maxCallDuration } };
  return { ...request, extra: { ...extra, properties: { ...extra.properties, max_call_duration: maxCallDuration } } };
}
