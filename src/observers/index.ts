export { EventedObserver, type EventedObserverOptions } from "./evented-observer.ts";
export { FrameLogObserver, type FrameLogObserverOptions } from "./frame-log-observer.ts";
export { LatencyObserver, type LatencyObserverEvents, type LatencyObserverOptions } from "./latency-observer.ts";
export {
  LATENCY_STAGES,
  type LatencyBreakdown,
  type LatencyPercentiles,
  type LatencyStage,
  type LatencySummary,
} from "./latency-summary.ts";
export type { LineTarget } from "./line-writer.ts";
export { MetricsLogObserver, type MetricsLogObserverOptions } from "./metrics-log-observer.ts";
export {
  type ProcessorStartup,
  StartupTimingObserver,
  type StartupTimingObserverEvents,
  type StartupReport,
} from "./startup-timing-observer.ts";
export {
  TurnTrackingObserver,
  type TurnTrackingObserverEvents,
  type TurnTrackingObserverOptions,
} from "./turn-tracking-observer.ts";
