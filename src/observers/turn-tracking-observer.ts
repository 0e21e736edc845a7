import {
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  CancelFrame,
  EndFrame,
  type Frame,
  StartFrame,
  StopFrame,
  UserStartedSpeakingFrame,
} from "../frames/index.ts";
import type { Observer, PushEvent } from "../pipeline/index.ts";
import { type Clock, systemClock, type TimerHandle } from "../util/clock.ts";
import { EventedObserver, type EventedObserverOptions } from "./evented-observer.ts";
import { FirstSight } from "./first-sight.ts";

/** Options of a {@link TurnTrackingObserver}. */
export interface TurnTrackingObserverOptions extends EventedObserverOptions {
  /** The task's clock. Default: the system clock, like the task's default. */
  readonly clock?: Clock;
  /**
   * How long the bot must be silent before a turn ends, in milliseconds, because it may continue speaking. Default
   * 2500.
   */
  readonly turnEndTimeoutMs?: number;
}

/** Events of a {@link TurnTrackingObserver}. */
export type TurnTrackingObserverEvents = {
  /** A turn has started. Turns count from 1. */
  turnStarted: [turn: number];
  /**
   * A turn has ended. `durationMs` ends when the bot fell silent, not when that was certain. `wasInterrupted`: the user
   * interrupted the bot.
   */
  turnEnded: [turn: number, durationMs: number, wasInterrupted: boolean];
};

/** Capacity for the relevant frames that are in flight at once. */
const FRAMES_REMEMBERED = 128;
/** The task's name for the end of its pipeline; see PipelineTask. */
const TASK_SINK = "task.sink";

interface Turn {
  readonly number: number;
  readonly startedAtMs: number;
  botHasSpoken: boolean;
}

/**
 * Counts the turns of a conversation. A turn is what the user says and the bot's answer. The first begins with the
 * StartFrame, later ones when the user starts speaking. A turn ends when the user speaks again after or during the
 * bot's answer, when the bot has been silent for a while, or with the task.
 */
export class TurnTrackingObserver extends EventedObserver<TurnTrackingObserverEvents> implements Observer {
  readonly #clock: Clock;
  readonly #turnEndTimeoutMs: number;
  readonly #firstSight = new FirstSight(FRAMES_REMEMBERED);
  #turns = 0;
  #turn: Turn | undefined;
  #botSpeaking = false;
  /** Set after the bot has stopped, until the turn ends or the bot continues. */
  #closing: { readonly botStoppedAtMs: number; readonly timer: TimerHandle } | undefined;

  constructor(options: TurnTrackingObserverOptions = {}) {
    super(options);
    this.#clock = options.clock ?? systemClock;
    this.#turnEndTimeoutMs = options.turnEndTimeoutMs ?? 2500;
  }

  /** Number of turns started so far. */
  get turns(): number {
    return this.#turns;
  }

  onPush({ frame, destination, timeMs }: PushEvent): void {
    if (frame instanceof EndFrame || frame instanceof StopFrame) {
      // The bot may still speak what is queued ahead of the frame.
      if (destination === TASK_SINK) this.#end(timeMs, this.#botSpeaking);
    } else if (isRelevant(frame) && this.#firstSight.checkFirst(frame)) {
      this.#closeIfDue(timeMs);
      this.#handle(frame, timeMs);
    }
  }

  #handle(frame: Frame, timeMs: number): void {
    if (frame instanceof StartFrame) {
      if (this.#turn === undefined) this.#begin(timeMs);
    } else if (frame instanceof UserStartedSpeakingFrame) {
      this.#userStarted(timeMs);
    } else if (frame instanceof BotStartedSpeakingFrame) {
      this.#botSpeaking = true;
      this.#keepOpen();
      if (this.#turn !== undefined) this.#turn.botHasSpoken = true;
    } else if (frame instanceof BotStoppedSpeakingFrame) {
      this.#botSpeaking = false;
      if (this.#turn !== undefined) this.#closeLater(timeMs);
    } else {
      this.#end(timeMs, this.#botSpeaking);
    }
  }

  #userStarted(timeMs: number): void {
    // Until the bot has answered, the user only continues the same turn.
    if (this.#turn?.botHasSpoken === false && !this.#botSpeaking) return;
    this.#end(timeMs, this.#botSpeaking);
    // The BotStoppedSpeakingFrame of the interruption belongs to the turn that is over.
    this.#botSpeaking = false;
    this.#begin(timeMs);
  }

  #begin(timeMs: number): void {
    this.#turns++;
    this.#turn = { number: this.#turns, startedAtMs: timeMs, botHasSpoken: false };
    this.emit("turnStarted", this.#turns);
  }

  #end(timeMs: number, wasInterrupted: boolean): void {
    const turn = this.#turn;
    const endedAtMs = this.#closing?.botStoppedAtMs ?? timeMs;
    this.#keepOpen();
    if (turn === undefined) return;
    this.#turn = undefined;
    this.emit("turnEnded", turn.number, endedAtMs - turn.startedAtMs, wasInterrupted);
  }

  #closeLater(botStoppedAtMs: number): void {
    this.#keepOpen();
    if (this.#turn?.botHasSpoken !== true) return;
    const delayMs = botStoppedAtMs + this.#turnEndTimeoutMs - this.#clock.nowMs();
    const timer = this.#clock.setTimeout(() => this.#end(botStoppedAtMs, false), delayMs);
    this.#closing = { botStoppedAtMs, timer };
  }

  /** Events may arrive late and several at once: the turn may have ended before this one happened. */
  #closeIfDue(timeMs: number): void {
    const { botStoppedAtMs = Infinity } = this.#closing ?? {};
    if (timeMs - botStoppedAtMs >= this.#turnEndTimeoutMs) this.#end(botStoppedAtMs, false);
  }

  #keepOpen(): void {
    if (this.#closing !== undefined) this.#clock.clearTimeout(this.#closing.timer);
    this.#closing = undefined;
  }
}

function isRelevant(frame: Frame): boolean {
  return (
    frame instanceof StartFrame ||
    frame instanceof UserStartedSpeakingFrame ||
    frame instanceof BotStartedSpeakingFrame ||
    frame instanceof BotStoppedSpeakingFrame ||
    frame instanceof CancelFrame
  );
}
