import type { InCallEvent, SpeakingEvent, SpeakingRole } from "./types.ts";

/** Enough for the twins of what is being said; a twin comes right behind the first. */
const MAX_REMEMBERED = 64;

const RANK: Record<SpeakingEvent["dialect"], number> = { legacy: 0, replica: 1, current: 2 };

/**
 * Tavus says the same thing up to three times: the event of today for role `pal`, its twin for `replica`, and the older
 * `conversation.replica.*`. This lets each through once: the best dialect heard so far wins, and of two alike in a row
 * only the first counts. Feed it the events of one role only.
 */
export class SpeakingEventFilter {
  #bestRank = -1;
  #last: SpeakingEvent | undefined;

  /** Whether the event says something new about that role. */
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

/** Sessions whose speaking is remembered; a call has one pal, or two while it reconnects. */
const MAX_SENDERS = 16;

/** Makes one event of the several in which Tavus says one thing. */
export class EventFold {
  /** By session: one that left in mid-speech has not spoken for the one that comes after it. */
  readonly #speaking = new Map<string, Record<SpeakingRole, SpeakingEventFilter>>();
  /** What was said → in which dialect; the oldest first. */
  readonly #said = new Map<string, InCallEvent["dialect"]>();

  /** Whether it is the first to say so. `sender` is the session it came from. */
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

  /** The session has gone. */
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

/** What makes two messages the same event; undefined for events that have no twins. */
function toKey(event: InCallEvent, sender: string): { readonly text: string; readonly unique: boolean } | undefined {
  // Two turns may have the same words; with an id they are not two.
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
