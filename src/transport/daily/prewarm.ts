import type { Logger } from "../../util/logger.ts";
import { safeLogger } from "../../util/safe-logger.ts";
import type { MediaProcessMode } from "./native/held-media-process.ts";

/** Any of Daily's rooms: a page is for all of them. */
const DAILY_ROOMS = "https://daily.co/";

/** What {@link prewarmDailyRuntime} takes. */
export interface PrewarmOptions {
  /**
   * The URL of a room, or of the machine where the rooms will be: in chromium a page for the next call there is kept ready.
   * Default: Daily's rooms.
   */
  readonly url?: string;
  /** As for the calls that will come; with "perCall" the process is for one of them. Default "shared". */
  readonly mediaProcess?: MediaProcessMode;
  /** Where it logs. Default: the console, at the level of the environment's TAVUS_TRANSPORT_LOG. */
  readonly logger?: Logger;
}

/** A runtime that is kept warm until this is disposed of. Calls that run then are not affected by that. */
export type WarmRuntime = AsyncDisposable;

/**
 * Starts a runtime of daily-js ahead of the calls, so that they only join: the media process of `native`, or the browser of
 * `chromium`. Resolves when it is ready. Nothing of it keeps the bot's process from ending. Transports do this by themselves
 * while they create a conversation; a bot that waits for users does it at its start.
 *
 * @throws DailyCallError `runtimeUnavailable` without a browser, NativeModuleError with the same code without the native
 * module: the message says what to install.
 */
export async function prewarmDailyRuntime(
  runtime: "native" | "chromium",
  options: PrewarmOptions = {},
): Promise<WarmRuntime> {
  return runtime === "native" ? await warmNative(options) : await warmChromium(options);
}

async function warmNative({ mediaProcess = "shared" }: PrewarmOptions): Promise<WarmRuntime> {
  const { mediaProcesses } = await import("./native/held-media-process.ts");
  const held = mediaProcesses.warm(mediaProcess);
  try {
    await held.process.ready;
  } catch (thrown) {
    await held.release();
    throw thrown;
  }
  return { [Symbol.asyncDispose]: () => held.release() };
}

async function warmChromium({ url = DAILY_ROOMS, logger }: PrewarmOptions): Promise<WarmRuntime> {
  const [{ holdBrowser }] = await Promise.all([
    import("./chromium/shared-browser.ts"),
    // What its calls load.
    import("./chromium/chromium-host.ts"),
  ]);
  const held = await holdBrowser((message) => safeLogger(logger).warn(message), {
    spareFor: url,
    keepsAlive: false,
  });
  return { [Symbol.asyncDispose]: () => held.release() };
}
