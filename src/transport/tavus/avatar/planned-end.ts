import { toShutdownCause } from "../../../api/webhooks/webhook-readers.ts";

/** Tavus counts from the creation, we from its answer. */
const TOLERANCE_MS = 10_000;

/** Whether Tavus' words for the end of a conversation say that somebody wanted it, or that nobody is in the room. */
export function isWantedEnd(words: string | undefined): boolean {
  return ["endedByRequest", "participantLeft", "participantAbsent"].includes(toShutdownCause(words));
}

/** Whether a conversation that began so long ago has reached the limit that it was created with. */
export function hasReachedLimit(lastedMs: number, maxCallDurationS: number | undefined): boolean {
  return maxCallDurationS !== undefined && lastedMs >= maxCallDurationS * 1000 - TOLERANCE_MS;
}
