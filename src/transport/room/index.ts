export type { SubscriptionUpdate } from "./subscriptions.ts";
export { TransportClosedError } from "./transport-closed-error.ts";
export type { ParticipantAudioOptions } from "./user-audio.ts";
export { UserImageError, type ParticipantVideoOptions } from "./user-video.ts";
