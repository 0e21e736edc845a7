export type { ConversationApi } from "./conversation/conversation-api.ts";
export type { AvatarFallback, FallbackRoomApi, FallbackRoomCall } from "./avatar/fallback.ts";
export { FallbackRoomError } from "./place/fallback-room.ts";
export type { TavusInCallEvents } from "./events/in-call-events.ts";
export { type FittedPal, PalFitError } from "./conversation/pal-fit-error.ts";
export type { TavusCostOptions } from "./cost/cost-options.ts";
export { TavusEventFrame } from "./events/tavus-event-frame.ts";
export { TavusInputTransport } from "./tavus-input-transport.ts";
export {
  DEFAULT_PAL_ID,
  type TavusParams,
  type TavusParamsInput,
  type TavusTransportOptions,
} from "./tavus-options.ts";
export type { NewConversationOptions } from "./tavus-options-types.ts";
export { TavusOutputTransport } from "./tavus-output-transport.ts";
export type { TavusConnection, TavusRoomChange } from "./tavus-client-events.ts";
export {
  TavusTransport,
  type SayOptions,
  type SensitivityOptions,
  type TavusConversation,
  type TavusCost,
  type TavusTransportDependencies,
  type TavusTransportEvents,
} from "./tavus-transport.ts";
export type { ToolCallContext, ToolCallHandler, ToolCallOptions, ToolCallOutput } from "./events/tool-calls.ts";
export {
  TavusVideoService,
  type TavusVideoServiceDependencies,
  type TavusVideoServiceEvents,
} from "./video-service/tavus-video-service.ts";
export type { TavusVideoParamsInput, TavusVideoServiceOptions } from "./video-service/video-service-options.ts";
