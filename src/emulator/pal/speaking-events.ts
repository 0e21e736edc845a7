import { randomUUID } from "node:crypto";

import type { Clock } from "../../util/clock.ts";

type Send = (message: Readonly<Record<string, unknown>>) => void;

/**
 * The in-call events a pal sends (tavus-api, section 3.2): each speaking event once for the role `pal`, once more for the
 * old role `replica`, and once under its old name, as the real service does since the rename.
 */
export class SpeakingEvents {
  readonly #conversationId: string;
  readonly #clock: Clock;
  readonly #send: Send;
  #seq = 0;
  #turn = 0;
  #inferenceId: string = randomUUID();

  constructor(conversationId: string, clock: Clock, send: Send) {
    this.#conversationId = conversationId;
    this.#clock = clock;
    this.#send = send;
  }

  started(inferenceId: string | undefined): void {
    this.#turn++;
    this.#inferenceId = inferenceId ?? randomUUID();
    this.#twice("conversation.started_speaking", {});
    this.#event("conversation.replica.started_speaking", undefined);
  }

  stopped({ interrupted, durationMs }: { readonly interrupted: boolean; readonly durationMs: number }): void {
    const properties = { interrupted, duration: durationMs / 1000 };
    this.#twice("conversation.stopped_speaking", properties);
    this.#event("conversation.replica.stopped_speaking", properties);
  }

  systemMessage(eventType: string, properties: object): object {
    return { ...this.#envelope("system", eventType), properties };
  }

  #twice(eventType: string, properties: object): void {
    for (const role of ["pal", "replica"]) this.#event(eventType, { role, ...properties });
  }

  #event(eventType: string, properties: object | undefined): void {
    this.#send({
      ...this.#envelope("conversation", eventType),
      turn_idx: this.#turn,
      inference_id: this.#inferenceId,
      ...(properties && { properties }),
    });
  }

  #envelope(messageType: string, eventType: string): object {
    return {
      message_type: messageType,
      event_type: eventType,
      conversation_id: this.#conversationId,
      seq: this.#seq++,
      timestamp: this.#clock.wallMs() / 1000,
    };
  }
}
