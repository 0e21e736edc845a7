export { TavusApi, type CallOptions, type TavusApiOptions } from "./tavus-api.ts";
export {
  TavusApiError,
  TavusBadResponseError,
  TavusConnectionError,
  TavusKeyError,
  TavusStatusError,
  type OrphanOutcome,
  type TavusErrorCode,
  type TavusResource,
} from "./errors.ts";
export type {
  Conversation,
  ConversationEvent,
  ConversationProperties,
  CreateConversationOptions,
  Pal,
  RecordingStorage,
} from "./types.ts";
