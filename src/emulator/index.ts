export type {
  ConversationLimits,
  EmulatedConversation,
  PalDelivery,
  ShutdownReason,
} from "./conversations/conversation.ts";
export {
  type Emulator,
  type EmulatorOptions,
  EmulatorStartError,
  startEmulator,
  TAVUS_APP_MESSAGE_SIZE,
} from "./emulator.ts";
export type { Fault } from "./state/faults.ts";
export type { Pal, PalEvents } from "./pal/pal.ts";
export type { PeerInfo } from "./room/protocol.ts";
export type { Room, RoomEvents, RoomOptions, TokenOptions } from "./room/room.ts";
export type { ResponseShapes } from "./state/responses.ts";
export type { EmulatorSeeds } from "./state/seeds.ts";
export type { PalBehaviour } from "./room/rooms-host.ts";
export type { TavusState } from "./state/tavus-state.ts";
export type { WebhookDelivery } from "./conversations/webhooks.ts";
