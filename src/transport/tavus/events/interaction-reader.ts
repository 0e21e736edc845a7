import { decodeInCallEvent, InCallEventOrder, type InCallEvent } from "../../../api/events/index.ts";
import type { Clock } from "../../../util/clock.ts";
import type { Logger } from "../../../util/logger.ts";
import type { PalIdentity } from "../room/pal-identity.ts";

export interface InCallEventReaderOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly identity: PalIdentity;
  /** Undefined where it is not known: then every event of the pal counts. */
  readonly conversationId: string | undefined;
  /** Receives the events of this call's pal, each once, in order. */
  onEvent(event: InCallEvent): void;
}

/** Finds the pal's events among the app messages of the room. */
export class InCallEventReader {
  readonly #options: InCallEventReaderOptions;
  readonly #order: InCallEventOrder;
  #malformed = 0;

  constructor(options: InCallEventReaderOptions) {
    this.#options = options;
    this.#order = new InCallEventOrder({ clock: options.clock, deliver: (event) => options.onEvent(event) });
  }

  /** How many messages claimed to be events and could not be read. */
  get malformed(): number {
    return this.#malformed;
  }

  received(message: unknown, fromSessionId: string): void {
    const decoded = decodeInCallEvent(message);
    if (decoded.is === "malformed") this.#count(decoded.problem);
    if (decoded.is !== "event") return;
    const { event } = decoded;
    const { identity } = this.#options;
    if (event.type === "palJoined") identity.announced(fromSessionId);
    if (identity.isPal(fromSessionId) && this.#isOurs(event)) this.#order.accept(event, fromSessionId);
  }

  left(sessionId: string): void {
    this.#order.forget(sessionId);
  }

  close(): void {
    this.#order.close();
  }

  /** Events may leave out the id of the conversation. */
  #isOurs({ conversationId }: InCallEvent): boolean {
    const { conversationId: ours } = this.#options;
    return ours === undefined || conversationId === undefined || conversationId === ours;
  }

  /** Any participant can send these messages: they must not fill the log. */
  #count(problem: string): void {
    this.#malformed++;
    if (!Number.isInteger(Math.log10(this.#malformed))) return;
    this.#options.logger.warn("A message in the room looks like an event of Tavus and cannot be read; ignored.", {
      problem,
      count: this.#malformed,
    });
  }
}
