export type { ConversationApi } from "./conversation-api.ts";
export type { TavusInCallEvents } from "./in-call-events.ts";
export { PalFitError } from "./pal-fit.ts";
export { TavusEventFrame } from "./tavus-event-frame.ts";
export { TavusInputTransport } from "./tavus-input-transport.ts";
export {
  DEFAULT_PAL_ID,
  type Environment,
  type TavusParams,
  type TavusParamsInput,
  type TavusTransportOptions,
} from "./tavus-options.ts";
export { TavusOutputTransport } from "./tavus-output-transport.ts";
export { TransportClosedError, type TavusConnection } from "./tavus-transport-client.ts";
export {
  TavusTransport,
  type SayOptions,
  type SensitivityOptions,
  type TavusConversation,
  type TavusTransportDependencies,
  type TavusTransportEvents,
} from "./tavus-transport.ts";
export type { SubscriptionUpdate } from "./subscriptions.ts";
export type { ParticipantAudioOptions } from "./user-audio.ts";
export { UserImageError, type ParticipantVideoOptions } from "./user-video.ts";
export type { ToolCallContext, ToolCallHandler, ToolCallOptions, ToolCallOutput } from "./tool-calls.ts";
