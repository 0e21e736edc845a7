export type { AudioData } from "../util/audio-data.ts";
export type { Clock, TimerHandle } from "../util/clock.ts";
export type { EventMap, ListenerFailure, SafeEmitter } from "../util/emitter.ts";
export { TavusTransportError, type TavusTransportErrorOptions } from "../util/errors.ts";
export type { Logger, LogFields } from "../util/logger.ts";
export type {
  ConversationLimits,
  EmulatedConversation,
  EmulatedEvent,
  EmulatedFace,
  EmulatedPal,
  PalDelivery,
  ShutdownReason,
  TranscriptEntry,
} from "./conversations/conversation.ts";
export type { ConversationStore } from "./conversations/conversation-store.ts";
export { type Emulator, type EmulatorOptions, startEmulator, TAVUS_APP_MESSAGE_SIZE } from "./emulator.ts";
export { EmulatorStartError } from "./start-error.ts";
export type { ArmedFault, Fault, Faults } from "./state/faults.ts";
export type { CreationFailure } from "./state/creation-failure.ts";
export type { Pal, PalEvents } from "./pal/pal.ts";
export type { PalVideo } from "./pal/pal-face.ts";
export type { PalFailure, PalFailureKind } from "./pal/pal-failure.ts";
export type { PeerInfo, Publications, RecordingInfo } from "./room/protocol.ts";
export type { Room, RoomEvents, RoomOptions, TokenOptions } from "./room/room.ts";
export type { JoinRules, RoomPermissions, Sendable } from "./room/room-options.ts";
export type { EmulatedApi, LoggedRequest, RequestLog } from "./state/request-log.ts";
export type { ResponseShapes } from "./state/responses.ts";
export type { EmulatorSeeds, FaceSeed, PalSeed } from "./state/seeds.ts";
export type { PalBehaviour } from "./pal/pal-behaviour.ts";
export type { TavusState } from "./state/tavus-state.ts";
export type { WebhookDelivery, Webhooks } from "./conversations/webhooks.ts";
