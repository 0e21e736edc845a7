import { type ErrorFrame, type Frame, TextFrame } from "../../../src/frames/index.ts";
import {
  type FrameProcessor,
  Pipeline,
  PipelineTask,
  type PipelineTaskOptions,
  type PipelineTimeoutError,
  type ProcessorSetup,
} from "../../../src/pipeline/index.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { Station, label, recordedLog } from "../harness.ts";

/** Counts its setups and cleanups, and can be made to hang or fail. */
export class Tracked extends Station {
  setups = 0;
  cleanups = 0;
  readonly received: Frame[] = [];
  setupWork: (setup: ProcessorSetup) => Promise<void> = () => Promise.resolve();
  cleanupWork: () => Promise<void> = () => Promise.resolve();

  override async setup(setup: ProcessorSetup): Promise<void> {
    await super.setup(setup);
    this.setups++;
    await this.setupWork(setup);
  }

  override process(...args: Parameters<FrameProcessor["process"]>): void | Promise<void> {
    this.received.push(args[0]);
    return super.process(...args);
  }

  override async cleanup(): Promise<void> {
    await super.cleanup();
    this.cleanups++;
    await this.cleanupWork();
  }

  get texts(): string[] {
    return this.received.filter((frame) => frame instanceof TextFrame).map(label);
  }
}

export const never = (): Promise<void> => new Promise(() => undefined);

/** A processor in which frames of a kind get stuck. */
export const swallow = (kind: string): Tracked =>
  new Tracked((frame, direction, ctx) => {
    if (frame.kind === kind) return never();
    ctx.push(frame, direction);
  });

/** A task on virtual time whose events are recorded. */
export function taskOf(processors: FrameProcessor[], options: PipelineTaskOptions = {}) {
  const clock = new VirtualClock();
  const log = recordedLog();
  const task = new PipelineTask(new Pipeline(processors), { clock, logger: log.logger, ...options });
  const events: string[] = [];
  const timeouts: PipelineTimeoutError[] = [];
  const errors: ErrorFrame[] = [];
  task.on("started", () => events.push("started"));
  task.on("finished", (result) => events.push(`finished ${result.outcome}`));
  task.on("error", (frame) => {
    events.push("error");
    errors.push(frame);
  });
  for (const event of ["setupTimeout", "startTimeout", "endTimeout", "cancelTimeout"] as const) {
    task.on(event, (error) => {
      events.push(event);
      timeouts.push(error);
    });
  }
  return { task, clock, log, events, timeouts, errors };
}
