export * from "./aggregators/index.ts";
export {
  LLMContextSummarizer,
  type LLMContextSummarizerEvents,
  type LLMContextSummarizerOptions,
  type SummaryApplied,
  type TextGenerator,
} from "./aggregators/context-summarizer.ts";
export * from "./filters/index.ts";
export * from "./idle/index.ts";
export { LevelVADProcessor, type LevelVADOptions } from "./vad/level-vad-processor.ts";
export * from "./mute/index.ts";
export { ParrotProcessor } from "./parrot-processor.ts";
export { TextProgressProcessor } from "./text-progress.ts";
export {
  TURN_COMPLETE_MARKER,
  TURN_CUT_OFF_MARKER,
  TURN_MARKER_INSTRUCTIONS,
  TURN_THINKING_MARKER,
  type TurnMarkerOptions,
  TurnMarkerProcessor,
} from "./turn-markers.ts";
export * from "./turns/index.ts";
export {
  UserTurnProcessor,
  type UserTurnProcessorEvents,
  type UserTurnProcessorOptions,
} from "./turns/user-turn-processor.ts";
export * from "./vad/index.ts";
export * from "./recorder/index.ts";
