import type { Clock } from "../../util/clock.ts";
import type { Room } from "../room/room.ts";

export type ActivityKind = "request" | "message" | "room" | "pal" | "event" | "webhook" | "page";

export interface ActivityInput {
  readonly kind: ActivityKind;
  readonly title: string;
  /** The room, and so the conversation, of the entry. */
  readonly room?: string | undefined;
  readonly failed?: boolean | undefined;
  /** Unredacted: code that displays it removes secrets. */
  readonly detail?: unknown;
  /** An entry with the key of its predecessor increments its count instead of pushing others out. */
  readonly foldKey?: string | undefined;
}

export interface Activity extends ActivityInput {
  readonly id: number;
  /** Grows with every entry and every change of one. */
  readonly seq: number;
  readonly wallMs: number;
  /** How often it happened in succession. */
  readonly times: number;
}

const MAX_ENTRIES = 500;

/** The last 500 events in the emulator, for people to look at. Stores them unformatted. */
export class ActivityLog {
  readonly #clock: Clock;
  readonly #entries: Activity[] = [];
  #lastSeq = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  add(input: ActivityInput): void {
    const seq = ++this.#lastSeq;
    const wallMs = this.#clock.wallMs();
    const last = this.#entries.at(-1);
    if (last?.foldKey !== undefined && last.foldKey === input.foldKey) {
      this.#entries[this.#entries.length - 1] = { ...input, id: last.id, seq, wallMs, times: last.times + 1 };
      return;
    }
    this.#entries.push({ ...input, id: seq, seq, wallMs, times: 1 });
    if (this.#entries.length > MAX_ENTRIES) this.#entries.shift();
  }

  /** Entries new or changed since `seq`: the newest, at most `limit`, oldest first. */
  since(seq: number, limit: number): readonly Activity[] {
    return this.#entries.filter((entry) => entry.seq > seq).slice(-limit);
  }

  /** Records joins, leaves and app messages of a room until it ends. */
  watch(room: Room): void {
    const { name } = room;
    room.events
      .on("joined", ({ userName }) => {
        this.add({ kind: "room", room: name, title: `${userName || "somebody"} joined` });
      })
      .on("left", ({ userName }) => {
        this.add({ kind: "room", room: name, title: `${userName || "somebody"} left` });
      })
      .on("ended", () => {
        this.add({ kind: "room", room: name, title: "the room was closed" });
      })
      .on("recordingStarted", ({ type }) => {
        this.add({ kind: "room", room: name, title: `a recording (${type}) started` });
      })
      .on("recordingStopped", ({ type }) => {
        this.add({ kind: "room", room: name, title: `a recording (${type}) stopped` });
      })
      .on("appMessage", (data, from) => {
        const { eventType, isEcho } = asInteraction(data);
        const { userName = "" } = room.participants().find(({ sessionId }) => sessionId === from) ?? {};
        this.add({
          kind: "message",
          room: name,
          title: `${eventType ?? "app message"} from ${userName || "somebody"}`,
          detail: data,
          // A bot that delivers speech by messages sends dozens per second.
          foldKey: isEcho ? `echo of ${from}` : undefined,
        });
      });
  }
}

function asInteraction(data: unknown): { readonly eventType: string | undefined; readonly isEcho: boolean } {
  const given = typeof data === "object" && data !== null && "event_type" in data ? data.event_type : undefined;
  const eventType = typeof given === "string" ? given : undefined;
  return { eventType, isEcho: eventType === "conversation.echo" };
}
