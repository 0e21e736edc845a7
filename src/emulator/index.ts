export type { ConversationLimits, EmulatedConversation, PalDelivery, ShutdownReason } from "./conversation.ts";
export { type Emulator, type EmulatorOptions, EmulatorStartError, startEmulator } from "./emulator.ts";
export type { Pal, PalEvents } from "./pal/pal.ts";
export type { PeerInfo } from "./room/protocol.ts";
export type { Room, RoomEvents, RoomOptions, TokenOptions } from "./room/room.ts";
export type { PalBehaviour } from "./rooms-host.ts";
export type { TavusState } from "./tavus-state.ts";
