import type { Frame, FrameDirection } from "../../frames/index.ts";

/** A processor has pushed a frame. */
export interface PushEvent {
  /** Name of the processor that pushed. */
  readonly source: string;
  /** Name of the neighbour that receives it. */
  readonly destination: string;
  /** The frame that was pushed. */
  readonly frame: Frame;
  /** Which way it travels. */
  readonly direction: FrameDirection;
  /** When it was pushed, in ms on the pipeline's clock; exact to how long its handler held the event loop before. */
  readonly timeMs: number;
}

/** A processor's handler was called. */
export interface ProcessEvent {
  /** Name of the processor. */
  readonly processor: string;
  /** The frame that is handled. */
  readonly frame: Frame;
  /** Which way it travels. */
  readonly direction: FrameDirection;
  /** When the handler was called, in ms on the pipeline's clock. */
  readonly timeMs: number;
}

/** A processor was set up. */
export interface SetupEvent {
  /** Name of the processor. */
  readonly processor: string;
  /** How long its setup took, in ms. */
  readonly durationMs: number;
  /** When its setup ended, in ms on the pipeline's clock. */
  readonly timeMs: number;
}

/** The pipeline has started. */
export interface StartedEvent {
  /** When the StartFrame had passed all processors, in ms on the pipeline's clock. */
  readonly timeMs: number;
}

/**
 * Watches a pipeline without being part of it: it can neither slow nor break it. Events are delivered in order, in a later
 * turn of the event loop: use their `timeMs`. An observer that returns a promise receives the next event when it has
 * settled. When an observer falls far behind, events are dropped; one that throws is reported, and removed after ten
 * throws.
 */
export interface Observer {
  /** A processor was set up. Pipelines themselves are not reported, only the processors in them. */
  onSetup?(event: SetupEvent): unknown;
  /** The StartFrame has passed all processors. */
  onStarted?(event: StartedEvent): unknown;
  /** A processor's handler was called. */
  onProcess?(event: ProcessEvent): unknown;
  /** A processor has pushed a frame. */
  onPush?(event: PushEvent): unknown;
}

/** The hooks of an observer with their events. */
export interface ObserverEvents {
  readonly onSetup: SetupEvent;
  readonly onStarted: StartedEvent;
  readonly onProcess: ProcessEvent;
  readonly onPush: PushEvent;
}

/** The name of a method of an observer. */
export type Hook = keyof ObserverEvents;
