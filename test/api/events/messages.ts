import { type InCallEvent, parseInCallEvent } from "../../../src/api/events/index.ts";

/** An event as Tavus sends it. */
export function conversation(event_type: string, properties?: object, rest: object = {}): Record<string, unknown> {
  return { message_type: "conversation", event_type, ...(properties && { properties }), ...rest };
}

export function system(event_type: string, properties?: object, rest: object = {}): Record<string, unknown> {
  return { message_type: "system", event_type, ...(properties && { properties }), ...rest };
}

/** Decodes an event. Throws when the message is not one. */
export function eventOf(message: unknown): InCallEvent {
  const event = parseInCallEvent(message);
  if (!event) throw new Error(`no event: ${JSON.stringify(message)}`);
  return event;
}
