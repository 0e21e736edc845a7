import { type Frame, type FrameDirection, StartFrame } from "../../src/frames/index.ts";
import {
  FrameProcessor,
  type FrameProcessorOptions,
  Pipeline,
  type ProcessContext,
  type ProcessorSetup,
} from "../../src/pipeline/index.ts";
import { VirtualClock, settle } from "../../src/testing/virtual-clock.ts";
import type { Logger } from "../../src/util/logger.ts";

export type Handler = (frame: Frame, direction: FrameDirection, ctx: ProcessContext) => void | Promise<void>;

/** A processor whose handler is given, and which records what it handles. */
export class Station extends FrameProcessor {
  readonly handled: string[] = [];
  readonly #handler: Handler;

  constructor(
    handler: Handler = (frame, direction, ctx) => {
      ctx.push(frame, direction);
    },
    options: FrameProcessorOptions = {},
  ) {
    super(options);
    this.#handler = handler;
  }

  override process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void | Promise<void> {
    this.handled.push(frame.kind);
    return this.#handler(frame, direction, ctx);
  }
}

export interface Log {
  readonly logger: Logger;
  readonly lines: string[];
}

export function recordedLog(): Log {
  const lines: string[] = [];
  const note =
    (level: string) =>
    (message: string): void => {
      lines.push(`${level}: ${message}`);
    };
  return { lines, logger: { debug: note("debug"), info: note("info"), warn: note("warn"), error: note("error") } };
}

export interface Chain {
  readonly clock: VirtualClock;
  readonly log: Log;
  readonly pipeline: Pipeline;
  /** What left at the ends, in order. */
  readonly down: Frame[];
  readonly up: Frame[];
  send(...frames: Frame[]): void;
  /** Kinds that left downstream since the last call. */
  takeDown(): string[];
  takeUp(): string[];
}

/** The processors in a row between two collecting ends, set up; with a StartFrame sent through by default. */
export async function chain(
  processors: FrameProcessor[],
  options: { readonly start?: boolean; readonly setup?: Partial<ProcessorSetup> } = {},
): Promise<Chain> {
  const clock = new VirtualClock();
  const log = recordedLog();
  const down: Frame[] = [];
  const up: Frame[] = [];
  const pipeline = new Pipeline(processors);
  const collect = (frame: Frame, direction: FrameDirection = "downstream"): void => {
    (direction === "downstream" ? down : up).push(frame);
  };
  pipeline.link({ name: "source", queueFrame: collect }, { name: "sink", queueFrame: collect });
  const signal = new AbortController().signal;
  const rates = { audioInSampleRate: 16_000, audioOutSampleRate: 24_000 };
  await pipeline.setup({ clock, logger: log.logger, ...rates, signal, ...options.setup });
  if (options.start ?? true) {
    pipeline.queueFrame(startFrame());
    await settle();
    down.length = 0;
  }
  const take = (frames: Frame[]) => (): string[] => frames.splice(0).map(label);
  return {
    clock,
    log,
    pipeline,
    down,
    up,
    send: (...frames) => {
      for (const frame of frames) pipeline.queueFrame(frame);
    },
    takeDown: take(down),
    takeUp: take(up),
  };
}

export function startFrame(): StartFrame {
  return new StartFrame({ audioInSampleRate: 16_000, audioOutSampleRate: 24_000 });
}

/** Text frames by their text, others by kind. */
export function label(frame: Frame): string {
  return "text" in frame && typeof frame.text === "string" ? frame.text : frame.kind;
}

/** A promise that is settled by hand, for handlers that must wait. */
export function gate(): { readonly open: () => void; readonly opened: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return {
    open: () => {
      resolve(undefined);
    },
    opened: promise.then(() => undefined),
  };
}
