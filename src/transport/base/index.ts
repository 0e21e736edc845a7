export type { AudioSink, PlayoutOutcome } from "./audio-sink.ts";
export { BaseInputTransport } from "./base-input-transport.ts";
export { BaseOutputTransport, type OutputTransportOptions } from "./base-output-transport.ts";
export { BaseTransport } from "./base-transport.ts";
export { AudioSinkLostError } from "./media-sender.ts";
export { OptionsError } from "./options-error.ts";
export type { PcmResamplerFactory } from "./output-format.ts";
export { parseTransportParams, type TransportParams, type TransportParamsInput } from "./transport-params.ts";
