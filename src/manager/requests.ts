import type { CreateBodyOptions } from "../api/conversations/create-body.ts";
import type { CreatePalOptions, PalLayers } from "../api/resources/types/pals.ts";
import type { ConversationProperties } from "../api/types.ts";
import { withoutUndefined } from "../util/without-undefined.ts";
import type { ResolvedManagerOptions } from "./manager-options.ts";

/** A code such as "en" or "pt-BR", in contrast to Tavus' full names. */
const LANGUAGE_CODE = /^[a-z]{2}(?:-[A-Za-z]{2,4})?$/;

/** The request for a conversation. */
export function toConversationRequest(options: ResolvedManagerOptions, palId: string | undefined): CreateBodyOptions {
  const { faceId, conversationName, callbackUrl, conversationalContext, greeting, requireAuth, maxParticipants } =
    options;
  return withoutUndefined({
    faceId,
    palId,
    conversationName,
    callbackUrl,
    conversationalContext,
    customGreeting: greeting,
    requireAuth,
    maxParticipants,
    properties: withoutUndefined({
      maxCallDuration: options.maxCallDurationS,
      participantLeftTimeout: options.participantLeftTimeoutS,
      participantAbsentTimeout: options.participantAbsentTimeoutS,
      enableRecording: options.enableRecording,
      ...toLanguage(options.language),
    }),
  });
}

/** The request for a PAL that listens, thinks and speaks by itself. */
export function toPalRequest(options: ResolvedManagerOptions): CreatePalOptions {
  const { faceId, palName, systemPrompt, context } = options;
  return withoutUndefined({
    palName,
    defaultFaceId: faceId,
    pipelineMode: "full" as const,
    // Tavus merges the deprecated field `context` into the prompt itself.
    systemPrompt: context === undefined || context === "" ? systemPrompt : `${systemPrompt}\n\n${context}`,
    layers: toLayers(options),
  });
}

function toLanguage(language: string | undefined): Pick<ConversationProperties, "language" | "languages"> {
  if (language === undefined) return {};
  return LANGUAGE_CODE.test(language) ? { languages: [language] } : { language };
}

function toLayers(options: ResolvedManagerOptions): PalLayers | undefined {
  const { enablePerception, perceptionModel, enableSmartTurnDetection, llm, tts, layers = {} } = options;
  const sees = enablePerception ?? (perceptionModel === undefined ? undefined : true);
  const asked: Record<string, Readonly<Record<string, unknown>> | undefined> = {
    perception: sees === undefined ? undefined : { perceptionModel: sees ? (perceptionModel ?? "raven-1") : "off" },
    conversationalFlow:
      enableSmartTurnDetection === undefined
        ? undefined
        : { turnDetectionModel: enableSmartTurnDetection ? "sparrow-1" : "timebased" },
    llm: llm && withoutUndefined(llm),
    tts: tts && withoutUndefined({ ttsEngine: tts.engine, externalVoiceId: tts.voiceId }),
  };
  const names = new Set([...Object.keys(asked), ...Object.keys(layers)]);
  const merged = [...names].flatMap((name) => {
    const layer = { ...asked[name], ...(layers[name] as object | undefined) };
    return Object.keys(layer).length === 0 ? [] : [[name, layer] as const];
  });
  return merged.length === 0 ? undefined : Object.fromEntries(merged);
}
