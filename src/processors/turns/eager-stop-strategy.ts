import {
  EagerEndOfTurnCancelFrame,
  EagerTranscriptionFrame,
  type Frame,
  ProposedUserStartedSpeakingFrame,
  TranscriptionFrame,
  VADUserStartedSpeakingFrame,
} from "../../frames/index.ts";
import type { TimerHandle } from "../../util/clock.ts";
import { InvalidOptionError } from "../../util/errors.ts";
import { ExternalStopStrategy } from "./external-stop-strategy.ts";
import type { UserTurnStopHost, UserTurnStopStrategy } from "./turn-strategies.ts";

/** Options of an {@link EagerStopStrategy}. */
export interface EagerStopOptions {
  /**
   * Strategy that decides when the turn is really over. Default: an {@link ExternalStopStrategy}, which follows the
   * service.
   */
  readonly inner?: UserTurnStopStrategy;
  /**
   * Whether the answer to `eager` also answers `final`. Default: true if they differ only in case, punctuation and
   * spaces, which services often change at the end.
   */
  readonly matches?: (eager: string, final: string) => boolean;
  /** A prediction that nothing confirms for this long is withdrawn, in milliseconds. Default 5000. */
  readonly timeoutMs?: number;
}

/**
 * Lets the model start its answer when the speech-to-text service predicts the end of the turn
 * (EagerTranscriptionFrame), which saves the time between the prediction and the end. Nothing of that answer leaves the
 * LLM service before the turn is over. It is discarded when the user continues, when the service takes its prediction
 * back (EagerEndOfTurnCancelFrame), when the final words differ from those that were answered, and when the turn does
 * not end in time. Each such answer costs a request.
 */
export class EagerStopStrategy implements UserTurnStopStrategy {
  readonly resolvesProposals: boolean;
  readonly announces: boolean;
  readonly #inner: UserTurnStopStrategy;
  readonly #matches: (eager: string, final: string) => boolean;
  readonly #timeoutMs: number;
  #host: UserTurnStopHost | undefined;
  /** Final words of the turn. */
  #said = "";
  /** The words that the model is answering ahead of time. */
  #answering: string | undefined;
  #timer: TimerHandle;

  /** @throws InvalidOptionError for a timeout that is not above 0. */
  constructor(options: EagerStopOptions = {}) {
    this.#inner = options.inner ?? new ExternalStopStrategy();
    this.#matches = options.matches ?? haveSameWords;
    this.#timeoutMs = options.timeoutMs ?? 5000;
    if (!(this.#timeoutMs > 0)) throw new InvalidOptionError("timeoutMs", "must be greater than 0.");
    this.resolvesProposals = this.#inner.resolvesProposals ?? false;
    this.announces = this.#inner.announces ?? true;
  }

  attach(host: UserTurnStopHost): void {
    this.#host = host;
    const how = (): { readonly answered: boolean } => ({
      answered: this.#answering !== undefined && this.#matches(this.#answering, this.#said),
    });
    this.#inner.attach({ ...host, stop: () => host.stop(how()), adoptStop: () => host.adoptStop(how()) });
  }

  async prepare(): Promise<void> {
    await this.#inner.prepare?.();
  }

  hear(frame: Frame): void {
    if (frame instanceof EagerTranscriptionFrame) this.#answer(frame.text);
    else if (frame instanceof TranscriptionFrame) this.#said = `${this.#said} ${frame.text}`.trim();
    else if (
      frame instanceof EagerEndOfTurnCancelFrame ||
      frame instanceof VADUserStartedSpeakingFrame ||
      frame instanceof ProposedUserStartedSpeakingFrame
    )
      this.#withdraw();
    this.#inner.hear(frame);
  }

  turnStarted(): void {
    this.#said = "";
    this.#inner.turnStarted?.();
  }

  turnStopped(how?: { readonly answered?: boolean }): void {
    if (how?.answered === true) this.#forget();
    else this.#withdraw();
    this.#said = "";
    this.#inner.turnStopped();
  }

  close(): void {
    this.#forget();
    this.#inner.close();
  }

  #answer(eager: string): void {
    if (eager.trim() === "") return;
    const text = `${this.#said} ${eager}`.trim();
    if (this.#answering !== undefined && this.#matches(this.#answering, text)) return;
    this.#withdraw();
    if (this.#host?.speculate(eager) !== true) return;
    this.#answering = text;
    this.#timer = this.#host.clock.setTimeout(() => {
      this.#timer = undefined;
      this.#withdraw();
    }, this.#timeoutMs);
  }

  #withdraw(): void {
    if (this.#answering === undefined) return;
    this.#forget();
    this.#host?.withdraw();
  }

  #forget(): void {
    this.#answering = undefined;
    this.#host?.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

function haveSameWords(one: string, other: string): boolean {
  return toWords(one) === toWords(other);
}

function toWords(text: string): string {
  const plain = text.normalize("NFKC").toLowerCase().replace(/['’]/gu, "");
  return (plain.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).join(" ");
}
