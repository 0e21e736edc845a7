import { journalPath } from "../../api/journal/index.ts";
import { FACE_VARIABLE, OldNames, PAL_VARIABLE } from "../../api/old-names.ts";
import type { EnvironmentVariables } from "../../util/environment.ts";
import { InvalidOptionError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import { safeLogger } from "../../util/safe-logger.ts";
import { toProblems } from "../base/transport-params.ts";
import { MICROPHONE } from "../daily/daily-call.ts";
import { splitToken } from "../daily/room-url.ts";
import { isFallbackRoomApi, type ResolvedFallback } from "./avatar/fallback.ts";
import { findCostProblems } from "./cost/cost-options.ts";
import { getLastPart } from "./conversation/conversation-url.ts";
import {
  DEFAULT_PAL_ID,
  type JoinedConversation,
  optionsSchema,
  type ParsedOptions,
  type ResolvedTavusOptions,
  type TavusParams,
  type TavusTransportOptions,
} from "./tavus-options.ts";
import {
  findContradictions,
  findMediaProblems,
  findNoAvatarReason,
  type MergedOptions,
} from "./tavus-options-problems.ts";

/**
 * Adds defaults and the environment, and checks everything at once. Old names are warned about through the logger.
 *
 * @throws InvalidOptionError that lists every problem and contains no secret.
 */
export function resolveTavusOptions(
  options: TavusTransportOptions,
  env: EnvironmentVariables,
  hasApi: boolean,
  logger: Logger = safeLogger(),
): ResolvedTavusOptions {
  const merged = { ...options, ...withEnvironment(options, env, logger) };
  const parsed = optionsSchema.safeParse(merged);
  const problems = parsed.success ? [] : toProblems(parsed.error);
  problems.push(...findContradictions(merged, hasApi, options.params?.audioDelivery));
  if (parsed.success) problems.push(...findMediaProblems(withMicrophone(parsed.data.params)));
  if (parsed.success) problems.push(...findCostProblems(parsed.data.cost, env));
  if (!parsed.success || problems.length > 0) throw new InvalidOptionError("TavusTransport options", problems);
  const data = { ...parsed.data, params: withMicrophone(parsed.data.params) };
  const room = data.roomUrl === undefined ? undefined : splitToken(data.roomUrl);
  const roomToken = data.roomToken ?? data.meetingToken ?? room?.token;
  return {
    ...data,
    palId: data.palId ?? DEFAULT_PAL_ID[data.params.audioDelivery],
    palIsChosen: data.palId !== undefined,
    roomUrl: room?.url,
    fallback: resolveFallback(data.fallback),
    noAvatarBecause: findNoAvatarReason(merged, hasApi),
    joins: joinedConversation(data),
    journal: journalPath(data.journal, env),
    ...(roomToken === undefined ? {} : { roomToken }),
  };
}

function withMicrophone(params: TavusParams): TavusParams {
  const { microphoneOutEnabled, audioOutDestinations } = params;
  if (!microphoneOutEnabled) return params;
  return { ...params, audioOutDestinations: [...new Set([...audioOutDestinations, MICROPHONE])] };
}

function withEnvironment(options: TavusTransportOptions, env: EnvironmentVariables, logger: Logger): MergedOptions {
  const oldNames = new OldNames(logger, env);
  const { faceId, replicaId, palId, personaId } = options;
  const asked = options.roomUrl ?? options.conversationId ?? options.conversationUrl;
  // Where the options name a place, those of the environment are ignored.
  const place = (option: string | undefined, name: string): string | undefined =>
    option ?? (asked === undefined ? fromEnv(env, name) : undefined);
  return {
    apiKey: options.apiKey ?? fromEnv(env, "TAVUS_API_KEY"),
    apiUrl: options.apiUrl ?? fromEnv(env, "TAVUS_API_URL"),
    faceId: oldNames.pick({ name: "faceId", value: faceId }, { name: "replicaId", value: replicaId }, FACE_VARIABLE),
    palId: oldNames.pick({ name: "palId", value: palId }, { name: "personaId", value: personaId }, PAL_VARIABLE),
    roomUrl: place(options.roomUrl, "TAVUS_SAMPLE_ROOM_URL"),
    conversationId: place(options.conversationId, "TAVUS_CONVERSATION_ID"),
    conversationUrl: place(options.conversationUrl, "TAVUS_CONVERSATION_URL"),
    meetingToken: place(options.meetingToken, "TAVUS_MEETING_TOKEN"),
    endJoinedConversation: options.endJoinedConversation,
  };
}

function joinedConversation(data: ParsedOptions): JoinedConversation | undefined {
  const { conversationId, conversationUrl, meetingToken, endJoinedConversation: end } = data;
  if (conversationId === undefined && conversationUrl === undefined) return undefined;
  const place = conversationUrl === undefined ? undefined : splitToken(conversationUrl);
  return {
    // Tavus makes the URL of the room from the id.
    conversationId: conversationId ?? getLastPart(place?.url ?? "") ?? "",
    conversationUrl: place?.url,
    meetingToken: meetingToken ?? place?.token,
    end,
  };
}

function resolveFallback(fallback: ParsedOptions["fallback"]): ResolvedFallback {
  if (typeof fallback === "string") return { is: fallback };
  if (isFallbackRoomApi(fallback)) return { is: "api", api: fallback };
  const { url, token } = splitToken(fallback.roomUrl);
  return { is: "room", url, token: fallback.token ?? token };
}

function fromEnv(env: EnvironmentVariables, name: string): string | undefined {
  const value = env[name];
  // An empty variable is how shells say "not set".
  return value === "" ? undefined : value;
}
