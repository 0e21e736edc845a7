import type { Clock, TimerHandle } from "../../util/clock.ts";
import type { RoomErrorType } from "./protocol.ts";
import type { RoomOptions, TokenOptions } from "./room-options.ts";

/** Longer waits do not fit into a timer and are done in parts. */
const LONGEST_TIMER_MS = 1_000_000_000;

interface Ejection {
  readonly atMs: number;
  readonly error: RoomErrorType;
  readonly message: string;
}

/** When a participant has to leave, if ever: by its token's rules if it has any, else by the room's. */
function findEjection(joinedAtMs: number, room: RoomOptions, token: TokenOptions = {}): Ejection | undefined {
  const isByToken = token.ejectAtExpiry === true || token.ejectAfterMs !== undefined;
  const { ejectAfterMs, ejectAtExpiry, expiresAtMs } = isByToken ? token : room;
  const ejections: Ejection[] = [];
  if (ejectAfterMs !== undefined) {
    const message = "You were removed from the call because your time is over.";
    ejections.push({ atMs: joinedAtMs + ejectAfterMs, error: "ejected", message });
  }
  if (ejectAtExpiry === true && expiresAtMs !== undefined) {
    const error = isByToken ? "exp-token" : "exp-room";
    ejections.push({ atMs: expiresAtMs, error, message: `The meeting ${isByToken ? "token" : "room"} has expired.` });
  }
  return ejections.sort((one, other) => one.atMs - other.atMs)[0];
}

/** Ejects participants when the room's or their token's rules say so. */
export class RoomEjections {
  readonly #clock: Clock;
  readonly #eject: (sessionId: string, error: RoomErrorType, message: string) => void;
  readonly #timers = new Map<string, TimerHandle>();

  constructor(clock: Clock, eject: (sessionId: string, error: RoomErrorType, message: string) => void) {
    this.#clock = clock;
    this.#eject = eject;
  }

  /** Applies the rules to a participant, instead of those applied before. */
  schedule(sessionId: string, joinedAtMs: number, room: RoomOptions, token: TokenOptions | undefined): void {
    this.cancel(sessionId);
    const ejection = findEjection(joinedAtMs, room, token);
    if (ejection !== undefined) this.#wait(sessionId, ejection);
  }

  cancel(sessionId: string): void {
    this.#clock.clearTimeout(this.#timers.get(sessionId));
    this.#timers.delete(sessionId);
  }

  #wait(sessionId: string, ejection: Ejection): void {
    const leftMs = Math.max(0, ejection.atMs - this.#clock.wallMs());
    const timer = this.#clock.setTimeout(
      () => {
        this.#timers.delete(sessionId);
        if (leftMs > LONGEST_TIMER_MS) this.#wait(sessionId, ejection);
        else this.#eject(sessionId, ejection.error, ejection.message);
      },
      Math.min(leftMs, LONGEST_TIMER_MS),
    );
    this.#timers.set(sessionId, timer);
  }
}
