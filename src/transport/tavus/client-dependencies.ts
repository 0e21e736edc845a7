import { DEFAULT_API_URL } from "../../api/config.ts";
import { ConversationJournal } from "../../api/journal/index.ts";
import { TavusApi } from "../../api/tavus-api.ts";
import type { Clock } from "../../util/clock.ts";
import type { Logger } from "../../util/logger.ts";
import type { ConversationApi } from "./conversation/conversation-api.ts";
import type { ResolvedTavusOptions } from "./tavus-options.ts";

/** Undefined for a room without the API, and without a key. */
export function createApi(
  { roomUrl, apiKey, apiUrl }: ResolvedTavusOptions,
  logger: Logger,
): ConversationApi | undefined {
  return roomUrl === undefined && apiKey !== undefined ? new TavusApi({ apiKey, apiUrl, logger }) : undefined;
}

/** Undefined for no journal, and for a room without the API. */
export function createJournal(
  { journal: path, apiKey = "", apiUrl = DEFAULT_API_URL, roomUrl, noAvatarBecause }: ResolvedTavusOptions,
  clock: Clock | undefined,
  logger: Logger,
): ConversationJournal | undefined {
  if (path === undefined || roomUrl !== undefined || noAvatarBecause !== undefined) return undefined;
  return new ConversationJournal({ path, apiKey, apiUrl, clock, logger });
}
