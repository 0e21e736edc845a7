export { ConversationManager, type ConversationManagerDependencies, type ManagerApi } from "./conversation-manager.ts";
export { ConversationManagerError } from "./manager-error.ts";
export type {
  ConversationEndReason,
  ConversationManagerEvents,
  EndedConversation,
  ManagedConversation,
  TenEvent,
} from "./manager-events.ts";
export type { ConversationManagerOptions, ManagerLLM, ManagerOptions, ManagerTTS } from "./manager-options.ts";
export type { TenProperties } from "./ten-properties.ts";
