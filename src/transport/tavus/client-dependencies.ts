import { DEFAULT_API_URL } from "../../api/config.ts";
import { ConversationJournal } from "../../api/journal/index.ts";
import { TavusApi } from "../../api/tavus-api.ts";
import type { Clock } from "../../util/clock.ts";
import type { Logger } from "../../util/logger.ts";
import type { WarmRuntime } from "../daily/prewarm.ts";
import { warmUpRuntime } from "../room/default-call-factory.ts";
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

/**
 * Starts the runtime of the call ahead, while the conversation is created or found. Undefined where nothing comes before the
 * call, and where it is not known which runtime that will be: with "auto", and an API of the application's own.
 */
export function createWarmUp(
  options: ResolvedTavusOptions,
  hasOwnApi: boolean,
  logger: Logger,
): (() => Promise<WarmRuntime>) | undefined {
  const { roomUrl, joins, noAvatarBecause, apiUrl, runtime } = options;
  if (roomUrl !== undefined || noAvatarBecause !== undefined) return undefined;
  const room = joins?.conversationUrl;
  if (room === undefined && hasOwnApi && runtime === "auto") return undefined;
  return () => warmUpRuntime(options, room ?? apiUrl ?? DEFAULT_API_URL, logger);
}
