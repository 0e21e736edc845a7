import { BotConnectedFrame, ClientConnectedFrame, StartFrame } from "../frames/index.ts";
import type { Observer, ProcessEvent, PushEvent, SetupEvent, StartedEvent } from "../pipeline/index.ts";
import { EventedObserver } from "./evented-observer.ts";

/** How long one processor took to get ready. */
export interface ProcessorStartup {
  /** Name of the processor. */
  readonly processor: string;
  /** Duration of its setup in milliseconds. All processors set up at the same time. */
  readonly setupMs: number | undefined;
  /** Time from the StartFrame's first appearance until it reached this processor, in milliseconds. */
  readonly startArrivedMs: number | undefined;
  /** How long its handler held the StartFrame, in milliseconds. */
  readonly startHeldMs: number | undefined;
}

/** How long a pipeline took to start. */
export interface StartupReport {
  /** Time from the beginning of the first setup to the end of the last, in milliseconds. */
  readonly setupMs: number;
  /** How long the StartFrame travelled, in milliseconds. */
  readonly startMs: number;
  /** Time from the beginning of the first setup until the pipeline ran, in milliseconds. */
  readonly totalMs: number;
  /** The processors, in the order in which the StartFrame reached them. */
  readonly processors: readonly ProcessorStartup[];
}

/** Events of a {@link StartupTimingObserver}. */
export type StartupTimingObserverEvents = {
  /** The pipeline runs. */
  started: [report: StartupReport];
  /** The bot's media connection is up, `afterMs` after the StartFrame was sent. */
  botConnected: [afterMs: number];
  /** The first user has joined, `afterMs` after the StartFrame was sent. */
  clientConnected: [afterMs: number];
};

interface Station {
  setupMs?: number;
  /** How many processors the StartFrame had reached before this one. */
  order?: number;
  arrivedAtMs?: number;
  leftAtMs?: number;
}

/**
 * Reports which processor delayed a pipeline's start. Pass it in the task's options: an observer added later misses the
 * setup.
 */
export class StartupTimingObserver extends EventedObserver<StartupTimingObserverEvents> implements Observer {
  /** One entry per processor of the pipeline. Cleared once the pipeline runs. */
  readonly #stations = new Map<string, Station>();
  #setupBeganAtMs = Infinity;
  #setupEndedAtMs = -Infinity;
  #startedAtMs: number | undefined;
  #reached = 0;
  #report: StartupReport | undefined;
  #botConnected = false;
  #clientConnected = false;

  /** The report of the start; undefined until the pipeline runs. */
  get report(): StartupReport | undefined {
    return this.#report;
  }

  onSetup({ processor, durationMs, timeMs }: SetupEvent): void {
    this.#getStation(processor).setupMs = durationMs;
    this.#setupBeganAtMs = Math.min(this.#setupBeganAtMs, timeMs - durationMs);
    this.#setupEndedAtMs = Math.max(this.#setupEndedAtMs, timeMs);
  }

  onProcess({ frame, processor, timeMs }: ProcessEvent): void {
    if (this.#report !== undefined || !(frame instanceof StartFrame)) return;
    this.#startedAtMs ??= timeMs;
    const station = this.#getStation(processor);
    if (station.order !== undefined) return;
    station.order = this.#reached;
    station.arrivedAtMs = timeMs;
    this.#reached++;
  }

  onPush({ frame, source, timeMs }: PushEvent): void {
    if (frame instanceof StartFrame) {
      if (this.#report !== undefined) return;
      this.#startedAtMs ??= timeMs;
      this.#getStation(source).leftAtMs ??= timeMs;
    } else if (frame instanceof BotConnectedFrame && !this.#botConnected) {
      this.#botConnected = true;
      this.emit("botConnected", timeMs - (this.#startedAtMs ?? timeMs));
    } else if (frame instanceof ClientConnectedFrame && !this.#clientConnected) {
      this.#clientConnected = true;
      this.emit("clientConnected", timeMs - (this.#startedAtMs ?? timeMs));
    }
  }

  onStarted({ timeMs }: StartedEvent): void {
    const startedAtMs = this.#startedAtMs ?? timeMs;
    const setupBeganAtMs = Math.min(this.#setupBeganAtMs, startedAtMs);
    this.#report = {
      setupMs: Math.max(0, this.#setupEndedAtMs - setupBeganAtMs),
      startMs: timeMs - startedAtMs,
      totalMs: timeMs - setupBeganAtMs,
      processors: [...this.#stations]
        .sort(([, a], [, b]) => (a.order ?? this.#reached) - (b.order ?? this.#reached))
        .map(([processor, { setupMs, arrivedAtMs, leftAtMs }]) => ({
          processor,
          setupMs,
          startArrivedMs: arrivedAtMs === undefined ? undefined : arrivedAtMs - startedAtMs,
          startHeldMs: arrivedAtMs === undefined || leftAtMs === undefined ? undefined : leftAtMs - arrivedAtMs,
        })),
    };
    this.#stations.clear();
    this.emit("started", this.#report);
  }

  #getStation(processor: string): Station {
    const station = this.#stations.get(processor) ?? {};
    this.#stations.set(processor, station);
    return station;
  }
}
