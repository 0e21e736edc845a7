export { AiSdkLLMService, type AiSdkLLMServiceOptions, type AiSdkLLMSettings } from "./ai-sdk-llm-service.ts";
export type { ProviderData } from "./ai-sdk-messages.ts";
