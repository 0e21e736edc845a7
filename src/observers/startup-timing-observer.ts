import { BotConnectedFrame, ClientConnectedFrame, StartFrame } from "../frames/index.ts";
import type { Observer, ProcessEvent, PushEvent, SetupEvent, StartedEvent } from "../pipeline/index.ts";
import { EventedObserver } from "./evented-observer.ts";

/** What one processor took to get ready. */
export interface ProcessorStartup {
  readonly processor: string;
  /** Of its setup; all processors set up at once. */
  readonly setupMs: number | undefined;
  /** From the StartFrame's first appearance until it got here. */
  readonly startArrivedMs: number | undefined;
  /** How long its handler kept the StartFrame. */
  readonly startHeldMs: number | undefined;
}

export interface StartupReport {
  /** From the beginning of the first setup to the end of the last. */
  readonly setupMs: number;
  /** How long the StartFrame travelled. */
  readonly startMs: number;
  /** From the beginning of the first setup until the pipeline ran. */
  readonly totalMs: number;
  /** In the order in which the StartFrame reached them. */
  readonly processors: readonly ProcessorStartup[];
}

export type StartupTimingObserverEvents = {
  /** The pipeline runs. */
  started: [report: StartupReport];
  /** The bot's media connection is up, so long after the StartFrame set off. */
  botConnected: [afterMs: number];
  /** The first user is there, so long after the StartFrame set off. */
  clientConnected: [afterMs: number];
};

interface Station {
  setupMs?: number;
  /** How many the StartFrame had reached before this one. */
  order?: number;
  arrivedAtMs?: number;
  leftAtMs?: number;
}

/** Tells which processor a pipeline's start waited for. Add it to the task's options: later, setup has been missed. */
export class StartupTimingObserver extends EventedObserver<StartupTimingObserverEvents> implements Observer {
  /** As many as the pipeline has processors. Emptied when it runs. */
  readonly #stations = new Map<string, Station>();
  #setupBeganAtMs = Infinity;
  #setupEndedAtMs = -Infinity;
  #startedAtMs: number | undefined;
  #reached = 0;
  #report: StartupReport | undefined;
  #botConnected = false;
  #clientConnected = false;

  /** Undefined until the pipeline runs. */
  get report(): StartupReport | undefined {
    return this.#report;
  }

  onSetup({ processor, durationMs, timeMs }: SetupEvent): void {
    this.#station(processor).setupMs = durationMs;
    this.#setupBeganAtMs = Math.min(this.#setupBeganAtMs, timeMs - durationMs);
    this.#setupEndedAtMs = Math.max(this.#setupEndedAtMs, timeMs);
  }

  onProcess({ frame, processor, timeMs }: ProcessEvent): void {
    if (this.#report !== undefined || !(frame instanceof StartFrame)) return;
    this.#startedAtMs ??= timeMs;
    const station = this.#station(processor);
    if (station.order !== undefined) return;
    station.order = this.#reached;
    station.arrivedAtMs = timeMs;
    this.#reached++;
  }

  onPush({ frame, source, timeMs }: PushEvent): void {
    if (frame instanceof StartFrame) {
      if (this.#report !== undefined) return;
      this.#startedAtMs ??= timeMs;
      this.#station(source).leftAtMs ??= timeMs;
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

  #station(processor: string): Station {
    const station = this.#stations.get(processor) ?? {};
    this.#stations.set(processor, station);
    return station;
  }
}
