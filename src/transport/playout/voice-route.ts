/** Where users hear the bot: through the pal, or from the bot's own microphone. One at a time. */
export type VoiceRoute = "pal" | "microphone";
