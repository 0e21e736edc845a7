import { OnsetScan } from "../../audio/onset-scan.ts";
import { type AvatarMeasurement, type LLMTokenUsage, type MetricsData, MetricsFrame } from "../../frames/index.ts";
import type { MetricsServices } from "./processor-services.ts";

/** Measurements that run from a start to a stop. */
type Span = "ttfb" | "ttfa" | "ttfat" | "processing" | "textAggregation";

/** When each measurement that waits for its stop began. */
type Starts = Partial<Record<Span, number | undefined>>;

/**
 * Measures the work of one processor and pushes each result downstream as a `MetricsFrame`, when the task enables metrics
 * and the processor's `canGenerateMetrics()` returns true; otherwise every method does nothing. Only the first stop after
 * a start counts; results below zero are dropped.
 */
export class ProcessorMetrics {
  /** The model that is measured; part of every result. */
  model: string | undefined = undefined;
  /** Whether the time to first byte (and to first audio, first token) is measured only once. Default false. */
  onlyInitialTtfb = false;
  readonly #services: MetricsServices;
  #starts: Starts = {};
  #ttfbReported = false;
  #onset: OnsetScan | undefined;
  #firstAudioMs = 0;

  /** @internal Processors make their own and offer it as `metrics`. */
  constructor(services: MetricsServices) {
    this.#services = services;
  }

  /**
   * Starts "ttfb", "ttfa" and "ttfat": a request is sent.
   *
   * @param atMs when it was sent, on the pipeline's clock. Default now.
   */
  startTtfb(atMs: number = this.#services.clock().nowMs()): void {
    if (!this.#services.measuresTimes() || (this.onlyInitialTtfb && this.#ttfbReported)) return;
    this.#starts.ttfb = atMs;
    this.#starts.ttfa = atMs;
    this.#starts.ttfat = atMs;
    this.#onset = undefined;
  }

  /**
   * Stops "ttfb": the first byte of the answer has arrived.
   *
   * @param atMs when it arrived, on the pipeline's clock. Default now.
   */
  stopTtfb(atMs?: number): void {
    if (this.#stop("ttfb", atMs)) this.#ttfbReported = true;
  }

  /** Stops "ttfat": the first token of a model's answer has arrived (thoughts do not count). */
  stopTtfat(): void {
    this.#stop("ttfat");
  }

  /**
   * Takes synthesised audio as it arrives, from the first chunk after `startTtfb` on. Stops "ttfa" once something audible
   * is found: at the first chunk's arrival plus the silence that the audio begins with.
   *
   * @param sampleRate in Hz.
   * @param numChannels default 1.
   */
  audio(pcm: Int16Array, sampleRate: number, numChannels = 1): void {
    if (this.#starts.ttfa === undefined) return;
    if (this.#onset === undefined) {
      this.#onset = new OnsetScan(sampleRate, numChannels);
      this.#firstAudioMs = this.#services.clock().nowMs();
    }
    const silenceMs = this.#onset.add(pcm);
    if (silenceMs !== undefined) this.#stop("ttfa", this.#firstAudioMs + silenceMs);
  }

  /** Starts "processing". */
  startProcessing(): void {
    this.#start("processing");
  }

  /** Stops "processing". */
  stopProcessing(): void {
    this.#stop("processing");
  }

  /** Starts "textAggregation": the first piece of a text that is collected to whole sentences has arrived. */
  startTextAggregation(): void {
    this.#start("textAggregation");
  }

  /** Stops "textAggregation": the first sentence is complete. */
  stopTextAggregation(): void {
    this.#stop("textAggregation");
  }

  /** Reports the tokens that a model used. */
  llmUsage(usage: LLMTokenUsage): void {
    if (this.#services.measuresUsage()) this.#report({ ...this.#subject(), kind: "llmUsage", usage });
  }

  /** Reports the characters that were synthesised. */
  ttsUsage(characters: number): void {
    if (this.#services.measuresUsage()) this.#report({ ...this.#subject(), kind: "ttsUsage", characters });
  }

  /** Reports the audio that was transcribed, in ms. */
  sttUsage(audioMs: number): void {
    if (this.#services.measuresUsage()) this.#report({ ...this.#subject(), kind: "sttUsage", audioMs });
  }

  /** Reports that a state of the avatar has ended. */
  avatar(measurement: AvatarMeasurement): void {
    if (this.#services.measuresTimes()) this.#report({ ...this.#subject(), kind: "avatar", ...measurement });
  }

  /** Discards all measurements in progress. */
  cancel(): void {
    this.#starts = {};
    this.#onset = undefined;
  }

  /** @internal Stops "processing", whose time was really spent, and discards the rest: what those waited for will not happen. */
  interrupted(): void {
    this.#stop("processing");
    this.cancel();
  }

  #start(span: Span): void {
    if (this.#services.measuresTimes()) this.#starts[span] = this.#services.clock().nowMs();
  }

  #stop(span: Span, atMs = this.#services.clock().nowMs()): boolean {
    const startMs = this.#starts[span];
    if (startMs === undefined) return false;
    this.#starts[span] = undefined;
    const valueMs = atMs - startMs;
    if (valueMs < 0) return false;
    this.#report({ ...this.#subject(), kind: span, valueMs });
    return true;
  }

  #subject(): { readonly processor: string; readonly model?: string } {
    return this.model === undefined
      ? { processor: this.#services.name }
      : { processor: this.#services.name, model: this.model };
  }

  #report(data: MetricsData): void {
    this.#services.processor.push(new MetricsFrame([data]));
  }
}
