import type { CancelFrame, Frame, FrameDirection } from "../frames/index.ts";
import { asError } from "../util/errors.ts";
import { FrameProcessor } from "./frame-processor.ts";
import type { FrameProcessorOptions } from "./frame-processor.ts";
import { ProcessorSetupError } from "./pipeline-errors.ts";
import type { FrameReceiver, ProcessorSetup } from "./processor-types.ts";

/**
 * Processors in a row, as one processor; pipelines nest. It adds no queue: frames go straight to its first processor
 * (or its last, upstream), and what leaves those goes to its own neighbours.
 */
export class Pipeline extends FrameProcessor {
  readonly #processors: readonly FrameProcessor[];
  readonly #settingUp = new Set<FrameProcessor>();
  readonly #cleaningUp = new Set<FrameProcessor>();

  constructor(processors: readonly FrameProcessor[], options: FrameProcessorOptions = {}) {
    super(options);
    this.#processors = [...processors];
    const source: FrameReceiver = new PipelineEnd(`${this.name}.source`, this);
    const sink: FrameReceiver = new PipelineEnd(`${this.name}.sink`, this);
    for (const [index, processor] of this.#processors.entries()) {
      processor.link(this.#processors[index - 1] ?? source, this.#processors[index + 1] ?? sink);
    }
  }

  /** Sets all processors up at once and waits for all; then rejects with the first failure, if there was one. */
  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    const failures: ProcessorSetupError[] = [];
    await this.#each(this.#settingUp, async (processor) => {
      try {
        await processor.setup(setup);
      } catch (thrown) {
        failures.push(setupError(processor, thrown, setup));
      }
    });
    if (failures[0] !== undefined) {
      throw failures[0];
    }
  }

  /** Cleans all processors up at once; one that fails does not keep the others from it. */
  override async cleanup(): Promise<void> {
    const failures: Error[] = [];
    await this.#each(this.#cleaningUp, async (processor) => {
      try {
        await processor.cleanup();
      } catch (thrown) {
        failures.push(asError(thrown));
      }
    });
    await super.cleanup();
    if (failures.length === 1 && failures[0] !== undefined) {
      throw failures[0];
    }
    if (failures.length > 1) {
      throw new AggregateError(failures, `${failures.length} processors of ${this.name} failed to clean up.`);
    }
  }

  override queueFrame(frame: Frame, direction: FrameDirection = "downstream"): void {
    const first = direction === "downstream" ? this.#processors[0] : this.#processors.at(-1);
    if (first === undefined) {
      this.push(frame, direction);
    } else {
      first.queueFrame(frame, direction);
    }
  }

  /** @internal */
  override busyProcessors(): string[] {
    return this.#processors.flatMap((processor) => processor.busyProcessors());
  }

  /** @internal Names of the processors whose setup or cleanup is still under way. */
  pendingProcessors(): string[] {
    return [...this.#settingUp, ...this.#cleaningUp].flatMap((processor) =>
      processor instanceof Pipeline ? processor.pendingProcessors() : [processor.name],
    );
  }

  /** @internal */
  override async cancelNow(frame: CancelFrame, direction?: FrameDirection): Promise<void> {
    if (this.#processors.length === 0) {
      this.push(frame, direction);
      return;
    }
    await Promise.all(this.#processors.map((processor) => processor.cancelNow(frame, direction)));
  }

  async #each(pending: Set<FrameProcessor>, work: (processor: FrameProcessor) => Promise<void>): Promise<void> {
    await Promise.all(
      this.#processors.map(async (processor) => {
        pending.add(processor);
        await work(processor);
        pending.delete(processor);
      }),
    );
  }
}

/** A pipeline inside this one has named the processor, and told of it, already. */
function setupError(processor: FrameProcessor, thrown: unknown, setup: ProcessorSetup): ProcessorSetupError {
  if (thrown instanceof ProcessorSetupError) {
    return thrown;
  }
  const error = new ProcessorSetupError(processor.name, asError(thrown));
  setup.onSetupError?.(error);
  return error;
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
