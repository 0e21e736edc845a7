import type { Frame } from "../../frames/index.ts";
import { SpeechEndWatch } from "./speech-end-watch.ts";
import type { UserTurnStopHost, UserTurnStopStrategy } from "./turn-strategies.ts";

/** Options of a {@link SpeechTimeoutStopStrategy}. */
export interface SpeechTimeoutOptions {
  /** How long the user may pause before the turn ends, in milliseconds. Default 600. */
  readonly userSpeechTimeoutMs?: number;
}

/**
 * Ends a turn after silence, once there is a transcript: when the service marks it as final, or after the service's
 * usual latency (from its STTMetadataFrame). Without a transcript the controller's watchdog ends the turn.
 */
export class SpeechTimeoutStopStrategy implements UserTurnStopStrategy {
  readonly #watch: SpeechEndWatch;
  #host: UserTurnStopHost | undefined;

  constructor(options: SpeechTimeoutOptions = {}) {
    const quietMs = options.userSpeechTimeoutMs ?? 600;
    this.#watch = new SpeechEndWatch({ quietMs, softQuietMs: quietMs, onOver: () => this.#host?.stop() });
  }

  attach(host: UserTurnStopHost): void {
    this.#host = host;
    this.#watch.attach(host.clock);
  }

  hear(frame: Frame): void {
    this.#watch.hear(frame);
  }

  turnStarted(): void {
    this.#watch.turnStarted();
  }

  turnStopped(): void {
    this.#watch.turnStopped();
  }

  close(): void {
    this.#watch.close();
  }
}
