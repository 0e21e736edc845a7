export {
  type ScriptedControl,
  ScriptedDailyCall,
  type ScriptedDailyCallOptions,
  type ScriptedOperation,
  type SentAppMessage,
} from "./scripted-daily-call.ts";
export { ScriptedAudioSink, type ScriptedAudioSinkOptions, type ScriptedWrite } from "./scripted-audio-sink.ts";
export { ScriptedVideoSink } from "./scripted-video-sink.ts";
export { ScriptedVideoTrackSink } from "./scripted-video-track-sink.ts";
export type { ScriptedParticipant } from "./scripted-participant.ts";
export { solidPicture } from "./solid-picture.ts";
export type { ParsedVideoPublishFormat } from "../transport/daily/video-publishing.ts";
export type { Picture } from "../transport/daily/picture.ts";
export {
  type ExpectedFrame,
  runProcessor,
  type RunProcessorOptions,
  type RunProcessorResult,
  type RunStep,
} from "./run-processor.ts";
export { VirtualClock, settle } from "./virtual-clock.ts";
export {
  type ScriptedAnswer,
  type ScriptedAnswerPart,
  ScriptedLLMService,
  type ScriptedLLMServiceOptions,
} from "./scripted-llm-service.ts";
export { ScriptedSTTService, type ScriptedSTTServiceOptions, type ScriptedTranscript } from "./scripted-stt-service.ts";
export { ScriptedTTSService, type ScriptedSpeech, type ScriptedTTSServiceOptions } from "./scripted-tts-service.ts";
export { type CollectedFrame, FrameCollector } from "./frame-collector.ts";
export { testTone } from "./test-tone.ts";
export { testUtterance } from "./test-utterance.ts";
export {
  ttsServiceContract,
  type TTSServiceContractCase,
  type TTSServiceStage,
  type TTSServiceStageOptions,
  type TTSServiceUnderTest,
} from "./tts-service-contract.ts";
export {
  llmServiceContract,
  type LLMServiceContractCase,
  type LLMServiceStage,
  type LLMVendor,
  type LLMVendorAnswer,
  type LLMVendorPart,
} from "./llm-service-contract.ts";
export { transportContract, type TransportContractCase, type TransportStage } from "./transport-contract.ts";
export {
  addThrowingListener,
  openVirtualTransportStage,
  type TransportUnderTest,
  type VirtualTransportStageOptions,
} from "./virtual-transport-stage.ts";
export {
  FakeDeepgram,
  type FakeDeepgramOptions,
  type FakeDeepgramScript,
  type FakeDeepgramUtterance,
} from "./vendors/fake-deepgram.ts";
export { FakeOpenAI, type FakeOpenAIOptions } from "./vendors/fake-openai.ts";
export type { FakeChatPart, FakeChatReply, FakeFinishReason, FakeToolCall } from "./vendors/openai/chat-reply.ts";
export type { FakeChatMessage, FakeChatRequest } from "./vendors/openai/chat-request.ts";
export type {
  FakeHeardSpeech,
  FakeSpeechReply,
  FakeSpeechRequest,
  FakeTranscript,
} from "./vendors/openai/fake-speech.ts";
export {
  FakeElevenLabs,
  type FakeElevenLabsContext,
  type FakeElevenLabsError,
  type FakeElevenLabsOptions,
} from "./vendors/fake-elevenlabs.ts";
export { fakeOpenAIErrors, type FakeOpenAIError } from "./vendors/openai/openai-errors.ts";
export {
  FakeCartesia,
  type FakeCartesiaContext,
  type FakeCartesiaError,
  type FakeCartesiaOptions,
} from "./vendors/fake-cartesia.ts";
export type { VendorFault, VendorFaults } from "./vendors/vendor-faults.ts";
export { FakeVendor } from "./vendors/fake-vendor.ts";
export {
  type ConnectionHandlers,
  type VendorAnswer,
  type VendorConnection,
  type VendorRefusal,
  type VendorRequest,
  type VendorRoutes,
  VendorServer,
  type VendorServerOptions,
} from "./vendors/vendor-server.ts";
export {
  sttServiceContract,
  type STTServiceContractCase,
  type STTServiceStage,
  type STTServiceUnderTest,
} from "./stt-service-contract.ts";
export {
  type BotEmulator,
  type BotExit,
  BotProcess,
  BotProcessError,
  type BotProcessOptions,
  type BotStep,
  type CallStep,
  type ChatCall,
  ChatError,
  type ChatEvents,
  type ChatRoom,
  type ChatScript,
  ChatScriptError,
  type ChatScriptProblem,
  ChatSession,
  type ChatSessionOptions,
  type ChatStep,
  type ChatTurn,
  type InterruptionPoint,
  parseChatScript,
  playScript,
  playScriptIn,
  type PlayScriptOptions,
  type ScriptMismatch,
  ScriptMismatchError,
  type ScriptReport,
  type SpeechPattern,
  type TranscriptLine,
  type UserStep,
} from "./chat/index.ts";
