export type { ConversationLimits, EmulatedConversation, PalDelivery, ShutdownReason } from "./conversation.ts";
export {
  type Emulator,
  type EmulatorOptions,
  EmulatorStartError,
  startEmulator,
  TAVUS_APP_MESSAGE_SIZE,
} from "./emulator.ts";
export type { Fault } from "./faults.ts";
export type { Pal, PalEvents } from "./pal/pal.ts";
export type { PeerInfo } from "./room/protocol.ts";
export type { Room, RoomEvents, RoomOptions, TokenOptions } from "./room/room.ts";
export type { ResponseShapes } from "./responses.ts";
export type { EmulatorSeeds } from "./seeds.ts";
export type { PalBehaviour } from "./rooms-host.ts";
export type { TavusState } from "./tavus-state.ts";
export type { WebhookDelivery } from "./webhooks.ts";
