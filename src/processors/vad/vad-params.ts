import type { VADParams } from "../../frames/index.ts";
import { InvalidOptionError } from "../../util/errors.ts";

const DEFAULTS: Required<VADParams> = { confidence: 0.7, startMs: 200, stopMs: 200, minVolume: 0.6 };

/**
 * Applies `changes` to `base`. What is left out stays as in `base`.
 *
 * @throws InvalidOptionError for a value that is out of range.
 */
export function resolveVADParams(changes: VADParams, base: Required<VADParams> = DEFAULTS): Required<VADParams> {
  const params = {
    confidence: changes.confidence ?? base.confidence,
    startMs: changes.startMs ?? base.startMs,
    stopMs: changes.stopMs ?? base.stopMs,
    minVolume: changes.minVolume ?? base.minVolume,
  };
  for (const field of ["confidence", "minVolume"] as const) {
    const value = params[field];
    if (!(value >= 0 && value <= 1)) throw new InvalidOptionError(field, `must be 0 to 1; got ${value}.`);
  }
  for (const field of ["startMs", "stopMs"] as const) {
    const value = params[field];
    if (!(value >= 0 && value <= 60_000)) throw new InvalidOptionError(field, `must be 0 to 60000 ms; got ${value}.`);
  }
  return params;
}
