import type { EnvironmentVariables } from "../../util/environment.ts";
import { join } from "node:path";

const OFF = /^(?:0|off|no|false)$/i;

/**
 * Resolves the folder of the journal: the option, else TAVUS_JOURNAL ("off" for none), else
 * `tavus-transport/conversations` in the user's state folder (XDG_STATE_HOME, LOCALAPPDATA or ~/.local/state).
 * Undefined for no journal, and when the environment has none of these folders.
 */
export function journalPath(option: string | false | undefined, env: EnvironmentVariables): string | undefined {
  if (option === false) return undefined;
  if (option !== undefined && option !== "") return option;
  const named = env.TAVUS_JOURNAL ?? "";
  if (named !== "") return OFF.test(named) ? undefined : named;
  const state = firstNonEmpty(env.XDG_STATE_HOME, env.LOCALAPPDATA, joinIfSet(env.HOME, ".local", "state"));
  return joinIfSet(state, "tavus-transport", "conversations");
}

function firstNonEmpty(...candidates: (string | undefined)[]): string | undefined {
  return candidates.find((candidate) => candidate !== undefined && candidate !== "");
}

function joinIfSet(folder: string | undefined, ...names: string[]): string | undefined {
  return folder === undefined || folder === "" ? undefined : join(folder, ...names);
}
