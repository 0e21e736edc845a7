import type { Frame } from "../../frames/index.ts";
import type { Clock } from "../../util/clock.ts";

/** What a mute strategy receives at its start. */
export interface UserMuteHost {
  /** Clock for the strategy's timers. */
  readonly clock: Clock;
  /** Must be called when `muted` has changed without a frame. */
  changed(): void;
}

/** Decides when the user is muted. Use one instance per aggregator. */
export interface UserMuteStrategy {
  /** Whether the strategy mutes the user now. The user is muted while any strategy does so. */
  readonly muted: boolean;
  /** Called once the StartFrame has passed. */
  start?(host: UserMuteHost): void;
  /** Receives every frame except Start, End, Stop and Cancel, including frames that are then dropped. */
  hear(frame: Frame): void;
  /** Stops the strategy's timers. Idempotent. */
  close?(): void;
}
