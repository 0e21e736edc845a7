import {
  BotSpeakingFrame,
  BotStartedSpeakingFrame,
  BotStoppedSpeakingFrame,
  type Frame,
  HeartbeatFrame,
  StartFrame,
  UserSpeakingFrame,
  UserStartedSpeakingFrame,
  UserStoppedSpeakingFrame,
} from "../../frames/index.ts";
import type { Clock, TimerHandle } from "../../util/clock.ts";
import { type FrameClass, matchesAny } from "../frame-types.ts";

/** Frames that show a live conversation: someone speaks, or starts or stops speaking. */
export const DEFAULT_ACTIVITY: readonly FrameClass[] = [
  BotStartedSpeakingFrame,
  BotSpeakingFrame,
  BotStoppedSpeakingFrame,
  UserStartedSpeakingFrame,
  UserSpeakingFrame,
  UserStoppedSpeakingFrame,
];

/** Nobody has spoken for a while. Emitted before the task is cancelled for it. */
export class IdleTimeoutEvent {
  /** How long nobody has spoken, in ms. */
  readonly idleMs: number;
  #prevented = false;

  /** Makes the event; `idleMs` is how long nobody has spoken. */
  constructor(idleMs: number) {
    this.idleMs = idleMs;
  }

  /** Keeps the task running. Call it in the listener, before any `await`; the next event follows after as long again. */
  keepRunning(): void {
    this.#prevented = true;
  }

  /** Whether a listener has called {@link keepRunning}. */
  get prevented(): boolean {
    return this.#prevented;
  }
}

/** Notices when a task has had no activity for a while. */
export class IdleWatch {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #onIdle: (idleMs: number) => void;
  readonly #isActivity: (frame: Frame) => boolean;
  #lastMs = 0;
  #timer: TimerHandle;

  constructor(clock: Clock, timeoutMs: number, activity: readonly FrameClass[], onIdle: (idleMs: number) => void) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#onIdle = onIdle;
    this.#isActivity = matchesAny([StartFrame, ...activity]);
  }

  start(): void {
    this.#lastMs = this.#clock.nowMs();
    this.#wait(this.#timeoutMs);
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Takes every frame. Heartbeats are no sign of life, whatever family the activity names. */
  observe(frame: Frame): void {
    if (this.#isActivity(frame) && !(frame instanceof HeartbeatFrame)) this.#lastMs = this.#clock.nowMs();
  }

  /** One timer that checks again when it is due: moving it at every frame would cost each of them. */
  #wait(delayMs: number): void {
    this.#timer = this.#clock.setTimeout(() => {
      const idleMs = this.#clock.nowMs() - this.#lastMs;
      if (idleMs < this.#timeoutMs) {
        this.#wait(this.#timeoutMs - idleMs);
        return;
      }
      this.#wait(this.#timeoutMs);
      this.#onIdle(idleMs);
    }, delayMs);
  }
}
