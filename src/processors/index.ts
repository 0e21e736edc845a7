export * from "./aggregators/index.ts";
export {
  LLMContextSummarizer,
  type LLMContextSummarizerEvents,
  type LLMContextSummarizerOptions,
  type SummaryApplied,
  type TextGenerator,
} from "./context-summarizer.ts";
export * from "./filters/index.ts";
export * from "./idle/index.ts";
export { LevelVadProcessor, type LevelVadOptions } from "./level-vad.ts";
export * from "./mute/index.ts";
export { ParrotProcessor } from "./parrot.ts";
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
export { UserTurnProcessor, type UserTurnProcessorEvents, type UserTurnProcessorOptions } from "./user-turn.ts";
export * from "./vad/index.ts";
export * from "./recorder/index.ts";
