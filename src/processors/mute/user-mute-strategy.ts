import type { Frame } from "../../frames/index.ts";
import type { Clock } from "../../util/clock.ts";

export interface UserMuteHost {
  readonly clock: Clock;
  /** Call it when `muted` has changed without a frame. */
  changed(): void;
}

/** Decides when the bot does not listen to the user. One instance serves one aggregator. */
export interface UserMuteStrategy {
  /** Its present opinion; the user is muted while any strategy says so. */
  readonly muted: boolean;
  /** The StartFrame has passed. */
  start?(host: UserMuteHost): void;
  /** Sees every frame but Start, End, Stop and Cancel, also those that are then dropped. */
  hear(frame: Frame): void;
  /** Stops its timers. Idempotent. */
  close?(): void;
}
