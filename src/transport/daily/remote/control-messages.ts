import { z } from "zod";

import type { DriverEvent, DriverFailure, DriverMethod } from "../driver-messages.ts";
import { STATUS_EVENTS } from "../status-events.ts";

/** A request to the call driver on the far side. */
export interface ControlRequest {
  readonly id: number;
  readonly method: DriverMethod;
  readonly argument: unknown;
}

/** What the far side sends: the answer to a request, or an event. */
export type ControlAnswer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly failure: DriverFailure }
  | { readonly event: DriverEvent };

// Messages of the far side are checked before they are used: it also has what strangers in the room sent, and nothing that
// goes wrong in it may throw in the listener of a socket, which would end the bot's process.

const participantEvent = z.looseObject({
  type: z.enum(["participantJoined", "participantUpdated", "participantLeft"]),
  participant: z.looseObject({ sessionId: z.string() }),
});
const controlAnswer = z.union([
  z.object({
    event: z.discriminatedUnion("type", [
      participantEvent,
      z.looseObject({ type: z.literal("appMessage"), from: z.string() }),
      z.looseObject({ type: z.literal("status"), name: z.enum(STATUS_EVENTS), argument: z.unknown() }),
      z.looseObject({ type: z.enum(["left", "warning"]), message: z.string() }),
    ]),
  }),
  z.object({ id: z.int(), failure: z.object({ code: z.string(), message: z.string() }) }),
  z.object({ id: z.int(), result: z.unknown().optional() }),
]);

/** Parses what the far side sent; undefined when it is not a {@link ControlAnswer}. */
export function parseControlAnswer(raw: Buffer): ControlAnswer | undefined {
  try {
    return controlAnswer.parse(JSON.parse(raw.toString("utf8"))) as ControlAnswer;
  } catch {
    return undefined;
  }
}
