import type { CreateDailyCallOptions, DailyRuntime } from "../daily/create-daily-call.ts";
import type { DailyCallFactory } from "../daily/daily-call.ts";
import type { WarmRuntime } from "../daily/prewarm.ts";
import { isLoopbackHost } from "../../util/loopback.ts";
import type { Logger } from "../../util/logger.ts";

/** The options of a transport that choose where its calls run. */
export type RuntimeChoice = Pick<CreateDailyCallOptions, "mediaProcess" | "mediaPriority" | "jitterBuffer"> & {
  readonly runtime: DailyRuntime;
};

/** Loads daily-js and its runtimes when they are needed: they are large. */
export function defaultCallFactory({
  runtime,
  mediaProcess,
  mediaPriority,
  jitterBuffer,
}: RuntimeChoice): DailyCallFactory {
  const choice = {
    runtime,
    ...(mediaProcess !== undefined && { mediaProcess }),
    ...(mediaPriority !== undefined && { mediaPriority }),
    ...(jitterBuffer !== undefined && { jitterBuffer }),
  };
  return async (options) => {
    const { createDailyCall } = await import("../daily/index.ts");
    return await createDailyCall({ ...options, ...choice });
  };
}

/**
 * Starts the runtime of a call that comes soon. `place` is a URL on the machine of its room, as far as it is known: where the
 * conversation is created is where its room is.
 */
export async function warmUpRuntime(
  { runtime, mediaProcess = "shared" }: RuntimeChoice,
  place: string,
  logger: Logger,
): Promise<WarmRuntime> {
  const { prewarmDailyRuntime } = await import("../daily/index.ts");
  const isLocal = isLoopbackHost(new URL(place).hostname);
  const chosen = runtime === "auto" ? (isLocal ? "native" : "chromium") : runtime;
  return await prewarmDailyRuntime(chosen, { url: place, mediaProcess, logger });
}
