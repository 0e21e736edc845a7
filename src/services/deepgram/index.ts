export type { DeepgramTranscription, DeepgramWord } from "./deepgram-results.ts";
export type { DeepgramQuery } from "./deepgram-socket.ts";
export { DeepgramSTTService, type DeepgramSTTServiceOptions } from "./deepgram-stt-service.ts";
export type { DeepgramSTTSettings } from "./deepgram-stt-settings.ts";
