export type { DeepgramFluxSettings } from "./deepgram-flux-settings.ts";
export { DeepgramFluxSTTService, type DeepgramFluxSTTServiceOptions } from "./deepgram-flux-stt-service.ts";
export type { DeepgramTranscription, DeepgramWord } from "./deepgram-results.ts";
export type { DeepgramQuery } from "./deepgram-socket.ts";
export { DeepgramSTTService, type DeepgramSTTServiceOptions } from "./deepgram-stt-service.ts";
export type { DeepgramSTTSettings } from "./deepgram-stt-settings.ts";
export {
  DeepgramTTSService,
  type DeepgramTTSServiceOptions,
  type DeepgramTTSSettings,
} from "./deepgram-tts-service.ts";
export { fluxTurnStrategies } from "./flux-turn-strategies.ts";
