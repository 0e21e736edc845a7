import {
  type Frame,
  InputAudioRawFrame,
  InterimTranscriptionFrame,
  InterruptionFrame,
  isLifecycleFrame,
  ProposedUserStartedSpeakingFrame,
  ProposedUserStoppedSpeakingFrame,
  TranscriptionFrame,
  UserSpeakingFrame,
  UserStartedSpeakingFrame,
  UserStoppedSpeakingFrame,
  VADUserStartedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../../frames/index.ts";
import type { Clock } from "../../util/clock.ts";
import type { UserMuteStrategy } from "./user-mute-strategy.ts";

/** Frames that are dropped while the user is muted, besides the pairs below. */
const DROPPED = [
  InterruptionFrame,
  UserSpeakingFrame,
  InputAudioRawFrame,
  InterimTranscriptionFrame,
  TranscriptionFrame,
] as const;
/**
 * Pairs of a start and a stop frame. A stop passes if its start has passed; otherwise the turn would stay open forever.
 */
const PAIRS = [
  [VADUserStartedSpeakingFrame, VADUserStoppedSpeakingFrame],
  [UserStartedSpeakingFrame, UserStoppedSpeakingFrame],
  [ProposedUserStartedSpeakingFrame, ProposedUserStoppedSpeakingFrame],
] as const;

/** Combines the mute strategies and decides which frames pass. */
export class UserMuteController {
  readonly #strategies: readonly UserMuteStrategy[];
  readonly #onChange: (muted: boolean) => void;
  readonly #openPairs = new Set<(typeof PAIRS)[number]>();
  #muted = false;
  #started = false;
  #closed = false;

  constructor(strategies: readonly UserMuteStrategy[], onChange: (muted: boolean) => void) {
    this.#strategies = strategies;
    this.#onChange = onChange;
  }

  /** Call it once the StartFrame has passed: no change may be reported before it. */
  start(clock: Clock): void {
    if (this.#started) return;
    this.#started = true;
    const changed = (): void => this.#refreshMuted();
    for (const strategy of this.#strategies) strategy.start?.({ clock, changed });
    this.#refreshMuted();
  }

  /**
   * Shows the frame to the strategies and returns whether it passes. A change that the frame causes applies to itself
   * already.
   */
  observeAndAdmit(frame: Frame): boolean {
    if (this.#strategies.length === 0 || isLifecycleFrame(frame)) return true;
    for (const strategy of this.#strategies) strategy.hear(frame);
    this.#refreshMuted();
    for (const pair of PAIRS) {
      const [Begin, End] = pair;
      if (frame instanceof Begin) {
        if (!this.#muted) this.#openPairs.add(pair);
        return !this.#muted;
      }
      if (frame instanceof End) return this.#openPairs.delete(pair) || !this.#muted;
    }
    return !this.#muted || !DROPPED.some((dropped) => frame instanceof dropped);
  }

  /** Closes the strategies. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const strategy of this.#strategies) strategy.close?.();
  }

  #refreshMuted(): void {
    const muted = this.#strategies.some((strategy) => strategy.muted);
    if (!this.#started || this.#closed || muted === this.#muted) return;
    this.#muted = muted;
    this.#onChange(muted);
  }
}
