import type { CancelFrame, FrameDirection } from "../frames/index.ts";
import { asError } from "../util/errors.ts";
import { FrameProcessor, type FrameProcessorOptions } from "./frame-processor.ts";
import { ProcessorSetupError } from "./pipeline-errors.ts";
import type { ProcessorSetup } from "./processor-types.ts";

/**
 * A processor made of others, which it sets up, cancels and cleans up together. Its subclass decides how frames cross it.
 */
export abstract class CompoundProcessor extends FrameProcessor {
  /** Frames pass a compound without a queue of its own. */
  protected override readonly direct = true;
  readonly #children: readonly FrameProcessor[];
  readonly #settingUp = new Set<FrameProcessor>();
  readonly #cleaningUp = new Set<FrameProcessor>();

  /** Makes a processor of these; a processor belongs to one pipeline. */
  constructor(children: readonly FrameProcessor[], options: FrameProcessorOptions = {}) {
    super(options);
    this.#children = children;
  }

  /**
   * Sets all processors up at the same time and waits for all.
   *
   * @throws ProcessorSetupError: the first failure.
   */
  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    const failures: ProcessorSetupError[] = [];
    await this.#each(this.#settingUp, async (processor) => {
      const startMs = setup.clock.nowMs();
      try {
        await processor.setup(setup);
        if (!(processor instanceof CompoundProcessor)) {
          const timeMs = setup.clock.nowMs();
          setup.observers?.setUp({ processor: processor.name, durationMs: timeMs - startMs, timeMs });
        }
      } catch (thrown) {
        failures.push(toSetupError(processor, thrown, setup));
      }
    });
    if (failures[0] !== undefined) throw failures[0];
  }

  /**
   * Cleans all processors up at the same time; one that fails does not stop the others.
   *
   * @throws the error of the one that failed, or an AggregateError of several.
   */
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
    if (failures.length === 1 && failures[0] !== undefined) throw failures[0];
    if (failures.length > 1)
      throw new AggregateError(failures, `${failures.length} processors of ${this.name} failed to clean up.`);
  }

  /** @internal */
  override allProcessors(): FrameProcessor[] {
    return [this, ...this.#children.flatMap((processor) => processor.allProcessors())];
  }

  /** @internal */
  override busyProcessors(): string[] {
    return this.#children.flatMap((processor) => processor.busyProcessors());
  }

  /** @internal */
  override danglingHandlers(): string[] {
    return this.#children.flatMap((processor) => processor.danglingHandlers());
  }

  /** @internal Names of the processors whose setup or cleanup still runs. */
  pendingProcessors(): string[] {
    return [...this.#settingUp, ...this.#cleaningUp].flatMap((processor) =>
      processor instanceof CompoundProcessor ? processor.pendingProcessors() : [processor.name],
    );
  }

  /** @internal */
  override async cancelNow(frame: CancelFrame, direction?: FrameDirection): Promise<void> {
    if (this.#children.length === 0) {
      this.push(frame, direction);
      return;
    }
    await Promise.all(this.#children.map((processor) => processor.cancelNow(frame, direction)));
  }

  async #each(pending: Set<FrameProcessor>, work: (processor: FrameProcessor) => Promise<void>): Promise<void> {
    await Promise.all(
      this.#children.map(async (processor) => {
        pending.add(processor);
        await work(processor);
        pending.delete(processor);
      }),
    );
  }
}

/** Names the processor in the error and reports it, unless a compound inside this one has done so already. */
function toSetupError(processor: FrameProcessor, thrown: unknown, setup: ProcessorSetup): ProcessorSetupError {
  if (thrown instanceof ProcessorSetupError) return thrown;
  const error = new ProcessorSetupError(processor.name, asError(thrown));
  setup.onSetupError?.(error);
  return error;
}
