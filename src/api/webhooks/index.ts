export { parseWebhook, WebhookError } from "./parse-webhook.ts";
export type * from "./types.ts";
export {
  createWebhookHandler,
  type WebhookHandler,
  type WebhookHandlerOptions,
  type WebhookListeners,
} from "./webhook-handler.ts";
export { toShutdownCause } from "./webhook-readers.ts";
