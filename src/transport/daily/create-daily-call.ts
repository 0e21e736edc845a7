import { type Clock, systemClock } from "../../util/clock.ts";
import type { Logger } from "../../util/logger.ts";
import { safeLogger } from "../../util/safe-logger.ts";
import { isLoopbackHost } from "../../util/loopback.ts";
import type { DailyCall } from "./daily-call.ts";
import { type CallTimeouts, parseRoomUrl, HostedDailyCall } from "./hosted-daily-call.ts";

/** Where daily-js shall run; "auto" is `native` for rooms on this machine, else `chromium`. */
export type DailyRuntime = "auto" | "native" | "chromium";

export interface CreateDailyCallOptions extends CallTimeouts {
  /** The room that will be joined; decides what "auto" means. */
  readonly url: string;
  /** Default "auto". `native` against Daily's own servers is experimental. */
  readonly runtime?: DailyRuntime;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/**
 * A call that has not joined yet.
 *
 * @throws InvalidOptionError when the URL cannot be a room's; DailyCallError `runtimeUnavailable` when no browser or no
 * native module is there (that one is a NativeModuleError with the same code), with what to install.
 */
export async function createDailyCall(options: CreateDailyCallOptions): Promise<DailyCall> {
  const { url, runtime = "auto", clock = systemClock, logger: given, ...timeouts } = options;
  const logger = safeLogger(given);
  const isLocal = isLoopbackHost(parseRoomUrl(url).hostname);
  const useNative = runtime === "native" || (runtime === "auto" && isLocal);
  const hosted = { clock, logger, ...timeouts };
  // Imported when needed: each pulls in a heavy optional package.
  if (useNative) {
    const { NativeHost } = await import("./native/native-host.ts");
    return await HostedDailyCall.start((listener) => NativeHost.start(listener, clock), hosted);
  }
  const { ChromiumHost } = await import("./chromium/chromium-host.ts");
  const { joinTimeoutMs } = timeouts;
  return await HostedDailyCall.start((listener) => ChromiumHost.start(listener, clock, url, joinTimeoutMs), hosted);
}
