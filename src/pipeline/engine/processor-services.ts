import type { Frame, FrameDirection, MetricsFrame } from "../../frames/index.ts";
import type { Clock } from "../../util/clock.ts";
import type { Logger } from "../../util/logger.ts";
import type { ObserverHub } from "../observing/observer-hub.ts";
import type { ProcessContext, ProcessorSetup } from "../processor-types.ts";
import type { DropCounts } from "./drop-counts.ts";
import type { ProcessorEvents } from "./processor-events.ts";

/**
 * What the parts of a processor know of it: its worker, its exit, its epochs and its metrics all hold this one object.
 * The processor makes it.
 */
export interface ProcessorServices {
  readonly name: string;
  /** The methods that subclasses override. What the parts push passes through the override, too. */
  readonly processor: Pick<ProcessContext, "push" | "pushError" | "broadcast"> & {
    process(frame: Frame, direction: FrameDirection, ctx: ProcessContext): void | Promise<void>;
  };
  readonly events: ProcessorEvents;
  readonly drops: DropCounts;
  /** The next two are set by the processor's setup. They are read on every hop, so they are fields. */
  observers: ObserverHub | undefined;
  onFramePushed: ProcessorSetup["onFramePushed"];
  /** The pipeline's clock; the machine's own before setup. */
  clock(): Clock;
  /** The task's logger; warnings and errors to standard error before setup. */
  logger(): Logger;
  /** Whether the task wants times and the processor can measure them. */
  measuresTimes(): boolean;
  /** Whether the task wants tokens, characters and seconds used and the processor can measure them. */
  measuresUsage(): boolean;
  /** Reports what a handler threw. Not called for what an interruption or a cancel made it throw. */
  handlerFailed(frame: Frame, error: Error): void;
  /** An interruption invalidated the work in progress. */
  interrupted(): void;
}

/** The part of it that metrics use. */
export type MetricsServices = Pick<ProcessorServices, "name" | "clock" | "measuresTimes" | "measuresUsage"> & {
  readonly processor: { push(frame: MetricsFrame): void };
};
