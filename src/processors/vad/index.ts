export type { VadAnalyzer } from "./vad-analyzer.ts";
export { type VadChange, VadController, type VadControllerOptions, type VadState } from "./vad-controller.ts";
export { VADProcessor, type VADProcessorOptions } from "./vad-processor.ts";
export { SileroVadAnalyzer, type SileroVadAnalyzerOptions } from "./silero-vad-analyzer.ts";
