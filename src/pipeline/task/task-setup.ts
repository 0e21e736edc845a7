import type { Clock } from "../../util/clock.ts";
import { settledWithin } from "../observing/settled-within.ts";
import { PipelineTimeoutError } from "../pipeline-errors.ts";
import type { Pipeline } from "../pipeline.ts";
import type { ProcessorSetup } from "../processor-types.ts";

/** How long the setup of a pipeline may take. */
export interface SetupLimits {
  readonly timeoutMs: number;
  /** Whether a processor with deadlines of its own may have more. */
  readonly isExtendable: boolean;
}

/** The setup of a task's pipeline. It may still run when the task has given up waiting for it. */
export class TaskSetup {
  readonly #pipeline: Pipeline;
  readonly #clock: Clock;
  readonly #isExtendable: boolean;
  #timeoutMs: number;
  #settingUp: Promise<void> | undefined;

  constructor(pipeline: Pipeline, clock: Clock, { timeoutMs, isExtendable }: SetupLimits) {
    this.#pipeline = pipeline;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#isExtendable = isExtendable;
  }

  /** Resolves when nothing of the setup runs any more, also when it has failed or was never begun. */
  settle(): Promise<void> {
    return this.#settingUp?.catch(() => undefined) ?? Promise.resolve();
  }

  /**
   * Sets the pipeline up and waits for it, or until `over` resolves. Rejects with the setup's error; resolves with the
   * timeout's when the time is up.
   */
  async run(
    values: Omit<ProcessorSetup, "clock" | "allowSetupMs">,
    over: Promise<unknown>,
  ): Promise<PipelineTimeoutError | undefined> {
    const settingUp = this.#pipeline.setup({
      ...values,
      clock: this.#clock,
      ...(this.#isExtendable && {
        allowSetupMs: (timeoutMs: number) => {
          this.#timeoutMs = Math.max(this.#timeoutMs, timeoutMs);
        },
      }),
    });
    this.#settingUp = settingUp;
    const settled = Promise.race([settingUp, over]);
    const startMs = this.#clock.nowMs();
    // A processor may ask for more time while the others are waited for.
    for (let waitedMs = 0; !(await settledWithin(this.#clock, settled, this.#timeoutMs - waitedMs));) {
      waitedMs = this.#clock.nowMs() - startMs;
      if (waitedMs >= this.#timeoutMs)
        return new PipelineTimeoutError("setup", this.#timeoutMs, this.#pipeline.pendingProcessors());
    }
    return undefined;
  }
}
