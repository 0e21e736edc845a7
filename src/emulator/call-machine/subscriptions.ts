import type { SubscriptionRequest } from "../room/protocol.ts";

type Level = boolean | "staged";
type CustomLevels = SubscriptionRequest["custom"];

/** daily-js' `setSubscribedTracks` names → the media tags of the room. */
const TAG_BY_NAME = {
  audio: "cam-audio",
  video: "cam-video",
  screenAudio: "screen-audio",
  screenVideo: "screen-video",
} as const;

function everything(level: Level): SubscriptionRequest {
  return {
    "cam-audio": level,
    "cam-video": level,
    "screen-audio": level,
    "screen-video": level,
    custom: level,
  };
}

/** The local participant's subscriptions to each of the others. */
export class Subscriptions {
  #automatic = true;
  readonly #byPeer = new Map<string, SubscriptionRequest>();

  setAutomatic(automatic: boolean): void {
    this.#automatic = automatic;
    if (automatic) this.#byPeer.clear();
  }

  /**
   * `setSubscribedTracks` of daily-js' updateParticipant. The object form changes only the tracks it names
   * (a guess: how the real service merges is unknown).
   */
  set(sessionId: string, wanted: unknown): void {
    if (typeof wanted === "boolean" || wanted === "staged") {
      this.#byPeer.set(sessionId, everything(wanted));
      return;
    }
    // "avatar" is Daily's name for "no media".
    if (wanted === "avatar") this.#byPeer.set(sessionId, everything(false));
    if (typeof wanted !== "object" || wanted === null) return;
    const next: SubscriptionRequest = { ...this.request(sessionId) };
    for (const [name, level] of Object.entries(wanted)) {
      if (name === "custom") {
        const before = typeof next.custom === "object" ? next.custom : {};
        next.custom = typeof level === "object" ? { ...before, ...(level as object) } : (level as Level);
      } else if (name in TAG_BY_NAME) {
        next[TAG_BY_NAME[name as keyof typeof TAG_BY_NAME]] = level as Level;
      }
    }
    this.#byPeer.set(sessionId, next);
  }

  /** The request to send to this participant. */
  request(sessionId: string): SubscriptionRequest {
    return this.#byPeer.get(sessionId) ?? everything(this.#automatic);
  }

  level(sessionId: string, tag: string): Level {
    const request = this.request(sessionId);
    const direct = (request as Readonly<Record<string, Level | CustomLevels | undefined>>)[tag];
    if (tag !== "custom" && direct !== undefined && typeof direct !== "object") return direct;
    return typeof request.custom === "object" ? (request.custom[tag] ?? false) : request.custom;
  }

  forget(sessionId: string): void {
    this.#byPeer.delete(sessionId);
  }

  /** The subscriptions in the form that daily-js reads from the store. */
  forStore(): Record<string, unknown> {
    return { ALL: this.#automatic, ...Object.fromEntries(this.#byPeer) };
  }
}
