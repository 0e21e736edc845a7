export { CompressedPictureError } from "./camera-sink.ts";
export type { DailyTransportState, DailyConnection, DailyTransportEvents } from "./daily-events.ts";
export { DailyInputTransport } from "./daily-input-transport.ts";
export type { DailyParamsInput, DailyTransportOptions, VideoInSource } from "./daily-options-types.ts";
export { DailyOutputTransport } from "./daily-output-transport.ts";
export { DailyTransport, type DailyTransportDependencies, type ParticipantCounts } from "./daily-transport.ts";
