import type { InCallEvent, SpeakingEvent, SpeakingRole } from "./types.ts";

/** Enough to recognize duplicates, which directly follow the first event. */
const MAX_REMEMBERED = 64;

const RANK: Record<SpeakingEvent["dialect"], number> = { legacy: 0, replica: 1, current: 2 };

/**
 * Tavus reports speaking up to three times: by the current event with role `pal`, by a duplicate with role `replica`,
 * and by the older event `conversation.replica.*`. This filter accepts each report once: it accepts only the most
 * current dialect seen so far, and only the first of several equal events in a row. Use one filter per role.
 */
export class SpeakingEventFilter {
  #bestRank = -1;
  #last: SpeakingEvent | undefined;

  /** Records an event. Returns whether it is news about its role. */
  accept(event: SpeakingEvent): boolean {
    const rank = RANK[event.dialect];
    if (rank < this.#bestRank) return false;
    const repeated = this.#last?.type === event.type && sameInference(this.#last, event);
    this.#bestRank = rank;
    if (repeated) return false;
    this.#last = event;
    return true;
  }
}

function sameInference(a: SpeakingEvent, b: SpeakingEvent): boolean {
  return a.inferenceId === undefined || b.inferenceId === undefined || a.inferenceId === b.inferenceId;
}

/** The most sessions whose speaking is remembered. A call has one pal, or two during a reconnection. */
const MAX_SENDERS = 16;

/** Drops the duplicates of events that Tavus sends several times. */
export class EventFold {
  /** Kept by session: a session that left while speaking must not hide the start of its successor. */
  readonly #speaking = new Map<string, Record<SpeakingRole, SpeakingEventFilter>>();
  /** Maps the key of each event to its dialect; the oldest is first. */
  readonly #said = new Map<string, InCallEvent["dialect"]>();

  /** Records an event. Returns whether it is the first of its duplicates. `sender` is the session that sent it. */
  accept(event: InCallEvent, sender: string): boolean {
    if (event.type === "startedSpeaking" || event.type === "stoppedSpeaking")
      return this.#speakingOf(sender)[event.role].accept(event);
    const key = toKey(event, sender);
    if (key === undefined) return true;
    const before = this.#said.get(key.text);
    if (before !== undefined && (key.unique || before !== event.dialect)) return false;
    this.#said.set(key.text, event.dialect);
    const [oldest] = this.#said.keys();
    if (this.#said.size > MAX_REMEMBERED && oldest !== undefined) this.#said.delete(oldest);
    return true;
  }

  /** Forgets a session that has left. */
  forget(sender: string): void {
    this.#speaking.delete(sender);
  }

  #speakingOf(sender: string): Record<SpeakingRole, SpeakingEventFilter> {
    const known = this.#speaking.get(sender);
    if (known) return known;
    const [oldest] = this.#speaking.keys();
    if (this.#speaking.size >= MAX_SENDERS && oldest !== undefined) this.#speaking.delete(oldest);
    const filters = { pal: new SpeakingEventFilter(), user: new SpeakingEventFilter() };
    this.#speaking.set(sender, filters);
    return filters;
  }
}

/** The key that duplicates share. Undefined for events without duplicates. */
function toKey(event: InCallEvent, sender: string): { readonly text: string; readonly unique: boolean } | undefined {
  // Two turns may have the same text. With equal ids they are the same turn.
  const unique = event.inferenceId !== undefined || event.turnIdx !== undefined;
  const turn = [event.inferenceId, event.turnIdx];
  switch (event.type) {
    case "palJoined":
      return createKey(true, event.type, sender);
    case "shutdown":
      return createKey(true, event.type);
    case "utterance":
      return createKey(unique, event.type, event.role, ...turn, event.text);
    case "utteranceStreaming":
      return createKey(
        unique,
        event.type,
        event.role,
        ...turn,
        event.contentIndex,
        event.text,
        event.final,
        event.interrupted,
      );
    case "perceptionAnalysis":
      return createKey(false, event.type, ...turn, event.analysis);
    case "toolCall":
      return event.toolCallId === undefined ? undefined : createKey(true, event.type, event.toolCallId);
    default:
      return undefined;
  }
}

function createKey(unique: boolean, ...parts: unknown[]): { readonly text: string; readonly unique: boolean } {
  return { text: JSON.stringify(parts), unique };
}
