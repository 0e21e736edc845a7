import type { Pal } from "../types.ts";

/**
 * How the bot's speech reaches the pal: as a custom audio track in the room, or as `conversation.echo` app messages.
 */
export type AudioDelivery = "track" | "messages";

/** Whether a bot can speak through a pal. */
export type PalFit =
  | { readonly level: "ok" }
  | {
      /** The PAL may not behave as expected. */
      readonly level: "warning";
      /** What may go wrong, and what to do. */
      readonly message: string;
    }
  | {
      /** The bot cannot speak through the PAL. */
      readonly level: "error";
      /** Why not, and what to do. */
      readonly message: string;
    };

/** The audio delivery of Tavus' stock echo PALs, which their fields do not show. */
const STOCK_ECHO_PALS: Readonly<Record<string, AudioDelivery>> = { pipecat0: "messages", "pipecat-stream": "track" };
const STOCK_FOR = { messages: "pipecat0", track: "pipecat-stream" } as const;

/**
 * Checks whether a bot with this `audioDelivery` can speak through this PAL. Call it before a conversation is created:
 * a PAL that does not fit costs money and stays silent, or says what it should not. Missing fields count as fitting.
 */
export function checkPalFit(
  pal: Pick<Pal, "palId" | "pipelineMode" | "transportType" | "transportMicrophone">,
  audioDelivery: AudioDelivery,
): PalFit {
  const { palId, pipelineMode, transportType, transportMicrophone } = pal;
  const instead = `Use an echo PAL such as ${STOCK_FOR[audioDelivery]}.`;
  if (pipelineMode === "full" || pipelineMode === "speech-to-speech") {
    const pipeline = pipelineMode === "full" ? "a full pipeline" : "a speech-to-speech pipeline";
    const why = `The PAL ${palId} has ${pipeline}: it listens, thinks and speaks by itself, and would talk over the bot.`;
    return { level: "error", message: `${why} ${instead}` };
  }
  if (transportType !== undefined && transportType !== "daily") {
    const why = `The PAL ${palId} is made for ${transportType} rooms, but this bot uses Daily rooms.`;
    return { level: "error", message: `${why} ${instead}` };
  }
  const takes = Object.hasOwn(STOCK_ECHO_PALS, palId) ? STOCK_ECHO_PALS[palId] : undefined;
  if (takes !== undefined && takes !== audioDelivery) {
    const why = `The PAL ${palId} takes its audio as "${takes}", but audioDelivery is "${audioDelivery}": it would stay silent.`;
    return { level: "error", message: `${why} Set audioDelivery to "${takes}", or use ${STOCK_FOR[audioDelivery]}.` };
  }
  if (pipelineMode !== undefined && pipelineMode !== "echo") {
    const why = `The PAL ${palId} has the unknown pipeline mode "${pipelineMode}".`;
    return { level: "warning", message: `${why} A bot needs an echo PAL. ${instead}` };
  }
  if (audioDelivery === "messages" && transportMicrophone === "enabled") {
    const why = `The PAL ${palId} has its microphone setting enabled: it repeats what it hears in the room, including the user.`;
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
