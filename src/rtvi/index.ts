export type { ClientFunctionCall } from "./client-functions.ts";
export type { RTVIStats } from "./client-list.ts";
export type {
  RTVIClientMessage,
  RTVIRequestContext,
  RTVIRequestHandler,
  RTVIRequestOptions,
} from "./client-requests.ts";
export type { RTVICapabilities, RTVIJobGroupUpdate } from "./messages.ts";
export type { RTVIAboutClient, RTVIClient } from "./rtvi-client.ts";
export { RTVIMessageTooLargeError } from "./rtvi-errors.ts";
export {
  type RTVIFunctionDetail,
  type RTVIOptions,
  rtviOptionsSchema,
  type RTVIReport,
  type RTVIRequest,
} from "./rtvi-options.ts";
export { RTVIProcessor, type RTVIProcessorEvents, type RTVISendOptions } from "./rtvi-processor.ts";
export type { RTVIRoom, RTVIRoomListener } from "./rtvi-room.ts";
