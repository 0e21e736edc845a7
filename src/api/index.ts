// The package `tavus-transport/api`: Tavus over HTTP, what it posts to webhooks, what it sends in a call, and the journal of
// open conversations. Loads no pipeline.

// The client.
export type { TavusApiEvents } from "./api-events.ts";
export { checkPalFit, type AudioDelivery, type PalFit } from "./conversations/pal-fit.ts";
export { newConversationName } from "./conversations/conversation-name.ts";
export {
  type OrphanOutcome,
  TavusApiError,
  type TavusApiErrorOptions,
  TavusBadResponseError,
  TavusConnectionError,
  type TavusErrorCode,
  TavusKeyError,
  type TavusResource,
  TavusStatusError,
  TavusVetoError,
} from "./errors.ts";
export type { CallOptions } from "./http/call-options.ts";
export type { FetchLike } from "./http/http.ts";
export { HttpApiError, type HttpApiErrorOptions } from "./http/http-api-error.ts";
export type { JsonPatchOperation, UpdateResult } from "./http/json-patch.ts";
export type { Listing } from "./http/listing.ts";
export type { JsonObject, WireNames } from "./names.ts";
export { TavusApi, type TavusApiOptions } from "./tavus-api.ts";
export type { CreateReplicaOptions, TavusApiOldNames } from "./tavus-api-old-names.ts";
export type {
  Conversation,
  ConversationEvent,
  ConversationProperties,
  CreateConversationOptions,
  Pal,
  RecordingStorage,
} from "./types.ts";

// Daily's REST API: rooms of one's own.
export { DailyApi, type DailyApiOptions } from "./daily/daily-api.ts";
export {
  DailyApiError,
  DailyBadResponseError,
  DailyConnectionError,
  type DailyApiErrorCode,
  DailyKeyError,
  DailyStatusError,
} from "./daily/daily-errors.ts";
export type { ListDailyRoomsOptions } from "./daily/daily-room-list.ts";
export type {
  CreateDailyRoomOptions,
  CreateTemporaryRoomOptions,
  DailyPermissions,
  DailyRoom,
  DailyRoomPrivacy,
  DailyRoomProperties,
  DailyRoomPropertyChanges,
  DailySendable,
  UpdateDailyRoomOptions,
} from "./daily/room-types.ts";
export type {
  DailyDomain,
  DailyEjection,
  DailyPresence,
  DailyPresenceFilter,
  DailySessionDataOptions,
} from "./daily/session-types.ts";
export type { CreateMeetingTokenOptions, DailyMeetingToken } from "./daily/token-types.ts";

// The resources of an account.
export type { TavusCollection } from "./resources/collection.ts";
export type { BeforeCreate, ListConversationsOptions } from "./resources/conversations.ts";
export type { Deployments, ListDeploymentsOptions } from "./resources/deployments.ts";
export type { Documents, ListDocumentsOptions } from "./resources/documents.ts";
export type { ListFacesOptions } from "./resources/faces.ts";
export type { Guardrails } from "./resources/guardrails.ts";
export type { Memories } from "./resources/memories.ts";
export type { Objectives } from "./resources/objectives.ts";
export type { ListPalsOptions, UpdatePalOptions } from "./resources/pals.ts";
export type {
  ListPronunciationDictionariesOptions,
  PronunciationDictionaries,
} from "./resources/pronunciation-dictionaries.ts";
export type { Skills } from "./resources/skills.ts";
export type { Tools } from "./resources/tools.ts";
export type { CreateDeploymentOptions, TavusDeployment } from "./resources/types/deployments.ts";
export type {
  CrawlOptions,
  CreateDocumentOptions,
  TavusDocument,
  UpdateDocumentOptions,
} from "./resources/types/documents.ts";
export type { CreateFaceOptions, Face } from "./resources/types/faces.ts";
export type {
  CreateGuardrailOptions,
  CreateGuardrailSetOptions,
  GuardrailFields,
  TavusGuardrail,
  TavusGuardrailSet,
  UpdateGuardrailOptions,
} from "./resources/types/guardrails.ts";
export type { CreateObjectivesOptions, TavusObjective, TavusObjectives } from "./resources/types/objectives.ts";
export type { CreatePalOptions, CreatePersonaOptions, NewPalFields, PalLayers } from "./resources/types/pals.ts";
export type {
  CreatePronunciationDictionaryOptions,
  PronunciationRule,
  TavusPronunciationDictionary,
} from "./resources/types/pronunciation-dictionaries.ts";
export type { PalSkill, TavusSkill } from "./resources/types/skills.ts";
export type { CreateToolOptions, TavusTool, ToolDelivery, UpdateToolOptions } from "./resources/types/tools.ts";
export type { CreateVideoOptions, TavusVideo } from "./resources/types/videos.ts";
export type { TavusVoice } from "./resources/types/voices.ts";
export type { Videos } from "./resources/videos.ts";
export type { ListVoicesOptions, Voices } from "./resources/voices.ts";

// What Tavus sends in a call, and takes.
export {
  decodeInCallEvent,
  type DecodedMessage,
  type EchoAudioInteraction,
  type EchoTextInteraction,
  type Emotion,
  EMOTIONS,
  type EventDialect,
  type GuardrailEvent,
  type InCallEvent,
  type InCallEventFields,
  InCallEventOrder,
  type InCallEventOrderOptions,
  type Interaction,
  type InteractionMessage,
  interactionMessage,
  type ObjectiveEvent,
  type PalJoinedEvent,
  parseInCallEvent,
  parseInteraction,
  type PerceptionAnalysisEvent,
  type PerceptionFrame,
  type PerceptionToolCallEvent,
  type PresenceEvent,
  type Sensitivity,
  type ShutdownEvent,
  type SpeakingEvent,
  type SpeakingRole,
  type StartedSpeakingEvent,
  type StoppedSpeakingEvent,
  type ToolCallEvent,
  type UnknownEvent,
  type UtteranceEvent,
  type UtteranceStreamingEvent,
} from "./events/index.ts";

// What it posts to a callback URL.
export { parseWebhook, WebhookError } from "./webhooks/parse-webhook.ts";
export type {
  DocumentWebhook,
  FaceTrainedWebhook,
  GuardrailTriggeredWebhook,
  ObjectiveCompletedWebhook,
  PalJoinedWebhook,
  PerceptionAnalysisWebhook,
  PerceptionUnavailableWebhook,
  PostCallActionExecutedWebhook,
  RecordingCopyFailedWebhook,
  RecordingReadyWebhook,
  ShutdownCause,
  ShutdownWebhook,
  TranscriptEntry,
  TranscriptionReadyWebhook,
  UnknownWebhook,
  VideoWebhook,
  Webhook,
  WebhookFields,
} from "./webhooks/types.ts";
export {
  createWebhookHandler,
  type WebhookHandler,
  type WebhookHandlerOptions,
  type WebhookListeners,
} from "./webhooks/webhook-handler.ts";

// The journal of open conversations.
export {
  type ConversationEnder,
  ConversationJournal,
  type ConversationJournalOptions,
  type CreatedConversation,
  type CreationEntry,
  type JournalEntry,
  type JournalEntryFields,
  JournalFolderError,
  journalPath,
  type OpenEntry,
  type ProcessIdentity,
  type SweepFailure,
  type SweepResult,
  type SweptConversation,
} from "./journal/index.ts";

// What conversations cost.
export {
  BudgetError,
  type ConversationCost,
  type CostBudget,
  type CostEvents,
  type CostLimit,
  CostMeter,
  type CostMeterOptions,
  type CostOptions,
  type CostReport,
  type CostScope,
  type CostThreshold,
  type CostWarning,
  type MeteredConversation,
  type OpeningConversation,
  type Spend,
  type SpentBudget,
} from "./cost/index.ts";

// Used by all of them.
export type { Clock, TimerHandle } from "../util/clock.ts";
export type { EnvironmentVariables } from "../util/environment.ts";
export { InvalidOptionError, TavusTransportError, type TavusTransportErrorOptions } from "../util/errors.ts";
export type { Logger, LogFields } from "../util/logger.ts";
