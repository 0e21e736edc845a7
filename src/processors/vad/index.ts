export type { VADAnalyzer } from "./vad-analyzer.ts";
export { type VADChange, VADController, type VADControllerOptions, type VADState } from "./vad-controller.ts";
export { VADProcessor, type VADProcessorOptions } from "./vad-processor.ts";
export { SileroVADAnalyzer, type SileroVADAnalyzerOptions } from "./silero-vad-analyzer.ts";
