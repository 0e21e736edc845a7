export type { TavusApiEvents } from "./api-events.ts";
export { newConversationName } from "./conversations/conversation-name.ts";
export type { CallOptions } from "./http/call-options.ts";
export { TavusApi, type TavusApiOptions } from "./tavus-api.ts";
export {
  TavusApiError,
  TavusBadResponseError,
  TavusConnectionError,
  TavusKeyError,
  TavusStatusError,
  TavusVetoError,
  type OrphanOutcome,
  type TavusErrorCode,
  type TavusResource,
} from "./errors.ts";
export type { JsonPatchOperation, UpdateResult } from "./http/json-patch.ts";
export type { Listing } from "./http/listing.ts";
export { checkPalFit, type AudioDelivery, type PalFit } from "./conversations/pal-fit.ts";
export * from "./resources/index.ts";
export type { CreateReplicaOptions } from "./tavus-api-old-names.ts";
export type {
  Conversation,
  ConversationEvent,
  ConversationProperties,
  CreateConversationOptions,
  Pal,
  RecordingStorage,
} from "./types.ts";
export * from "./events/index.ts";
export * from "./journal/index.ts";
export * from "./webhooks/index.ts";
