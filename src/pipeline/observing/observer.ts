import type { Frame, FrameDirection } from "../../frames/index.ts";

export interface PushEvent {
  /** Name of the processor that pushed. */
  readonly source: string;
  /** Name of the neighbour that gets it. */
  readonly destination: string;
  readonly frame: Frame;
  readonly direction: FrameDirection;
  /** When it was pushed, on the pipeline's clock; exact to how long its handler held the event loop before. */
  readonly timeMs: number;
}

export interface ProcessEvent {
  readonly processor: string;
  readonly frame: Frame;
  readonly direction: FrameDirection;
  /** When its handler was called, on the pipeline's clock. */
  readonly timeMs: number;
}

export interface SetupEvent {
  readonly processor: string;
  /** How long its setup took. */
  readonly durationMs: number;
  /** When it was set up, on the pipeline's clock. */
  readonly timeMs: number;
}

export interface StartedEvent {
  /** When the StartFrame had passed all processors, on the pipeline's clock. */
  readonly timeMs: number;
}

/**
 * Watches a pipeline without being part of it: it can neither slow nor break it. Events come a little later than they
 * happen, in order, when the event loop has a moment: go by their `timeMs`. An observer that returns a promise gets the
 * next event when it has settled. When an observer falls far behind, events are dropped; one that throws is reported, and
 * removed after ten times.
 */
export interface Observer {
  onSetup?(event: SetupEvent): unknown;
  onStarted?(event: StartedEvent): unknown;
  onProcess?(event: ProcessEvent): unknown;
  onPush?(event: PushEvent): unknown;
}

export interface ObserverEvents {
  readonly onSetup: SetupEvent;
  readonly onStarted: StartedEvent;
  readonly onProcess: ProcessEvent;
  readonly onPush: PushEvent;
}

export type Hook = keyof ObserverEvents;
