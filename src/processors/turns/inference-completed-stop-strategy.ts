import { type Frame, UserTurnInferenceCompletedFrame } from "../../frames/index.ts";
import type { UserTurnStopHost, UserTurnStopStrategy } from "./turn-strategies.ts";

/**
 * The model itself judges whether the turn is complete: when `inner` thinks so, the model is run, and the turn ends when
 * a UserTurnInferenceCompletedFrame says that it answered. Else the turn stays open for more words, until the controller's
 * watchdog.
 */
export class InferenceCompletedStopStrategy implements UserTurnStopStrategy {
  readonly resolvesProposals: boolean;
  readonly #inner: UserTurnStopStrategy;
  #host: UserTurnStopHost | undefined;

  constructor(inner: UserTurnStopStrategy) {
    this.#inner = inner;
    this.resolvesProposals = inner.resolvesProposals ?? false;
  }

  attach(host: UserTurnStopHost): void {
    this.#host = host;
    this.#inner.attach({ ...host, stop: () => host.infer() });
  }

  hear(frame: Frame): void {
    this.#inner.hear(frame);
    if (frame instanceof UserTurnInferenceCompletedFrame) this.#host?.stop();
  }

  turnStarted(): void {
    this.#inner.turnStarted?.();
  }

  turnStopped(): void {
    this.#inner.turnStopped();
  }

  close(): void {
    this.#inner.close();
  }
}
