import {
  type Frame,
  InputAudioRawFrame,
  VADUserStartedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../../frames/index.ts";
import { withDeadline } from "../../util/deadline.ts";
import { asError } from "../../util/errors.ts";
import { SpeechEndWatch } from "./speech-end-watch.ts";
import type { UserTurnStopHost, UserTurnStopStrategy } from "./turn-strategies.ts";

/** Judges from the sound of speech whether the speaker has finished or only pauses. Usually a model. */
export interface TurnAnalyzer {
  /** Loads what the analyzer needs. Called before the first audio. A failure fails the pipeline's setup. */
  prepare?(): Promise<void>;
  /**
   * Receives the user's audio as it arrives, and whether there is voice activity. Keep what you need, within a bound.
   */
  listen(frame: InputAudioRawFrame, speaking: boolean): void;
  /** Decides after voice activity whether the turn is complete. The signal aborts when the user speaks again. */
  analyze(signal: AbortSignal): Promise<"complete" | "incomplete">;
  /** Called when the turn is over. */
  reset(): void;
  /** Releases all resources. Idempotent. */
  close(): void;
}

/** Options of a {@link TurnAnalyzerStopStrategy}. */
export interface TurnAnalyzerStopOptions {
  /** The analyzer. The strategy closes it. */
  readonly analyzer: TurnAnalyzer;
  /** Silence that ends even an incomplete turn, in milliseconds. Default 3000. */
  readonly silenceLimitMs?: number;
  /** How long the analyzer may take before the turn counts as complete, in milliseconds. Default 1000. */
  readonly analysisTimeoutMs?: number;
  /** Silence after the last transcript that ends a turn without voice activity, in milliseconds. Default 600. */
  readonly userSpeechTimeoutMs?: number;
}

/**
 * Asks an analyzer at the end of voice activity whether the user has finished. A complete turn ends with its
 * transcript, an incomplete one after a long silence.
 */
export class TurnAnalyzerStopStrategy implements UserTurnStopStrategy {
  readonly #analyzer: TurnAnalyzer;
  readonly #silenceLimitMs: number;
  readonly #analysisTimeoutMs: number;
  readonly #watch: SpeechEndWatch;
  #host: UserTurnStopHost | undefined;
  #speaking = false;
  #analysis: AbortController | undefined;

  constructor(options: TurnAnalyzerStopOptions) {
    this.#analyzer = options.analyzer;
    this.#silenceLimitMs = options.silenceLimitMs ?? 3000;
    this.#analysisTimeoutMs = options.analysisTimeoutMs ?? 1000;
    this.#watch = new SpeechEndWatch({
      quietMs: Infinity,
      softQuietMs: options.userSpeechTimeoutMs ?? 600,
      onOver: () => this.#host?.stop(),
    });
  }

  attach(host: UserTurnStopHost): void {
    this.#host = host;
    this.#watch.attach(host.clock);
  }

  async prepare(): Promise<void> {
    await this.#analyzer.prepare?.();
  }

  hear(frame: Frame): void {
    if (frame instanceof InputAudioRawFrame) {
      this.#analyzer.listen(frame, this.#speaking);
      return;
    }
    if (frame instanceof VADUserStartedSpeakingFrame) {
      this.#speaking = true;
      this.#dropVerdict();
    }
    this.#watch.hear(frame);
    if (frame instanceof VADUserStoppedSpeakingFrame) {
      this.#speaking = false;
      void this.#analyze();
    }
  }

  turnStarted(): void {
    this.#watch.turnStarted();
  }

  turnStopped(): void {
    this.#dropVerdict();
    this.#watch.turnStopped();
    this.#analyzer.reset();
  }

  close(): void {
    this.#dropVerdict();
    this.#watch.close();
    this.#analyzer.close();
  }

  #dropVerdict(): void {
    this.#analysis?.abort();
    this.#analysis = undefined;
    this.#watch.setQuietMs(Infinity);
  }

  async #analyze(): Promise<void> {
    const host = this.#host;
    if (host === undefined) return;
    this.#dropVerdict();
    const analysis = new AbortController();
    this.#analysis = analysis;
    let verdict: "complete" | "incomplete" = "complete";
    try {
      const answer = this.#analyzer.analyze(analysis.signal);
      verdict = await withDeadline(host.clock, answer, this.#analysisTimeoutMs, "The analysis of the user's turn");
    } catch (thrown) {
      // Without a verdict, answering too early is better than too late: the user can barge in.
      if (!analysis.signal.aborted)
        host.logger.warn(`${asError(thrown).message} The turn counts as complete.`, { error: thrown });
    }
    if (analysis.signal.aborted) return;
    this.#watch.setQuietMs(verdict === "complete" ? 0 : this.#silenceLimitMs);
  }
}
