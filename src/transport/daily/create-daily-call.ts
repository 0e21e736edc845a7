import { type Clock, systemClock } from "../../util/clock.ts";
import type { Logger } from "../../util/logger.ts";
import { safeLogger } from "../../util/safe-logger.ts";
import { isLoopbackHost } from "../../util/loopback.ts";
import type { DailyCall } from "./daily-call.ts";
import { type CallTimeouts, HostedDailyCall } from "./hosted-daily-call.ts";
import type { MediaProcessMode } from "./native/held-media-process.ts";
import { type MediaPriority, preferMedia } from "./media-priority.ts";
import { parseRoomUrl } from "./room-url.ts";

/** Where to run daily-js; "auto" is `native` for rooms on this machine, else `chromium`. */
export type DailyRuntime = "auto" | "native" | "chromium";

/** What {@link createDailyCall} takes. */
export interface CreateDailyCallOptions extends CallTimeouts {
  /** The URL of the room that will be joined; it decides what "auto" means. */
  readonly url: string;
  /** Where to run daily-js. Default "auto". `native` in rooms of Daily's own servers is experimental. */
  readonly runtime?: DailyRuntime;
  /**
   * For `native`: whether this call shares the media process of its bot process (default "shared"), or has one of its own
   * ("perCall"). Their deaths are then apart, for the memory of a Node process each.
   */
  readonly mediaProcess?: MediaProcessMode;
  /**
   * In the `chromium` runtime: whether received sound passes through the browser's jitter buffer. Default false: each packet is
   * heard at once, so that a sender that stalled is late no longer than its stall. True brings back how the browser conceals
   * lost packets, and some 20 ms of delay, for seconds more after a stall. The `native` runtime always has the buffer.
   */
  readonly jitterBuffer?: boolean;
  /**
   * How the operating system treats the media process or the browser (default "normal"). Calls that share a process have the
   * highest of their priorities.
   */
  readonly mediaPriority?: MediaPriority;
  /** The clock of every deadline. Default: the machine's. */
  readonly clock?: Clock;
  /** Where the call logs. Default: the console, at the level of the environment's TAVUS_TRANSPORT_LOG. */
  readonly logger?: Logger;
}

/**
 * Starts the runtime and makes a call that has not joined yet.
 *
 * @throws InvalidOptionError when the URL cannot be a room's; DailyCallError `runtimeUnavailable` without a browser, or
 * NativeModuleError with the same code without the native module: the message says what to install.
 */
export async function createDailyCall(options: CreateDailyCallOptions): Promise<DailyCall> {
  const {
    url,
    runtime = "auto",
    mediaProcess = "shared",
    mediaPriority = "normal",
    jitterBuffer = false,
    clock = systemClock,
    logger: given,
    ...timeouts
  } = options;
  const logger = safeLogger(given);
  const isLocal = isLoopbackHost(parseRoomUrl(url).hostname);
  const useNative = runtime === "native" || (runtime === "auto" && isLocal);
  const place = isLocal ? "the room is on this machine" : "the room is not on this machine";
  const because = runtime === "auto" ? place : "the options name it";
  logger.debug("Runtime chosen.", { runtime: useNative ? "native" : "chromium", because });
  const hosted = { clock, logger, jitterBuffer, ...timeouts };
  // Imported when needed: each loads a large optional package.
  if (useNative) {
    const { NativeHost } = await import("./native/native-host.ts");
    const { mediaProcesses } = await import("./native/held-media-process.ts");
    return await HostedDailyCall.start((listener) => {
      const held = mediaProcesses.hold(mediaProcess);
      // At once: what its native module starts has the priority of its threads then.
      void preferMedia(held.process.pid, mediaPriority, logger);
      return NativeHost.start(held, listener, clock);
    }, hosted);
  }
  const { ChromiumHost } = await import("./chromium/chromium-host.ts");
  const browser = {
    startTimeoutMs: timeouts.joinTimeoutMs,
    // Chromium makes its audio threads real-time by itself where it may.
    onBrowser: (id: number | undefined) => preferMedia(id, mediaPriority === "normal" ? "normal" : "high", logger),
  };
  return await HostedDailyCall.start((listener) => ChromiumHost.start(listener, clock, url, browser), hosted);
}
