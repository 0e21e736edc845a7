import { z } from "zod";

import { TavusTransportError } from "../../util/errors.ts";
import { withoutUndefined } from "../../util/without-undefined.ts";
import { findSizeProblem } from "../events/safe-message.ts";
import { isRecord } from "../names.ts";
import type { Webhook, WebhookFields } from "./types.ts";
import { findReaders } from "./webhook-readers.ts";

type Json = Readonly<Record<string, unknown>>;

const text = z.string().min(1).optional().catch(undefined);

/** The body of a request is not a webhook. */
export class WebhookError extends TavusTransportError {
  readonly code = "badWebhook";

  constructor(why: string) {
    super(`The request body is not a Tavus webhook: ${why}. Check what posts to this URL.`);
  }
}

/**
 * Parses what Tavus posts to a `callbackUrl` (docs.tavus.io/sections/webhooks-and-callbacks): the body as text or
 * bytes, or the object it was parsed to. An unknown callback is returned with the type `unknown`.
 *
 * @throws WebhookError for a body that is not a JSON object or is too large.
 */
export function parseWebhook(body: string | Uint8Array | object): Webhook {
  const raw = parseObject(body);
  const properties = isRecord(raw.properties) ? raw.properties : {};
  const eventType = typeof raw.event_type === "string" ? raw.event_type : undefined;
  const fields: WebhookFields = {
    ...withoutUndefined({
      conversationId: text.parse(raw.conversation_id),
      eventType,
      timestamp: text.parse(raw.timestamp),
    }),
    raw,
  };
  for (const reader of findReaders(eventType)) {
    const found = reader(properties, raw);
    // The fields and the body form a member of the union; TypeScript cannot infer that through the table.
    if (found) return { ...fields, ...found };
  }
  return { ...fields, type: "unknown", properties };
}

function parseObject(body: string | Uint8Array | object): Json {
  let value: unknown = body;
  if (typeof body === "string" || body instanceof Uint8Array) {
    try {
      value = JSON.parse(typeof body === "string" ? body : Buffer.from(body).toString("utf8"));
    } catch {
      throw new WebhookError("it is not JSON");
    }
  }
  if (!isRecord(value)) throw new WebhookError("it is not an object");
  const problem = findSizeProblem(value, { maxValues: 500_000, maxCharacters: 50_000_000 });
  if (problem !== undefined) throw new WebhookError(problem);
  return value;
}
