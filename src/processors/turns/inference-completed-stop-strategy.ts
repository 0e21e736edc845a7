import { type Frame, UserTurnInferenceCompletedFrame } from "../../frames/index.ts";
import type { UserTurnStopHost, UserTurnStopStrategy } from "./turn-strategies.ts";

/**
 * Lets the model judge whether the turn is complete. When `inner` decides that it is, the model runs, and a
 * UserTurnInferenceCompletedFrame ends the turn. Otherwise the turn stays open for more words until the controller's
 * watchdog ends it.
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

  async prepare(): Promise<void> {
    await this.#inner.prepare?.();
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
