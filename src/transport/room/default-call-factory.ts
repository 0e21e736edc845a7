import type { DailyRuntime } from "../daily/create-daily-call.ts";
import type { DailyCallFactory } from "../daily/daily-call.ts";

/** Loads daily-js and its runtimes when they are needed: they are large. */
export function defaultCallFactory(runtime: DailyRuntime): DailyCallFactory {
  return async (options) => {
    const { createDailyCall } = await import("../daily/index.ts");
    return await createDailyCall({ ...options, runtime });
  };
}
