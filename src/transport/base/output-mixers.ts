import type { AudioMixer } from "../../audio/index.ts";
import { InvalidOptionError } from "../../util/errors.ts";
import { isAudioMixer, type TransportParams } from "./transport-params.ts";

/**
 * The mixer of each destination that has one.
 *
 * @throws {@link InvalidOptionError} for a mixer of a destination that does not exist.
 */
export function toMixers(
  { audioOutMixer: mixers = {}, audioOutDestinations }: TransportParams,
  defaultDestination: string | undefined,
): ReadonlyMap<string | undefined, AudioMixer> {
  if (isAudioMixer(mixers)) return new Map([[defaultDestination, mixers]]);
  const defaultName = defaultDestination ?? "default";
  const names = [defaultName, ...audioOutDestinations];
  const unknown = Object.keys(mixers).filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    const problem = `there is no destination ${unknown.join(", ")}; there are ${names.join(", ")}.`;
    throw new InvalidOptionError("TransportParams", [`audioOutMixer: ${problem}`]);
  }
  return new Map(
    Object.entries(mixers).map(([name, mixer]) => [name === defaultName ? defaultDestination : name, mixer]),
  );
}
