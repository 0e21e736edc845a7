export { externalTurnStrategies, transcribedTurnStrategies, vadTurnStrategies } from "./default-strategies.ts";
export { type EagerStopOptions, EagerStopStrategy } from "./eager-stop-strategy.ts";
export { ExternalStartStrategy } from "./external-start-strategy.ts";
export { type ExternalStopOptions, ExternalStopStrategy } from "./external-stop-strategy.ts";
export { InferenceCompletedStopStrategy } from "./inference-completed-stop-strategy.ts";
export { MinWordsStartStrategy } from "./min-words-start-strategy.ts";
export { type SpeechTimeoutOptions, SpeechTimeoutStopStrategy } from "./speech-timeout-stop-strategy.ts";
export { type TranscriptionStartOptions, TranscriptionStartStrategy } from "./transcription-start-strategy.ts";
export {
  type TurnAnalyzer,
  type TurnAnalyzerStopOptions,
  TurnAnalyzerStopStrategy,
} from "./turn-analyzer-stop-strategy.ts";
export type * from "./turn-strategies.ts";
export { UserTurnController, type UserTurnControllerOptions, type UserTurnListener } from "./user-turn-controller.ts";
export { VADStartStrategy } from "./vad-start-strategy.ts";
export { VADStopStrategy } from "./vad-stop-strategy.ts";
export { type WakePhraseOptions, WakePhraseStartStrategy } from "./wake-phrase-start-strategy.ts";
