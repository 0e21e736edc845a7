import type { Frame, FrameDirection, StartFrame } from "../../../src/frames/index.ts";
import { Pipeline, PipelineTask, type PipelineTaskResult } from "../../../src/pipeline/index.ts";
import { ScriptedAudioSink } from "../../../src/testing/scripted-audio-sink.ts";
import { ScriptedVideoSink } from "../../../src/testing/scripted-video-sink.ts";
import { BaseOutputTransport, type OutputTransportOptions } from "../../../src/transport/base/base-output-transport.ts";
import type { InterruptionNotice } from "../../../src/transport/base/interruption-notice.ts";
import type { VideoFormat } from "../../../src/transport/base/video-sink.ts";
import { parseTransportParams, type TransportParamsInput } from "../../../src/transport/base/transport-params.ts";
import { Collector, TestLogger } from "../frames.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";

export interface OutputHarnessOptions extends OutputTransportOptions {
  readonly params?: TransportParamsInput;
  /** Default true. */
  readonly ready?: boolean;
  readonly sinkLatencyMs?: number;
  /** How far ahead sinks prefer to be written, in ms; large for delivery ahead of real time. */
  readonly sinkLeadMs?: number;
  /** How the far end is notified of an interruption. Default: not at all. */
  readonly notice?: () => InterruptionNotice;
}

/** A whole task around an output transport. Collects what is pushed in both directions, written and sent. */
export class OutputHarness {
  readonly clock = new VirtualClock();
  readonly logger = new TestLogger();
  readonly sinks = new Map<string | undefined, ScriptedAudioSink>();
  readonly videoSinks = new Map<string | undefined, ScriptedVideoSink>();
  readonly videoFormats: VideoFormat[] = [];
  readonly messages: { readonly message: unknown; readonly atMs: number }[] = [];
  /** Flushes and interruption notices, in the order in which they happened. */
  readonly order: string[] = [];
  readonly upstream = new Collector(this.clock, "upstream");
  readonly downstream = new Collector(this.clock, "downstream");
  readonly output: TestOutput;
  readonly task: PipelineTask;
  #run: Promise<PipelineTaskResult> | undefined;

  constructor(options: OutputHarnessOptions = {}) {
    this.output = new TestOutput(this, options);
    this.task = new PipelineTask(new Pipeline([this.upstream, this.output, this.downstream]), {
      clock: this.clock,
      logger: this.logger,
      params: { endTimeoutMs: 600_000 },
    });
  }

  get sink(): ScriptedAudioSink {
    const [sink] = this.sinks.values();
    if (!sink) throw new Error("No sink has been opened.");
    return sink;
  }

  async start(): Promise<this> {
    this.#run = this.task.run();
    this.#run.catch(() => undefined);
    await this.clock.advance(0);
    return this;
  }

  get videoSink(): ScriptedVideoSink {
    const [sink] = this.videoSinks.values();
    if (!sink) throw new Error("No video sink has been opened.");
    return sink;
  }

  async send(...frames: Frame[]): Promise<void> {
    this.task.queueFrames(frames);
    await this.clock.advance(0);
  }

  async sendFrom(direction: FrameDirection, frame: Frame): Promise<void> {
    this.task.queueFrame(frame, direction);
    await this.clock.advance(0);
  }

  /** Lets time pass in steps of a second until the task is over. */
  async finish(): Promise<PipelineTaskResult> {
    let done = false;
    const run = this.task.run().finally(() => (done = true));
    run.catch(() => undefined);
    while (!(done as boolean)) await this.clock.advance(1000);
    return await run;
  }
}

export class TestOutput extends BaseOutputTransport {
  readonly #harness: OutputHarness;
  readonly #options: OutputHarnessOptions;
  stops = 0;
  cancels = 0;

  constructor(harness: OutputHarness, options: OutputHarnessOptions) {
    super(parseTransportParams({ audioOutEnabled: true, ...options.params }), options);
    this.#harness = harness;
    this.#options = options;
  }

  async openOnly(): Promise<void> {
    await this.openSenders();
  }

  makeReady(): void {
    this.setTransportReady();
  }

  protected override async start(_frame: StartFrame): Promise<void> {
    if (this.#options.ready === false) return;
    await this.openSenders();
    this.setTransportReady();
  }

  protected override openSink(destination: string | undefined, sampleRate: number): Promise<ScriptedAudioSink> {
    const { clock, sinks, order } = this.#harness;
    const { sinkLatencyMs: latencyMs = 0, sinkLeadMs } = this.#options;
    const lead = sinkLeadMs === undefined ? {} : { preferredLeadMs: sinkLeadMs };
    const sink = new ScriptedAudioSink({ clock, sampleRate, latencyMs, ...lead });
    sinks.set(destination, sink);
    const flush = sink.flush.bind(sink);
    sink.flush = () => {
      order.push("flush");
      return flush();
    };
    return Promise.resolve(sink);
  }

  protected override openVideoSink(
    destination: string | undefined,
    format: VideoFormat,
  ): Promise<ScriptedVideoSink | undefined> {
    const sink = new ScriptedVideoSink({ clock: this.#harness.clock });
    this.#harness.videoSinks.set(destination, sink);
    this.#harness.videoFormats.push(format);
    return Promise.resolve(sink);
  }

  protected override sendMessage(message: unknown): Promise<void> {
    this.#harness.messages.push({ message, atMs: this.#harness.clock.nowMs() });
    return message === "fails" ? Promise.reject(new Error("no way")) : Promise.resolve();
  }

  protected override onInterruption(): InterruptionNotice | undefined {
    this.#harness.order.push("interrupt");
    return this.#options.notice?.();
  }

  protected override stop(): Promise<void> {
    this.stops++;
    return Promise.resolve();
  }

  protected override cancel(): Promise<void> {
    this.cancels++;
    return Promise.resolve();
  }
}
