import type { Clock } from "../util/clock.ts";
import type { Logger } from "../util/logger.ts";
import { asError } from "../util/errors.ts";
import { fitMessage } from "./fit-message.ts";
import type { ServerMessage } from "./messages.ts";
import type { Introduction } from "./rtvi-client.ts";
import type { RTVIRoom } from "./rtvi-room.ts";

/** Messages to one client that may be on their way; further ones are dropped. */
const MAX_UNDERWAY = 500;
/** More clients than this in one call are an attack. */
const MAX_CLIENTS = 200;

/** A client that is ready. */
export interface ReadyClient extends Introduction {
  /** Whether it has received its `bot-ready`. */
  isAnswered: boolean;
  /** The id of its `client-ready`. */
  readonly requestId: string | undefined;
  underway: number;
}

/** What the sending of messages has come to. */
export interface RTVIStats {
  /** Clients that are ready. */
  readonly clients: number;
  /** Messages that were sent. */
  readonly sent: number;
  /** Messages that could not be sent: too long for the room, too many underway, refused by the room. */
  readonly unsent: number;
  /** Messages that were ignored: from others than users, before `client-ready`, malformed, or too many. */
  readonly ignored: number;
}

/** The clients that are ready, and the way to them. A message that cannot be sent is counted, and is no error. */
export class ClientList {
  readonly #room: RTVIRoom;
  readonly #context: { clock(): Clock; logger(): Logger };
  readonly #clients = new Map<string, ReadyClient>();
  #sent = 0;
  #unsent = 0;

  constructor(room: RTVIRoom, context: { clock(): Clock; logger(): Logger }) {
    this.#room = room;
    this.#context = context;
  }

  get all(): readonly ReadyClient[] {
    return [...this.#clients.values()];
  }

  get size(): number {
    return this.#clients.size;
  }

  get stats(): Pick<RTVIStats, "clients" | "sent" | "unsent"> {
    return { clients: this.size, sent: this.#sent, unsent: this.#unsent };
  }

  get(sessionId: string): ReadyClient | undefined {
    return this.#clients.get(sessionId);
  }

  /** Adds a client, or replaces it. Returns undefined when there are too many. */
  add(introduction: Introduction, requestId: string | undefined): ReadyClient | undefined {
    const { sessionId } = introduction.client;
    if (!this.#clients.has(sessionId) && this.#clients.size >= MAX_CLIENTS) return undefined;
    const client: ReadyClient = { ...introduction, requestId, isAnswered: false, underway: 0 };
    this.#clients.set(sessionId, client);
    return client;
  }

  remove(sessionId: string): ReadyClient | undefined {
    const client = this.#clients.get(sessionId);
    this.#clients.delete(sessionId);
    return client;
  }

  clear(): void {
    this.#clients.clear();
  }

  /** Sends a message to all of them. */
  sendToAll(message: ServerMessage): void {
    if (this.#clients.size === 0) return;
    const fitting = this.#fit(message);
    for (const client of this.#clients.values()) for (const one of fitting) this.#post(one, client);
  }

  /** Sends a message to one of them. */
  send(message: ServerMessage, client: ReadyClient): void {
    for (const one of this.#fit(message)) this.#post(one, client);
  }

  #fit(message: ServerMessage): readonly ServerMessage[] {
    const fitting = fitMessage(message, this.#room.maxMessageBytes);
    if (!fitting) this.#failed(message, "it is longer than the room's messages may be");
    return fitting ?? [];
  }

  #post(message: ServerMessage, client: ReadyClient): void {
    if (client.underway >= MAX_UNDERWAY) {
      this.#failed(message, `${MAX_UNDERWAY} messages to the client are underway`);
      return;
    }
    client.underway++;
    // In a promise, so that a room that throws at once is no different.
    void (async () => {
      try {
        await this.#room.send(message, client.client.sessionId);
        this.#sent++;
      } catch (thrown) {
        this.#failed(message, asError(thrown).message);
      } finally {
        client.underway--;
      }
    })();
  }

  /** Never an error in the pipeline: that would become an RTVI error, which cannot be sent either, and so on. */
  #failed({ type }: ServerMessage, why: string): void {
    this.#unsent++;
    if (this.#unsent === 1)
      this.#context.logger().warn(`An RTVI message was not sent. Later ones are only counted.`, { type, why });
    else this.#context.logger().debug("Another RTVI message was not sent.", { type, why });
  }
}
