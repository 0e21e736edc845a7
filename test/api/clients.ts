import { TavusApi, type TavusApiOptions } from "../../src/api/index.ts";
import type { FetchLike } from "../../src/api/http/http.ts";
import { systemClock, type Clock } from "../../src/util/clock.ts";
import { silentLogger } from "../../src/util/logger.ts";
import type { ServedApi } from "../emulator/api/serve-api.ts";

/**
 * Real time in which pauses between attempts pass fifty times faster; deadlines of five seconds and more are unchanged.
 */
export const hurriedClock: Clock = {
  ...systemClock,
  setTimeout: (callback, delayMs) => systemClock.setTimeout(callback, delayMs >= 5000 ? delayMs : delayMs / 50),
};

/** Creates a client of the emulated API. */
export function clientOf(served: ServedApi, options: TavusApiOptions = {}): TavusApi {
  return new TavusApi({
    apiKey: served.state.apiKey,
    apiUrl: served.apiUrl,
    clock: hurriedClock,
    logger: silentLogger,
    ...options,
  });
}

/** Creates a client whose requests `answer` answers. */
export function clientWith(answer: FetchLike, options: TavusApiOptions = {}): TavusApi {
  return new TavusApi({
    apiKey: "test-key",
    apiUrl: "https://tavus.test/v2",
    clock: hurriedClock,
    logger: silentLogger,
    fetch: answer,
    ...options,
  });
}

/** Resolves to what the promise rejects with. Fails when it does not reject. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  const value = await promise.then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
  if ("result" in value) throw new Error(`expected a failure, got ${JSON.stringify(value.result)}`);
  return value.error;
}
