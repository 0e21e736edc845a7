import { z } from "zod";

import { TavusTransportError } from "../../util/errors.ts";
import { withoutUndefined } from "../../util/without-undefined.ts";
import { findSizeProblem } from "../events/safe-message.ts";
import { isRecord } from "../names.ts";
import type { Webhook, WebhookFields } from "./types.ts";
import { findReaders } from "./webhook-readers.ts";

type Json = Readonly<Record<string, unknown>>;

const text = z.string().min(1).optional().catch(undefined);

/** The body of a request is no webhook. */
export class WebhookError extends TavusTransportError {
  readonly code = "badWebhook";

  constructor(why: string) {
    super(`The request's body is no webhook of Tavus: ${why}. Check who posts to this address.`);
  }
}

/**
 * Reads what Tavus posts to a `callbackUrl`: the text of the body, or the object it was parsed to. What is JSON and
 * known to nobody comes as `unknown`. Throws a {@link WebhookError} for what cannot be a webhook.
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
    // Fields and body are together what the union asks for; TypeScript cannot follow it through the table.
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
