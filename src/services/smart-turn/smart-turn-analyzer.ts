import type { InputAudioRawFrame } from "../../frames/index.ts";
import type { TurnAnalyzer } from "../../processors/index.ts";
import { InvalidOptionError } from "../../util/errors.ts";
import { FEATURE_RATE, FEATURE_SAMPLES } from "./log-mel.ts";
import { SpeechRecording } from "./speech-recording.ts";
import { TurnModel } from "./turn-model.ts";

/** Options of a {@link SmartTurnAnalyzer}. */
export interface SmartTurnOptions {
  /**
   * Path of the model, which this package does not contain: `smart-turn-v3.2-cpu.onnx` from
   * `https://huggingface.co/pipecat-ai/smart-turn-v3`, or another model with the same input and output.
   */
  readonly modelPath: string;
  /** A turn counts as complete when the model finds that more likely than this, 0 to 1. Default 0.5. */
  readonly threshold?: number;
  /**
   * How much audio from before voice activity was reported belongs to the turn, in milliseconds. Default 700: half a
   * second, and the 200 ms of speech that a VADProcessor needs to be sure.
   */
  readonly preSpeechMs?: number;
  /** Called with each judgement, to log it or to find a threshold. Must not throw. */
  readonly onJudgement?: (judgement: TurnJudgement) => void;
}

/** A judgement of the model. */
export interface TurnJudgement {
  /** How likely the turn is complete, from 0 to 1. */
  readonly probability: number;
  /** Whether it counts as complete. */
  readonly complete: boolean;
}

/**
 * Judges from the sound of the user's speech (at most its last 8 s) whether the turn is complete, with Pipecat's
 * smart-turn v3 model. Pass it to a TurnAnalyzerStopStrategy, behind a VADProcessor that reports silence soon (`stopMs:
 * 200`).
 *
 * Features and model run in a thread, so that the bot's event loop is never blocked: on `onnxruntime-node` where it is
 * installed, else on `onnxruntime-web` (both are optional peers).
 *
 * Input and output follow Pipecat's `LocalSmartTurnAnalyzerV3` and the README of `pipecat-ai/smart-turn`.
 */
export class SmartTurnAnalyzer implements TurnAnalyzer {
  readonly #model: TurnModel;
  readonly #recording: SpeechRecording;
  readonly #threshold: number;
  readonly #onJudgement: SmartTurnOptions["onJudgement"];

  /** @throws InvalidOptionError for options that are out of range. */
  constructor(options: SmartTurnOptions) {
    const { modelPath, threshold = 0.5, preSpeechMs = 700 } = options;
    if (typeof modelPath !== "string" || modelPath === "")
      throw new InvalidOptionError("modelPath", "must be the path of a smart-turn v3 model.");
    if (!(threshold >= 0 && threshold <= 1))
      throw new InvalidOptionError("threshold", `must be 0 to 1; got ${threshold}.`);
    if (!(preSpeechMs >= 0 && preSpeechMs < Infinity))
      throw new InvalidOptionError("preSpeechMs", `must be 0 or more milliseconds; got ${preSpeechMs}.`);
    this.#model = new TurnModel(modelPath);
    this.#recording = new SpeechRecording({ maxMs: (FEATURE_SAMPLES / FEATURE_RATE) * 1000, preSpeechMs });
    this.#threshold = threshold;
    this.#onJudgement = options.onJudgement;
  }

  /**
   * Loads the runtime and the model. The strategy calls it before the first audio.
   *
   * @throws MissingPackageError if no ONNX runtime is installed; InvalidOptionError if the model cannot be loaded.
   */
  prepare(): Promise<void> {
    return this.#model.load();
  }

  listen(frame: InputAudioRawFrame, speaking: boolean): void {
    this.#recording.add(frame, speaking);
  }

  async analyze(signal: AbortSignal): Promise<"complete" | "incomplete"> {
    const speech = this.#recording.copy();
    // Nothing was said that could be complete.
    if (speech.pcm.length === 0) return "incomplete";
    const probability = await this.#model.judge(speech);
    signal.throwIfAborted();
    const complete = probability > this.#threshold;
    this.#onJudgement?.({ probability, complete });
    return complete ? "complete" : "incomplete";
  }

  reset(): void {
    this.#recording.endTurn();
  }

  close(): void {
    this.#model.close();
  }
}
