export { OpenAILLMService, type OpenAILLMServiceOptions, type OpenAILLMSettings } from "./llm-service.ts";
export type { OpenAIAccessOptions } from "./openai-access.ts";
export type { DeveloperRole } from "./chat-request.ts";
