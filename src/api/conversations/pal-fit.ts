import type { Pal } from "../types.ts";

/** How the bot's words reach the pal: as a custom audio track in the room, or as `conversation.echo` app messages. */
export type AudioDelivery = "track" | "messages";

/** Whether a bot can speak through a pal. */
export type PalFit =
  | { readonly level: "ok" }
  /** It may not do what is expected, or cost more. */
  | { readonly level: "warning"; readonly message: string }
  /** It cannot work. */
  | { readonly level: "error"; readonly message: string };

/** What is known of Tavus' own echo PALs beside what they tell of themselves. */
const STOCK_ECHO_PALS: Readonly<Record<string, AudioDelivery>> = { pipecat0: "messages", "pipecat-stream": "track" };
const STOCK_FOR = { messages: "pipecat0", track: "pipecat-stream" } as const;

/**
 * Whether a bot with this `audioDelivery` can speak through this PAL. Ask before a conversation is created: a PAL that
 * does not fit costs money and says nothing, or says what it should not. What a PAL does not tell is not held against it.
 */
export function checkPalFit(
  pal: Pick<Pal, "palId" | "pipelineMode" | "transportType" | "transportMicrophone">,
  audioDelivery: AudioDelivery,
): PalFit {
  const { palId, pipelineMode, transportType, transportMicrophone } = pal;
  const instead = `Use an echo PAL such as ${STOCK_FOR[audioDelivery]}.`;
  if (pipelineMode === "full" || pipelineMode === "speech-to-speech") {
    const pipeline = pipelineMode === "full" ? "a full pipeline" : "a speech-to-speech pipeline";
    const why = `The PAL ${palId} has ${pipeline}: it hears, thinks and speaks by itself, and would talk beside the bot.`;
    return { level: "error", message: `${why} ${instead}` };
  }
  if (transportType !== undefined && transportType !== "daily") {
    const why = `The PAL ${palId} is made for rooms of ${transportType}, and this bot meets it in a Daily room.`;
    return { level: "error", message: `${why} ${instead}` };
  }
  const takes = Object.hasOwn(STOCK_ECHO_PALS, palId) ? STOCK_ECHO_PALS[palId] : undefined;
  if (takes !== undefined && takes !== audioDelivery) {
    const why = `The PAL ${palId} takes its words as "${takes}", and audioDelivery is "${audioDelivery}": it would stay silent.`;
    return { level: "error", message: `${why} Set audioDelivery to "${takes}", or use ${STOCK_FOR[audioDelivery]}.` };
  }
  if (pipelineMode !== undefined && pipelineMode !== "echo") {
    const why = `The PAL ${palId} has the pipeline mode "${pipelineMode}", which is not known here.`;
    return { level: "warning", message: `${why} A bot needs one that echoes. ${instead}` };
  }
  if (audioDelivery === "messages" && transportMicrophone === "enabled") {
    const why = `The PAL ${palId} has its microphone setting enabled: it says what it hears in the room, the user too.`;
    return { level: "warning", message: `${why} Disable layers.transport.input_settings.microphone, or use pipecat0.` };
  }
  if (audioDelivery === "track" && transportMicrophone === "disabled") {
    const why = `The PAL ${palId} has its microphone setting disabled and may not hear the audio track: it may stay silent.`;
    return {
      level: "warning",
      message: `${why} Enable layers.transport.input_settings.microphone, or ${lowerFirst(instead)}`,
    };
  }
  return { level: "ok" };
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
