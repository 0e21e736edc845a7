export {
  ScriptedDailyCall,
  type ScriptedDailyCallOptions,
  type ScriptedOperation,
  type SentAppMessage,
} from "./scripted-daily-call.ts";
export { ScriptedAudioSink, type ScriptedAudioSinkOptions, type ScriptedWrite } from "./scripted-audio-sink.ts";
export type { ScriptedParticipant } from "./scripted-participant.ts";
export { runProcessor } from "./run-processor.ts";
export type { RunProcessorOptions, RunProcessorResult, RunStep } from "./run-processor.ts";
export { VirtualClock, settle } from "./virtual-clock.ts";
