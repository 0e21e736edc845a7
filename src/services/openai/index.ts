export { OpenAILLMService, type OpenAILLMServiceOptions, type OpenAILLMSettings } from "./llm-service.ts";
export type { OpenAIAccessOptions } from "./openai-access.ts";
export type { DeveloperRole } from "./chat-request.ts";
export {
  OpenAIRealtimeSTTService,
  type OpenAIRealtimeSTTServiceOptions,
  type OpenAIRealtimeSTTSettings,
} from "./realtime-stt-service.ts";
export { OpenAISTTService, type OpenAISTTServiceOptions, type OpenAISTTSettings } from "./stt-service.ts";
export { OpenAITTSService, type OpenAITTSServiceOptions, type OpenAITTSSettings } from "./tts-service.ts";
