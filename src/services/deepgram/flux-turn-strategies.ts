import {
  type EagerStopOptions,
  EagerStopStrategy,
  ExternalStartStrategy,
  type UserTurnStrategies,
} from "../../processors/index.ts";

/**
 * Creates turn strategies that follow Flux: turns start and end when it says so. If its `eagerEotThreshold` is set, the
 * model answers ahead of time; nothing of that answer is said before the turn is over. No VAD is needed.
 *
 * @param eager - Options of the early answers.
 * @throws InvalidOptionError for a timeout that is not above 0.
 * @example
 * ```ts
 * const stt = new DeepgramFluxSTTService({ eagerEotThreshold: 0.5 });
 * const { user, assistant } = createContextAggregators(context, { turns: fluxTurnStrategies() });
 * ```
 */
export function fluxTurnStrategies(eager: EagerStopOptions = {}): UserTurnStrategies {
  return { start: [new ExternalStartStrategy()], stop: [new EagerStopStrategy(eager)] };
}
