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

/** Receives the decisions of a controller, after the controller has changed its own state. */
export interface UserTurnListener {
  /** A turn has started. `announce`: no other processor has announced it. `interrupt`: it interrupts the bot. */
  turnStarted(how: { readonly announce: boolean; readonly interrupt: boolean }): void;
  /** The model may answer what was said so far. Called before every `turnStopped`, and possibly more often. */
  inferenceTriggered(): void;
  /** The turn is over. `announce`: no other processor has announced it. */
  turnStopped(how: { readonly announce: boolean }): void;
  /** No strategy has ended the turn in time. `turnStopped` follows. */
  stopTimedOut(): void;
  /** What was said between turns is not worth a turn. */
  textDiscarded(): void;
  /**
   * The model may answer ahead of time, as if the turn ended with these words. Without this method there are no such
   * answers.
   */
  speculated?(text: string): void;
  /** The answer made ahead of time is discarded. */
  speculationWithdrawn?(): void;
  /** The answer made ahead of time is correct. Called instead of `inferenceTriggered`, before `turnStopped`. */
  speculationConfirmed?(): void;
}

/** Options of a {@link UserTurnController}. */
export interface UserTurnControllerOptions {
  /** Strategies that start and end turns. */
  readonly strategies: UserTurnStrategies;
  /** Receives the controller's decisions. */
  readonly listener: UserTurnListener;
  /** Ends a turn when no strategy has decided for this long after speech, in milliseconds. Default 5000. */
  readonly stopTimeoutMs?: number;
  /**
   * Ends a turn without words this long after speech, in milliseconds: it was a cough. At least the time that
   * speech-to-text declares it needs, at most `stopTimeoutMs`. Default 2000.
   */
  readonly emptyStopTimeoutMs?: number;
}

/** State of a turn, open or the last one. */
interface Turn {
  readonly announce: boolean;
  readonly interrupt: boolean;
  /** Whether any words arrived, preliminary or final. */
  words: boolean;
  /** Whether final words arrived. */
  text: boolean;
}

/**
 * Combines strategies into turns: one is open at a time, none ends while the user speaks, and a watchdog ends a turn if
 * no strategy does. Words that arrive after a turn without words open it again.
 */
export class UserTurnController {
  readonly #start: readonly UserTurnStartStrategy[];
  readonly #stop: readonly UserTurnStopStrategy[];
  readonly #listener: UserTurnListener;
  readonly #stopTimeoutMs: number;
  #emptyStopTimeoutMs: number;
  #clock: Clock = systemClock;
  #open = false;
  /** The open turn, or the last one. */
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

  /** Attaches the strategies. Call it once, before the first frame. */
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

  /** Waits until the strategies are ready. Call it after `setup`, before the first frame. */
  async prepare(): Promise<void> {
    await Promise.all(this.#stop.map(async (strategy) => strategy.prepare?.()));
  }

  /** Whether a turn is open. */
  get turnOpen(): boolean {
    return this.#open;
  }

  /** Whether this frame is a proposal that a strategy acts on. The owner must consume such a frame. */
  resolves(frame: Frame): boolean {
    if (frame instanceof ProposedUserStartedSpeakingFrame) return this.#start.some((s) => s.resolvesProposals === true);
    if (frame instanceof ProposedUserStoppedSpeakingFrame) return this.#stop.some((s) => s.resolvesProposals === true);
    return false;
  }

  /** Takes a frame. Call it for every frame except lifecycle frames. */
  hear(frame: Frame): void {
    if (this.#closed) return;
    const activity = this.#track(frame);
    this.#maybeStart(frame);
    this.#noteWords(frame);
    for (const strategy of this.#stop) strategy.hear(frame);
    if (frame instanceof STTMetadataFrame) this.#expectText(frame.ttfsP99LatencyMs);
    if (activity) this.#watch();
  }

  /** Drops the open turn without calling the listener. Returns whether a turn was open. */
  abandon(): boolean {
    const wasOpen = this.#open;
    this.#open = false;
    this.#stopWatchdog();
    for (const strategy of this.#stop) strategy.turnStopped();
    return wasOpen;
  }

  /** Stops all timers; no turn starts or ends after that. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#stopWatchdog();
    for (const strategy of [...this.#start, ...this.#stop]) strategy.close?.();
  }

  get #speaking(): boolean {
    return this.#voiceActive || this.#proposedActive;
  }

  /** Tracks whether the user is speaking. Returns true for frames that show activity of the user. */
  #track(frame: Frame): boolean {
    if (frame instanceof VADUserStartedSpeakingFrame) {
      this.#voiceActive = true;
    } else if (frame instanceof VADUserStoppedSpeakingFrame) {
      this.#voiceActive = false;
    } else if (frame instanceof ProposedUserStartedSpeakingFrame || frame instanceof UserStartedSpeakingFrame) {
      // Without a strategy that acts on proposals, their end would go unnoticed too.
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
    // Every strategy is asked every time: some keep state.
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
      // These words belong to the last turn, which ended without any: answer them now, not with the next turn.
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
