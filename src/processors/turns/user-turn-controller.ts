import {
  type Frame,
  InterimTranscriptionFrame,
  ProposedUserStartedSpeakingFrame,
  ProposedUserStoppedSpeakingFrame,
  STTMetadataFrame,
  TranscriptionFrame,
  UserStartedSpeakingFrame,
  UserStoppedSpeakingFrame,
  VADUserStartedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../../frames/index.ts";
import { type Clock, systemClock, type TimerHandle } from "../../util/clock.ts";
import type { Logger } from "../../util/logger.ts";
import type { UserTurnStartStrategy, UserTurnStopStrategy, UserTurnStrategies } from "./turn-strategies.ts";

/** What a controller tells. Its own state has changed before it calls. */
export interface UserTurnListener {
  /** `announce`: nobody else has told it yet. */
  turnStarted(how: { readonly announce: boolean; readonly interrupt: boolean }): void;
  /** The model may answer what was said so far. Comes before every `turnStopped`, and may come more often. */
  inferenceTriggered(): void;
  turnStopped(how: { readonly announce: boolean }): void;
  /** No strategy has ended the turn in time; `turnStopped` follows. */
  stopTimedOut(): void;
  /** What was said between turns is not worth one. */
  textDiscarded(): void;
  /** The model may answer ahead of time as if the turn ended with these words. Default: nothing is answered so. */
  speculated?(text: string): void;
  /** That answer is void. */
  speculationWithdrawn?(): void;
  /** That answer is the right one; called in place of `inferenceTriggered`, before `turnStopped`. */
  speculationConfirmed?(): void;
}

export interface UserTurnControllerOptions {
  readonly strategies: UserTurnStrategies;
  readonly listener: UserTurnListener;
  /** Without any decision for this long after speech, the turn is over. Default 5000 ms. */
  readonly stopTimeoutMs?: number;
  /**
   * Without any words for this long after speech, the turn is over: it was a cough. At least the time that speech-to-text
   * says it needs, at most `stopTimeoutMs`. Default 2000 ms.
   */
  readonly emptyStopTimeoutMs?: number;
}

/** What is known of a turn, open or the last one. */
interface Turn {
  readonly announce: boolean;
  readonly interrupt: boolean;
  /** Words, settled or not. */
  words: boolean;
  /** Settled words. */
  text: boolean;
}

/**
 * Makes turns of what strategies find in the frames: one open at a time, never ended while the user speaks, and ended
 * by a watchdog when no strategy does. Words that arrive after a turn without any open it again.
 */
export class UserTurnController {
  readonly #start: readonly UserTurnStartStrategy[];
  readonly #stop: readonly UserTurnStopStrategy[];
  readonly #listener: UserTurnListener;
  readonly #stopTimeoutMs: number;
  #emptyStopTimeoutMs: number;
  #clock: Clock = systemClock;
  #open = false;
  /** The turn that is open, or the one before. */
  #turn: Turn | undefined;
  #closed = false;
  #voiceActive = false;
  #proposedActive = false;
  #watchdog: TimerHandle;

  constructor(options: UserTurnControllerOptions) {
    this.#start = options.strategies.start;
    this.#stop = options.strategies.stop;
    this.#listener = options.listener;
    this.#stopTimeoutMs = options.stopTimeoutMs ?? 5000;
    this.#emptyStopTimeoutMs = Math.min(options.emptyStopTimeoutMs ?? 2000, this.#stopTimeoutMs);
  }

  /** Call it once, before the first frame. */
  setup(clock: Clock, logger: Logger): void {
    this.#clock = clock;
    for (const strategy of this.#start) strategy.attach?.({ clock, logger });
    for (const strategy of this.#stop) {
      const announce = strategy.announces ?? true;
      strategy.attach({
        clock,
        logger,
        stop: (how) => {
          if (!this.#speaking) this.#end(announce, how?.answered);
        },
        adoptStop: (how) => this.#end(false, how?.answered),
        speculate: (text) => {
          if (!this.#open || !this.#listener.speculated) return false;
          this.#listener.speculated(text);
          return true;
        },
        withdraw: () => this.#listener.speculationWithdrawn?.(),
        infer: () => {
          if (this.#open && !this.#speaking) this.#listener.inferenceTriggered();
        },
      });
    }
  }

  get turnOpen(): boolean {
    return this.#open;
  }

  /** Whether this frame is a proposal that a strategy acts on: it is resolved here and goes no further. */
  resolves(frame: Frame): boolean {
    if (frame instanceof ProposedUserStartedSpeakingFrame) return this.#start.some((s) => s.resolvesProposals === true);
    if (frame instanceof ProposedUserStoppedSpeakingFrame) return this.#stop.some((s) => s.resolvesProposals === true);
    return false;
  }

  hear(frame: Frame): void {
    if (this.#closed) return;
    const activity = this.#track(frame);
    this.#maybeStart(frame);
    this.#noteWords(frame);
    for (const strategy of this.#stop) strategy.hear(frame);
    if (frame instanceof STTMetadataFrame) this.#expectText(frame.ttfsP99LatencyMs);
    if (activity) this.#watch();
  }

  /** Forgets the open turn without telling; true if there was one. */
  abandon(): boolean {
    const wasOpen = this.#open;
    this.#open = false;
    this.#stopWatchdog();
    for (const strategy of this.#stop) strategy.turnStopped();
    return wasOpen;
  }

  /** Stops all timers; no turn begins or ends any more. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#stopWatchdog();
    for (const strategy of [...this.#start, ...this.#stop]) strategy.close?.();
  }

  get #speaking(): boolean {
    return this.#voiceActive || this.#proposedActive;
  }

  /** Notes who speaks; true for frames that show the user at it. */
  #track(frame: Frame): boolean {
    if (frame instanceof VADUserStartedSpeakingFrame) {
      this.#voiceActive = true;
    } else if (frame instanceof VADUserStoppedSpeakingFrame) {
      this.#voiceActive = false;
    } else if (frame instanceof ProposedUserStartedSpeakingFrame || frame instanceof UserStartedSpeakingFrame) {
      // Where nobody listens to proposals, nobody hears of their end either.
      this.#proposedActive = this.#stop.some((strategy) => strategy.resolvesProposals === true);
    } else if (frame instanceof ProposedUserStoppedSpeakingFrame || frame instanceof UserStoppedSpeakingFrame) {
      this.#proposedActive = false;
    } else {
      return frame instanceof TranscriptionFrame || frame instanceof InterimTranscriptionFrame;
    }
    return true;
  }

  #expectText(latencyMs: number): void {
    this.#emptyStopTimeoutMs = Math.min(Math.max(this.#emptyStopTimeoutMs, latencyMs), this.#stopTimeoutMs);
  }

  #noteWords(frame: Frame): void {
    const final = frame instanceof TranscriptionFrame;
    if (!this.#open || !this.#turn || !(final || frame instanceof InterimTranscriptionFrame)) return;
    if (frame.text.trim() === "") return;
    this.#turn.words = true;
    this.#turn.text ||= final;
  }

  #maybeStart(frame: Frame): void {
    let decider: UserTurnStartStrategy | undefined;
    let decision: "start" | "adopt" | undefined;
    let discard = false;
    let blocked = false;
    // All are asked every time: some remember what they have seen.
    for (const strategy of this.#start) {
      const answer = strategy.decide(frame);
      if (answer === "discardText" || answer === "block") {
        discard = true;
        blocked ||= answer === "block";
      } else if (answer !== undefined && decider === undefined && !blocked) {
        decider = strategy;
        decision = answer;
      }
    }
    if (this.#open) return;
    if (decider !== undefined) {
      const own = decision === "start";
      this.#begin(own && (decider.announces ?? true), own && (decider.interrupts ?? true));
    } else if (discard) {
      this.#listener.textDiscarded();
    } else if (this.#turn?.text === false && frame instanceof TranscriptionFrame && frame.text.trim() !== "") {
      // The words of the turn before, which ended without any: they are to be answered now, not with the next turn.
      this.#begin(this.#turn.announce, this.#turn.interrupt);
    }
  }

  #begin(announce: boolean, interrupt: boolean): void {
    this.#open = true;
    this.#turn = { announce, interrupt, words: false, text: false };
    this.#watch();
    for (const strategy of this.#stop) strategy.turnStarted?.();
    this.#listener.turnStarted({ announce, interrupt });
  }

  #end(announce: boolean, answered = false): void {
    if (!this.#open || this.#closed) return;
    this.#open = false;
    this.#stopWatchdog();
    for (const strategy of this.#stop) strategy.turnStopped({ answered });
    if (answered) this.#listener.speculationConfirmed?.();
    else this.#listener.inferenceTriggered();
    this.#listener.turnStopped({ announce });
  }

  #watch(): void {
    this.#stopWatchdog();
    if (!this.#open || this.#speaking) return;
    const timeoutMs = this.#turn?.words === true ? this.#stopTimeoutMs : this.#emptyStopTimeoutMs;
    this.#watchdog = this.#clock.setTimeout(() => {
      this.#watchdog = undefined;
      this.#listener.stopTimedOut();
      this.#end(true);
    }, timeoutMs);
  }

  #stopWatchdog(): void {
    this.#clock.clearTimeout(this.#watchdog);
    this.#watchdog = undefined;
  }
}
