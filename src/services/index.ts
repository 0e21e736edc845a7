export { AIService } from "./ai-service.ts";
export { type DefinedFunction, defineFunction, type FunctionFields } from "./functions/define-function.ts";
export {
  type FunctionCallInfo,
  type FunctionHandler,
  type FunctionOptions,
  FunctionResult,
} from "./functions/function-registry.ts";
export type { LLMChunk } from "./llm-chunk.ts";
export { LLMService, type LLMServiceOptions } from "./llm-service.ts";
export {
  SegmentDroppedError,
  SegmentedSTTService,
  type SegmentedSTTServiceOptions,
  type SpeechSegment,
} from "./segmented-stt-service.ts";
export { SentenceAggregator } from "./text/sentence-aggregator.ts";
export * from "./service-errors.ts";
export type { StandardIssue, StandardResult, StandardSchema } from "./functions/standard-schema.ts";
export { StreamingConnection, type StreamingConnectionOptions, type StreamingSocket } from "./streaming-connection.ts";
export { STTService, type STTServiceOptions, type STTTranscript } from "./stt-service.ts";
export { type TextAggregator, TokenAggregator } from "./text/text-aggregator.ts";
export { MarkdownTextFilter, type TextFilter } from "./text/text-filter.ts";
export { TTSService, type TTSChunk, type TTSServiceOptions } from "./tts-service.ts";
export type { SpokenWord } from "./speech/unit-speech.ts";
