import {
  type Frame,
  type FrameDirection,
  InputAudioRawFrame,
  SpeechControlParamsFrame,
  StartFrame,
  UserSpeakingFrame,
  VADParamsUpdateFrame,
  type VADParams,
  VADUserStartedSpeakingFrame,
  VADUserStoppedSpeakingFrame,
} from "../../frames/index.ts";
import { FrameProcessor, type ProcessContext, type ProcessorSetup } from "../../pipeline/index.ts";
import { withDeadline } from "../../util/deadline.ts";
import { asError } from "../../util/errors.ts";
import { AnalyzerFeed } from "./analyzer-feed.ts";
import type { VADAnalyzer } from "./vad-analyzer.ts";
import { type VADChange, VADController } from "./vad-controller.ts";
import { resolveVADParams } from "./vad-params.ts";
import { VolumeMeter } from "./volume-meter.ts";

const SPEAKING_EVERY_MS = 200;
/** Frames behind the audio wait for its analysis, so that must not take forever. */
const ANALYSIS_TIMEOUT_MS = 1000;

/** Options of a {@link VADProcessor}. */
export interface VADProcessorOptions {
  /** Analyzer of the audio. It is closed with the processor: pass every processor its own. */
  readonly analyzer: VADAnalyzer;
  /** Parameters; those left out keep their defaults. */
  readonly params?: VADParams;
  /** Speech ends when no audio arrives for this long (a muted microphone), in milliseconds. Default 1000. */
  readonly gapMs?: number;
  /** Name of the processor in logs and errors. Default: its class name with a number. */
  readonly name?: string;
}

/**
 * Detects speech in the audio that passes. It broadcasts VADUserStartedSpeakingFrame and VADUserStoppedSpeakingFrame,
 * in order with the audio, and UserSpeakingFrame every 200 ms of speech. It broadcasts its parameters in a
 * SpeechControlParamsFrame at the start and whenever a VADParamsUpdateFrame changes them.
 */
export class VADProcessor extends FrameProcessor {
  readonly #analyzer: VADAnalyzer;
  readonly #feed: AnalyzerFeed;
  readonly #meter = new VolumeMeter();
  readonly #params: Required<VADParams>;
  readonly #gapMs: number | undefined;
  #controller: VADController | undefined;
  #sinceSpeakingMs = 0;
  #failing = false;
  #closed = false;

  /** @throws InvalidOptionError for parameters that are out of range. */
  constructor(options: VADProcessorOptions) {
    super(options.name === undefined ? {} : { name: options.name });
    this.#analyzer = options.analyzer;
    this.#feed = new AnalyzerFeed(options.analyzer);
    this.#params = resolveVADParams(options.params ?? {});
    this.#gapMs = options.gapMs;
  }

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    this.#controller = new VADController({
      clock: setup.clock,
      params: this.#params,
      ...(this.#gapMs !== undefined && { gapMs: this.#gapMs }),
      onGap: (wasSpeaking) => {
        this.#onGap(wasSpeaking);
      },
    });
    await Promise.all([this.#analyzer.prepare?.(), this.#feed.tune(setup.audioInSampleRate)]);
  }

  override process(frame: Frame, direction: FrameDirection, context: ProcessContext): void | Promise<void> {
    context.push(frame, direction);
    if (frame instanceof InputAudioRawFrame && direction === "downstream") return this.#listen(frame);
    if (frame instanceof StartFrame) {
      this.#broadcastParams();
    } else if (frame instanceof VADParamsUpdateFrame) {
      this.#controller?.update(frame.params);
      this.#broadcastParams();
    }
  }

  override async cleanup(): Promise<void> {
    await super.cleanup();
    if (this.#closed) return;
    this.#closed = true;
    this.#controller?.close();
    this.#feed.close();
    await this.#analyzer.close();
  }

  async #listen(frame: InputAudioRawFrame): Promise<void> {
    this.#controller?.noteAudio();
    try {
      if (!this.#feed.isTunedTo(frame.sampleRate)) await this.#feed.tune(frame.sampleRate);
      for (const block of this.#feed.blocks(frame)) {
        const answer = this.#analyzer.confidence(block, this.#feed.sampleRate);
        const confidence = typeof answer === "number" ? answer : await this.#withAnalysisDeadline(answer);
        if (this.#closed) return;
        this.#failing = false;
        this.#judge(confidence, block);
      }
    } catch (thrown) {
      // Reported once, not fifty times per second; the audio itself has passed.
      if (!this.#failing) this.pushError(asError(thrown));
      this.#failing = true;
    }
  }

  #withAnalysisDeadline(answer: Promise<number>): Promise<number> {
    return withDeadline(this.clock, answer, ANALYSIS_TIMEOUT_MS, `${this.name}'s analysis of a block of audio`);
  }

  #judge(confidence: number, block: Int16Array): void {
    const { blockMs } = this.#feed;
    const change = this.#controller?.hear(confidence, this.#meter.add(block, blockMs), blockMs);
    if (change !== undefined) this.#broadcastChange(change);
    if (!this.#controller?.speaking) return;
    this.#sinceSpeakingMs += blockMs;
    if (this.#sinceSpeakingMs >= SPEAKING_EVERY_MS) {
      this.#sinceSpeakingMs = 0;
      this.broadcast(() => new UserSpeakingFrame());
    }
  }

  #broadcastChange(change: VADChange): void {
    const timestampMs = this.clock.wallMs();
    const { startMs: startDelayMs, stopMs: stopDelayMs } = this.#controller?.params ?? this.#params;
    if (change === "started") {
      this.#sinceSpeakingMs = 0;
      this.broadcast(() => new VADUserStartedSpeakingFrame({ startDelayMs, timestampMs }));
    } else {
      this.broadcast(() => new VADUserStoppedSpeakingFrame({ stopDelayMs, timestampMs }));
    }
  }

  #onGap(wasSpeaking: boolean): void {
    this.#feed.reset();
    this.#meter.reset();
    this.#analyzer.reset();
    if (!wasSpeaking) return;
    const fields = { stopDelayMs: this.#gapMs ?? 1000, timestampMs: this.clock.wallMs() };
    this.broadcast(() => new VADUserStoppedSpeakingFrame(fields));
  }

  #broadcastParams(): void {
    const params = this.#controller?.params ?? this.#params;
    this.broadcast(() => new SpeechControlParamsFrame(params));
  }
}
