import { ConversationLease } from "../../../api/conversations/conversation-lease.ts";
import { createLeased } from "../../../api/conversations/create-leased.ts";
import { sweepFirst } from "../../../api/conversations/sweep-first.ts";
import type { CostMeter, CostWarning, SpentBudget } from "../../../api/cost/index.ts";
import type { ConversationJournal } from "../../../api/journal/index.ts";
import type { Clock } from "../../../util/clock.ts";
import { withDeadline } from "../../../util/deadline.ts";
import { InvalidOptionError } from "../../../util/errors.ts";
import type { Logger } from "../../../util/logger.ts";
import { toLogText, toPlace } from "../../../util/url-text.ts";
import type { ConversationApi } from "./conversation-api.ts";
import { checkFit, type FittedPal } from "./pal-fit-error.ts";
import type { OpenedPlace } from "../place/call-place.ts";
import type { ResolvedTavusOptions } from "../tavus-options.ts";

/** The conversation id of a room that was given by its URL: Tavus does not know it. */
export const DEV_CONVERSATION_ID = "dev-conversation";
const DEV_PAL_NAME = "TestTavusTransport";
const PAL_LOOKUP_TIMEOUT_MS = 5000;

export interface ConversationContext {
  readonly options: ResolvedTavusOptions;
  readonly api: ConversationApi | undefined;
  readonly journal: ConversationJournal | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onEndFailed: (error: Error) => void;
  readonly meter?: CostMeter | undefined;
  readonly onCostWarning?: ((warning: CostWarning) => void) | undefined;
  readonly onBudgetSpent?: ((budget: SpentBudget) => void) | undefined;
}

/** Creates the conversation that the options ask for, or finds the one that they name. */
export async function createOrJoinConversation(context: ConversationContext): Promise<OpenedPlace> {
  const { options, logger } = context;
  if (options.roomUrl !== undefined) {
    const room = { conversationId: DEV_CONVERSATION_ID, conversationUrl: options.roomUrl };
    logger.info("Using a given room, without the Tavus API.", { room: toPlace(options.roomUrl) });
    const conversation = joinedConversation(context, { ...room, meetingToken: options.roomToken }, false);
    return { place: conversation, palName: Promise.resolve(DEV_PAL_NAME) };
  }
  return options.joins ? await joinExisting(context, options.joins) : await create(context);
}

async function create(context: ConversationContext): Promise<OpenedPlace> {
  const { options, journal, clock, logger } = context;
  const { conversation, faceId, palId } = options;
  const api = requireApi(context.api);
  if (journal) await sweepFirst(journal, api, clock, logger, context.meter);
  const looking = lookUpPal(context, palId);
  // The default PAL fits; a chosen one is checked before it costs money.
  if (options.palIsChosen) checkFound(context, palId, await looking, options.palFit === "error");
  const request = {
    faceId,
    palId,
    conversationName: conversation.name,
    requireAuth: conversation.requireAuth,
    maxParticipants: conversation.maxParticipants,
    audioOnly: conversation.audioOnly,
    callbackUrl: conversation.callbackUrl,
    customGreeting: conversation.customGreeting,
    conversationalContext: conversation.conversationalContext,
    extra: conversation.extra,
    properties: {
      maxCallDuration: conversation.maxCallDurationS,
      participantLeftTimeout: conversation.participantLeftTimeoutS,
      participantAbsentTimeout: conversation.participantAbsentTimeoutS,
      language: conversation.language,
    },
  };
  const { lease } = await createLeased(request, { ...context, api });
  return { place: lease, palName: toPalName(looking) };
}

async function joinExisting(
  context: ConversationContext,
  { conversationId, conversationUrl, meetingToken, end }: NonNullable<ResolvedTavusOptions["joins"]>,
): Promise<OpenedPlace> {
  const { options, api } = context;
  let url = conversationUrl;
  let palId = options.palIsChosen ? options.palId : undefined;
  if (url === undefined || (palId === undefined && api)) {
    const found = await findConversation(context, conversationId, url === undefined);
    url ??= found?.conversationUrl ?? "";
    palId ??= found?.palId;
  }
  context.logger.info("Using an existing conversation.", { conversationId, room: toPlace(url), endsWithBot: end });
  const conversation = joinedConversation(context, { conversationId, conversationUrl: url, meetingToken }, end);
  if (palId === undefined) return { place: conversation, palName: Promise.resolve(undefined) };
  const pal = await lookUpPal(context, palId);
  // The conversation exists and is billed already: a PAL that does not fit is no reason to stay out.
  checkFound(context, palId, pal, false);
  return { place: conversation, palName: Promise.resolve(pal?.palName) };
}

async function toPalName(looking: Promise<FittedPal | undefined>): Promise<string | undefined> {
  return (await looking)?.palName;
}

function checkFound(
  { options, logger }: ConversationContext,
  palId: string,
  pal: FittedPal | undefined,
  strict: boolean,
): void {
  if (pal && options.palFit !== "off") checkFit(palId, pal, options.params.audioDelivery, { logger, strict });
}

/** Only the URL is necessary, when `required` says so; without the rest the bot joins all the same. */
async function findConversation({ api, logger, clock }: ConversationContext, id: string, required: boolean) {
  try {
    const looking = requireApi(api).getConversation?.(id);
    if (!looking) throw new InvalidOptionError("api", "has no getConversation; pass conversationUrl.");
    return await withDeadline(clock, looking, PAL_LOOKUP_TIMEOUT_MS, `Looking up ${id}`);
  } catch (thrown) {
    if (required) throw thrown;
    logger.debug("The conversation could not be looked up.", { conversationId: id, error: toLogText(thrown) });
    return undefined;
  }
}

function joinedConversation(
  { api, clock, logger, onEndFailed }: ConversationContext,
  fields: { conversationId: string; conversationUrl: string; meetingToken: string | undefined },
  end: boolean,
): ConversationLease {
  return new ConversationLease(fields, { api: end ? api : undefined, clock, logger, onEndFailed });
}

/** Bounded; a failure is a warning, since only the weakest evidence of the pal is lost. */
async function lookUpPal({ api, clock, logger }: ConversationContext, palId: string): Promise<FittedPal | undefined> {
  if (!api) return undefined;
  try {
    return await withDeadline(clock, api.getPal(palId), PAL_LOOKUP_TIMEOUT_MS, `Looking up PAL ${palId}`);
  } catch (thrown) {
    logger.warn("The PAL could not be looked up; the pal will not be known by its name.", {
      palId,
      error: toLogText(thrown),
    });
    return undefined;
  }
}

function requireApi(api: ConversationApi | undefined): ConversationApi {
  // The constructor of the transport has checked that there is one where one is needed.
  if (!api) throw new InvalidOptionError("api", "is needed without a room or conversation to join.");
  return api;
}
