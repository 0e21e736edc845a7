import type { Frame, FrameDirection } from "../frames/index.ts";
import { CompoundProcessor } from "./compound-processor.ts";
import type { FrameProcessor, FrameProcessorOptions } from "./frame-processor.ts";
import type { FrameReceiver } from "./processor-types.ts";

/**
 * Processors in a row, as one processor; pipelines nest. It adds no queue: a frame is passed straight to its first processor
 * (or its last, upstream), and what leaves those is passed to its own neighbours.
 */
export class Pipeline extends CompoundProcessor {
  readonly #first: FrameProcessor | undefined;
  readonly #last: FrameProcessor | undefined;

  /**
   * Makes a row of these processors; an empty row is a wire.
   *
   * @throws InvalidOptionError when a processor is in a pipeline already.
   */
  constructor(processors: readonly FrameProcessor[], options: FrameProcessorOptions = {}) {
    const row = [...processors];
    super(row, options);
    this.#first = row[0];
    this.#last = row.at(-1);
    const source: FrameReceiver = new PipelineEnd(`${this.name}.source`, this);
    const sink: FrameReceiver = new PipelineEnd(`${this.name}.sink`, this);
    for (const [index, processor] of row.entries()) processor.link(row[index - 1] ?? source, row[index + 1] ?? sink);
  }

  /** Captured audio that waits in the first processor, in ms. */
  override get waitingInputAudioMs(): number {
    return this.#first?.waitingInputAudioMs ?? this.nextWaitingInputAudioMs;
  }

  /** Passes the frame to the first processor, or upstream to the last. Default direction "downstream". */
  override queueFrame(frame: Frame, direction: FrameDirection = "downstream"): void {
    const first = direction === "downstream" ? this.#first : this.#last;
    if (first === undefined) this.push(frame, direction);
    else first.queueFrame(frame, direction);
  }
}

/** Where frames leave a pipeline, at either end. */
class PipelineEnd implements FrameReceiver {
  readonly name: string;
  readonly #pipeline: Pipeline;

  constructor(name: string, pipeline: Pipeline) {
    this.name = name;
    this.#pipeline = pipeline;
  }

  queueFrame(frame: Frame, direction?: FrameDirection): void {
    this.#pipeline.push(frame, direction);
  }
}
