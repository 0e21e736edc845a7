import {
  type Frame,
  InterimTranscriptionFrame,
  ProposedUserStartedSpeakingFrame,
  ProposedUserStoppedSpeakingFrame,
  TranscriptionFrame,
  UserStartedSpeakingFrame,
  UserStoppedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../../frames/index.ts";
import type { TimerHandle } from "../../util/clock.ts";
import type { UserTurnStopHost, UserTurnStopStrategy } from "./turn-strategies.ts";

/** Options of an {@link ExternalStopStrategy}. */
export interface ExternalStopOptions {
  /** How long the turn waits for a transcript that arrives after its end, in milliseconds. Default 500. */
  readonly transcriptWaitMs?: number;
}

/** Ends a turn when a service proposes it, or when another processor has ended it (UserStoppedSpeakingFrame). */
export class ExternalStopStrategy implements UserTurnStopStrategy {
  readonly resolvesProposals = true;
  readonly #transcriptWaitMs: number;
  #host: UserTurnStopHost | undefined;
  #heardText = false;
  /** How the turn ended, while the transcript is awaited. */
  #over: "proposed" | "adopted" | undefined;
  #timer: TimerHandle;

  constructor(options: ExternalStopOptions = {}) {
    this.#transcriptWaitMs = options.transcriptWaitMs ?? 500;
  }

  attach(host: UserTurnStopHost): void {
    this.#host = host;
  }

  hear(frame: Frame): void {
    if (frame instanceof TranscriptionFrame) {
      this.#heardText ||= frame.text.trim() !== "";
      if (this.#over !== undefined && this.#heardText) this.#stop();
    } else if (frame instanceof InterimTranscriptionFrame) {
      // More words will follow.
      if (frame.text.trim() !== "") this.#heardText = false;
    } else if (frame instanceof ProposedUserStartedSpeakingFrame || frame instanceof UserStartedSpeakingFrame) {
      this.#wait(undefined);
    } else if (frame instanceof ProposedUserStoppedSpeakingFrame) {
      this.#wait("proposed");
    } else if (frame instanceof UserStoppedSpeakingFrame) {
      this.#wait("adopted");
    } else if (frame instanceof VADUserStoppedSpeakingFrame && this.#timer === undefined) {
      this.#stop();
    }
  }

  turnStarted(): void {
    this.#heardText = false;
  }

  turnStopped(): void {
    this.#heardText = false;
    this.#wait(undefined);
  }

  close(): void {
    this.#wait(undefined);
  }

  #wait(over: "proposed" | "adopted" | undefined): void {
    this.#host?.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#over = over;
    if (over === undefined) return;
    if (this.#heardText) {
      this.#stop();
      return;
    }
    this.#timer = this.#host?.clock.setTimeout(() => {
      this.#timer = undefined;
      this.#stop();
    }, this.#transcriptWaitMs);
  }

  /** Has no effect during voice activity; its end tries again. */
  #stop(): void {
    if (this.#over === "proposed") this.#host?.stop();
    else if (this.#over === "adopted") this.#host?.adoptStop();
  }
}
