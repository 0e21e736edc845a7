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

/** Tells from the sound of speech whether the speaker is through, or only pauses: mostly a model. */
export interface TurnAnalyzer {
  /** Takes the user's audio as it comes, with whether there is voice activity. Keep what you need of it, and bound it. */
  listen(frame: InputAudioRawFrame, speaking: boolean): void;
  /** Voice activity has ended: is the turn complete? The signal aborts when the user speaks again. */
  analyze(signal: AbortSignal): Promise<"complete" | "incomplete">;
  /** The turn is over. */
  reset(): void;
  /** Idempotent. */
  close(): void;
}

export interface TurnAnalyzerStopOptions {
  readonly analyzer: TurnAnalyzer;
  /** Silence that ends even an incomplete turn. Default 3000 ms. */
  readonly silenceLimitMs?: number;
  /** How long the analyzer may take; then the turn counts as complete. Default 1000 ms. */
  readonly analysisTimeoutMs?: number;
  /** Silence that ends a turn without voice activity, after its last transcript. Default 600 ms. */
  readonly userSpeechTimeoutMs?: number;
}

/**
 * At the end of voice activity an analyzer judges whether the user is through. A complete turn ends with its transcript,
 * an incomplete one when the silence has lasted too long.
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

  hear(frame: Frame): void {
    if (frame instanceof InputAudioRawFrame) {
      this.#analyzer.listen(frame, this.#speaking);
      return;
    }
    if (frame instanceof VADUserStartedSpeakingFrame) {
      this.#speaking = true;
      this.#forgetVerdict();
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
    this.#forgetVerdict();
    this.#watch.turnStopped();
    this.#analyzer.reset();
  }

  close(): void {
    this.#forgetVerdict();
    this.#watch.close();
    this.#analyzer.close();
  }

  #forgetVerdict(): void {
    this.#analysis?.abort();
    this.#analysis = undefined;
    this.#watch.setQuietMs(Infinity);
  }

  async #analyze(): Promise<void> {
    const host = this.#host;
    if (host === undefined) return;
    this.#forgetVerdict();
    const analysis = new AbortController();
    this.#analysis = analysis;
    let verdict: "complete" | "incomplete" = "complete";
    try {
      const answer = this.#analyzer.analyze(analysis.signal);
      verdict = await withDeadline(host.clock, answer, this.#analysisTimeoutMs, "The analysis of the user's turn");
    } catch (thrown) {
      // Without a verdict an answer too early is better than one too late: the user can barge in.
      if (!analysis.signal.aborted)
        host.logger.warn(`${asError(thrown).message} The turn counts as complete.`, { error: thrown });
    }
    if (analysis.signal.aborted) return;
    this.#watch.setQuietMs(verdict === "complete" ? 0 : this.#silenceLimitMs);
  }
}
