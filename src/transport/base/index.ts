export { AudioStageError } from "./audio-hook.ts";
export type { AudioSink, PlayoutOutcome } from "../playout/audio-sink.ts";
export { BaseInputTransport, type InputTransportStats } from "./base-input-transport.ts";
export {
  BaseOutputTransport,
  type OutputTransportOptions,
  type OutputTransportStats,
} from "./base-output-transport.ts";
export { BaseTransport } from "./base-transport.ts";
export type { InterruptionNotice } from "./interruption-notice.ts";
export type { AudioDestinationStats } from "./media-sender/audio-destination-stats.ts";
export type { ListenerState } from "./media-sender/release-gate.ts";
export type { PcmResamplerFactory } from "./media-sender/output-format.ts";
export { RemoteAudioSink, type RemoteAudioSinkOptions } from "../playout/remote-audio-sink.ts";
export { AudioSinkLostError, SinkWriteError } from "../playout/sink-errors.ts";
export type { TransportProcessor } from "./transport-processor.ts";
export { parseTransportParams, type TransportParams, type TransportParamsInput } from "./transport-params.ts";
export type { VideoDestinationStats } from "./video-sender.ts";
export type { VideoFormat, VideoSink } from "./video-sink.ts";
