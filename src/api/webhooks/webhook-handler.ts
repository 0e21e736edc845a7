import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

import { systemClock, type Clock } from "../../util/clock.ts";
import { withDeadline } from "../../util/deadline.ts";
import { asError, DeadlineError, InvalidOptionError } from "../../util/errors.ts";
import type { Logger } from "../../util/logger.ts";
import { safeLogger } from "../../util/safe-logger.ts";
import { parseWebhook, WebhookError } from "./parse-webhook.ts";
import { Repeats } from "./repeats.ts";
import type { Webhook } from "./types.ts";

/** One listener per type of webhook: `onShutdown`, `onTranscriptionReady` and so on. */
export type WebhookListeners = {
  readonly [T in Webhook["type"] as `on${Capitalize<T>}`]?: (
    webhook: Extract<Webhook, { readonly type: T }>,
  ) => unknown;
};

/** The options of {@link createWebhookHandler}. */
export interface WebhookHandlerOptions extends WebhookListeners {
  /**
   * The secret that the callback URL must contain, at least 16 characters: `https://example.org/tavus?secret=…`. Tavus
   * does not sign webhooks, so this is the only protection.
   */
  readonly secret: string;
  /** The name of the query parameter with the secret. Default "secret". */
  readonly secretParameter?: string;
  /** Receives every webhook, before the listener of its type. */
  readonly onWebhook?: (webhook: Webhook) => unknown;
  /** Receives what a listener throws. Default: it is logged. */
  readonly onError?: (error: Error, webhook: Webhook) => unknown;
  /** The largest body that is accepted, in bytes. The largest are transcripts of long calls. Default 5000000. */
  readonly maxBodyBytes?: number;
  /** How long a body may take to arrive, in milliseconds. Default 10000. */
  readonly bodyTimeoutMs?: number;
  /** How many webhooks are remembered to drop repeats. Default 1000. */
  readonly remembered?: number;
  /** The clock for `bodyTimeoutMs`. Default: the machine's. */
  readonly clock?: Clock;
  /** Receives warnings and errors. Default: `consoleLogger`. */
  readonly logger?: Logger;
}

/** A request listener for `node:http`. */
export type WebhookHandler = (request: IncomingMessage, response: ServerResponse) => void;

const MIN_SECRET_CHARACTERS = 16;

/**
 * Creates a request listener for Tavus' callbacks, for `node:http` and frameworks built on it. It answers 200 before
 * any of your code runs; 401 without the secret; and 405, 413, 408 or 400 for requests that cannot be webhooks. The
 * listener never throws. Mount it before anything that reads bodies, or after a parser that leaves the body in
 * `request.body`.
 *
 * @throws InvalidOptionError for a secret that is too short and for invalid limits.
 */
export function createWebhookHandler(options: WebhookHandlerOptions): WebhookHandler {
  const { secret, remembered = 1000 } = options;
  const logger = safeLogger(options.logger);
  if (secret.length < MIN_SECRET_CHARACTERS)
    throw new InvalidOptionError("secret", `must have at least ${MIN_SECRET_CHARACTERS} characters; make it random.`);
  if (!Number.isInteger(remembered) || remembered < 1)
    throw new InvalidOptionError("remembered", "must be at least 1.");
  for (const name of ["maxBodyBytes", "bodyTimeoutMs"] as const)
    if (!((options[name] ?? 1) > 0)) throw new InvalidOptionError(name, "must be more than 0.");
  const repeats = new Repeats(remembered);
  return (request, response) => {
    handle(options, repeats, request, response).catch((thrown: unknown) => {
      logger.warn("A webhook could not be answered.", { error: asError(thrown).message });
      response.destroy();
    });
  };
}

async function handle(
  options: WebhookHandlerOptions,
  repeats: Repeats,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const logger = safeLogger(options.logger);
  response.on("error", (error) => logger.debug("The answer to a webhook was not sent.", { error: error.message }));
  // Checked first: a client without the secret learns nothing and causes no work.
  if (!hasSecret(request, options)) {
    refuse(response, 401, "unauthorized");
    return;
  }
  if (request.method !== "POST") {
    response.setHeader("allow", "POST");
    refuse(response, 405, "method not allowed");
    return;
  }
  let body: string;
  let webhook: Webhook;
  try {
    body = await readBody(request, options);
    webhook = parseWebhook(body);
  } catch (thrown) {
    const [status, words] = toRefusal(thrown);
    if (status === 400) logger.warn("A request with the right secret was not a webhook.", { error: words });
    refuse(response, status, words);
    return;
  }
  response.writeHead(200, { "content-type": "text/plain" }).end("ok");
  if (!repeats.admit(webhook, body)) {
    logger.debug("A repeated webhook was dropped.", { type: webhook.type });
    return;
  }
  // In the next turn, so that the answer is sent before the listeners run.
  setImmediate(() => notifyListeners(options, webhook));
}

function notifyListeners(options: WebhookHandlerOptions, webhook: Webhook): void {
  const { onWebhook } = options;
  const logger = safeLogger(options.logger);
  const report = async (thrown: unknown): Promise<void> => {
    const error = asError(thrown);
    if (options.onError) {
      try {
        // It may be asynchronous although its type says otherwise.
        const result: unknown = options.onError(error, webhook);
        await result;
        return;
      } catch {
        // Logged below instead.
      }
    }
    logger.error("A webhook listener failed.", { type: webhook.type, error: error.message });
  };
  const name = `on${webhook.type.charAt(0).toUpperCase()}${webhook.type.slice(1)}` as keyof WebhookListeners;
  // The name is built from the type, so the listener accepts this webhook.
  const listener = options[name] as ((webhook: Webhook) => unknown) | undefined;
  for (const one of [onWebhook, listener]) {
    if (!one) continue;
    Promise.resolve()
      .then(() => one(webhook))
      .catch(report);
  }
}

/** Maps an error that the request caused to an answer. Rethrows all others. */
function toRefusal(thrown: unknown): readonly [status: number, words: string] {
  if (thrown instanceof BodyTooLarge) return [413, "too large"];
  if (thrown instanceof DeadlineError) return [408, "too slow"];
  if (thrown instanceof WebhookError) return [400, thrown.message];
  throw thrown;
}

/** Whether the request has the secret. Takes the same time for any value. */
function hasSecret(request: IncomingMessage, { secret, secretParameter = "secret" }: WebhookHandlerOptions): boolean {
  const query = new URLSearchParams((request.url ?? "").split("?").slice(1).join("?"));
  const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(query.get(secretParameter) ?? ""), hash(secret));
}

class BodyTooLarge extends Error {}

async function readBody(
  request: IncomingMessage,
  { maxBodyBytes = 5_000_000, bodyTimeoutMs = 10_000, clock = systemClock }: WebhookHandlerOptions,
): Promise<string> {
  const parsed = (request as { readonly body?: unknown }).body;
  if (parsed !== undefined && request.readableEnded) return toText(parsed);
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > maxBodyBytes) throw new BodyTooLarge();
  return await withDeadline(clock, collect(request, maxBodyBytes), bodyTimeoutMs, "The body of a webhook");
}

/** Converts what a body parser has left (text, bytes or parsed JSON) to text. */
function toText(parsed: unknown): string {
  if (typeof parsed === "string") return parsed;
  return parsed instanceof Uint8Array ? Buffer.from(parsed).toString("utf8") : JSON.stringify(parsed);
}

async function collect(request: IncomingMessage, maxBodyBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > maxBodyBytes) throw new BodyTooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** Refuses a request without waiting for the rest of its body. */
function refuse(response: ServerResponse, status: number, words: string): void {
  response.writeHead(status, { "content-type": "text/plain", connection: "close" }).end(words);
}
