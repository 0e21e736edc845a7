import type { Frame, FrameDirection } from "../frames/index.ts";
import { type FrameProcessor, Pipeline, PipelineTask, type PipelineTaskResult } from "../pipeline/index.ts";
import { systemClock } from "../util/clock.ts";
import { sleep } from "../util/deadline.ts";
import { silentLogger } from "../util/logger.ts";
import { FrameCollector } from "./frame-collector.ts";

/** How long a condition is awaited, in milliseconds: long for a busy machine, since it is no measurement. */
const UNTIL_MS = 10_000;

/**
 * Services in a running task in real time, between two collectors: the pipeline is `[up, ...services, down]`. For
 * services that talk to a real socket, where virtual time would run ahead of the other end.
 */
export class RunningService implements AsyncDisposable {
  /** Collects what leaves upstream. */
  readonly up = new FrameCollector(systemClock, "upstream");
  /** Collects what leaves downstream. */
  readonly down = new FrameCollector(systemClock, "downstream");
  readonly #task: PipelineTask;
  readonly #run: Promise<PipelineTaskResult>;

  /** `enableMetrics` measures times and usage. */
  constructor(services: readonly FrameProcessor[], options: { readonly enableMetrics?: boolean } = {}) {
    const { enableMetrics = false } = options;
    this.#task = new PipelineTask(new Pipeline([this.up, ...services, this.down]), {
      logger: silentLogger,
      params: { enableMetrics, enableUsageMetrics: enableMetrics, idleTimeoutMs: 0 },
    });
    this.#run = this.#task.run();
    this.#run.catch(() => undefined);
  }

  /** Sends frames into the pipeline, from upstream unless `direction` says otherwise. */
  send(frames: readonly Frame[], direction: FrameDirection = "downstream"): void {
    for (const frame of frames) this.#task.queueFrame(frame, direction);
  }

  /** Cancels the task. */
  cancel(): void {
    this.#task.cancel();
  }

  /** Ends the task behind what was sent, and returns its result. */
  end(): Promise<PipelineTaskResult> {
    this.#task.end();
    return this.#run;
  }

  /** Waits for the condition. Rejects with `what` when it does not hold within 10 s. */
  async until(what: string, condition: () => boolean): Promise<void> {
    const endMs = systemClock.nowMs() + UNTIL_MS;
    while (!condition()) {
      if (systemClock.nowMs() > endMs) {
        const last = this.down.kinds().slice(-10).join(", ");
        throw new Error(`Never: ${what}. The last frames downstream: ${last}.`);
      }
      await sleep(systemClock, 1);
    }
  }

  /** Tears the task down, whatever state it is in. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#task.cancel();
    await this.#run.catch(() => undefined);
  }
}
