import type { Frame, FrameDirection } from "../../src/frames/index.ts";
import { FrameProcessor, type ProcessContext } from "../../src/pipeline/index.ts";
import { sleep } from "../../src/util/deadline.ts";

/** Delays every ordered frame, like a processor that looks something up. */
export class SlowProcessor extends FrameProcessor {
  readonly #delayMs: number;

  constructor(delayMs: number) {
    super({ name: "SlowProcessor" });
    this.#delayMs = delayMs;
  }

  override async process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): Promise<void> {
    const waits = frame.category !== "system" && direction === "downstream" && !frame.uninterruptible;
    if (waits) await sleep(this.clock, this.#delayMs, ctx.signal);
    ctx.push(frame, direction);
  }
}
