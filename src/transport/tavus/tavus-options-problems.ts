import { isAudioMixer } from "../base/transport-params.ts";
import { PUBLISH_RATES } from "../daily/daily-call.ts";
import { getLastPart } from "./conversation/conversation-url.ts";
import { DEFAULT_PAL_ID, type TavusParams, type TavusTransportOptions } from "./tavus-options.ts";

/** The options that the environment can provide, once it has. */
export type MergedOptions = Pick<
  TavusTransportOptions,
  | "apiKey"
  | "apiUrl"
  | "faceId"
  | "palId"
  | "roomUrl"
  | "conversationId"
  | "conversationUrl"
  | "meetingToken"
  | "endJoinedConversation"
  | "fallback"
>;

/** Finds general params that this transport cannot support. */
export function findMediaProblems(params: TavusParams): string[] {
  const { audioOutMixer: mixers = {}, audioOutDestinations, streamTrackName } = params;
  const problems: string[] = [];
  const separate = audioOutDestinations.filter((name) => name !== streamTrackName);
  if (isAudioMixer(mixers) || Object.keys(mixers).some((name) => !separate.includes(name))) {
    problems.push(
      "params.audioOutMixer: the pal would speak the background sound; give it a track of its own: name one in " +
        "audioOutDestinations, and the mixer by that name.",
    );
  }
  const { audioDelivery, audioOutSampleRate: rate } = params;
  const publishes = audioDelivery === "track" || separate.length > 0;
  if (publishes && rate !== undefined && !PUBLISH_RATES.includes(rate))
    problems.push(`params.audioOutSampleRate: must be one of ${PUBLISH_RATES.join(", ")} Hz.`);
  if (params.videoOutEnabled)
    problems.push("params.videoOutEnabled: must be false: what users see is the pal, and Tavus sends its picture.");
  if (!params.audioOutAutoSilence)
    problems.push("params.audioOutAutoSilence: must be true: Daily's tracks never pause.");
  return problems;
}

/** A URL that cannot be parsed is a problem of its own. */
function namesNoConversation(url: string | undefined): boolean {
  return url !== undefined && URL.canParse(url) && getLastPart(url) === undefined;
}

/** Finds options that are each valid alone, and contradict each other or the environment. */
export function findContradictions(merged: MergedOptions, hasApi: boolean, delivery: string | undefined): string[] {
  const { roomUrl, conversationId, conversationUrl, apiKey, faceId, palId } = merged;
  const joins = conversationId !== undefined || conversationUrl !== undefined;
  const problems: string[] = [];
  const isOptional = findNoAvatarReason(merged, hasApi) !== undefined;
  if (conversationId === undefined && namesNoConversation(conversationUrl))
    problems.push("conversationUrl: names no conversation; give it whole, or pass conversationId as well.");
  if (roomUrl !== undefined && joins)
    problems.push("roomUrl: leave it out (TAVUS_SAMPLE_ROOM_URL, too) to join the conversation that is named.");
  const callsApi = joins
    ? conversationUrl === undefined || merged.endJoinedConversation === true
    : roomUrl === undefined;
  if (callsApi && apiKey === undefined && !hasApi && !isOptional) {
    problems.push(
      "apiKey: missing; pass it or set TAVUS_API_KEY. Without an account, use the local emulator: run " +
        '"npx tavus-transport emulator" and set the variables that it prints.',
    );
  }
  // Of the stock echo PALs this one is known to have no face of its own; for the others Tavus decides.
  const usesFaceless = palId === undefined && delivery === "messages";
  if (!joins && roomUrl === undefined && faceId === undefined && usesFaceless && !isOptional) {
    const pal = DEFAULT_PAL_ID.messages;
    problems.push(
      `faceId: missing; pass it or set TAVUS_FACE_ID, or choose a PAL that has a face (palId): ${pal} has none.`,
    );
  }
  return problems;
}

/** Why there is no avatar where it is optional: a sentence for people. Undefined where there is one, or must be one. */
export function findNoAvatarReason(merged: MergedOptions, hasApi: boolean): string | undefined {
  const { fallback, roomUrl, conversationId, conversationUrl, apiKey, faceId, palId } = merged;
  const isOptional = typeof fallback === "object";
  // A place that is named is wanted.
  if (!isOptional || (roomUrl ?? conversationId ?? conversationUrl) !== undefined) return undefined;
  if (apiKey === undefined && !hasApi) return "there is no API key (apiKey, TAVUS_API_KEY).";
  if (faceId === undefined && palId === undefined)
    return "neither a face (faceId, TAVUS_FACE_ID) nor a PAL (palId, TAVUS_PAL_ID) is chosen.";
  return undefined;
}
