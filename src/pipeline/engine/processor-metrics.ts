import { type LLMTokenUsage, type MetricsData, MetricsFrame } from "../../frames/index.ts";
import { OnsetScan } from "../../audio/onset-scan.ts";

/** What metrics need from their processor. */
export interface MetricsHost {
  /** Name of the processor. */
  readonly name: string;
  nowMs(): number;
  /** Whether times are measured: the task asks for it and the processor can. */
  timesWanted(): boolean;
  /** Whether tokens, characters and seconds used are told. */
  usageWanted(): boolean;
  push(frame: MetricsFrame): void;
}

/** Measurements that run from a start to a stop. */
type Span = "ttfb" | "ttfa" | "ttfat" | "processing" | "textAggregation";

/** Runs while a measurement waits for its stop. */
type Starts = Partial<Record<Span, number | undefined>>;

/**
 * Measures the work of one processor and pushes each result downstream as a `MetricsFrame`, when the task enables metrics
 * and the processor's `canGenerateMetrics()` returns true; otherwise every method does nothing. Only the first stop after
 * a start counts; results below zero are dropped.
 */
export class ProcessorMetrics {
  /** The model that is measured, told with every result. */
  model: string | undefined = undefined;
  /** Measure the time to first byte (and to first audio, first token) only once. Default false. */
  onlyInitialTtfb = false;
  readonly #host: MetricsHost;
  #starts: Starts = {};
  #ttfbReported = false;
  #onset: OnsetScan | undefined;
  #firstAudioMs = 0;

  constructor(host: MetricsHost) {
    this.#host = host;
  }

  /**
   * A request goes out. Starts "ttfb", and with it "ttfa" and "ttfat".
   *
   * @param atMs when it went out, on the pipeline's clock. Default now.
   */
  startTtfb(atMs: number = this.#host.nowMs()): void {
    if (!this.#host.timesWanted() || (this.onlyInitialTtfb && this.#ttfbReported)) return;

    this.#starts.ttfb = atMs;
    this.#starts.ttfa = atMs;
    this.#starts.ttfat = atMs;
    this.#onset = undefined;
  }

  /**
   * The first byte of the answer is here.
   *
   * @param atMs when it came, on the pipeline's clock. Default now.
   */
  stopTtfb(atMs?: number): void {
    if (this.#stop("ttfb", atMs)) this.#ttfbReported = true;
  }

  /** The first token of a model's answer is here (thoughts do not count). */
  stopTtfat(): void {
    this.#stop("ttfat");
  }

  /**
   * Synthesised audio as it comes in, from the first chunk after `startTtfb` on. Reports "ttfa" once something audible is
   * found: when the first chunk came, and the silence it begins with.
   */
  audio(pcm: Int16Array, sampleRate: number, numChannels = 1): void {
    if (this.#starts.ttfa === undefined) return;

    if (this.#onset === undefined) {
      this.#onset = new OnsetScan(sampleRate, numChannels);
      this.#firstAudioMs = this.#host.nowMs();
    }
    const silenceMs = this.#onset.add(pcm);
    if (silenceMs !== undefined) this.#stop("ttfa", this.#firstAudioMs + silenceMs);
  }

  startProcessing(): void {
    this.#start("processing");
  }

  stopProcessing(): void {
    this.#stop("processing");
  }

  /** The first piece of a text that is collected to whole sentences is here. */
  startTextAggregation(): void {
    this.#start("textAggregation");
  }

  /** The first sentence is whole. */
  stopTextAggregation(): void {
    this.#stop("textAggregation");
  }

  llmUsage(usage: LLMTokenUsage): void {
    if (this.#host.usageWanted()) this.#tell({ ...this.#about(), kind: "llmUsage", usage });
  }

  ttsUsage(characters: number): void {
    if (this.#host.usageWanted()) this.#tell({ ...this.#about(), kind: "ttsUsage", characters });
  }

  sttUsage(audioMs: number): void {
    if (this.#host.usageWanted()) this.#tell({ ...this.#about(), kind: "sttUsage", audioMs });
  }

  /** Forgets whatever is being measured. */
  cancel(): void {
    this.#starts = {};
    this.#onset = undefined;
  }

  /** @internal The time spent is real; what else was awaited will not come, and its time would say nothing. */
  interrupted(): void {
    this.#stop("processing");
    this.cancel();
  }

  #start(span: Span): void {
    if (this.#host.timesWanted()) this.#starts[span] = this.#host.nowMs();
  }

  #stop(span: Span, atMs = this.#host.nowMs()): boolean {
    const startMs = this.#starts[span];
    if (startMs === undefined) return false;

    this.#starts[span] = undefined;
    const valueMs = atMs - startMs;
    if (valueMs < 0) return false;

    this.#tell({ ...this.#about(), kind: span, valueMs });
    return true;
  }

  #about(): { readonly processor: string; readonly model?: string } {
    return this.model === undefined
      ? { processor: this.#host.name }
      : { processor: this.#host.name, model: this.model };
  }

  #tell(data: MetricsData): void {
    this.#host.push(new MetricsFrame([data]));
  }
}
